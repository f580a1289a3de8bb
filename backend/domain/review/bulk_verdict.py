"""A verdict in bulk: one person lets many drawn answers through alike, or rejects them alike, in one act."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import review as ev
from backend.events.ids import AnnotatorId, BulkId, ProjectId

WORDS = {"approve": "accept", "reject": "reject"}
"""What is said of many -> the verdict on each."""
ITEMS_MAX = 1_000

# --- state


@dataclass(frozen=True, slots=True)
class Acted:
    """Whether it was done."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What waits, as it is named: an answer by its lease, a task of a workflow's review step by its id; of a task that
    judges one answer alone both are known."""

    lease: str | None = None
    task: str | None = None


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideInBulk:
    """So many are decided alike, by `verdict` (accept or reject); the fields are those of the event."""

    bulk: BulkId
    project: ProjectId
    reviewer: AnnotatorId
    verdict: str
    selection: str
    decided: int
    refused: int


# --- refusals


def not_waiting() -> Refusal:
    """`review_not_waiting`: it was not drawn, has its verdict, or is in somebody's hands."""
    return Refusal(
        "conflict",
        "review_not_waiting",
        expected="an answer of the project that waits for review and is in nobody's hands",
        found="one that does not",
        mend="list what waits, and leave this one out",
    )


def already_met() -> Refusal:
    """`already_worked`: who had a part in an item, or declined it, reviews no answer to it."""
    return Refusal(
        "conflict",
        "already_worked",
        expected="a person who never had a part in this item",
        found="one who did",
        mend="leave this review to somebody else",
    )


def bulk_refused(refused: Sequence[tuple[Named, Refusal]], selected: int) -> Refusal:
    """`bulk_refused`: all or nothing; `refused` lists each with its code."""
    return Refusal(
        "conflict",
        "bulk_refused",
        expected="reviews that may all be decided by this person",
        found=f"{len(refused)} of {selected} that may not",
        mend="leave out those listed, or send skip_refused: true; nothing was changed",
        extra={"refused": listed(refused)},
    )


def listed(refused: Sequence[tuple[Named, Refusal]]) -> list[dict[str, str | None]]:
    """Each refused one with its code and what to do."""
    return [
        {"lease": one.lease, "task": one.task, "code": why.code}
        | {"expected": why.expected, "found": why.found, "mend": why.mend}
        for one, why in refused
    ]


# --- decide


def decide(command: DecideInBulk, act: Acted) -> Sequence[ev.ReviewsBulkDecided]:
    """Done once."""
    if act.done:
        return []
    one_of("verdict_unknown", "verdict", command.verdict, tuple(WORDS.values()))
    in_range("bulk_too_large", "decided", command.decided, 1, ITEMS_MAX)
    return [
        ev.ReviewsBulkDecided(
            bulk=command.bulk,
            project=command.project,
            reviewer=command.reviewer,
            verdict=command.verdict,
            selection=command.selection,
            decided=command.decided,
            refused=command.refused,
        )
    ]


# --- evolve


def evolve(act: Acted, event: ev.ReviewsBulkDecided) -> Acted:
    """What is true after the event."""
    return Acted(done=True)


BULK_VERDICT: Decider[DecideInBulk, Acted, ev.ReviewsBulkDecided] = Decider(Acted(), decide, evolve)
"""One stream per act."""
