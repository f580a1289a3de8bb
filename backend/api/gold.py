"""Gold over HTTP: how much is left, what is retired, and what work may become gold."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Flag, Page, Shown, whole
from backend.api.route import Route
from backend.usecases.gold import correction_told, hygiene, promoting, stock

Why = Literal[
    "doubtful",
    "exposed",
    "aged",
    "withdrawn",
    "reworked",
    "able_people_miss_it",
    "same_answers",
    "risen",
    "hard",
]


class GoldRetire(Body):
    """Why it is asked no more: its key is in doubt, people know it, or it is taken back. `key` wrong: everything that
    was scored against it is corrected, by what is `right` instead, or else taken back. `dry_run` only tells what that
    would change."""

    reason: Literal["doubtful", "exposed", "withdrawn"]
    key: Literal["wrong"] | None = None
    right: Any = None
    dry_run: Flag = False


class GoldKeyChanges(Shown):
    """Of `answers` held against the key so many `scores` of so many people would change: to `right`, to `wrong`, or to
    counting not at all (`void`). So many open disputes would be settled, and so many closed skills be open again.
    `more`: there are more answers than a preview looks at."""

    answers: int
    scores: int
    right: int
    wrong: int
    void: int
    people: int
    disputes: int
    closings: int
    more: bool


class GoldRetired(Shown):
    """Gold that is asked no more, and why; the case in which its key was found wrong, or what a preview tells (null
    where that was said before). `family`: what else falls with it, since those keys follow from this one."""

    gold: UUID
    why: Why
    key_case: UUID | None
    changes: GoldKeyChanges | None
    family: list[UUID]


class ExamOtherwise(Shown):
    """An attempt that would have come out otherwise: it stays `passed` or not as it was graded."""

    annotator: UUID
    course: UUID
    version: int
    attempt: UUID
    at: datetime
    passed: bool
    correct: int
    answered: int
    correct_now: int
    answered_now: int


class GoldCorrection(Shown):
    """What came of it that the item's key was found wrong, the last time: `corrected_at` once all of it is done.
    `key` corrected: what is right is known. Exams are listed that would have come out otherwise."""

    gold: UUID
    key: Literal["trusted", "wrong", "corrected"]
    key_case: UUID | None
    found_wrong_at: datetime | None
    corrected_at: datetime | None
    scores: int
    people: int
    right: int
    wrong: int
    void: int
    data: list[ExamOtherwise]
    next_cursor: str | None


class RetiredBy(Shown):
    """How much was retired, by why: its key was in doubt, too many had met it, it was shown too long ago, somebody took
    it back, the item it was promoted from is done again; or a sign of its health retired it."""

    doubtful: int
    exposed: int
    aged: int
    withdrawn: int
    reworked: int
    able_people_miss_it: int
    same_answers: int
    risen: int
    hard: int


class StockOf(Shown):
    """Gold for work: `active` is asked, `unmet` of it whoever meets most a day may be given now (one of a family), whom
    it lasts `lasts_days`, with what may be given later (null: nobody met any lately). `low`: less than five days, or
    none."""

    active: int
    retired: RetiredBy
    unmet: int
    lasts_days: float | None
    low: bool


class StockOfClass(StockOf):
    """The same of one class; null is gold that is no category."""

    label: Any


class MetMost(Shown):
    """Somebody who has met so much of it."""

    annotator: UUID
    met: int


class GoldLabels(Shown):
    """Where other labels of an item are shown: how many of the `active` gold items have a model's label, how many
    people's answers, how many both and an answer more to be reviewed. `untested`: none has a model's, so who is shown
    models' labels is given no gold among them."""

    shown_to: Literal["reviewers", "experts", "both"]
    active: int
    predicted: int
    answered: int
    both: int
    untested: bool


class GoldStock(StockOf):
    """A project's gold in all and by class; `per_day` is what the busiest person meets. `low` where any class is. With
    each family counted once `families` are asked.
    `people_met_most` have met more than four fifths of it; `people` are the first 200 of them."""

    families: int
    per_day: float
    classes: list[StockOfClass]
    people_met_most: int
    people: list[MetMost]
    labels: GoldLabels | None


class GoldCandidate(Shown):
    """Work that may become gold; `how`: reviews drawn by lot confirmed what people agreed on (review), an expert said
    what most others had said blind (expert), or two experts agreed (experts)."""

    task: UUID
    item: UUID
    external_key: str | None
    truth: Any
    how: Literal["review", "expert", "experts"]
    judgments: int


class GoldCandidates(Shown):
    """Candidates by item."""

    data: list[GoldCandidate]
    next_cursor: str | None


class GoldPromote(Body):
    """Either `tasks` of candidates, or `all`: at most `limit`, of each class no more than keeps the mix of the work."""

    tasks: tuple[UUID, ...] | None = Field(default=None, min_length=1, max_length=1_000)
    all: Flag = False
    limit: whole(1, 1_000) = 100  # type: ignore[valid-type]


class GoldPromotedOne(Shown):
    """An item that is gold now."""

    id: UUID
    task: UUID
    item: UUID


class GoldLeft(Shown):
    """A task that was named and not promoted."""

    task: UUID
    why: Literal["not_a_candidate"]


class GoldPromoted(Shown):
    """What is gold now, and what was left."""

    gold: list[GoldPromotedOne]
    left: list[GoldLeft]


ROUTES = (
    Route(
        method="POST",
        path="/v1/gold/{gold}/retire",
        usecase=hygiene.gold_retire,
        says="Ask a gold item no more, in work or exams.",
        body=GoldRetire,
        answer=GoldRetired,
    ),
    Route(
        method="GET",
        path="/v1/gold/{gold}/correction",
        usecase=correction_told.gold_correction,
        says="Read how far the scores given against a wrong key are corrected, and which exams it would have changed.",
        query=Page,
        answer=GoldCorrection,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/gold/stock",
        usecase=stock.gold_stock,
        says="Read how much gold is left, by class, and for how long it lasts.",
        answer=GoldStock,
    ),
    Route(
        method="GET",
        path="/v1/projects/{project}/gold/candidates",
        usecase=promoting.gold_candidates,
        says="List work that was judged blind and may become gold.",
        query=Page,
        answer=GoldCandidates,
    ),
    Route(
        method="POST",
        path="/v1/projects/{project}/gold/promote",
        usecase=promoting.gold_promote,
        says="Make work that was judged blind gold.",
        body=GoldPromote,
        answer=GoldPromoted,
    ),
)
