"""Models over HTTP: who they are, which of their answers stand in a project, and how right they are."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Empty, Flag, Page, Share, Shown, strictly, whole
from backend.api.route import VERSION_MAX, Route
from backend.usecases.models import later, registering, routing

Word = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/+-]*$")
]
Notes = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Metric = Literal["map", "precision", "accuracy"]
Routed = Literal["machine", "human", "audit", "expert", "waiting"]
CLASSES_MAX = 500


class ModelRegister(Body):
    """A model; the same name and version again is the same model."""

    name: Word = Field(examples=["bird-net"])
    version: Word = Field(examples=["2.1"])
    notes: Notes | None = None


class Model(Shown):
    """A model; `id` is what its answers stand under."""

    id: UUID
    name: str
    version: str
    registered_at: datetime
    retired_at: datetime | None
    notes: str | None


class Models(Shown):
    """Every model."""

    data: list[Model]


ModelClassGiven = TypedDict(
    "ModelClassGiven",
    {
        "class": Anything,
        "threshold": Share,
        "metric": NotRequired[Metric],
        "metric_value": NotRequired[Share],
    },
)
ModelClassGiven.__doc__ = """From which confidence on answers of this class stand. `metric` and `metric_value`: how well
its makers found the model to do on the class."""
strictly(ModelClassGiven)


MetricKind = Literal["precision", "recall", "accuracy", "average_precision", "map"]
Side = Literal["people", "machine"]
ShowLabels = Literal["none", "reviewers", "experts", "both"]
ComparedMin = whole(1, 1_000_000)


@strictly
class MetricGiven(TypedDict):
    """A class is people's unless its metric, measured on what people decided blindly, is at least `at_least`; with
    `sure` the lower end of its 95 % interval. What rests on fewer than `n_min` comparisons is people's."""

    kind: MetricKind
    at_least: Share
    sure: NotRequired[Flag]
    n_min: NotRequired[ComparedMin]  # type: ignore[valid-type]


OverrideGiven = TypedDict("OverrideGiven", {"class": Anything, "to": Side})
OverrideGiven.__doc__ = (
    """A class that is people's, or the machine's at any confidence, whatever its metric."""
)
strictly(OverrideGiven)


@strictly
class LowConfidenceGiven(TypedDict):
    """Items of class 0 (real time) whose confidence is below go to an expert for so many seconds; then to everybody
    (`queue`), or the model's answer stands after all (`machine`)."""

    below: Share
    to: Literal["expert"]
    seconds: whole(1, 86_400)  # type: ignore[valid-type]
    fallback: Literal["queue", "machine"]


class ModelRoutingGiven(Body):
    """All of it; what is left out is switched off. `model` null: people answer everything. `default_threshold` null: of
    a class that is not listed no answer stands. `metric_least`: classes whose metric is below it go to people.
    `always_human` goes before everything else. `audit_share` of what would stand goes to people, who do not see the
    model's answer. `parallel`: below the threshold one person answers, and a second only if they and the model
    differ. `metric` is measured here, class by class; `overrides` win over it and over `metric_least`. `show_labels`:
    who sees the item's other labels beside what they work on, the model's among them, and not whose they are; where
    there is a workflow its steps say that."""

    model: UUID | None
    default_threshold: Share | None = None
    classes: Annotated[tuple[ModelClassGiven, ...], Field(max_length=CLASSES_MAX)] = ()
    metric_least: Share | None = None
    always_human: Annotated[tuple[Anything, ...], Field(max_length=CLASSES_MAX)] = ()
    audit_share: Share = 0.05
    parallel: Flag = False
    low_confidence: LowConfidenceGiven | None = None
    metric: MetricGiven | None = None
    overrides: Annotated[tuple[OverrideGiven, ...], Field(max_length=CLASSES_MAX)] = ()
    show_labels: ShowLabels = "none"


