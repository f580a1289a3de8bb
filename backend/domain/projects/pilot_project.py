"""A pilot project: it is filled, judged, perhaps overruled, and promoted once, or another one takes over; then it takes
no more work."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.domain.projects.pilot import OUTCOMES, SEED_CHARS_MAX
from backend.events import pilot_projects as ev
from backend.events.base import Secret

# --- state


@dataclass(frozen=True, slots=True)
class Unbegun:
    """No such pilot project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """It is worked on. `outcome` and `settings` are those of the last look ("" before the first)."""

    begun: ev.PilotProjectBegun
    filled: bool = False
    outcome: str = ""
    settings: str = ""
    overruled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """Its settings were brought over."""

    begun: ev.PilotProjectBegun


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Pilot project number `successor` took over."""

    begun: ev.PilotProjectBegun
    successor: int


PilotProject: TypeAlias = Unbegun | Running | Promoted | Ended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begin as the event says, which is refused while its seed is none or nothing was drawn."""

    fact: ev.PilotProjectBegun


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A piece of what was drawn is there."""

    copies: tuple[ev.CopiedItem, ...]
    refused: int


@dataclass(frozen=True, slots=True)
class Fill:
    """All that was drawn was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Hold what was measured against the targets; the same of the same settings as before changes nothing."""

    outcome: str
    measured: str
    diversity: str
    targets_version: int
    settings: str
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrule:
    """Let it be promoted all the same."""

    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Bring these over; `now` is the token of all its settings at this moment."""

    settings: tuple[ev.CopiedSetting, ...]
    now: str


@dataclass(frozen=True, slots=True)
class End:
    """Pilot project number `successor` takes over."""

    successor: int


Command: TypeAlias = Begin | Copy | Fill | Judge | Overrule | Promote | End
Event: TypeAlias = (
    ev.PilotProjectBegun
    | ev.PilotItemsCopied
    | ev.PilotProjectFilled
    | ev.PilotProjectJudged
    | ev.PilotProjectOverruled
    | ev.PilotProjectPromoted
    | ev.PilotProjectEnded
)

# --- decide


def decide(command: Command, pilot: PilotProject) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, pilot:
        case Begin(fact=fact), Unbegun():
            return [_begun(fact)]
        case Copy(copies=(), refused=0), Running():
            return []
        case Copy(copies=copies, refused=refused), Running(begun=begun):
            return [
                ev.PilotItemsCopied(trial=begun.trial, project=begun.project, copies=copies, refused=refused)
            ]
        case Fill(), Running(filled=True):
            return []
        case Fill(), Running(begun=begun):
            return [ev.PilotProjectFilled(trial=begun.trial, project=begun.project)]

        case ((Judge() | Promote()), Running(filled=False)):
            raise filling()
        case Judge(outcome=found, settings=now), Running(outcome=before, settings=then) if (found, now) == (
            before,
            then,
        ):
            return []
        case Judge() as judge, Running(begun=begun):
            return [_judged(judge, begun)]
        case Overrule(), Running(overruled=True):
            return []
        case Overrule(reason=reason), Running(begun=begun):
            return [ev.PilotProjectOverruled(trial=begun.trial, project=begun.project, reason=reason)]

        case Promote(settings=settings, now=now), Running(begun=begun) as running:
            if refusal := hindered(running, now):
                raise refusal
            return [
                ev.PilotProjectPromoted(
                    trial=begun.trial, project=begun.project, settings=settings, rest=begun.rest
                )
            ]
        case Promote(), Promoted():
            return []
        case ((Judge() | Overrule()), Promoted()):
            raise promoted()
        case End(successor=number), Running(begun=begun):
            return [ev.PilotProjectEnded(trial=begun.trial, project=begun.project, successor=number)]
        case End(), (Promoted() | Ended()):
            return []
        case ((Judge() | Overrule() | Promote()), Ended(successor=number)):
            raise overtaken(number)
        case ((Judge() | Overrule() | Promote() | End()), Unbegun()):
            raise not_found("a pilot project")
        case _:
            raise not_now(command, pilot)


# --- evolve


