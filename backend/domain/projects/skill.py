"""A skill: a name and a kind in the tenant's catalogue, given once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import projects as ev
from backend.events.ids import SkillId

KINDS = ("domain", "language", "tool", "clearance")


@dataclass(frozen=True, slots=True)
class Undefined:
    """No such skill yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """The skill, its name and its kind."""

    skill: SkillId
    name: str
    kind: str


Skill: TypeAlias = Undefined | Defined


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineSkill:
    """Put a skill into the catalogue."""

    skill: SkillId
    name: str
    kind: str = "domain"


def decide(command: DefineSkill, skill: Skill) -> Sequence[ev.SkillDefined]:
    """Read as a table: command, state, outcome. Raises `skill_kind_unknown` (invalid)."""
    match skill:
        case Undefined():
            one_of("skill_kind_unknown", "kind", command.kind, KINDS)
            return [ev.SkillDefined(skill=command.skill, name=command.name, kind=command.kind)]
        case Defined(name=name, kind=kind) if (name, kind) == (command.name, command.kind):
            return []
        case _:
            raise not_now(command, skill)


def evolve(skill: Skill, event: ev.SkillDefined) -> Skill:
    """What is true after the event."""
    return Defined(skill=event.skill, name=event.name, kind=event.kind)


SKILL: Decider[DefineSkill, Skill, ev.SkillDefined] = Decider(Undefined(), decide, evolve)
"""One stream per skill."""
