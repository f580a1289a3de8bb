"""Reports of quality over HTTP: what answers are worth and what is behind each number, probable mislabels, and what
results say."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from backend.api.fields import Body, Moment, Page, Shown
from backend.api.route import Route
from backend.usecases.quality.reports import accuracy, heatmap, labels, mislabels
from backend.usecases.quality.reports.accuracy import By

Group = Annotated[str, StringConstraints(max_length=200)]


def _group(key: str) -> str:
    if not key.startswith("="):
        raise ValueError("expected a group")
    return key


class AccuracyQuery(Page):
    """By what, and as it was judged until when. By `week`: of the answer, named by its Monday (UTC). By `vendor` and
    `team`: where people belong now. By `class`: what was answered. By `tag`: of the item; an item of several is in
    each. A dispute counts as it came out, whenever that was. By `class` in a project with a taxonomy: classes are taken
    together on a `level` of it (roots are 1), of those `under` a class alone (a code; by its children, where no level
    is named); with `successors` a replaced class counts as its successor."""

    by: By = "project"
    as_of: Moment | None = None
    level: Annotated[int, Field(ge=1, le=32)] | None = None
    under: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    successors: bool = False


class AccuracyAnswersQuery(AccuracyQuery):
    """Of which group; empty for the one without a name."""

    group: Group = ""


class QualityEstimate(Shown):
    """The share of answers that are right (null: none judged) with its 95 % interval: of `n` answers to gold, and
    reviewed ones that each stand for 1 / rate answers, `errors` were wrong; together they are worth `n_effective`
    drawn alike."""

    n: int
    errors: int
    n_effective: float
    value: float | None
    low: float
    high: float


class AccuracyClass(Shown):
    """A class of the project's taxonomy; `path` are the codes from its root to its parent. `replaced_by` stands beside
    a replaced class, whose answers count for itself unless `successors` asks otherwise."""

    code: str
    label: str
    path: list[str]
    deprecated: bool
    replaced_by: str | None


class AccuracyGroup(QualityEstimate):
    """One group: an id, a keyed token of a class, a version, a Monday or a tag; null for answers without one. `label`:
    of a class, for who may read results; `class`: what the project's taxonomy says of it. `behind`: where the answers
    behind the numbers are listed."""

    model_config = ConfigDict(serialize_by_alias=True)

    group: str | None
    label: Any
    of_class: AccuracyClass | None = Field(alias="class")
    behind: str | None


class ProjectAccuracy(Shown):
    """By name of the group. `basis_index`: what the log held up to there was counted."""

    project: UUID
    by: By
    as_of: datetime
    basis_index: int
    total: QualityEstimate
    data: list[AccuracyGroup]
    next_cursor: str | None


class AccuracyEvent(Shown):
    """Where the event is: its stream and version, and its index in the tenant's log."""

    type: str
    stream: UUID
    version: int
    index: int | None


class AccuracyAnswer(Shown):
    """One judged answer; classes are keyed tokens. `events` told what it is worth, a dispute's outcome last."""

    lease: UUID
    item: UUID
    annotator: UUID
    source: Literal["gold", "review"]
    rate: float
    score: float
    passed: bool
    truth_class: str | None
    answer_class: str | None
    submitted_at: datetime
    told_at: datetime
    events: list[AccuracyEvent]


class AccuracyAnswers(Shown):
    """By lease. The estimate is the sum of 1 / rate over those that passed by that over all; its effective size is
    (sum of 1 / rate)^2 / (sum of 1 / rate^2)."""

    project: UUID
    by: By
    group: str | None
    as_of: datetime
    basis_index: int
    data: list[AccuracyAnswer]
    next_cursor: str | None


class MislabelsQuery(Body):
    """Of one class (its keyed token), how many of the least sure results to name, and only those less sure than."""

    of_class: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    worst: Annotated[int, Field(ge=0, le=200)] = 5
    below: Annotated[float, Field(ge=0, le=1)] | None = None


class Sampled(Shown):
    """How many results were read, of how many."""

    read: int
    of: int


class ClassMistaken(Shown):
    """The share of answers of this class that are wrong, with 95 %, by what `seen` answers weigh."""

    value: float
    low: float
    high: float
    seen: float


