"""Models: their answers come with a confidence, and rules say which of them stand without a person."""

from dataclasses import dataclass

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ItemId, PredictionId, ProjectId, TaskId


@event("model.registered")
class ModelRegistered:
    """A model may answer, under an id like a person's. Its name and version are readable: they name nobody. Notes are
    ciphertext."""

    model: AnnotatorId
    name: str
    version: str
    notes: Secret | None


@event("model.retired")
class ModelRetired:
    """It answers no more; what it answered stays."""

    model: AnnotatorId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassThreshold:
    """For answers of one class (a keyed token): from which confidence on they stand, and how well the model does on the
    class by a metric that its makers measured (map, precision or accuracy; empty and None: none was said)."""

    token: str
    threshold_ppm: int
    metric: str = ""
    metric_ppm: int | None = None


@event("model_routing.set")
class ModelRoutingSet:
    """Which answers of which model stand in a project from now on; each version stays, so this is the trail of every
    override.

    `default_threshold_ppm` None: no answer stands unless its class says so. Classes below `metric_least_ppm` and those
    of `always_human` (keyed tokens) go to people whatever the confidence. Of what would stand, the share `audit_ppm` is
    given to people all the same. `parallel`: what goes to people is answered once and compared with the model. Of real
    time items those below `expert_below_ppm` go to an expert (0: none) for `expert_seconds`, then to `fallback` (queue
    or machine). `labels` is ciphertext: token -> label.
    """

    project: ProjectId
    version: int
    model: AnnotatorId | None
    default_threshold_ppm: int | None
    classes: tuple[ClassThreshold, ...]
    metric_least_ppm: int | None
    always_human: tuple[str, ...]
    audit_ppm: int
    parallel: bool
    expert_below_ppm: int
    expert_seconds: int
    fallback: str
    labels: Secret


@event("item.predicted")
class ItemPredicted:
    """A model's answer to an item (ciphertext, with its keyed tokens), and what follows: `routed` is machine (it
    stands), human, audit (it would stand, and a person answers blindly), expert, or waiting (its round is not open:
    prediction.routed follows); `rule` says why. `task` is the step of a workflow that it is about, where there is one.

    `threshold_ppm` is what its confidence was held against, in version `routing_version` of the routing (0: none).
    Where it is reached and nothing else forbids it, `draw` is HMAC(key of the sampling period, item id), the first 8
    bytes, against `audit_ppm`; otherwise empty. `parallel`: it counts as one more answer. `fallback`: what becomes of
    the item if the expert is late.
    """

    prediction: PredictionId
    item: ItemId
    project: ProjectId
    task: TaskId | None
    model: AnnotatorId
    answer: Secret
    answer_class: str | None
    answer_token: str
    confidence_ppm: int
    routed: str
    rule: str
    threshold_ppm: int | None
    routing_version: int
    audit_ppm: int
    period: int
    draw: str
    parallel: bool
    fallback: str


@event("prediction.routed")
class PredictionRouted:
    """The round of an item was opened, so what a model had answered meanwhile went where routing sent it then; the
    fields are those of item.predicted."""

    prediction: PredictionId
    item: ItemId
    project: ProjectId
    task: TaskId | None
    model: AnnotatorId
    routed: str
    rule: str
    threshold_ppm: int | None
    routing_version: int
    audit_ppm: int
    period: int
    draw: str
    parallel: bool
    fallback: str


@event("model.audited")
class ModelAudited:
    """A model's answer compared with what people decided (`by` aggregate, review or expert), by the project's scoring.
    Decided otherwise later it is compared again, and the last one counts. Only `routed` audit is a random sample of
    what would have stood."""

    prediction: PredictionId
    item: ItemId
    project: ProjectId
    model: AnnotatorId
    routed: str
    correct: bool
    score_ppm: int
    truth_class: str | None
    answer_class: str | None
    confidence_ppm: int
    by: str
