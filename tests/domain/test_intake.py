"""Intakes: a stream is begun, and finished once."""

import pytest

from backend.domain.tasks.intake import INTAKE, Begin, Command, Event, Finish
from backend.events import intake as ev
from backend.events.ids import IntakeId
from tests.domain.facts import PROJECT_A, PROJECT_B, uid
from tests.domain.gwt import given

ID = IntakeId(uid(91))
BEGIN = Begin(intake=ID, project=PROJECT_A, form="csv")
BEGUN = ev.IntakeBegun(intake=ID, project=PROJECT_A, form="csv")
FINISH = Finish(lines=9, created=5, known=3, refused=1)
FINISHED = ev.IntakeFinished(intake=ID, lines=9, created=5, known=3, refused=1)


def test_an_intake_is_begun_and_finished_once() -> None:
    given(INTAKE).when(BEGIN).then(BEGUN)
    given(INTAKE, BEGUN).when(BEGIN).then()
    given(INTAKE, BEGUN).when(FINISH).then(FINISHED)
    given(INTAKE, BEGUN, FINISHED).when(FINISH).then()
    given(INTAKE, BEGUN, FINISHED).when(BEGIN).then()


@pytest.mark.parametrize(
    ("past", "command", "code", "kind"),
    [
        ([], Begin(intake=ID, project=PROJECT_A, form="xml"), "intake_form_unknown", "invalid"),
        ([], FINISH, "not_found", "not_found"),
        ([BEGUN], Begin(intake=ID, project=PROJECT_B, form="csv"), "not_now", "conflict"),
        (
            [BEGUN, FINISHED],
            Finish(lines=10, created=6, known=3, refused=1),
            "intake_finished",
            "conflict",
        ),
    ],
)
def test_what_does_not_fit_is_refused(past: list[Event], command: Command, code: str, kind: str) -> None:
    given(INTAKE, *past).when(command).then_refused(code, kind)
