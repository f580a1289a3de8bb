"""Exact equality: an answer is right when its canonical JSON form is the truth's."""

import json
from dataclasses import dataclass
from typing import Any

from backend.statistics.score import Score, checked_share, scored

KIND = "exact"
DEPTH_MAX = 64
INTEGER_SAFE_MAX = 2**53 - 1
"""Above this a float no longer names one integer (RFC 8785 appendix D)."""


@dataclass(frozen=True, slots=True)
class Options:
    """`threshold` in 0..1: the value is 0 or 1, so any threshold above 0 asks for equality."""

    threshold: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a threshold outside 0..1."""
        checked_share("threshold", self.threshold)


def score(answer: Any, truth: Any, options: Options) -> Score:
    """Value 1 when both canonical forms are the same text, else 0. ValueError as `canonical`."""
    same = canonical(answer) == canonical(truth)
    return scored(float(same), options.threshold, {"equal": int(same)})


def canonical(value: Any) -> str:
    """One ASCII text for one JSON value: sorted keys, no blanks, 1.0 written as 1.

    ValueError, saying what was found, for what JSON cannot say (NaN, infinity, keys that are no text, other types) and
    for values nested deeper than 64.
    """
    try:
        return json.dumps(_plain(value, 0), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from error


def whole(value: Any) -> Any:
    """A float that names one integer as that integer; everything else as it is."""
    integral = isinstance(value, float) and value.is_integer() and abs(value) <= INTEGER_SAFE_MAX
    return int(value) if integral else value


def _plain(value: Any, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise ValueError(f"JSON nested deeper than {DEPTH_MAX}")
    match value:
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise ValueError("a JSON object with a key that is not a string")
            return {key: _plain(one, depth + 1) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one, depth + 1) for one in value]
        case _:
            return whole(value)
