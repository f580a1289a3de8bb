"""Modules of a course as they are sent: content, questions, and practice that is drawn from escalations."""

from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Moment, Name, Note, Share, strictly, whole

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,49}$")]
Kind = Literal["content", "quiz", "practice"]


@strictly
class QuestionGiven(TypedDict):
    """A question and its right answer."""

    id: Name
    prompt: Anything
    answer: Anything


@strictly
class ModuleQuestion(TypedDict):
    """A question of a module; in practice the hint is shown with it, the explanation after it."""

    id: Name
    prompt: Anything
    answer: Anything
    hint: NotRequired[Note]
    explanation: NotRequired[Note]


@strictly
class EscalationsGiven(TypedDict):
    """Escalations of a project that experts resolved, as questions: those for the reason `code`, opened from `since` on
    and before `until`, at most `limit` (20 when it is not said)."""

    project: UUID
    code: ReasonCode
    since: NotRequired[Moment]
    until: NotRequired[Moment]
    limit: NotRequired[whole(1, 200)]  # type: ignore[valid-type]


@strictly
class ModuleGiven(TypedDict):
    """A step of a course: content is read, a quiz is passed, practice is repeated until it is passed. `pass_mark` is
    1 when none is given. Practice may draw questions from `escalations`, beside its own: as they are when the course is
    published."""

    id: Name
    kind: Kind
    title: Name
    content: NotRequired[Anything]
    questions: NotRequired[list[ModuleQuestion]]
    escalations: NotRequired[EscalationsGiven]
    pass_mark: NotRequired[Share]
