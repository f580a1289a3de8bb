"""Clarifications: asked once, answered while they are open, closed for good."""

from dataclasses import replace

from backend.domain.projects.clarification import CLARIFICATION, REPLIES_MAX, Ask, Close, Reply
from backend.events import clarifications as ev
from backend.events.ids import ClarificationId, PrincipalId, ReplyId
from tests.domain.facts import ADA, HIDDEN, LEASE_A, PROJECT_A, USER_A, uid
from tests.domain.gwt import given

ONE, OTHER = ClarificationId(uid(91)), ClarificationId(uid(92))
R1, R2 = ReplyId(uid(93)), ReplyId(uid(94))
ASK = Ask(clarification=ONE, project=PROJECT_A, annotator=ADA, lease=LEASE_A, text=HIDDEN)
ASKED = ev.ClarificationAsked(clarification=ONE, project=PROJECT_A, annotator=ADA, lease=LEASE_A, text=HIDDEN)
REPLY = Reply(reply=R1, by=USER_A, text=HIDDEN)
ANSWERED = ev.ClarificationAnswered(clarification=ONE, reply=R1, by=USER_A, text=HIDDEN)
CLOSE = Close(by=USER_A, shared=True)
CLOSED = ev.ClarificationClosed(clarification=ONE, by=USER_A, shared=True)


def test_a_question_is_asked_once() -> None:
    given(CLARIFICATION).when(ASK).then(ASKED)
    given(CLARIFICATION, ASKED).when(ASK).then()
    given(CLARIFICATION, ASKED, CLOSED).when(ASK).then()
    given(CLARIFICATION, ASKED).when(replace(ASK, clarification=OTHER)).then_refused("not_now", "conflict")


def test_what_was_not_asked_is_neither_answered_nor_closed() -> None:
    for command in (REPLY, CLOSE):
        given(CLARIFICATION).when(command).then_refused("not_now", "conflict")


def test_an_open_question_is_answered_again_and_again_and_each_reply_once() -> None:
    given(CLARIFICATION, ASKED).when(REPLY).then(ANSWERED)
    given(CLARIFICATION, ASKED, ANSWERED).when(REPLY).then()
    more = replace(REPLY, reply=R2, by=PrincipalId(ADA))
    given(CLARIFICATION, ASKED, ANSWERED).when(more).then(replace(ANSWERED, reply=R2, by=PrincipalId(ADA)))


def test_a_thread_has_an_end_of_its_length() -> None:
    said = [replace(ANSWERED, reply=ReplyId(uid(1000 + n))) for n in range(REPLIES_MAX)]
    given(CLARIFICATION, ASKED, *said).when(REPLY).then_refused("clarification_full", "conflict")
    given(CLARIFICATION, ASKED, *said[1:]).when(REPLY).then(ANSWERED)


def test_a_closed_question_takes_no_reply_and_no_other_end() -> None:
    given(CLARIFICATION, ASKED, ANSWERED).when(CLOSE).then(CLOSED)
    closed = given(CLARIFICATION, ASKED, ANSWERED, CLOSED)
    closed.when(CLOSE).then()
    closed.when(REPLY).then()
    for command in (
        replace(REPLY, reply=R2),
        replace(CLOSE, shared=False),
        replace(CLOSE, by=PrincipalId(ADA)),
    ):
        closed.when(command).then_refused("clarification_closed", "conflict")
