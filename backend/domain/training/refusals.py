"""What a person is told who may not attempt a course now, each with what to do about it."""

from collections.abc import Sequence
from datetime import datetime

from backend.domain.errors import Refusal
from backend.events.ids import CourseId


def course_changed(current: int, found: int) -> Refusal:
    """`course_changed`: the answers belong to another version than the one in force."""
    return Refusal(
        "stale",
        "course_changed",
        expected=f"answers to version {current}",
        found=f"answers to version {found}",
        mend="read the course again and answer its current version",
        extra={"current_version": current},
    )


def exam_taken(version: int) -> Refusal:
    """`exam_taken`: gold is never shown twice to one person."""
    return Refusal(
        "conflict",
        "exam_taken",
        expected="an exam that you have not taken",
        found=f"an attempt at version {version}",
        mend="wait for a new version of the exam, or ask a manager",
    )


def exam_gold_exhausted(wanted: int, left: int) -> Refusal:
    """`exam_gold_exhausted`: the person has met too much of the exam's gold."""
    return Refusal(
        "conflict",
        "exam_gold_exhausted",
        expected=f"{wanted} gold items that you have not met",
        found=str(left),
        mend="ask a manager for a new version of the exam with further gold",
        extra={"wanted": wanted, "left": left},
    )


def attempt_not_begun() -> Refusal:
    """`attempt_not_begun`: the questions of this exam are drawn for each attempt."""
    return Refusal(
        "conflict",
        "attempt_not_begun",
        expected="an attempt that was begun and is still open",
        found="none",
        mend="begin an attempt and answer the questions that it shows",
    )


def exam_time_over(until: datetime) -> Refusal:
    """`exam_time_over`: the attempt is recorded as failed; what was sent is kept with it."""
    return Refusal(
        "conflict",
        "exam_time_over",
        expected=f"answers until {until.isoformat()}",
        found="answers after that",
        mend="read the course to see whether and when another attempt is possible",
        extra={"until": until.isoformat()},
    )


def retry_later(retry_at: datetime, now: datetime) -> Refusal:
    """`retry_later`: the delay after a failed attempt is not over."""
    return Refusal(
        "conflict",
        "retry_later",
        expected=f"the next attempt from {retry_at.isoformat()} on",
        found=f"one at {now.isoformat()}",
        mend="learn meanwhile, and try again then",
        extra={
            "retry_at": retry_at.isoformat(),
            "retry_after_s": max(1, -int((now - retry_at).total_seconds() // 1)),
        },
    )


def attempts_exhausted(allowed: int) -> Refusal:
    """`attempts_exhausted`: as many failed attempts as the course allows."""
    return Refusal(
        "conflict",
        "attempts_exhausted",
        expected=f"fewer than {allowed} failed attempts",
        found=str(allowed),
        mend="ask a manager to allow more attempts",
        extra={"attempts_max": allowed},
    )


def attempts_left() -> Refusal:
    """`attempts_left`: nobody needs to be allowed what is possible anyway."""
    return Refusal(
        "conflict",
        "attempts_left",
        expected="a person who has used up the attempts at this version",
        found="attempts that are left",
        mend="let the person try first",
    )


def prerequisite_missing(courses: Sequence[CourseId]) -> Refusal:
    """`prerequisite_missing`: names the courses to pass before."""
    return Refusal(
        "conflict",
        "prerequisite_missing",
        expected="the course's prerequisites passed",
        found=f"{len(courses)} missing, the first {courses[0]}",
        mend="pass the prerequisites first",
        extra={"course": str(courses[0]), "missing": [str(one) for one in courses]},
    )


def module_locked(module: str, before: str) -> Refusal:
    """`module_locked`: modules are taken in their order."""
    return Refusal(
        "conflict",
        "module_locked",
        expected=f"module {before!r} before this one",
        found=f"an attempt at module {module!r}",
        mend="pass the module before it first",
        extra={"before": before},
    )


def module_unknown(module: str, modules: Sequence[str]) -> Refusal:
    """`module_unknown`: the course has no such module."""
    return Refusal(
        "invalid",
        "module_unknown",
        expected=f"one of {', '.join(modules)}" if modules else "no module: this course has none",
        found=repr(module),
        mend="read the course and name a module of it",
        extra={"modules": list(modules)},
    )


def module_required(modules: Sequence[str]) -> Refusal:
    """`module_required`: a course in modules is attempted module by module."""
    return Refusal(
        "invalid",
        "module_required",
        expected=f"the module that is attempted, one of {', '.join(modules)}",
        found="none",
        mend="name the module",
        extra={"modules": list(modules)},
    )


def answered_twice(question: str) -> Refusal:
    """`answered_twice`: one answer per question."""
    return Refusal(
        "invalid",
        "answered_twice",
        expected="one answer to each question",
        found=f"two answers to question {question!r}",
        mend="send each question once",
    )
