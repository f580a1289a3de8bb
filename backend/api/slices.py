"""Slices over HTTP: where errors differ by group and data, how diverse the answers to an item are, and the n worst."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import Anything, Body, Flag, Moment, Page, Reason, Shown, whole
from backend.api.quality import QualityEstimate
from backend.api.route import Route
from backend.usecases.quality import worst
from backend.usecases.quality.reports import diversity, slices
from backend.usecases.quality.reports.diversity import Among
from backend.usecases.quality.reports.slices import SliceBy


class SlicesQuery(Body):
    """By what; a slice of fewer people than `people_min` is not shown alone."""

    by: SliceBy = "vendor"
    people_min: Annotated[int, Field(ge=3, le=1_000)] = 5
    as_of: Moment | None = None


class QualitySlice(Shown):
    """One slice beside all other answers. The interval and `p` go by people, whose errors hang together (n_effective:
    as many independent answers); `p_adjusted` is Holm's over all slices shown, `differs` says it is below .05."""

    group: str | None
    label: Any
    n: int
    errors: int
    people: int
    n_effective: float
    error: float
    low: float
    high: float
    rest: float | None
    difference: float | None
    p: float | None
    p_adjusted: float | None
    differs: bool
    behind: str


class SlicesHidden(Shown):
    """Slices that are not shown, because so few people gave their answers."""

    slices: int
    n: int


class QualitySlices(Shown):
    """The greatest error first."""

    project: UUID
    by: SliceBy
    people_min: int
    as_of: datetime
    basis_index: int
    total: QualityEstimate
    data: list[QualitySlice]
    hidden: SlicesHidden
    left_out: int


class DiversityQuery(Page):
    """Among what, how many different ones an item should have, and of which delivery or iteration (else of all)."""

    by: Among = "people"
    least: Annotated[int, Field(ge=1, le=50)] = 2
    delivery: UUID | None = None
    iteration: UUID | None = None


class DiversityCount(Shown):
    """So many items have answers of so many different ones."""

    different: int
    items: int


class DiversityItem(Shown):
    """An item below."""

    item: UUID
    different: int
    answers: int


class Diversity(Shown):
    """Decided items by how many different people, teams, vendors or languages answered them, of the answers that count.
    `data`: the items below `least`, by id."""

    project: UUID
    by: Among
    least: int
    items: int
    below: int
    below_share: float | None
    counts: list[DiversityCount]
    data: list[DiversityItem]
    next_cursor: str | None


class WorstGiven(Body):
    """How many of the results that are most probably wrong, of which classes (labels; without: of all), and what
    decides among equals. `dry_run` only looks."""

    n: whole(1, 1_000)  # type: ignore[valid-type]
    seed: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")] = "worst"
    classes: Annotated[list[Anything], Field(min_length=1, max_length=200)] | None = None
    reason: Reason | None = None
    dry_run: Flag = False


class WorstClass(Shown):
    """A class (null: of results that say none) with `open` results that nobody looked at; the odds of being wrong that
    confidence leaves (on average `doubt`) are multiplied by `odds_factor`."""

    label: Any
    open: int
    drawn: int
    doubt: float
    odds_factor: float


class WorstItem(Shown):
    """An item, how sure its result is, and how probably it is wrong."""

    item: UUID
    label: Any
    confidence: float
    risk: float


class Worst(Shown):
    """What was drawn, the worst first (200 are shown), and how many of them are wrong by their risks (`expected`).
    `rework`: the plan under which they are done again; null for a look."""

    dry_run: bool
    rework: UUID | None
    seed: str
    basis_index: int
    open: int
    drawn: int
    expected: float
    classes: list[WorstClass]
    items: list[WorstItem]


_PROJECT = "/v1/reports/projects/{project}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/slices",
        usecase=slices.project_slices,
        says="Read where errors differ by group of people or part of the data.",
        query=SlicesQuery,
        answer=QualitySlices,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/diversity",
        usecase=diversity.project_diversity,
        says="Read how many different people, teams or vendors answered items.",
        query=DiversityQuery,
        answer=Diversity,
    ),
    Route(
        method="POST",
        path="/v1/projects/{project}/mislabels/sample",
        usecase=worst.mislabels_sample,
        says="Have the results that are most probably wrong done again.",
        body=WorstGiven,
        answer=Worst,
        key="required",
    ),
)
