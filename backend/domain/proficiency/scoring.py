"""When is an answer right: exact equality of canonical forms."""

import json
from typing import Any

from backend.domain.errors import Refusal

Json = Any
DEPTH_MAX = 64
INTEGER_SAFE_MAX = 2**53 - 1
"""Above this a float no longer names one integer (RFC 8785 appendix D)."""


def canonical(answer: Json) -> str:
    """One ASCII text for one JSON value: sorted keys, no spaces, 1.0 written as 1.

    Raises `answer_invalid` (invalid) for what JSON cannot say (NaN, infinity, other types) and for values nested
    deeper than 64.
    """
    try:
        return json.dumps(_plain(answer, 0), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _not_json(str(error)) from error


def is_correct(answer: Json, truth: Json) -> bool:
    """Whether the answer says exactly what the truth says. Raises as `canonical`."""
    return canonical(answer) == canonical(truth)


def category(answer: Json) -> str | None:
    """The answer's class, as its canonical form, or None when the answer is not a category.

    Categories are strings, whole numbers, booleans, and objects with the one key `label` holding one of these.
    """
    inner = answer["label"] if isinstance(answer, dict) and set(answer) == {"label"} else answer
    return canonical(answer) if isinstance(_integral(inner), str | int | bool) else None


def _plain(value: Json, depth: int) -> Json:
    if depth > DEPTH_MAX:
        raise _not_json(f"a value nested deeper than {DEPTH_MAX}")
    match value:
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise _not_json("an object with a key that is not a string")
            return {key: _plain(one, depth + 1) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one, depth + 1) for one in value]
        case _:
            return _integral(value)


def _integral(value: Json) -> Json:
    whole = isinstance(value, float) and value.is_integer() and abs(value) <= INTEGER_SAFE_MAX
    return int(value) if whole else value


def _not_json(found: str) -> Refusal:
    return Refusal(
        "invalid",
        "answer_invalid",
        expected=f"a JSON value nested at most {DEPTH_MAX} deep",
        found=found,
        mend="send plain JSON",
    )
