"""Accuracy against the truth, ties split, and the plain majority to compare with."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Json = Any
INTEGER_SAFE_MAX = 2**53 - 1


def canonical(value: Json) -> str:
    """One text for one JSON value: sorted keys, no spaces, 1.0 written as 1."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def majority(answers: Sequence[Json]) -> list[Json]:
    """The most frequent answers, more than one when tied, in order of first appearance; [] for no answers."""
    counted = Counter(map(canonical, answers))
    most = max(counted.values(), default=0)
    return [json.loads(text) for text, n in counted.items() if n == most]


def credit(top: Sequence[Json], truth: Json) -> float:
    """1/len(top) when the truth is among the tied answers `top`, else 0: what a fair draw would score."""
    tied = {canonical(one) for one in top}
    return 1 / len(tied) if canonical(truth) in tied else 0.0


def accuracy(tops: Mapping[str, Sequence[Json]], truth: Mapping[str, Json]) -> float | None:
    """Mean credit over the tasks of `tops` whose truth is known, 0..1; None when there are none."""
    scored = [credit(top, truth[task]) for task, top in tops.items() if task in truth]
    return sum(scored) / len(scored) if scored else None


def _plain(value: Json) -> Json:
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case float() if value.is_integer() and abs(value) <= INTEGER_SAFE_MAX:
            return int(value)
        case _:
            return value
