"""Mending: for each condition that stops people, its code, the act that meets it, whose act it is, and in words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.projects.explanation import Person, condition
from backend.domain.projects.requirement import ANY, NOT
from backend.readmodels import explanations
from backend.usecases.gates import reason
from backend.usecases.insight.explaining import STATUS_MENDS
from backend.usecases.work import Work

STANDING, PACE, APPROVAL = "status:", "pace:", "approval"
"""How what stops a person everywhere is spelled among the conditions: a status, a break or limit, an approval."""
NOBODY = UUID(int=0)
NAMED = ("agreement", "course", "skill", "skill-closed", "certified")


def told(stop: str, exams: frozenset[str]) -> dict[str, Any]:
    """The condition as an empty pull tells it: its code, and what it is about."""
    for prefix in (STANDING, PACE):
        if stop.startswith(prefix):
            return {"code": stop.removeprefix(prefix)}
    if stop == APPROVAL:
        return {"code": "onboarding", "requires": APPROVAL}
    return reason(stop, exams)


async def mends(work: Work, stops: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Condition -> the act that meets it: operation, arguments beside the person, by whom, in words."""
    listed = list(stops)
    ids = sorted({UUID(one) for stop in listed for one in _ids(stop)})
    names = await explanations.names(work.conn, work.tenant, ids)
    offered = await explanations.offered(work.conn, work.tenant, ids, work.now)
    # Nobody holds anything: every condition fails, and says what would meet it.
    nobody = Person(annotator=NOBODY, held={}, now=work.now, names=names, offered=offered)
    return {stop: _mend(stop, nobody) for stop in listed}


def _ids(stop: str) -> list[str]:
    options = stop.removeprefix(ANY).removeprefix(NOT).split("|")
    return [one.split(":")[1] for one in options if one.split(":")[0] in NAMED]


def _mend(stop: str, nobody: Person) -> dict[str, Any]:
    if stop.startswith(STANDING):
        says, operation, by = STATUS_MENDS.get(stop.removeprefix(STANDING), ("nothing helps", None, None))
        return {"operation": operation, "arguments": {}, "by": by, "says": says}
    if stop.startswith(PACE):
        return {
            "operation": None,
            "arguments": {},
            "by": None,
            "says": "wait until they have rested or are back",
        }
    held = {stop.removeprefix(NOT): None} if stop.startswith(NOT) else {}
    found = condition(stop, replace(nobody, held=held))
    act = found.act
    arguments = {name: value for name, value in act.arguments.items() if value != NOBODY} if act else {}
    return {
        "operation": act.operation if act else None,
        "arguments": arguments,
        "by": act.by if act else None,
        "says": found.mend or "see whether the project must ask for this, or give the work to others",
    }
