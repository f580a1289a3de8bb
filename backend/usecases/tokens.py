"""Keyed tokens of answers: equal answers have equal tokens, and an immutable fact never holds a readable label."""

from collections.abc import Mapping
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


def object_classes(work: Work, skill: UUID, answer: Any) -> tuple[str, ...]:
    """The tokens of the classes of the things in an answer that is no category itself: a list of labels, or of objects
    with a `label`. None where it is anything else."""
    if category(answer) is not None or not isinstance(answer, list | tuple):
        return ()
    said = [one.get("label") if isinstance(one, Mapping) else one for one in answer]
    named = {one for one in said if isinstance(one, str)}
    tokens = (class_token(work, skill, one) for one in named)
    return tuple(sorted(one for one in tokens if one is not None))


def result_class(work: Work, project: UUID, answer: Any) -> str | None:
    """The token of a result's class in its project, None when the result is not a category."""
    label = category(answer)
    return None if label is None else work.vault.token(work.tenant, "result-class", f"{project}|{label}")
