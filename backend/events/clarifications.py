"""Clarifications: somebody who works in a project asks, others answer, and the answer may be shared with everybody."""

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ClarificationId, LeaseId, PrincipalId, ProjectId, ReplyId


@event("clarification.asked")
class ClarificationAsked:
    """The thread is about a project, and where a lease of the asker is named, about that piece of work."""

    clarification: ClarificationId
    project: ProjectId
    annotator: AnnotatorId
    lease: LeaseId | None
    text: Secret


@event("clarification.answered")
class ClarificationAnswered:
    """One more reply: of a manager, an expert, a reviewer, or the asker."""

    clarification: ClarificationId
    reply: ReplyId
    by: PrincipalId
    text: Secret


@event("clarification.closed")
class ClarificationClosed:
    """Nothing more is said; `shared`: everybody who works in the project may read it."""

    clarification: ClarificationId
    by: PrincipalId
    shared: bool
