"""What makes a workflow acceptable: known names, a graph that ends, conditions that can hold; a refusal says where."""

import json
import re
from collections.abc import Sequence
from typing import Any

from backend.domain.checks import PPM
from backend.domain.errors import Refusal
from backend.domain.projects import predicates, scoring
from backend.domain.projects.requirement import STAGES
from backend.domain.projects.workflow_graph import (
    begins_with,
    cycle,
    graph,
    leading_to,
    reached,
    tasks_at_most,
)
from backend.events.workflows import Arrow, Step, Test

STEPS_MAX = 50
ARROWS_MAX = 20
TESTS_MAX = 20
TASKS_MAX = 200
"""Of one item, without going round."""
JSON_BYTES_MAX = 65_536
SLOTS_MAX = 50
LOOPS_MAX = 50
AUTHOR_SECONDS = (60, 604_800)
DEADLINE_SECONDS_MAX = 31_536_000
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
ANSWER = re.compile(r"answer(\.[A-Za-z0-9_-]{1,64}){0,8}")

ORDER = ("lt", "le", "gt", "ge")
SAME = ("eq", "ne")
OPS: dict[str, tuple[str, ...]] = {
    "answer": (*SAME, *ORDER, "in", "contains"),
    "agreement": (*SAME, *ORDER),
    "confidence": (*SAME, *ORDER),
    "unsure": (*SAME, *ORDER),
    "decided_by": (*SAME, "in"),
    "tag": (*SAME, "in"),
    "priority": (*SAME, *ORDER, "in"),
    "edge_case": SAME,
}
"""Field of a condition -> the comparisons it knows."""
DECIDED_BY = ("machine", "aggregate", "review", "expert")


def check(first: Sequence[str], steps: Sequence[Step]) -> None:
    """Refuse (invalid) what is no workflow: `workflow_invalid`, `step_unknown`, `workflow_unreachable`,
    `workflow_cyclic`, `arrow_condition_invalid`, `scoring_invalid`; `extra` says where."""
    _number("steps", "the number of steps", len(steps), 1, STEPS_MAX)
    names = [step.name for step in steps]
    for name in names:
        if not NAME.fullmatch(name):
            raise _invalid("steps", "names of a-z, 0-9, _ and -, 40 characters at most", repr(name))
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _invalid("steps", "each name once", f"{twice} twice")
    if not first or len(set(first)) < len(first):
        raise _invalid("first", "the steps to begin with, each once", ", ".join(first) or "none")
    _known("first", first, names)
    for step in steps:
        _step(step, names)
    _graph(first, steps)
    for step in steps:
        _place(step, first, steps)
    if unmet := [step.name for step in steps if step.model is not None and step != begins_with(first, steps)]:
        raise _invalid(f"{unmet[0]}.model", "a model in the only annotate step that items begin with", "one")


def _step(step: Step, names: Sequence[str]) -> None:
    at = step.name
    if step.stage not in STAGES:
        raise _invalid(f"{at}.stage", f"one of {', '.join(sorted(STAGES))}", repr(step.stage))
    _number(at, "slots", step.slots, 0, SLOTS_MAX)
    _number(at, "priority", step.priority, -1, 3)
    _number(at, "deadline_seconds", step.deadline_seconds, 0, DEADLINE_SECONDS_MAX)
    for field in ("apart_from", "shows"):
        named = getattr(step, field)
        _known(f"{at}.{field}", named, names)
        if at in named or len(set(named)) < len(named):
            raise _invalid(f"{at}.{field}", "other steps, each once", ", ".join(named))
    for token in predicates.tokens(step.needs):
        if token.partition(":")[0] in predicates.VERSIONED:
            raise _invalid(
                f"{at}.needs",
                "skills, vendors, teams, origins, checks and compliance",
                token.partition(":")[0],
            )
    for field in ("answer_schema", "tool", "scoring"):
        _json_object(f"{at}.{field}", getattr(step, field))
    scoring.read(step.scoring, f"{at}.scoring")
    _number(at, "the number of arrows", len(step.then), 0, ARROWS_MAX)
    _known(f"{at}.then", [arrow.to for arrow in step.then], names)
    for n, arrow in enumerate(step.then):
        if arrow.to in [one.to for one in step.then[:n]]:
            raise _invalid(
                f"{at}.then", "one arrow to a step; any_of for several reasons", f"two to {arrow.to}"
            )
        _arrow(f"{at}.then.{arrow.to}", arrow)


def _arrow(at: str, arrow: Arrow) -> None:
    _number(at, "share_ppm", arrow.share_ppm, 1, PPM)
    _number(at, "loops_max", arrow.loops_max, 0, LOOPS_MAX)
    _number(at, "author_seconds", arrow.author_seconds, *AUTHOR_SECONDS)
    _number(at, "the number of conditions", len(arrow.all_of) + len(arrow.any_of), 0, TESTS_MAX)
    if arrow.otherwise and (arrow.all_of or arrow.any_of or arrow.share_ppm < PPM):
        raise _invalid(at, "`otherwise` without conditions and share", "both")
    for test in (*arrow.all_of, *arrow.any_of):
        _test(at, test)


