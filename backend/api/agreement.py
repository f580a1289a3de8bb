"""Agreement over HTTP: how far people agree, what a model makes of it, and whether confidence keeps its word."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import Body, Shown
from backend.api.route import Route
from backend.usecases.quality import agreement as use

StepName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AgreementQuery(Body):
    """Of which answers."""

    step: StepName | None = Field(
        default=None, description="A step of the workflow; without it, all annotating."
    )


class AgreementSpread(Shown):
    """Least, mean and most."""

    least: int
    mean: float
    most: int


class AgreementKappa(Shown):
    """Agreement beyond chance with its 95 % interval, the share `observed` alike, and how many items were compared."""

    kappa: float
    low: float
    high: float
    observed: float
    items: int


class AgreementPair(AgreementKappa):
    """Cohen's kappa of two people on what both answered."""

    annotators: list[UUID]


class AgreementOfClass(Shown):
    """When one person says this class, how often another one does (0..1; null: nobody else answered the same)."""

    label: Any
    agreement: float | None
    answers: int


class AgreementOfDimension(Shown):
    """A field by its alpha; or a label, by how alike (0..1) what two people drew or marked under it is."""

    name: str
    agreement: float | None
    answers: int


class AgreementSuspect(Shown):
    """Somebody to look at first: how much their answers say of the truth (`score`: 0 nothing, 1 all), and how often the
    model believes them right. No more than a hint."""

    annotator: UUID
    answers: int
    score: float
    accuracy: float


class AgreementModel(Shown):
    """A model of everybody's errors (Dawid and Skene), with gold held to its truth, beside the plain majority: how
    often both name the same, over all items and over those that reviewers have told the truth of, and how often each is
    right there. It never changes a result."""

    items: int
    gold: int
    agrees_with_majority: float
    audited: int
    agrees_on_audited: float | None
    majority_right: float | None
    model_right: float | None
    suspects: list[AgreementSuspect]


class AgreementConfidence(Shown):
    """What results claimed beside what reviewers found. Of `audited` items `reached` claimed `tau` or more, and of
    those `reached_right` were right, truly between `low` and `high` with 95 %; `honest`: that does not contradict the
    claim. `temperature` softens confidence (null: too few audited items so far, and it is taken as it is)."""

    temperature: float | None
    calibrated_at: datetime | None
    audited: int
    result_right: float | None
    majority_right: float | None
    calibration_error: float | None
    tau: float
    reached: int
    reached_right: float | None
    low: float | None
    high: float | None
    honest: bool | None


class ProjectAgreement(Shown):
    """Agreement by the measure that fits the kind of answer: nominal for classes, interval for numbers, overlap for
    boxes, the project's own scoring for the rest. `alpha` is Krippendorff's, `pairwise` the mean likeness of two
    answers (0..1). Classes have `fleiss`, `pairs` (who met most often) and `classes`; other kinds have `dimensions`.
    The newest answers are used; `answers_left_out` were too many."""

    project: UUID
    step: str | None
    kind: str
    measure: Literal["nominal", "interval", "overlap", "score"]
    items: int
    answers: int
    answers_left_out: int
    annotators: int
    annotators_per_item: AgreementSpread
    alpha: float | None
    pairwise: float | None
    fleiss: AgreementKappa | None
    pairs: list[AgreementPair]
    classes: list[AgreementOfClass] = Field(description="The 500 that were answered most often.")
    classes_left_out: int
    dimensions: list[AgreementOfDimension]
    model: AgreementModel | None
    confidence: AgreementConfidence


ROUTES = (
    Route(
        method="GET",
        path="/v1/projects/{project}/agreement",
        usecase=use.project_agreement,
        says="Read how far people agree, and whether confidence keeps its word.",
        query=AgreementQuery,
        answer=ProjectAgreement,
    ),
)
