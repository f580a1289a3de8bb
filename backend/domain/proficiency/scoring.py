"""When is an answer right: exact equality of canonical forms."""

from typing import Any

from backend.domain.errors import Refusal
from backend.statistics import exact

Json = Any


def canonical(answer: Json) -> str:
    """One ASCII text for one JSON value, as statistics.exact spells it.

    Raises `answer_invalid` (invalid) for what JSON cannot say (NaN, infinity, other types) and for values nested
    deeper than 64.
    """
    try:
        return exact.canonical(answer)
    except ValueError as error:
        raise _not_json(str(error)) from error


def is_correct(answer: Json, truth: Json) -> bool:
    """Whether the answer says exactly what the truth says. Raises as `canonical`."""
    return canonical(answer) == canonical(truth)


def category(answer: Json) -> str | None:
    """The answer's class, as its canonical form, or None when the answer is not a category.

    Categories are strings, whole numbers, booleans, and objects with the one key `label` holding one of these.
    """
    inner = answer["label"] if isinstance(answer, dict) and set(answer) == {"label"} else answer
    return canonical(answer) if isinstance(exact.whole(inner), str | int | bool) else None


def _not_json(found: str) -> Refusal:
    return Refusal(
        "invalid",
        "answer_invalid",
        expected=f"a JSON value nested at most {exact.DEPTH_MAX} deep",
        found=found,
        mend="send plain JSON",
    )
