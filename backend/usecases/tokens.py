"""Keyed tokens of answers: equal answers have equal tokens, and an immutable fact never holds a readable label."""

from typing import Any
from uuid import UUID

from backend.domain.proficiency.scoring import canonical, category
from backend.usecases.work import Work


def answer_token(work: Work, project: UUID, answer: Any) -> str:
    """The token of a whole answer: by it a repeated submission is known."""
    return work.vault.token(work.tenant, "answer-token", f"{project}|{canonical(answer)}")


def class_token(work: Work, skill: UUID, answer: Any) -> str | None:
    """The token of an answer's class in a skill, None when the answer is not a category."""
    label = category(answer)
    return None if label is None else work.vault.token(work.tenant, "class-token", f"{skill}|{label}")


def result_class(work: Work, project: UUID, answer: Any) -> str | None:
    """The token of a result's class in its project, None when the result is not a category."""
    label = category(answer)
    return None if label is None else work.vault.token(work.tenant, "result-class", f"{project}|{label}")