def _test(at: str, test: Test) -> None:
    """The comparison is one that the field knows, with a value of its kind."""
    field = "answer" if ANSWER.fullmatch(test.field) else test.field
    if field not in OPS:
        raise _condition(at, f"one of {', '.join(OPS)} (or answer.path)", repr(test.field))
    if test.op not in OPS[field]:
        raise _condition(at, f"{field} with one of {', '.join(OPS[field])}", repr(test.op))
    try:
        value = json.loads(test.value)
    except (ValueError, RecursionError):
        raise _condition(at, "a JSON value", "something else") from None
    if len(test.value) > JSON_BYTES_MAX:
        raise _condition(at, f"{JSON_BYTES_MAX} bytes at most", f"{len(test.value)}")
    several = test.op == "in"
    if several and (not isinstance(value, list) or not value):
        raise _condition(at, "a list of values with `in`", test.value[:40])
    for one in value if several else [value]:
        if not _fits(field, test.op, one):
            raise _condition(at, f"a value that {field} {test.op} can be compared with", test.value[:40])


def _fits(field: str, op: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match field:
        case "agreement" | "confidence" | "unsure":
            return number and 0 <= value <= 1
        case "priority":
            return isinstance(value, int) and number and 0 <= value <= 3
        case "edge_case":
            return isinstance(value, bool)
        case "decided_by":
            return value in DECIDED_BY
        case "tag":
            return isinstance(value, str) and bool(value)
        case _:
            return number or op not in ORDER


def _graph(first: Sequence[str], steps: Sequence[Step]) -> None:
    whole = graph(steps)
    if lost := [name for name in whole if name not in reached(whole, first)]:
        raise Refusal(
            "invalid",
            "workflow_unreachable",
            expected="steps that an item can come to",
            found=f"no way to {', '.join(lost)}",
            mend="name them among `first`, or draw an arrow to them",
            extra={"steps": lost},
        )
    if round_ := cycle(graph(steps, limited=False)):
        raise Refusal(
            "invalid",
            "workflow_cyclic",
            expected="a graph without a cycle, or with loops_max on an arrow of each",
            found=" -> ".join(round_),
            mend="set loops_max on the arrow that leads back, or remove it",
            extra={"cycle": round_},
        )
    if (n := tasks_at_most(first, steps)) > TASKS_MAX:
        raise _invalid("steps", f"at most {TASKS_MAX} tasks of one item without going round", f"{n}")


def _place(step: Step, first: Sequence[str], steps: Sequence[Step]) -> None:
    """What depends on where a step lies in the graph."""
    ways = graph(steps)
    incoming = sum(step.name in following for following in ways.values())
    if step.joins and (incoming < 2 or step.name in first):
        raise _invalid(f"{step.name}.joins", "two arrows to it or more", f"{incoming}")
    before = leading_to(ways, step.name)
    if unseen := [one for one in step.shows if one not in before]:
        raise _invalid(f"{step.name}.shows", "steps that lead to it", ", ".join(unseen))
    if step.stage in ("review", "adjudicate") and (not step.shows or step.name in first):
        found = "none" if not step.shows else "a first step"
        raise _invalid(
            f"{step.name}.shows", f"the steps whose answers this {step.stage} step is about", found
        )


def _known(at: str, named: Sequence[str], names: Sequence[str]) -> None:
    if unknown := [one for one in named if one not in names]:
        raise Refusal(
            "invalid",
            "step_unknown",
            expected="steps of this workflow",
            found=f"{unknown[0]!r} at {at}",
            mend="define the step, or correct its name",
            extra={"at": at, "step": unknown[0]},
        )


def _json_object(at: str, text: str) -> None:
    if not text:
        return
    if len(text.encode()) > JSON_BYTES_MAX:
        raise _invalid(at, f"{JSON_BYTES_MAX} bytes at most", f"{len(text.encode())}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _invalid(at, "a JSON object", "something else")


def _number(at: str, field: str, found: int, lowest: int, highest: int) -> None:
    if not lowest <= found <= highest:
        raise _invalid(at, f"{field} in {lowest}..{highest}", f"{found}")


def _invalid(at: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "workflow_invalid",
        expected=expected,
        found=f"{found} at {at}",
        mend="correct this place of the workflow and publish it again",
        extra={"at": at},
    )


def _condition(at: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "arrow_condition_invalid",
        expected=expected,
        found=f"{found} at {at}",
        mend="correct the condition of this arrow",
        extra={"at": at},
    )
