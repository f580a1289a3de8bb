"""How a course looks to who learns: its modules, what an exam asks now, how far one is, and how an attempt went."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.training import attempt as attempts
from backend.domain.training.record import WHOLE, Attempts
from backend.events.training import CourseAttempted, CourseModule, ModuleAttempted
from backend.usecases.training import teaching
from backend.usecases.work import Work

SAID = ("id", "kind", "title", "content", "questions")


def asked(work: Work, row: dict[str, Any], record: Attempts | None) -> Sequence[UUID]:
    """The gold items that an exam shows now: all, or those of the caller's open attempt."""
    if not teaching.rules_of(row).begun or record is None:
        return teaching.still_asked(row)
    opened = record.opened
    return opened.gold if opened is not None and not opened.over(work.now) else ()


def module_shown(whole: Any, module: CourseModule) -> dict[str, Any]:
    """A module as a learner sees it: hints in practice only, answers and explanations never."""
    said = teaching.module_said(whole, module.module)
    shown = ("id", "prompt", "hint") if module.kind == "practice" else ("id", "prompt")
    questions = [
        {name: q[name] for name in shown if name == "prompt" or q.get(name) is not None}
        for q in said["questions"]
    ]
    return {name: said.get(name) for name in SAID} | {"questions": questions}


async def progress(work: Work, row: dict[str, Any], record: Attempts) -> dict[str, Any]:
    """How far the caller is in the version in force, what comes next, and when."""
    names = [one.module for one in row["modules"]]
    passed = record.holds(row["version"], work.now)
    whole = passed and not record.done and not record.asked_again
    following = None if whole else next((one for one in names if one not in record.done), None)
    retry_at = record.retry_at if record.retry_at and record.retry_at > work.now else None
    opened = record.opened if record.opened and not record.opened.over(work.now) else None
    return {
        "passed": passed,
        "until": record.passed.get(row["version"]) if passed else None,
        "modules_done": names if whole else [one for one in names if one in record.done],
        "next_module": following,
        "attempts_left": record.attempts_left(teaching.rules_of(row), following or WHOLE),
        "retry_at": retry_at,
        "prerequisites_missing": await teaching.missing_prerequisites(work, row, work.me),
        "open_attempt": opened.attempt if opened else None,
        "open_until": opened.until if opened else None,
        "assigned_because": sorted({because for because, _ in record.assigned}),
    }


def outcome_shown(
    work: Work,
    row: dict[str, Any],
    attempt: UUID,
    outcome: CourseAttempted | ModuleAttempted | None,
    module: str,
) -> dict[str, Any]:
    """How it went, and what is possible next; no outcome: it was passed before."""
    record = work.state(attempts.ATTEMPT, teaching.stream_of(work.me, row["course"])).at(row["version"])
    passed = record.holds(row["version"], work.now)
    names = [one.module for one in row["modules"]]
    whole = passed and not record.asked_again
    following = None if whole else next((one for one in names if one not in record.done), None)
    return {
        "attempt": attempt,
        "passed": outcome.passed if outcome else True,
        "course_passed": passed,
        "until": record.passed.get(row["version"]) if passed else None,
        "module": None,
        "next_module": following,
        "attempts_left": record.attempts_left(teaching.rules_of(row), module),
        "retry_at": outcome.retry_at if outcome else None,
        "results": None,
    }
