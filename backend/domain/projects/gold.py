"""Gold: an item whose right answer is known, set once; retired it is asked no more, and added anew it is gold again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.domain.projects import gold_family
from backend.domain.projects.gold_states import (
    REWORKED,
    SIGNS,
    WHYS,
    Absent,
    AddGold,
    Command,
    EndCorrection,
    FindKeyWrong,
    Found,
    Gold,
    Present,
    PutBack,
    RestoreGold,
    Retired,
    RetireGold,
    Sign,
    VaryGold,
)
from backend.events import gold_health, wrong_keys
from backend.events import projects as ev
from backend.events.ids import GoldId, KeyCaseId, uuid8

__all__ = [
    "GOLD",
    "REWORKED",
    "SIGNS",
    "WHYS",
    "Absent",
    "AddGold",
    "Command",
    "EndCorrection",
    "Event",
    "FindKeyWrong",
    "Found",
    "Gold",
    "Present",
    "PutBack",
    "RestoreGold",
    "RetireGold",
    "Retired",
    "Sign",
    "VaryGold",
]

Event: TypeAlias = (
    ev.GoldAdded
    | ev.GoldVaried
    | ev.GoldRetired
    | ev.GoldRestored
    | gold_health.GoldPutBack
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


def not_by_a_sign(why: str) -> Refusal:
    """`gold_not_by_sign`: what a sign did not retire, or whose key is wrong, is not put back."""
    return Refusal(
        "conflict",
        "gold_not_by_sign",
        expected="gold that a sign of its health retired, and whose key was not found wrong since",
        found=f"gold retired for another reason ({why})",
        mend="add it anew, with the truth as it should be",
    )


def decide(command: Command, gold: Gold) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, gold:
        case AddGold(), Absent() | Retired():
            if isinstance(gold, Retired):
                _require_same_descent(command, gold)
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
        case AddGold(origin=origin), Present() if (
            command.truth_token,
            command.exam_only,
            origin == "derived",
        ) == (gold.truth_token, gold.exam_only, gold.derived):
            return []
        case AddGold(), Present():
            raise gold_exists()
        case VaryGold(), (Present() as was) | Retired(was=was):
            return _varied(command, was, gold.why if isinstance(gold, Retired) else None)
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
        case PutBack(), Retired(why=why, was=was):
            if why not in SIGNS or _key_is_wrong(was):
                raise not_by_a_sign("wrong key" if why in SIGNS else why)
            return [gold_health.GoldPutBack(gold=was.gold, project=was.project, item=was.item, why=why)]
        case PutBack(), Present():
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
                derived=event.origin == "derived",
                variants=variants_of(gold),
            )
        case ev.GoldVaried(), Present():
            return replace(gold, variants={**gold.variants, event.how_token: event.variant})
        case ev.GoldVaried(), Retired(was=was):
            more = {**was.variants, event.how_token: event.variant}
            return replace(gold, was=replace(was, variants=more))
        case ev.GoldRetired(), (Present() as was) | Retired(was=was):
            return Retired(why=event.why, was=was)
        case ((ev.GoldRestored() | gold_health.GoldPutBack()), Retired(was=was)):
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
                ev.GoldVaried()
                | ev.GoldRetired()
                | ev.GoldRestored()
                | gold_health.GoldPutBack()
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


def variants_of(gold: Gold) -> Mapping[str, GoldId]:
    """What was derived from it, by the token of how."""
    return {} if isinstance(gold, Absent) else _present(gold).variants


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


def _key_is_wrong(was: Present) -> bool:
    return was.found is not None and was.found.wrong_token == was.truth_token


def _require_same_descent(command: AddGold, gold: Retired) -> None:
    was, found = gold.was, gold.was.found
    gold_family.require_same_descent(
        was_derived=was.derived,
        is_derived=command.origin == "derived",
        variants=was.variants,
        trusted=gold.why != "doubtful" and not (found and found.wrong_token == was.truth_token),
        same_key=command.truth_token == was.truth_token,
    )


def _varied(command: VaryGold, was: Present, why: str | None) -> list[Event]:
    told = (was.variants, command.how_token, command.variant)
    if not gold_family.require_room(*told, derived=was.derived, why=why) and not command.anew:
        return []
    return [
        ev.GoldVaried(
            gold=was.gold,
            project=was.project,
            item=was.item,
            variant=command.variant,
            how=command.how,
            how_token=command.how_token,
        )
    ]


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
        **_measured(command.sign),
    )


def _measured(sign: Sign | None) -> dict[str, Any]:
    """As events say it, which hold no floats."""
    return (
        {}
        if sign is None
        else {
            "statistic": repr(sign.statistic),
            "threshold": repr(sign.threshold),
            "sign_answers": sign.answers,
            "rule_version": sign.rule_version,
        }
    )


GOLD: Decider[Command, Gold, Event] = Decider(Absent(), decide, evolve)
"""One stream per gold item; its id follows from the item."""