class TrueInstead(Shown):
    """What was true, as a share of all answers of the class."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: str | None = Field(alias="class")
    label: Any
    share: float


class SuspiciousItem(Shown):
    """An item, and how sure its result is."""

    item: UUID
    confidence: float


class ReviewWith(Shown):
    """The request that has the items of a class done again."""

    operation: str
    path: str
    body: dict[str, Any]


class ClassMislabels(Shown):
    """Of `items` with this result `at_risk` rest on answers alone; `expected` of them are wrong, were each one answer,
    and `expected_by_confidence` if confidence keeps its word. No `error`: nobody was held to the class yet."""

    model_config = ConfigDict(serialize_by_alias=True)

    of_class: str = Field(alias="class")
    label: Any
    items: int
    at_risk: int
    error: ClassMistaken | None
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    expected_by_confidence: float
    instead: list[TrueInstead]
    worst: list[SuspiciousItem]
    review_with: ReviewWith


class Mislabels(Shown):
    """By class, most to find first, 500 at most; of a sample, the counts are for all results."""

    project: UUID
    sampled: Sampled
    data: list[ClassMislabels]
    classes_left_out: int


class LabelCount(Shown):
    """How often a class is said, on how many items and which share of them, and how often on one that has it."""

    label: str
    count: int
    items: int
    share: float
    per_item: float
    most_per_item: int


class LabelPair(Shown):
    """Two classes on the same items, and how many times as often as by chance."""

    first: str
    second: str
    items: int
    lift: float


class LabelMap(Shown):
    """How many lie in each cell, rows from the top."""

    label: str
    grid: list[list[int]]


class LabelPlaces(Shown):
    """Where centres lie, in cells of a picture of this size: the one that the scoring names, or the furthest corner
    that was seen."""

    cells: int
    width: float
    height: float
    size: Literal["scoring", "furthest_corner"]
    everything: list[list[int]]
    classes: list[LabelMap]
    classes_left_out: int


class HeatmapQuery(Body):
    """As an image or its numbers; of all classes together, of each of the twelve most frequent, or of one `label`.
    `size`: pixels of a map's longer side (left out: 512, with `by` class 224)."""

    format: Literal["svg", "png", "json"] = "svg"
    by: Literal["all", "class"] = "all"
    label: Annotated[str, StringConstraints(max_length=200)] | None = None
    size: Annotated[int, Field(ge=64, le=1_024)] | None = None


class HeatmapMap(Shown):
    """Of one label, or of all classes: `n` centres, the fullest cell has `most`; rows from the top."""

    label: str
    n: int
    most: int
    grid: list[list[int]]


class LabelHeatmap(Shown):
    """Where centres lie in cells of a picture of this size; of how many results."""

    project: UUID
    sampled: Sampled
    width: float
    height: float
    size: Literal["scoring", "furthest_corner"]
    maps: list[HeatmapMap]


class ProjectLabels(Shown):
    """What the results say that were read; `without_class` say none, `unread` are of another shape than the kind."""

    project: UUID
    kind: str
    sampled: Sampled
    without_class: int
    unread: int
    per_item: float
    classes: list[LabelCount]
    classes_left_out: int
    together: list[LabelPair]
    pairs_left_out: int
    places: LabelPlaces | None


_PROJECT = "/v1/reports/projects/{project}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/accuracy",
        usecase=accuracy.project_accuracy,
        says="Read what answers are worth, by person, vendor, class, week or tag.",
        query=AccuracyQuery,
        answer=ProjectAccuracy,
        cursor=_group,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/accuracy/answers",
        usecase=accuracy.project_accuracy_answers,
        says="List the answers and events behind a number.",
        query=AccuracyAnswersQuery,
        answer=AccuracyAnswers,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/mislabels",
        usecase=mislabels.project_mislabels,
        says="Read which results are probably wrong.",
        query=MislabelsQuery,
        answer=Mislabels,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/labels",
        usecase=labels.project_labels,
        says="Read which classes results have, together and where.",
        answer=ProjectLabels,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/labels/heatmap",
        usecase=heatmap.project_labels_heatmap,
        says="Draw where the labels of results lie, as SVG or PNG.",
        query=HeatmapQuery,
        answer=LabelHeatmap,
        media=("image/svg+xml", "image/png"),
    ),
)
