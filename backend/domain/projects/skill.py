"""A skill: a name in the tenant's catalogue, given once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import projects as ev
from backend.events.ids import SkillId


@dataclass(frozen=True, slots=True)
class Undefined:
    """No such skill yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """The skill and its name."""

    skill: SkillId
    name: str


Skill: TypeAlias = Undefined | Defined


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineSkill:
    """Put a skill into the catalogue."""

    skill: SkillId
    name: str


def decide(command: DefineSkill, skill: Skill) -> Sequence[ev.SkillDefined]:
    """Read as a table: command, state, outcome."""
    match skill:
        case Undefined():
            return [ev.SkillDefined(skill=command.skill, name=command.name)]
        case Defined(name=name) if name == command.name:
            return []
        case _:
            raise not_now(command, skill)


def evolve(skill: Skill, event: ev.SkillDefined) -> Skill:
    """What is true after the event."""
    return Defined(skill=event.skill, name=event.name)


SKILL: Decider[DefineSkill, Skill, ev.SkillDefined] = Decider(Undefined(), decide, evolve)
"""One stream per skill."""
