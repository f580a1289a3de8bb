"""Scoring over HTTP: how answers are compared with the truth, and what quality is asked of them."""

from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Share, Shown, strictly
from backend.api.route import Route
from backend.usecases.projects import scoring, targets

TARGETS_MAX = 100
Measure = Literal["accuracy", "precision", "recall", "f1"]
Confidence = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]


class ScoringGiven(Body):
    """A kind (exact, labels, boxes, polygons, masks, keypoints, points, lines, numbers, spans, text, ranking, or fields
    for an object whose fields are scored apart) and options of that kind; what is left out has its default."""

    kind: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["boxes"])
    options: dict[str, Any] = Field(default_factory=dict, examples=[{"iou": 0.5, "threshold": 0.8}])


class Scoring(Shown):
    """How answers are compared with gold and with reviewers' corrections, with all options. `said_by` the product:
    nothing was said, and an answer is right when it is the truth."""

    project: UUID
    version: int
    kind: str
    options: dict[str, Any]
    said_by: Literal["project", "product"]


QualityTargetGiven = TypedDict(
    "QualityTargetGiven",
    {
        "measure": Measure,
        "least": Share,
        "class": NotRequired[Anything],
        "confidence": NotRequired[Confidence],
    },
)
QualityTargetGiven.__doc__ = """At least so much accuracy, precision, recall or F1. `class` is the label of one class,
as answers say it; without it accuracy is that of all answers, and the others are asked of every class. The interval
that judges it has this `confidence` (.95)."""
strictly(QualityTargetGiven)


DiversityBy = Literal["annotator", "vendor", "team", "origin", "language"]


@strictly
class DiversityGiven(TypedDict, total=False):
    """In a delivery or a pilot at least this `share` of the items has answers that count of `least` different
    annotators, vendors, teams, origins or languages. What a model decided has nobody's answer: it is not diverse."""

    by: DiversityBy
    least: Annotated[int, Field(strict=True, ge=1, le=50)]
    share: Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]


class DiversityAsked(Shown):
    """How diverse the answers to an item have to be, and in which share of the items."""

    by: DiversityBy
    least: int
    share: float


class QualityTargetsGiven(Body):
    """All that is asked; what is not in the list is asked no more, and without `diversity` none is. Left out there:
    `by` annotator, `least` 2, `share` 1."""

    targets: Annotated[tuple[QualityTargetGiven, ...], Field(max_length=TARGETS_MAX)] = Field(
        examples=[[{"measure": "accuracy", "least": 0.95}]]
    )
    diversity: DiversityGiven | None = None


class QualityTarget(Shown):
    """One target; `class` is null for all."""

    model_config = ConfigDict(serialize_by_alias=True)

    measure: Measure
    of_class: Any = Field(alias="class")
    least: float
    confidence: float


class QualityTargets(Shown):
    """What is asked of the project's answers; its ETag is the version."""

    project: UUID
    version: int
    targets: list[QualityTarget]
    diversity: DiversityAsked | None


_PROJECT = "/v1/projects/{project}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/scoring",
        usecase=scoring.project_scoring_get,
        says="Read how a project's answers are compared with the truth.",
        answer=Scoring,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/scoring",
        usecase=scoring.project_scoring_update,
        says="Say how a project's answers are compared with the truth.",
        body=ScoringGiven,
        answer=Scoring,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/targets",
        usecase=targets.project_targets_get,
        says="Read what quality is asked of a project's answers.",
        answer=QualityTargets,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/targets",
        usecase=targets.project_targets_update,
        says="Say what quality is asked of a project's answers.",
        body=QualityTargetsGiven,
        answer=QualityTargets,
        if_match=True,
        etag=True,
    ),
)
