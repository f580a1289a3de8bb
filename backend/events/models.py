"""Models: their answers come with a confidence, and rules say which of them stand without a person."""

from dataclasses import dataclass

from backend.events.base import Secret, added, event
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRule:
    """Which classes a model may decide: those whose `kind` (precision, recall, accuracy, average_precision or map), as
    measured on what people decided blindly, is at least `at_least_ppm`; with `sure` the lower end of its 95 % interval.
    Whatever rests on fewer than `n_min` comparisons is people's."""

    kind: str
    at_least_ppm: int
    sure: bool
    n_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOverride:
    """A class (keyed token) that a person gives to people or to the machine, whatever any metric says."""

    token: str
    to: str


@event("model_routing.set", version=2)
class ModelRoutingSet:
    """Which answers of which model stand in a project from now on; each version stays, so this is the trail of every
    override.

    `default_threshold_ppm` None: no answer stands unless its class says so. Classes below `metric_least_ppm` and those
    of `always_human` (keyed tokens) go to people whatever the confidence. Of what would stand, the share `audit_ppm` is
    given to people all the same. `parallel`: what goes to people is answered once and compared with the model. Of real
    time items those below `expert_below_ppm` go to an expert (0: none) for `expert_seconds`, then to `fallback` (queue
    or machine). `labels` is ciphertext: token -> label. `metric` (None: not asked) is measured here, unlike those of
    `classes`, which a model's makers said; `overrides` win over both, and `always_human` over everything.
    `show_labels`: who sees the other labels of an item, the model's too, beside what they work on: none, reviewers,
    experts or both.
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
    metric: MetricRule | None = None
    overrides: tuple[ClassOverride, ...] = ()
    show_labels: str = "none"


added("model_routing.set", 1, metric=None, overrides=[], show_labels="none")


@event("model.class_measured")
class ModelClassMeasured:
    """From now on the class (keyed token) is decided by `side` (machine or people) by the rule that the fields repeat,
    in this `version` of the class: what item.predicted names as `class_version`.

    The metric is `value_ppm` with its 95 % interval (None: nothing to measure it by), of `n` comparisons worth
    `effective_milli` thousandths of one each (Kish); a share of what a model answered stands for itself, the rest is
    weighed as routing had them compared. `basis_index` is the place in the log up to which evidence was known."""

    project: ProjectId
    model: AnnotatorId
    token: str
    version: int
    side: str
    kind: str
    at_least_ppm: int
    sure: bool
    n_min: int
    value_ppm: int | None
    low_ppm: int | None
    high_ppm: int | None
    n: int
    effective_milli: int
    basis_index: int


@event("item.predicted", version=2)
class ItemPredicted:
    """A model's answer to an item (ciphertext, with its keyed tokens), and what follows: `routed` is machine (it
    stands), human, audit (it would stand, and a person answers blindly), expert, or waiting (its round is not open:
    prediction.routed follows); `rule` says why. `task` is the step of a workflow that it is about, where there is one.

    `threshold_ppm` is what its confidence was held against, in version `routing_version` of the routing (0: none).
    Where it is reached and nothing else forbids it, `draw` is HMAC(key of the sampling period, item id), the first 8
    bytes, against `audit_ppm`; otherwise empty. `parallel`: it counts as one more answer. `fallback`: what becomes of
    the item if the expert is late. `class_version`: which model.class_measured of its class held, where one was asked
    for (0: there was none). Of gold, whose task is never opened, it says what would have become of work, and nothing
    follows.
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
    class_version: int | None = None


added("item.predicted", 1, class_version=None)


@event("prediction.routed", version=2)
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
    class_version: int | None = None


added("prediction.routed", 1, class_version=None)


@event("model.audited", version=2)
class ModelAudited:
    """A model's answer compared with what people decided (`by` aggregate, review or expert), by the project's scoring.
    Decided otherwise later it is compared again, and the last one counts. Only `routed` audit is a random sample of
    what would have stood. `anchored`: who decided had the model's own label before them, so it is no blind truth."""

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
    anchored: bool = False


added("model.audited", 1, anchored=False)
