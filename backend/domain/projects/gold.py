"""Gold: an item whose right answer is known, set once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import projects as ev
from backend.events.base import Secret
from backend.events.ids import GoldId, ItemId, ProjectId


@dataclass(frozen=True, slots=True)
class Absent:
    """The item is not gold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The item is gold; the token tells equal truths apart from other ones, and nothing else."""

    gold: GoldId
    truth_token: str
    exam_only: bool


Gold: TypeAlias = Absent | Present


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


def gold_exists() -> Refusal:
    """`gold_exists`: answers were scored against the truth there is, so it does not change under them."""
    return Refusal(
        "conflict",
        "gold_exists",
        expected="an item that is not gold, or the same truth and use",
        found="gold with another truth or another use",
        mend="import the item anew under another key if the truth was wrong",
    )


def decide(command: AddGold, gold: Gold) -> Sequence[ev.GoldAdded]:
    """Read as a table: command, state, outcome."""
    match gold:
        case Absent():
            return [
                ev.GoldAdded(
                    gold=command.gold,
                    project=command.project,
                    item=command.item,
                    truth=command.truth,
                    truth_token=command.truth_token,
                    truth_class=command.truth_class,
                    exam_only=command.exam_only,
                )
            ]
        case Present(truth_token=token, exam_only=use) if (token, use) == (
            command.truth_token,
            command.exam_only,
        ):
            return []
        case Present():
            raise gold_exists()


def evolve(gold: Gold, event: ev.GoldAdded) -> Gold:
    """What is true after the event."""
    return Present(gold=event.gold, truth_token=event.truth_token, exam_only=event.exam_only)


GOLD: Decider[AddGold, Gold, ev.GoldAdded] = Decider(Absent(), decide, evolve)
"""One stream per gold item; its id follows from the item."""
