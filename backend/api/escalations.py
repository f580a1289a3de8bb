"""Escalations over HTTP: for which reasons experts are called, which classes go to one, what waits."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, Moment, Page, Shown, strictly
from backend.api.leases import ExpertWords
from backend.api.modules import ModuleQuestion, ReasonCode
from backend.api.route import Route
from backend.usecases.insight import escalations
from backend.usecases.review import expert_calls, explaining
from backend.usecases.training import practising

Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
State = Literal["open", "contested", "resolved", "void"]
"""Contested: a second expert has the last word. Void: the item is wanted no more, or is done anew."""


@strictly
class ReasonGiven(TypedDict):
    """A reason: its code, which stands readable in the log, what it is called, and what is asked of who gives it."""

    code: ReasonCode
    label: Words
    asks: Annotated[str, StringConstraints(max_length=500)]


class EscalationReasonsSet(Body):
    """All reasons, in their order; none: those that come with the product."""

    reasons: tuple[ReasonGiven, ...] = Field(
        max_length=50,
        examples=[[{"code": "ambiguous", "label": "Two answers fit", "asks": "Which?"}]],
    )


class EscalationReason(Shown):
    """A reason for asking an expert."""

    code: str
    label: str
    asks: str


class EscalationReasons(Shown):
    """What people of a project choose from when they ask for an expert."""

    project: UUID
    version: int
    said_by: Literal["project", "product"]
    reasons: list[EscalationReason]


class WatchedClassesSet(Body):
    """All classes, each as an answer says it; none: nothing is watched."""

    classes: tuple[Anything, ...] = Field(max_length=200, examples=[["knife", "gun"]])


class WatchedClasses(Shown):
    """The classes of which every item goes to an expert."""

    project: UUID
    version: int
    classes: list[Any]


class EscalationQuery(Page):
    """Which escalations: in a state, or with (or without) a missed deadline."""

    state: State | None = None
    missed: bool | None = None


class ExpertAnswered(Shown):
    """An expert's answer; `stands`: it is the item's."""

    annotator: UUID
    lease: UUID
    at: datetime
    stands: bool


class ExplanationShown(Shown):
    """What was said last of the answer under `lease`, by its author or a manager; `stands`: it is the item's."""

    lease: UUID
    words: str
    by: UUID
    at: datetime
    stands: bool


class EscalationExplain(Body):
    """Why the answer that stands is right, in place of what was said before."""

    words: ExpertWords = Field(examples=["Both birds are in focus, so section 3 applies."])


class EscalationShown(Shown):
    """An item that went to an expert: why, by when they are to begin and to answer, what was told as missed, who
    answered, and why it is right (`explanations`, of second looks too). `late`: it was not resolved by `due_by`.
    `begun_at`: when an expert opened it first, of a contested one the second."""

    id: UUID
    item: UUID
    task: UUID
    state: State
    reason: str
    code: str
    raised_by: UUID | None
    opened_at: datetime
    start_by: datetime | None
    due_by: datetime | None
    begun_at: datetime | None
    missed: list[Literal["start", "due"]]
    late: bool
    contested_at: datetime | None
    resolved_at: datetime | None
    experts: list[ExpertAnswered]
    explanations: list[ExplanationShown]


class EscalationPage(Shown):
    """Escalations, by id."""

    data: list[EscalationShown]
    next_cursor: str | None


class QuestionsQuery(Page):
    """Escalations for the reason `code`, opened from `since` on and before `until`."""

    code: ReasonCode
    since: Moment | None = None
    until: Moment | None = None


class EscalationAsQuestion(Shown):
    """An escalation as a question of a course's module. `lease`: under which an expert said what is right, null where
    somebody decided otherwise since; `corrected`: it is not the word that resolved it."""

    escalation: UUID
    item: UUID
    opened_at: datetime
    resolved_at: datetime
    decided_at: datetime
    expert: UUID
    lease: UUID | None
    corrected: bool
    question: ModuleQuestion


class NoQuestion(Shown):
    """How many of the escalations that this page looked at are no question, and why: open or contested (no last word
    yet), void (the item is wanted no more), no_result (its workflow goes on), done_anew, second_look (another expert is
    to answer it blind), disputed, discounted (whose word it was weighs nothing now), undecided (several answers stand
    equal), gold (the item is or was), erased."""

    why: Literal[
        "open",
        "contested",
        "void",
        "no_result",
        "done_anew",
        "second_look",
        "disputed",
        "discounted",
        "undecided",
        "gold",
        "erased",
    ]
    n: int


class EscalationQuestions(Shown):
    """Questions by the escalation's id; a page looks at so many escalations as it has room for."""

    data: list[EscalationAsQuestion]
    left_out: list[NoQuestion]
    next_cursor: str | None


_PROJECT = "/v1/projects/{project}"
_ESCALATION = "/v1/escalations/{escalation}"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/escalations",
        usecase=escalations.escalation_list,
        says="List what went to experts, what waits and what is late.",
        query=EscalationQuery,
        answer=EscalationPage,
    ),
    Route(
        method="GET",
        path=_ESCALATION,
        usecase=escalations.escalation_get,
        says="Read an escalation, with what was said of experts' answers.",
        answer=EscalationShown,
    ),
    Route(
        method="POST",
        path=f"{_ESCALATION}/explain",
        usecase=explaining.escalation_explain,
        says="Say why the expert's answer that stands is right.",
        body=EscalationExplain,
        answer=EscalationShown,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/escalations/questions",
        usecase=practising.escalation_questions,
        says="Read what experts decided as questions for practice.",
        query=QuestionsQuery,
        answer=EscalationQuestions,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/escalation-reasons",
        usecase=expert_calls.escalation_reasons_get,
        says="Read for which reasons people may ask for an expert.",
        answer=EscalationReasons,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/escalation-reasons",
        usecase=expert_calls.escalation_reasons_set,
        says="Say for which reasons people may ask for an expert.",
        body=EscalationReasonsSet,
        answer=EscalationReasons,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/watched-classes",
        usecase=expert_calls.watched_classes_get,
        says="Read which classes always go to an expert.",
        answer=WatchedClasses,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/watched-classes",
        usecase=expert_calls.watched_classes_set,
        says="Say which classes always go to an expert.",
        body=WatchedClassesSet,
        answer=WatchedClasses,
        if_match=True,
        etag=True,
    ),
)
