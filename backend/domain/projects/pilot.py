"""A pilot: a small batch is judged before the rest of a project is opened; who opens it anyway says why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import pilots as ev
from backend.events.base import Secret
from backend.events.ids import IterationId, PilotId, ProjectId

OUTCOMES = ("met", "not_met", "unclear")
SEED_CHARS_MAX = 100

# --- state


@dataclass(frozen=True, slots=True)
class Unbegun:
    """No such pilot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Its items are worked on; `outcome` is that of the last look ("" before the first)."""

    begun: ev.PilotBegun
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Production is open; `overruled`: by somebody's word."""

    begun: ev.PilotBegun
    overruled: bool = False


Pilot: TypeAlias = Unbegun | Running | Passed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begin; the fields are those of the event."""

    pilot: PilotId
    project: ProjectId
    number: int
    sample: IterationId
    rest: IterationId
    seed: str
    matched: int
    drawn: int
    digest: str
    targets_version: int
    with_model: bool = False
    share_ppm: int | None = None
    items_min: int = 1
    items_max: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Hold what was measured against the targets; the same as before changes nothing."""

    outcome: str
    measured: str
    basis_index: int
    by_model: str = ""
    diversity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrule:
    """Open production all the same."""

    reason: Secret


Command: TypeAlias = Begin | Judge | Overrule
Event: TypeAlias = ev.PilotBegun | ev.PilotJudged | ev.PilotOverruled

# --- decide


def decide(command: Command, pilot: Pilot) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, pilot:
        case Begin(), Unbegun():
            return [_begun(command)]
        case Begin(pilot=asked), (Running(begun=begun) | Passed(begun=begun)) if asked == begun.pilot:
            return []

        case Judge(outcome=outcome), Running(outcome=before) if outcome == before:
            return []
        case Judge(), Running(begun=begun):
            return [_judged(command, begun)]
        case ((Judge() | Overrule()), Passed()):
            return []

        case Overrule(reason=reason), Running(begun=begun):
            return [ev.PilotOverruled(pilot=begun.pilot, project=begun.project, reason=reason)]
        case ((Judge() | Overrule()), Unbegun()):
            raise not_found("a pilot")
        case _:
            raise not_now(command, pilot)


# --- evolve


def evolve(pilot: Pilot, event: Event) -> Pilot:
    """What is true after the event."""
    match event, pilot:
        case ev.PilotBegun(), _:
            return Running(begun=event)
        case _, (Unbegun() | Passed()):
            return pilot
        case ev.PilotJudged(outcome="met"), Running(begun=begun):
            return Passed(begun=begun)
        case ev.PilotJudged(outcome=outcome), Running():
            return replace(pilot, outcome=outcome)
        case ev.PilotOverruled(), Running(begun=begun):
            return Passed(begun=begun, overruled=True)
        case _:
            assert_never(event)


# --- helpers


def not_passed(number: int) -> Refusal:
    """`pilot_not_passed`: production waits for the pilot."""
    return Refusal(
        "conflict",
        "pilot_not_passed",
        expected=f"pilot {number} to have met its targets",
        found="one that has not, or not yet",
        mend="finish and judge the pilot, begin another one, or overrule it with a reason",
    )


def overtaken(number: int) -> Refusal:
    """`pilot_overtaken`: production waits for a later one."""
    return Refusal(
        "conflict",
        "pilot_overtaken",
        expected="the newest pilot of the project",
        found=f"an earlier one; pilot {number} took over",
        mend="judge the newest",
    )


def _begun(command: Begin) -> ev.PilotBegun:
    in_range("pilot_invalid", "seed", len(command.seed), 1, SEED_CHARS_MAX)
    if not 0 < command.drawn <= command.matched:
        raise Refusal(
            "conflict",
            "pilot_empty",
            expected="open tasks to draw from",
            found=f"{command.matched} that match, {command.drawn} drawn",
            mend="import items first, or ask for more of them",
        )
    return ev.PilotBegun(
        pilot=command.pilot,
        project=command.project,
        number=command.number,
        sample=command.sample,
        rest=command.rest,
        seed=command.seed,
        matched=command.matched,
        drawn=command.drawn,
        digest=command.digest,
        targets_version=command.targets_version,
        with_model=command.with_model,
        share_ppm=command.share_ppm,
        items_min=command.items_min,
        items_max=command.items_max,
    )


def _judged(command: Judge, begun: ev.PilotBegun) -> ev.PilotJudged:
    one_of("outcome_unknown", "outcome", command.outcome, OUTCOMES)
    return ev.PilotJudged(
        pilot=begun.pilot,
        project=begun.project,
        outcome=command.outcome,
        measured=command.measured,
        basis_index=command.basis_index,
        by_model=command.by_model,
        diversity=command.diversity,
    )


PILOT: Decider[Command, Pilot, Event] = Decider(Unbegun(), decide, evolve)
"""One stream per pilot; its id follows from project and number."""