def evolve(pilot: PilotProject, event: Event) -> PilotProject:
    """What is true after the event."""
    match event, pilot:
        case ev.PilotProjectBegun(), _:
            return Running(begun=event)
        case _, (Unbegun() | Promoted() | Ended()):
            return pilot
        case ev.PilotItemsCopied(), Running():
            return pilot
        case ev.PilotProjectFilled(), Running():
            return replace(pilot, filled=True)
        case ev.PilotProjectJudged(outcome=outcome, settings=settings), Running():
            return replace(pilot, outcome=outcome, settings=settings)
        case ev.PilotProjectOverruled(), Running():
            return replace(pilot, overruled=True)
        case ev.PilotProjectPromoted(), Running(begun=begun):
            return Promoted(begun=begun)
        case ev.PilotProjectEnded(successor=number), Running(begun=begun):
            return Ended(begun=begun, successor=number)
        case _:
            assert_never(event)


# --- helpers


def hindered(pilot: Running, settings: str) -> Refusal | None:
    """Why it may not be promoted while its settings are these; None: it may."""
    if pilot.overruled:
        return None
    if pilot.outcome != "met":
        return Refusal(
            "conflict",
            "pilot_project_not_passed",
            expected="a pilot project that met its targets when it was judged, or was overruled",
            found=f"one that was judged {pilot.outcome}" if pilot.outcome else "one that was not judged",
            mend="finish and judge it, begin another one, or overrule it with a reason",
        )
    if pilot.settings != settings:
        return Refusal(
            "conflict",
            "pilot_settings_changed",
            expected="the settings that were in force when it was judged",
            found="others",
            mend="judge it again under these settings, or take the change back",
        )
    return None


def filling() -> Refusal:
    """`pilot_project_filling`: its items are still being copied."""
    return Refusal(
        "conflict",
        "pilot_project_filling",
        expected="a pilot project whose items are all there",
        found="one that is being filled",
        mend="wait until its `state` is running",
    )


def promoted() -> Refusal:
    """`pilot_project_promoted`: it is over."""
    return Refusal(
        "conflict",
        "pilot_project_promoted",
        expected="a pilot project that was not promoted",
        found="one that was",
        mend="nothing is left to do with it; begin another one",
    )


def not_over(number: int) -> Refusal:
    """`pilot_project_running`: one is open that has not been judged, or that production waits for."""
    return Refusal(
        "conflict",
        "pilot_project_running",
        expected="no pilot project that is open",
        found=f"pilot project {number}",
        mend="judge and promote it first; one that fell short may be followed by another pilot project",
    )


def overtaken(number: int) -> Refusal:
    """`pilot_project_overtaken`: a later one took over."""
    return Refusal(
        "conflict",
        "pilot_project_overtaken",
        expected="the newest pilot project of the project",
        found=f"an earlier one; pilot project {number} took over",
        mend="go on with the newest",
    )


def closed() -> Refusal:
    """`project_closed`: a pilot project that is over takes nothing more."""
    return Refusal(
        "conflict",
        "project_closed",
        expected="a project that takes work",
        found="a pilot project that is over",
        mend="send this to the project that it was a pilot of",
    )


def _begun(fact: ev.PilotProjectBegun) -> ev.PilotProjectBegun:
    in_range("pilot_invalid", "seed", len(fact.seed), 1, SEED_CHARS_MAX)
    if not 0 < fact.drawn <= fact.matched:
        raise Refusal(
            "conflict",
            "pilot_empty",
            expected="open tasks to draw from",
            found=f"{fact.matched} that match, {fact.drawn} drawn",
            mend="import items first, or ask for more of them",
        )
    return fact


def _judged(command: Judge, begun: ev.PilotProjectBegun) -> ev.PilotProjectJudged:
    one_of("outcome_unknown", "outcome", command.outcome, OUTCOMES)
    return ev.PilotProjectJudged(
        trial=begun.trial,
        project=begun.project,
        outcome=command.outcome,
        measured=command.measured,
        diversity=command.diversity,
        targets_version=command.targets_version,
        settings=command.settings,
        basis_index=command.basis_index,
    )


PILOT_PROJECT: Decider[Command, PilotProject, Event] = Decider(Unbegun(), decide, evolve)
"""One stream per pilot project; its id follows from the id of the project that is the pilot."""