class ModelClass(Shown):
    """One class of a routing."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: Any = Field(alias="class")
    threshold: float
    metric: Metric | None
    metric_value: float | None


class LowConfidence(Shown):
    """What becomes of real-time items that the model is not sure of."""

    below: float
    to: Literal["expert"]
    seconds: int
    fallback: Literal["queue", "machine"]


class ModelMetric(Shown):
    """By which metric classes are put on sides."""

    kind: MetricKind
    at_least: float
    sure: bool
    n_min: int


class ModelOverride(Shown):
    """A class that a person has put on a side."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: Any = Field(alias="class")
    to: Side


class ModelRouting(Shown):
    """Which answers of a model stand; its ETag is the version."""

    project: UUID
    version: int
    model: UUID | None
    default_threshold: float | None
    classes: list[ModelClass]
    metric_least: float | None
    always_human: list[Any]
    audit_share: float
    parallel: bool
    low_confidence: LowConfidence | None
    metric: ModelMetric | None
    overrides: list[ModelOverride]
    show_labels: ShowLabels


class ModelRoutingVersion(ModelRouting):
    """A version: what was said, by whom and when."""

    set_by: UUID
    set_at: datetime


class ModelRoutingVersions(Shown):
    """Versions, the newest first."""

    data: list[ModelRoutingVersion]
    next_cursor: str | None


class ItemPredict(Body):
    """What a model answers to an item, and how sure it says it is."""

    model: UUID
    answer: Anything
    confidence: Share


class Prediction(Shown):
    """A model's answer: where it went and by which rule. `draw` is the lot of the audit: HMAC-SHA256(key of the
    sampling period, the item's 16 bytes), the first 8 bytes; below `audit_share` it is audited. Once people have
    decided the item: whether it is right."""

    id: UUID
    item: UUID
    task: UUID | None
    model: UUID
    confidence: float
    routed: Routed
    rule: str
    threshold: float | None
    routing_version: int
    audit_share: float
    period: int
    draw: str
    predicted_at: datetime
    correct: bool | None
    score: float | None
    truth_by: Literal["aggregate", "review", "expert"] | None


class PredictionShown(Prediction):
    """A model's answer with what it says."""

    answer: Any


class Predictions(Shown):
    """What models answered to an item, the first first."""

    item: UUID
    project: UUID
    data: list[PredictionShown]


def routing_version(text: str) -> int:
    """A version as the cursor holds it. ValueError unless it is one."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:10]) <= VERSION_MAX):
        raise ValueError("expected a version")
    return int(text)


_ROUTING = "/v1/projects/{project}/model-routing"
_ITEM = "/v1/items/{item}/predictions"

ROUTES = (
    Route(
        method="POST",
        path="/v1/models",
        usecase=registering.model_register,
        says="Register a model, whose answers come with a confidence.",
        body=ModelRegister,
        answer=Model,
        status=201,
    ),
    Route(
        method="GET",
        path="/v1/models",
        usecase=registering.model_list,
        says="List the models.",
        answer=Models,
    ),
    Route(
        method="POST",
        path="/v1/models/{model}/retire",
        usecase=registering.model_retire,
        says="Take no more answers from a model.",
        body=Empty,
        answer=Model,
    ),
    Route(
        method="GET",
        path=_ROUTING,
        usecase=routing.model_routing_get,
        says="Read which answers of a model stand in a project.",
        answer=ModelRouting,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_ROUTING,
        usecase=routing.model_routing_set,
        says="Say which answers of a model stand in a project.",
        body=ModelRoutingGiven,
        answer=ModelRouting,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=f"{_ROUTING}/history",
        usecase=routing.model_routing_history,
        says="List every version of a project's model routing: who overrode what.",
        query=Page,
        answer=ModelRoutingVersions,
        cursor=routing_version,
    ),
    Route(
        method="POST",
        path=_ITEM,
        usecase=later.item_predict,
        says="Give a model's answer to an item that is there already.",
        body=ItemPredict,
        answer=Prediction,
        status=201,
    ),
    Route(
        method="GET",
        path=_ITEM,
        usecase=later.item_predictions,
        says="List what models answered to an item, and what became of it.",
        answer=Predictions,
    ),
)
