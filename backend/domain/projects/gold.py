"""Gold: an item whose right answer is known, set once; retired it is asked no more, and added anew it is gold again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import projects as ev
from backend.events import wrong_keys
from backend.events.base import Secret
from backend.events.ids import GoldId, ItemId, KeyCaseId, ProjectId, uuid8

REWORKED = "reworked"
WHYS = ("doubtful", "exposed", "aged", "withdrawn", REWORKED)
"""Why gold is retired: its key is in doubt, too many have met it, it was shown too long ago, somebody said so, or the
item it was promoted from is done again."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The item is not gold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The key with the token `wrong_token` was found wrong: what is right instead (None: nobody knows), and whether
    everything that was scored against it is `corrected`. `number` counts such findings of the item."""

    key_case: KeyCaseId
    number: int
    wrong_token: str
    right_token: str | None
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The item is gold; the token tells equal truths apart from other ones, and nothing else. `found` is the last time
    that a key of it, this or an earlier one, was found wrong; `unfinished` are earlier ones that are still being
    corrected."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth_token: str
    exam_only: bool
    found: Found | None = None
    unfinished: tuple[Found, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FindKeyWrong:
    """Its key is wrong, so it is asked no more, and what is right (ciphertext and keyed tokens) if that is known."""

    retire: RetireGold
    right: Secret | None
    right_token: str | None
    right_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCorrection:
    """Everything that was scored against the key found wrong in this case is corrected."""

    key_case: KeyCaseId
    scores: int
    people: int
    void: int
    disputes: int


Command: TypeAlias = AddGold | RetireGold | RestoreGold | FindKeyWrong | EndCorrection
Event: TypeAlias = (
    ev.GoldAdded
    | ev.GoldRetired
    | ev.GoldRestored
    | wrong_keys.GoldKeyFoundWrong
    | wrong_keys.GoldScoresCorrected
)


def gold_exists() -> Refusal:
    """`gold_exists`: answers were scored against the truth there is, so it does not change under them."""
    return Refusal(
        "conflict",
        "gold_exists",
        expected="an item that is not gold, or the same truth and use",
        found="gold with another truth or another use",
        mend="retire it first if the truth was wrong, then add it anew",
    )


def key_stands() -> Refusal:
    """`gold_key_stands`: what is said to be right is the key that there is."""
    return Refusal(
        "conflict",
        "gold_key_stands",
        expected="another truth than the key of the item, or none",
        found="the key",
        mend="say what is right instead, or leave it out",
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
        case FindKeyWrong(), (Present() as was) | Retired(was=was):
            return _found_wrong(command, gold, was)
        case EndCorrection(key_case=case), (Present() as was) | Retired(was=was):
            return [_ended(command, was)] if any(one.key_case == case for one in _corrected_now(was)) else []
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
                found=found_of(gold),
                unfinished=() if isinstance(gold, Absent) else _present(gold).unfinished,
            )
        case ev.GoldRetired(), (Present() as was) | Retired(was=was):
            return Retired(why=event.why, was=was)
        case ev.GoldRestored(), Retired(was=was):
            return was
        case wrong_keys.GoldKeyFoundWrong(), Retired(was=was):
            found = Found(
                key_case=event.key_case,
                number=1 + (was.found.number if was.found else 0),
                wrong_token=was.truth_token,
                right_token=event.right_token,
            )
            others = tuple(one for one in _corrected_now(was) if one.wrong_token != found.wrong_token)
            return replace(gold, was=replace(was, found=found, unfinished=others))
        case wrong_keys.GoldScoresCorrected(), Retired(was=was):
            return replace(gold, was=_after_correction(was, event.key_case))
        case wrong_keys.GoldScoresCorrected(), Present():
            return _after_correction(gold, event.key_case)
        case (
            (
                ev.GoldRetired()
                | ev.GoldRestored()
                | wrong_keys.GoldKeyFoundWrong()
                | wrong_keys.GoldScoresCorrected()
            ),
            _,
        ):
            return gold
        case _:
            assert_never(event)


def found_of(gold: Gold) -> Found | None:
    """The last time that a key of the item was found wrong."""
    match gold:
        case Present(found=found) | Retired(was=Present(found=found)):
            return found
        case _:
            return None


def under_correction(gold: Gold, key_case: KeyCaseId) -> Found | None:
    """That case, unless it is done or a later one says otherwise of the same key."""
    asked = () if isinstance(gold, Absent) else _corrected_now(_present(gold))
    return next((one for one in asked if one.key_case == key_case), None)


def _present(gold: Present | Retired) -> Present:
    return gold if isinstance(gold, Present) else gold.was


def _corrected_now(was: Present) -> tuple[Found, ...]:
    last = () if was.found is None or was.found.corrected else (was.found,)
    return (*was.unfinished, *last)


def _after_correction(was: Present, key_case: KeyCaseId) -> Present:
    """Cases of two keys end in any order."""
    found = was.found
    if found is not None and found.key_case == key_case:
        found = replace(found, corrected=True)
    return replace(
        was, found=found, unfinished=tuple(one for one in was.unfinished if one.key_case != key_case)
    )


def _found_wrong(command: FindKeyWrong, gold: Gold, was: Present) -> list[Event]:
    """The same said again changes nothing; that the key was right after all may be said as well, or that what was said
    to be right is not."""
    found = was.found if was.found is not None and was.found.wrong_token == was.truth_token else None
    if found is None and command.right_token == was.truth_token:
        raise key_stands()
    asked = isinstance(gold, Present) or (isinstance(gold, Retired) and gold.why == REWORKED)
    if found is not None and not asked and command.right_token == found.right_token:
        return []
    number = 1 + (was.found.number if was.found else 0)
    return [
        *([_retired(command.retire, was)] if asked else []),
        wrong_keys.GoldKeyFoundWrong(
            gold=was.gold,
            project=was.project,
            item=was.item,
            key_case=KeyCaseId(uuid8(was.gold, "key-found-wrong", str(number))),
            right=command.right,
            right_token=command.right_token,
            right_class=command.right_class,
        ),
    ]


def _ended(command: EndCorrection, was: Present) -> wrong_keys.GoldScoresCorrected:
    return wrong_keys.GoldScoresCorrected(
        gold=was.gold,
        project=was.project,
        item=was.item,
        key_case=command.key_case,
        scores=command.scores,
        people=command.people,
        void=command.void,
        disputes=command.disputes,
    )


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
