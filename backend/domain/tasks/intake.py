"""An intake: a stream of items is begun, may be cut and taken up again, and is finished once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import intake as ev
from backend.events.ids import IntakeId, ProjectId

FORMS = ("ndjson", "csv")

# --- state


@dataclass(frozen=True, slots=True)
class Unbegun:
    """No such intake yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Lines are taken."""

    intake: IntakeId
    project: ProjectId
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Its end was reached, with this many lines."""

    intake: IntakeId
    project: ProjectId
    form: str
    lines: int


Intake: TypeAlias = Unbegun | Taking | Finished

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begin to take items of a project in this form."""

    intake: IntakeId
    project: ProjectId
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The stream's end: so many lines in all, and what became of them."""

    lines: int
    created: int
    known: int
    refused: int


Command: TypeAlias = Begin | Finish
Event: TypeAlias = ev.IntakeBegun | ev.IntakeFinished

# --- refusals


def finished(lines: int) -> Refusal:
    """`intake_finished`: nothing comes after the end."""
    return Refusal(
        "conflict",
        "intake_finished",
        expected="an intake that is still open",
        found=f"one that was finished after line {lines}",
        mend="begin a new intake for what is new; items that are known are not taken twice",
        extra={"lines": lines},
    )


# --- decide


def decide(command: Command, intake: Intake) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, intake:
        case Begin(), Unbegun():
            one_of("intake_form_unknown", "form", command.form, FORMS)
            return [ev.IntakeBegun(intake=command.intake, project=command.project, form=command.form)]
        case Begin(intake=asked, project=project, form=form), (Taking() | Finished()) if (
            asked,
            project,
            form,
        ) == (intake.intake, intake.project, intake.form):
            return []
        case Finish(), Taking(intake=known):
            return [
                ev.IntakeFinished(
                    intake=known,
                    lines=command.lines,
                    created=command.created,
                    known=command.known,
                    refused=command.refused,
                )
            ]
        case Finish(lines=lines), Finished(lines=known) if lines == known:
            return []
        case Finish(), Finished(lines=known):
            raise finished(known)
        case Finish(), Unbegun():
            raise not_found("an intake")
        case _:
            raise not_now(command, intake)


# --- evolve


def evolve(intake: Intake, event: Event) -> Intake:
    """What is true after the event."""
    match event, intake:
        case ev.IntakeBegun(), _:
            return Taking(intake=event.intake, project=event.project, form=event.form)
        case _, Unbegun():
            return intake
        case ev.IntakeFinished(), (Taking() | Finished()):
            return Finished(intake=intake.intake, project=intake.project, form=intake.form, lines=event.lines)
        case _:
            assert_never(event)


INTAKE: Decider[Command, Intake, Event] = Decider(Unbegun(), decide, evolve)
"""One stream per intake."""
