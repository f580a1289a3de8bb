"""Flags over HTTP: suspicions with their evidence, for a manager's decision; nobody is stopped by one."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Moment, Page, Reason, Shown
from backend.api.route import Route
from backend.usecases.quality import flag_scan
from backend.usecases.quality import flags as use

Kind = Literal[
    "spammer",
    "too_fast",
    "too_even",
    "copying",
    "leak",
    "class_mix",
    "mix_drift",
    "simultaneous",
    "shared_device",
    "shared_address",
]
Decision = Literal["dismissed", "noted", "explained", "discounted"]
Ended = Literal["dismissed", "noted", "explained", "discounted", "person_gone"]
State = Literal["open", "settled"]


class FlagQuery(Page):
    """Which flags; `annotator` is either person of a pair."""

    state: State | None = None
    kind: Kind | None = None
    annotator: UUID | None = None
    project: UUID | None = None


class FlagShown(Shown):
    """A suspicion: about whom (`other`: the second person of a pair), in which skill, on how many observations."""

    id: UUID
    kind: Kind
    state: State
    annotator: UUID
    other: UUID | None
    skill: UUID
    project: UUID | None
    amount: int
    raised_at: datetime
    decision: Ended | None = Field(
        description="`person_gone`: nobody decided while there was somebody to decide about."
    )
    settled_at: datetime | None


class FlagPage(Shown):
    """Flags, the newest first."""

    data: list[FlagShown]
    next_cursor: str | None


class FlagAnswer(Shown):
    """An answer behind a flag; `seconds` from opening to answer, null where it is not known; the class is a keyed
    token."""

    lease: UUID
    annotator: UUID
    project: UUID
    task: UUID
    item: UUID
    gold: bool
    answer_class: str | None
    submitted_at: datetime
    seconds: float | None


class Weightless(Shown):
    """Whose answers weigh nothing, and since when."""

    annotator: UUID
    since: datetime


class TouchedSelection(Shown):
    """What `rework_plan` takes as its selection."""

    annotators: list[UUID]
    answered_from: datetime


class FlagRework(Shown):
    """How many decided items of a project rest on these answers too, and the selection that has them done anew."""

    project: UUID
    decided: int
    selection: TouchedSelection


class SharedDay(Shown):
    """A day (UTC) on which a pair shared a place: the quarters of an hour (0 to 95) of the first and of the second
    there, and the streams of the facts behind it."""

    day: datetime
    first: list[int]
    second: list[int]
    streams: list[UUID]


class FlagFact(Shown):
    """One fact of the case: what, by whom, and whose answers from when on."""

    at: datetime
    fact: str
    flag: UUID
    by: UUID
    decision: str | None
    annotator: UUID | None
    since: datetime | None
    amount: int | None


class FlagCase(FlagShown):
    """The case. `numbers` and `thresholds` are counts, parts per million (`_ppm`) or p-values in parts per trillion
    (`_e12`), by the `formula`; `signals` name what else points the same way; `since` is the first answer that counts.
    `answers` are at most 50 of those behind it. `basis_index`: the scores are those below this index of the log.
    `days` of a pair that shared a device or an address, at most 50."""

    formula: str
    says: str
    numbers: dict[str, int]
    thresholds: dict[str, int]
    tokens: dict[str, str]
    signals: list[str]
    days: list[SharedDay]
    since: datetime
    basis_index: int
    answers: list[FlagAnswer]
    settled_by: UUID | None
    reason: str | None
    discounted: list[Weightless]
    rework: list[FlagRework]
    history: list[FlagFact]


class FlagSettle(Body):
    """What was decided and why. With `discounted` answers from `since` (left out: the first of the evidence) weigh
    nothing; `annotators`: of a pair, whose. `explained` (one household, one workstation): never raised of this pair and
    kind again."""

    decision: Decision
    reason: Reason
    since: Moment | None = None
    annotators: Annotated[tuple[UUID, ...], Field(max_length=2)] = ()


class FlagsScan(Body):
    """Whose answers to look at: those of one skill."""

    skill: UUID


class FlagsFound(Shown):
    """How many answers of how many people were looked at (`limited`: there are more, these are the newest), the new
    flags, and how many findings are open or settled already."""

    skill: UUID
    answers: int
    people: int
    limited: bool
    raised: list[UUID]
    known: int


class FlagRedecide(Body):
    """Where to go on: `next` of the answer before."""

    after: UUID | None = None


class Redecided(Shown):
    """How many tasks are decided again now, and where to go on (null: that was all)."""

    tasks: int
    next: UUID | None


_ALL = "/v1/flags"
_ONE = f"{_ALL}/{{flag}}"

ROUTES = (
    Route(
        method="GET",
        path=_ALL,
        usecase=use.flag_list,
        says="List suspicions, the newest first.",
        query=FlagQuery,
        answer=FlagPage,
    ),
    Route(
        method="POST",
        path=f"{_ALL}/scan",
        usecase=flag_scan.flags_scan,
        says="Look for suspicion in a skill's newest answers now; it is done every night.",
        body=FlagsScan,
        answer=FlagsFound,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.flag_get,
        says="Read the case: the evidence with its numbers, thresholds and answers.",
        answer=FlagCase,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/settle",
        usecase=use.flag_settle,
        says="Decide what a suspicion is worth; discounted answers weigh nothing and are kept.",
        body=FlagSettle,
        answer=FlagCase,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/redecide",
        usecase=use.flag_redecide,
        says="Decide again what discounted or restored answers had a part in.",
        body=FlagRedecide,
        answer=Redecided,
    ),
)
