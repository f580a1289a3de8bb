"""Reports on models over HTTP: what a model came to in a project, and what a metric would leave to it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from backend.api.fields import Body, Shown
from backend.api.models import MetricKind, ModelMetric, Side
from backend.api.route import Route
from backend.usecases.models import previewing, reporting


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


class ModelPreviewQuery(Body):
    """The slider: which metric, how high, by its estimate or `sure` by the lower end of its interval, from how many
    comparisons on; of which model (else the one that the routing names). What is not said is as in the project's own
    metric; where it has none: precision, 0.9, sure, 30."""

    model: UUID | None = None
    kind: MetricKind | None = None
    at_least: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    sure: bool | None = None
    n_min: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ModelPreviewShare(Shown):
    """Of so many `items` so many would stand without a person (audits taken off), with this error, and so many of them
    wrong; null where nothing of that kind was compared."""

    items: int
    machine: float
    deflection: float | None
    error: float | None
    error_high: float | None
    wrong: float | None


class ModelPreviewClass(ModelPreviewShare):
    """One class: its metric with the 95 % interval, of so many comparisons worth `effective` of the same weight; the
    side on which a measuring put it last (`now`; null: none did), the one on which it would be, and the rule."""

    label: Any = None
    value: float | None
    low: float | None
    high: float | None
    compared: int
    effective: float
    now: Side | None
    side: Side
    because: str


class ModelPreview(Shown):
    """What a metric would come to with everything else as the routing says it. An answer of several classes counts in
    each. `left_out`: comparisons whose truth was told by somebody who had seen the model's answer."""

    model_config = ConfigDict(serialize_by_alias=True)

    project: UUID
    model: UUID | None
    metric: ModelMetric
    left_out: int
    everything: ModelPreviewShare = Field(alias="all")
    classes: list[ModelPreviewClass]


_ROUTING = "/v1/projects/{project}/model-routing"

ROUTES = (
    Route(
        method="GET",
        path=f"{_ROUTING}/report",
        usecase=reporting.model_routing_report,
        says="See how much a model decides, how right it is, and which threshold keeps an error.",
        query=ModelReportQuery,
        answer=ModelReport,
    ),
    Route(
        method="GET",
        path=f"{_ROUTING}/preview",
        usecase=previewing.model_routing_preview,
        says="See which classes a metric would leave to a model, and with which error, without changing anything.",
        query=ModelPreviewQuery,
        answer=ModelPreview,
    ),
)
