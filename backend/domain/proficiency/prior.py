"""The prior of a skill: fitted anew when there is evidence that the last fit did not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.events import proficiency as ev
from backend.events.ids import SkillId

PEOPLE_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Unfitted:
    """Nobody has answered yet, or the first night has not come."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The evidence below this index is in it."""

    basis_index: int


Prior: TypeAlias = Unfitted | Fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Beta(a, b) fits the records of so many people, made of the evidence below `basis_index`."""

    skill: SkillId
    a: float
    b: float
    people: int
    basis_index: int


def decide(command: Fit, prior: Prior) -> Sequence[ev.PriorFitted]:
    """The same evidence again is nothing. Raises `prior_invalid` (invalid) for a number of people below 0."""
    if isinstance(prior, Fitted) and command.basis_index <= prior.basis_index:
        return []
    in_range("prior_invalid", "people", command.people, 0, PEOPLE_MAX)
    return [
        ev.PriorFitted(
            skill=command.skill,
            a_ppm=max(1, round(PPM * command.a)),
            b_ppm=max(1, round(PPM * command.b)),
            people=command.people,
            basis_index=command.basis_index,
        )
    ]


def evolve(prior: Prior, event: ev.PriorFitted) -> Prior:
    """What is true after the event."""
    return Fitted(event.basis_index)


PRIOR: Decider[Fit, Prior, ev.PriorFitted] = Decider(Unfitted(), decide, evolve)
"""One stream per skill; its id follows from it."""
