"""Recertification: what a project asks to be learnt anew, per version of its guideline, and from when on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found
from backend.events import recertification as ev
from backend.events.base import Secret
from backend.events.ids import CourseId, ProjectId, SkillId

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The course in the version it had, the skills an exam in which does as well, and when it is due."""

    course: CourseId
    course_version: int
    skills: tuple[SkillId, ...]
    due: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Version of the guideline -> what is asked for it."""

    terms: Mapping[int, Terms] = field(default_factory=dict)


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask for certification for a version of the guideline by `due` (None: from now on)."""

    project: ProjectId
    version: int
    course: CourseId
    course_version: int
    skills: tuple[SkillId, ...]
    due: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Do not ask for it any more."""

    project: ProjectId
    version: int
    reason: Secret


Command: TypeAlias = Ask | Withdraw
Event: TypeAlias = ev.RecertificationAsked | ev.RecertificationWithdrawn


# --- decide


def decide(command: Command, asked: Asked) -> Sequence[Event]:
    """The same again is nothing new; other terms for the same version replace the earlier ones. Raises
    `recertification_invalid` for a deadline that is past or no skill, not_found for what was not asked."""
    present = asked.terms.get(command.version)
    match command:
        case Ask() if present is not None and _same(command, present):
            return []
        case Ask():
            return [_asked(command)]
        case Withdraw() if present is None:
            raise not_found("a recertification")
        case Withdraw(project=project, version=version, reason=reason):
            return [ev.RecertificationWithdrawn(project=project, version=version, reason=reason)]
        case _:
            assert_never(command)


# --- evolve


def evolve(asked: Asked, event: Event) -> Asked:
    """What is true after the event."""
    left = {version: terms for version, terms in asked.terms.items() if version != event.version}
    match event:
        case ev.RecertificationAsked():
            terms = Terms(
                course=event.course, course_version=event.course_version, skills=event.skills, due=event.due
            )
            return Asked({**left, event.version: terms})
        case ev.RecertificationWithdrawn():
            return Asked(left)
        case _:
            assert_never(event)


# --- helpers


def _same(command: Ask, present: Terms) -> bool:
    due = present.due <= command.now if command.due is None else present.due == command.due
    return due and (command.course, _ordered(command.skills)) == (present.course, present.skills)


def _ordered(skills: Sequence[SkillId]) -> tuple[SkillId, ...]:
    return tuple(sorted(set(skills)))


def _asked(command: Ask) -> ev.RecertificationAsked:
    if command.due is not None and command.due < command.now:
        raise _invalid("by", "a moment that is not past, or none", command.due.isoformat())
    if not command.skills:
        raise _invalid("skills", "at least one skill, or none said for those of the project", "none")
    return ev.RecertificationAsked(
        project=command.project,
        version=command.version,
        course=command.course,
        course_version=command.course_version,
        skills=_ordered(command.skills),
        due=command.due or command.now,
    )


def _invalid(field_name: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "recertification_invalid",
        expected=expected,
        found=f"{field_name} = {found}",
        mend=f"correct {field_name} and publish again",
        extra={"field": field_name},
    )


RECERTIFICATION: Decider[Command, Asked, Event] = Decider(Asked(), decide, evolve)
"""One stream per project."""
