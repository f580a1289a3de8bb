"""A team: who works together, of a vendor or of the tenant's own staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import vendors as ev
from backend.events.base import Secret
from backend.events.ids import TeamId, VendorId


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such team yet."""


@dataclass(frozen=True, slots=True)
class Existing:
    """People may be in it."""

    created: ev.TeamCreated


Team: TypeAlias = Unknown | Existing


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTeam:
    """Make a team; the name is ciphertext."""

    team: TeamId
    name: Secret
    name_index: bytes
    vendor: VendorId | None


def decide(command: CreateTeam, team: Team) -> Sequence[ev.TeamCreated]:
    """A team is created once."""
    created = ev.TeamCreated(
        team=command.team, name=command.name, name_index=command.name_index, vendor=command.vendor
    )
    match team:
        case Unknown():
            return [created]
        case Existing(known) if known == created:
            return []
        case Existing():
            raise not_now(command, team)


def evolve(team: Team, event: ev.TeamCreated) -> Team:
    """What is true after the event."""
    return Existing(event)


TEAM: Decider[CreateTeam, Team, ev.TeamCreated] = Decider(Unknown(), decide, evolve)
"""One stream per team."""
