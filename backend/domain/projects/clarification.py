"""A clarification: one question about a project, replies to it, and an end that may share both with everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import clarifications as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ClarificationId, LeaseId, PrincipalId, ProjectId, ReplyId

REPLIES_MAX = 200
"""A thread is read whole."""

# --- state


@dataclass(frozen=True, slots=True)
class Unasked:
    """No question yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Asked; may be replied to."""

    clarification: ClarificationId
    replies: frozenset[ReplyId] = frozenset()


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more is said."""

    clarification: ClarificationId
    replies: frozenset[ReplyId]
    by: PrincipalId
    shared: bool


Clarification: TypeAlias = Unasked | Open | Closed

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask about a project, or about the work under one's own lease in it; the text is ciphertext already."""

    clarification: ClarificationId
    project: ProjectId
    annotator: AnnotatorId
    lease: LeaseId | None
    text: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Say something to it."""

    reply: ReplyId
    by: PrincipalId
    text: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End it; `shared` with all who work in the project, or not."""

    by: PrincipalId
    shared: bool


Command: TypeAlias = Ask | Reply | Close
Event: TypeAlias = ev.ClarificationAsked | ev.ClarificationAnswered | ev.ClarificationClosed

# --- refusals


def closed() -> Refusal:
    """`clarification_closed`: nothing more is said."""
    return Refusal(
        "conflict",
        "clarification_closed",
        expected="a clarification that is open",
        found="one that is closed",
        mend="read it; ask a new question if it leaves something open",
    )


def full() -> Refusal:
    """`clarification_full`: the thread is as long as one may be."""
    return Refusal(
        "conflict",
        "clarification_full",
        expected=f"fewer than {REPLIES_MAX} replies",
        found=f"{REPLIES_MAX}",
        mend="close it and ask a new question",
    )


# --- decide


def decide(command: Command, clarification: Clarification) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, clarification:
        case Ask(), Unasked():
            return [_asked(command)]
        case Ask(clarification=asked), (Open(known) | Closed(known)) if asked == known:
            return []
        case Reply(reply=reply), (Open(replies=given) | Closed(replies=given)) if reply in given:
            return []
        case Reply(), Open(known, given):
            if len(given) >= REPLIES_MAX:
                raise full()
            return [
                ev.ClarificationAnswered(
                    clarification=known, reply=command.reply, by=command.by, text=command.text
                )
            ]
        case Close(by=by, shared=shared), Open(known):
            return [ev.ClarificationClosed(clarification=known, by=by, shared=shared)]
        case Close(by=by, shared=shared), Closed() if (by, shared) == (
            clarification.by,
            clarification.shared,
        ):
            return []
        case ((Reply() | Close()), Closed()):
            raise closed()
        case _:
            raise not_now(command, clarification)


# --- evolve


def evolve(clarification: Clarification, event: Event) -> Clarification:
    """What is true after the event."""
    replies = frozenset() if isinstance(clarification, Unasked) else clarification.replies
    match event:
        case ev.ClarificationAsked():
            return Open(event.clarification)
        case ev.ClarificationAnswered():
            return Open(event.clarification, replies | {event.reply})
        case ev.ClarificationClosed():
            return Closed(event.clarification, replies, event.by, event.shared)
        case _:
            assert_never(event)


# --- helpers


def _asked(command: Ask) -> ev.ClarificationAsked:
    return ev.ClarificationAsked(
        clarification=command.clarification,
        project=command.project,
        annotator=command.annotator,
        lease=command.lease,
        text=command.text,
    )


CLARIFICATION: Decider[Command, Clarification, Event] = Decider(Unasked(), decide, evolve)
"""One stream per clarification; its id is the clarification's."""
