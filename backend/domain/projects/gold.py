"""Gold: an item whose right answer is known, set once; retired it is asked no more, and added anew it is gold again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import projects as ev
from backend.events.base import Secret
from backend.events.ids import GoldId, ItemId, ProjectId

REWORKED = "reworked"
WHYS = ("doubtful", "exposed", "aged", "withdrawn", REWORKED)
"""Why gold is retired: its key is in doubt, too many have met it, it was shown too long ago, somebody said so, or the
item it was promoted from is done again."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The item is not gold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The item is gold; the token tells equal truths apart from other ones, and nothing else."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth_token: str
    exam_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """The item was gold and is asked no more. Who met it has met it for good."""

    why: str
    was: Present


Gold: TypeAlias = Absent | Present | Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGold:
    """Make an item gold; truth is ciphertext, `truth_token` and `truth_class` are keyed tokens."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    truth_token: str
    truth_class: str | None
    exam_only: bool
    origin: Literal["authored", "promoted"] = "authored"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireGold:
    """Ask it no more: `answers` people met it, of whom `disagreed` of the trusted ones did not give its key, as of
    `basis_index`."""

    why: str
    answers: int
    disagreed: int
    basis_index: int


@dataclass(frozen=True, slots=True)
class RestoreGold:
    """The rework of the item it was promoted from was taken back: its truth stands again."""


Command: TypeAlias = AddGold | RetireGold | RestoreGold
Event: TypeAlias = ev.GoldAdded | ev.GoldRetired | ev.GoldRestored


def gold_exists() -> Refusal:
    """`gold_exists`: answers were scored against the truth there is, so it does not change under them."""
    return Refusal(
        "conflict",
        "gold_exists",
        expected="an item that is not gold, or the same truth and use",
        found="gold with another truth or another use",
        mend="retire it first if the truth was wrong, then add it anew",
    )


def decide(command: Command, gold: Gold) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, gold:
        case AddGold(), Absent() | Retired():
            return [
                ev.GoldAdded(
                    gold=command.gold,
                    project=command.project,
                    item=command.item,
                    truth=command.truth,
                    truth_token=command.truth_token,
                    truth_class=command.truth_class,
                    exam_only=command.exam_only,
                    origin=command.origin,
                )
            ]
        case AddGold(), Present() if (command.truth_token, command.exam_only) == (
            gold.truth_token,
            gold.exam_only,
        ):
            return []
        case AddGold(), Present():
            raise gold_exists()
        case RetireGold(), Present():
            return [_retired(command, gold)]
        # What waits for a rework may be retired for good meanwhile; then nothing brings it back.
        case RetireGold(), Retired(why="reworked", was=was) if command.why != REWORKED:
            return [_retired(command, was)]
        case RetireGold(), Retired():
            return []
        case RestoreGold(), Retired(why="reworked", was=was):
            return [ev.GoldRestored(gold=was.gold, project=was.project, item=was.item)]
        case RestoreGold(), (Present() | Retired()):
            return []
        case _:
            raise not_found("gold")


def evolve(gold: Gold, event: Event) -> Gold:
    """What is true after the event."""
    match event, gold:
        case ev.GoldAdded(), _:
            return Present(
                gold=event.gold,
                project=event.project,
                item=event.item,
                truth_token=event.truth_token,
                exam_only=event.exam_only,
            )
        case ev.GoldRetired(), (Present() as was) | Retired(was=was):
            return Retired(why=event.why, was=was)
        case ev.GoldRestored(), Retired(was=was):
            return was
        case ((ev.GoldRetired() | ev.GoldRestored()), _):
            return gold
        case _:
            assert_never(event)


def _retired(command: RetireGold, was: Present) -> ev.GoldRetired:
    one_of("gold_why_unknown", "why", command.why, WHYS)
    return ev.GoldRetired(
        gold=was.gold,
        project=was.project,
        item=was.item,
        why=command.why,
        answers=command.answers,
        disagreed=command.disagreed,
        basis_index=command.basis_index,
    )


GOLD: Decider[Command, Gold, Event] = Decider(Absent(), decide, evolve)
"""One stream per gold item; its id follows from the item."""
