"""Proficiency over HTTP: how good people are in each skill, and every piece of evidence behind it."""

from datetime import datetime
from uuid import UUID

from backend.api.cursor import offset
from backend.api.fields import Page, Shown
from backend.api.route import Route
from backend.usecases.proficiency import evidence, records


class Evidence(Shown):
    """Counts of one source of evidence, and what one of its answers weighs."""

    correct: int
    total: int
    weight: float


class Ten(Shown):
    """Ten pieces of live evidence, up to the piece `evidence`: how many were right, of how many (10; fewer only in the
    unfinished ten that managers see)."""

    evidence: int
    correct: int
    total: int


class WrongAnswer(Shown):
    """An answer that was wrong: its lease, when it was submitted, and for managers whether gold or a review said so."""

    lease: UUID
    at: datetime
    source: str | None = None


class Interval(Shown):
    """A value and the 95 % interval around it."""

    value: float
    low: float
    high: float


class PriorHeld(Shown):
    """Beta(a, b): what is believed of somebody new in the skill."""

    a: float
    b: float


class Standing(Shown):
    """Proficiency in one skill: mean and quantiles of its distribution, and the evidence behind it.

    `correct` of `total` are all pieces, unfaded; the distribution is `prior` and what the faded evidence is worth: that
    of `n_eff` answers, beside what was imported. `score` is how near answers came, and `informedness` how much
    more than a guess they say over all classes (0: nothing, 1: everything); both are for managers, None without
    evidence.

    `trend` has the last 50 tens of live evidence, oldest first; `errors` the last 10 wrong answers, newest first: to
    the person only out of full tens with a review among them.
    """

    skill: UUID
    name: str
    correct: int
    total: int
    mean: float
    q05: float
    q20: float
    q95: float
    n_eff: float
    score: float | None
    informedness: Interval | None
    prior: PriorHeld
    sources: dict[str, Evidence]
    trend: list[Ten]
    errors: list[WrongAnswer]


class Proficiency(Shown):
    """A person's proficiency in every skill with evidence."""

    annotator: UUID
    skills: list[Standing]


class EvidenceEvent(Shown):
    """An event: its index in the log, its name, and its place in its stream."""

    index: int
    name: str
    stream: UUID
    version: int


class Piece(Shown):
    """One piece of evidence: exam, gold, review or adjudication. `weight` is what it counts (0 while the person's
    answers are `discounted`), `rate` the chance with which it was drawn (None: nothing was drawn), `correct` None where
    a dispute, or a wrong key (`key_case`), took it back. An exam's answer has an `attempt`, any other a `lease`."""

    piece: int
    at: datetime
    source: str
    lease: UUID | None
    attempt: UUID | None
    correct: bool | None
    score: float
    weight: float
    discounted: bool
    rate: float | None
    plan_version: int | None
    reviewer: UUID | None
    dispute: UUID | None
    key_case: UUID | None
    event: EvidenceEvent


class PiecePage(Shown):
    """Evidence, newest first."""

    data: list[Piece]
    next_cursor: str | None


ROUTES = (
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/proficiency",
        usecase=records.proficiency_get,
        says="Read a person's proficiency per skill.",
        answer=Proficiency,
    ),
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/proficiency/{skill}/evidence",
        usecase=evidence.proficiency_evidence,
        says="List every piece of evidence of a person in a skill, newest first; not to that person.",
        query=Page,
        answer=PiecePage,
        cursor=offset,
    ),
)
