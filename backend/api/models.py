"""Models over HTTP: who they are, which of their answers stand in a project, and how right they are."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Empty, Flag, Page, Share, Shown, strictly, whole
from backend.api.route import VERSION_MAX, Route
from backend.usecases.models import later, registering, reporting, routing

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
    differ."""

    model: UUID | None
    default_threshold: Share | None = None
    classes: Annotated[tuple[ModelClassGiven, ...], Field(max_length=CLASSES_MAX)] = ()
    metric_least: Share | None = None
    always_human: Annotated[tuple[Anything, ...], Field(max_length=CLASSES_MAX)] = ()
    audit_share: Share = 0.05
    parallel: Flag = False
    low_confidence: LowConfidenceGiven | None = None


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


class ModelRoutingVersion(ModelRouting):
    """A version: what was said, by whom and when."""

    set_by: UUID
    set_at: datetime


class ModelRoutingVersions(Shown):
    """Versions, the newest first."""

    data: list[ModelRoutingVersion]
    next_cursor: str | None


class ModelReportQuery(Body):
    """Of which model (else the one that the routing names), which error may stand, how sure intervals are to be."""

    model: UUID | None = None
    error: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.02
    confidence: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.95


class ConfidenceBin(Shown):
    """Answers from this confidence up to the next bin: how many were compared with what people decided blindly, and how
    many of these were right. `_from_here`: with this bin's beginning as threshold so many stand, with this error."""

    model_config = ConfigDict(serialize_by_alias=True)

    begins: float = Field(alias="from")
    items: int
    compared: int
    right: int
    low: float | None
    high: float | None
    items_from_here: int
    error_from_here: float | None
    error_from_here_high: float | None


class ModelClassReport(Shown):
    """Where the answers went, and how right they were: `audited` of those that would have stood were compared with what
    people decided blindly. `wrong_let_through`: so many of those that stood are wrong, by the audits.
    `deflected`: of the `decided` items so many have a result to which nobody answered anything. `differed`: of the
    items that a person `answered` blindly, the first answer was another. `threshold_for_error`: the lowest threshold
    that keeps the asked error by the estimate, and by its upper end (`surely`)."""

    label: Any = None
    items: int
    machine: int
    human: int
    audit: int
    expert: int
    waiting: int
    decided: int
    deflected: int
    deflection: float | None
    deflection_low: float | None
    deflection_high: float | None
    answered: int
    differed: int
    disagreement: float | None
    disagreement_low: float | None
    disagreement_high: float | None
    machine_share: float | None
    audited: int
    agreed: int
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None
    wrong_let_through: float | None
    wrong_let_through_high: float | None
    threshold: float | None
    threshold_for_error: float | None
    threshold_for_error_surely: float | None
    bins: list[ConfidenceBin]


class ModelReport(Shown):
    """How a model does in a project: all together, and by the class that it answered, the biggest first."""

    model_config = ConfigDict(serialize_by_alias=True)

    project: UUID
    model: UUID | None
    error: float
    confidence: float
    everything: ModelClassReport = Field(alias="all")
    classes: list[ModelClassReport]


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
        method="GET",
        path=f"{_ROUTING}/report",
        usecase=reporting.model_routing_report,
        says="See how much a model decides, how right it is, and which threshold keeps an error.",
        query=ModelReportQuery,
        answer=ModelReport,
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
