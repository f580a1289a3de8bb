"""Routing: which arrows an item takes out of a step, by what was answered and how sure it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain.checks import PPM
from backend.events.workflows import Arrow, Step, Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a step came to. `answer` is plain JSON; `unsure_ppm`: how many of its answers were flagged as ambiguous;
    `loops`: how often the item took each arrow (from, to) so far; `decided_by`: machine, aggregate, review or
    expert."""

    answer: Any
    agreement_ppm: int
    confidence_ppm: int
    unsure_ppm: int = 0
    tags: tuple[str, ...] = ()
    priority: int = 2
    edge_case: bool = False
    loops: Mapping[tuple[str, str], int] | None = None
    decided_by: str = "aggregate"


@dataclass(frozen=True, slots=True)
class Ways:
    """The arrows taken, in their order; and those that hold but were taken as often as they may be."""

    taken: tuple[Arrow, ...]
    exhausted: tuple[Arrow, ...]


def after(step: Step, facts: Facts, draws: Mapping[str, int]) -> Ways:
    """The ways out of a step. `draws`: for each arrow's target a number in 0..999,999, the same whenever it is asked.

    Every arrow that holds is taken; one that says `otherwise` when no other holds.
    """
    holding = [arrow for arrow in step.then if not arrow.otherwise and _holds(arrow, facts, draws)]
    ways = holding or [arrow for arrow in step.then if arrow.otherwise]
    loops = facts.loops or {}
    spent = [
        arrow for arrow in ways if arrow.loops_max and loops.get((step.name, arrow.to), 0) >= arrow.loops_max
    ]
    return Ways(tuple(arrow for arrow in ways if arrow not in spent), tuple(spent))


def _holds(arrow: Arrow, facts: Facts, draws: Mapping[str, int]) -> bool:
    if draws.get(arrow.to, PPM) >= arrow.share_ppm and arrow.share_ppm < PPM:
        return False
    every = all(_true(test, facts) for test in arrow.all_of)
    return every and (not arrow.any_of or any(_true(test, facts) for test in arrow.any_of))


def _true(test: Test, facts: Facts) -> bool:
    wanted = json.loads(test.value)
    match test.field:
        case "tag":
            tags = wanted if test.op == "in" else [wanted]
            return any(tag in facts.tags for tag in tags) != (test.op == "ne")
        case "agreement":
            return _compare(test.op, facts.agreement_ppm, round(wanted * PPM))
        case "confidence":
            return _compare(test.op, facts.confidence_ppm, round(wanted * PPM))
        case "unsure":
            return _compare(test.op, facts.unsure_ppm, round(wanted * PPM))
        case "priority":
            return _compare(test.op, facts.priority, wanted)
        case "decided_by":
            return _compare(test.op, facts.decided_by, wanted)
        case "edge_case":
            return _compare(test.op, facts.edge_case, wanted)
        case _:
            return _compare(test.op, _at(facts.answer, test.field), wanted)


def _at(answer: Any, field: str) -> Any:
    """What the answer has at `answer.path`; None where it has nothing there."""
    for name in field.split(".")[1:]:
        if isinstance(answer, dict):
            answer = answer.get(name)
        elif isinstance(answer, list) and name.isdecimal():
            answer = answer[int(name[:9])] if int(name[:9]) < len(answer) else None
        else:
            return None
    return answer


def _compare(op: str, found: Any, wanted: Any) -> bool:
    match op:
        case "eq":
            return _same(found, wanted)
        case "ne":
            return not _same(found, wanted)
        case "in":
            return any(_same(found, one) for one in wanted)
        case "contains" if isinstance(found, list):
            return any(_same(one, wanted) for one in found)
        case "contains":
            return isinstance(found, str) and isinstance(wanted, str) and wanted in found
        case _:
            return _number(found) and _number(wanted) and _in_order(op, found, wanted)


def _in_order(op: str, found: float, wanted: float) -> bool:
    match op:
        case "lt":
            return found < wanted
        case "le":
            return found <= wanted
        case "gt":
            return found > wanted
        case _:
            return found >= wanted


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
