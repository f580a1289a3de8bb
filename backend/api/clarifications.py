"""Clarifications over HTTP: ask about a project, answer, close and share, read."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.cursor import moment
from backend.api.fields import Body, Flag, Page, Shown
from backend.api.route import Route
from backend.usecases.projects import clarifications as use

State = Literal["open", "closed"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"\S")]


class ClarificationAsk(Body):
    """The question; `lease` names one's own lease, held or ended, that it is about."""

    text: Text = Field(examples=["Do drawings of birds count?"])
    lease: UUID | None = None


class ClarificationAsked(Shown):
    """It can be answered from now on."""

    id: UUID
    asked_at: datetime


class ClarificationReply(Body):
    """What is said to it."""

    text: Text


class ClarificationReplied(Shown):
    """The reply stands in the thread."""

    id: UUID
    clarification: UUID
    at: datetime


class ClarificationClose(Body):
    """`shared`: everybody who works in the project may read question and answers, without the asker's name."""

    shared: Flag


class ClarificationClosed(Shown):
    """Nothing more is said."""

    id: UUID
    state: Literal["closed"]
    shared: bool


class ClarificationSummary(Shown):
    """A question and how far it is. `annotator` is named to managers, `lease` to them and to the asker."""

    id: UUID
    project: UUID
    state: State
    shared: bool
    mine: bool
    annotator: UUID | None
    lease: UUID | None
    text: str
    asked_at: datetime
    closed_at: datetime | None
    reply_count: int
    first_answer_after_s: float | None = Field(
        description="Seconds from the question to the first reply of anybody but the asker."
    )


class ClarificationAnswer(Shown):
    """One reply; `principal` is named to managers alone."""

    id: UUID
    at: datetime
    by: Literal["asker", "manager", "expert", "reviewer"]
    principal: UUID | None
    text: str


class Clarification(ClarificationSummary):
    """The thread whole, replies in order. `item` is named to who may read the project's items."""

    item: UUID | None
    replies: list[ClarificationAnswer]


class ClarificationQuery(Page):
    """All of them, or only the open or the closed ones."""

    state: State | None = None


class ClarificationPage(Shown):
    """Clarifications, newest first."""

    data: list[ClarificationSummary]
    next_cursor: str | None


_OF_PROJECT = "/v1/projects/{project}/clarifications"
_ONE = "/v1/clarifications/{clarification}"

ROUTES = (
    Route(
        method="POST",
        path=_OF_PROJECT,
        usecase=use.clarification_ask,
        says="Ask about a project, as oneself.",
        body=ClarificationAsk,
        answer=ClarificationAsked,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_OF_PROJECT,
        usecase=use.clarification_list,
        says="List questions: one's own and the shared ones, or all that one may answer.",
        query=ClarificationQuery,
        answer=ClarificationPage,
        cursor=moment,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.clarification_get,
        says="Read a question and its replies.",
        answer=Clarification,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/replies",
        usecase=use.clarification_reply,
        says="Answer a question, or say more to one's own.",
        body=ClarificationReply,
        answer=ClarificationReplied,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/close",
        usecase=use.clarification_close,
        says="End a thread, and share it or not.",
        body=ClarificationClose,
        answer=ClarificationClosed,
    ),
)
