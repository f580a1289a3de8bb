"""One set of spans from several annotators': the characters most of them marked, cut where most of them cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters start (included) to end (left out) of a text, 0 <= start < end, with a label."""

    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fused:
    """A span by vote: `support` is the mean (weighted) share of annotators over its characters, `label_share` the
    share of these marks that have its label; both in 0..1."""

    span: Span
    support: float
    label_share: float


def fuse(
    answers: Sequence[Sequence[Span]],
    weights: Sequence[float] | None = None,
    *,
    share_min: float = 0.5,
    exclusive: bool = True,
) -> list[Fused]:
    """The spans of all annotators who saw one text (an empty answer is one too), as one set, by place.

    A character is in when more than `share_min` of the annotators marked it; a run of such characters is cut between
    two where more of those who marked both keep them apart than together. `exclusive`: a character has one label, the
    heaviest in its run. Otherwise each label is voted on by itself, and spans of different labels may overlap.
    Weights: one above 0 per annotator. The order of annotators does not matter.
    """
    if weights is None:
        weights = [1.0] * len(answers)
    if len(weights) != len(answers) or any(not weight > 0.0 for weight in weights):
        raise ValueError(
            f"expected a weight above 0 for each of {len(answers)} answers, found {list(weights)}"
        )
    for span in (span for answer in answers for span in answer):
        if not 0 <= span.start < span.end:
            raise ValueError(f"expected 0 <= start < end, found {span.start}..{span.end}")
    # In the order of what was marked: sums come out the same whoever comes first.
    voters = sorted(zip((tuple(sorted(answer)) for answer in answers), weights, strict=True))
    if exclusive:
        return _voted(voters, share_min)
    labels = sorted({span.label for answer, _ in voters for span in answer})
    alone = [
        [(tuple(span for span in answer if span.label == label), weight) for answer, weight in voters]
        for label in labels
    ]
    return sorted((one for each in alone for one in _voted(each, share_min)), key=lambda one: one.span)


_Voters = Sequence[tuple[tuple[Span, ...], float]]


def _voted(voters: _Voters, share_min: float) -> list[Fused]:
    length = max((span.end for answer, _ in voters for span in answer), default=0)
    everyone = sum(weight for _, weight in voters)
    marked, joined, parted = np.zeros(length), np.zeros(length), np.zeros(length)
    for answer, weight in voters:
        inside, together = _marks(answer, length)
        marked += weight * inside
        joined += weight * together
        parted[1:] += weight * (inside[1:] & inside[:-1] & ~together[1:])
    kept = np.flatnonzero(marked > share_min * everyone)
    starts = [int(p) for n, p in enumerate(kept) if n == 0 or kept[n - 1] != p - 1 or parted[p] > joined[p]]
    fused = []
    for n, start in enumerate(starts):
        until = starts[n + 1] if n + 1 < len(starts) else length
        end = int(kept[np.searchsorted(kept, until) - 1]) + 1
        label, share = _label(voters, start, end)
        support = float(marked[start:end].sum()) / (everyone * (end - start))
        fused.append(Fused(Span(start, end, label), min(1.0, support), share))
    return fused


def _marks(answer: Sequence[Span], length: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which characters one annotator marked, and which of them in one span with the character before."""
    inside, together = np.zeros(length, dtype=bool), np.zeros(length, dtype=bool)
    for span in answer:
        inside[span.start : span.end] = True
        together[span.start + 1 : span.end] = True
    return inside, together


def _label(voters: _Voters, start: int, end: int) -> tuple[str, float]:
    """The label with most marked characters in start..end, ties to the first in the alphabet, and its share."""
    votes: dict[str, float] = {}
    for answer, weight in voters:
        for span in answer:
            common = min(span.end, end) - max(span.start, start)
            if common > 0:
                votes[span.label] = votes.get(span.label, 0.0) + weight * common
    label = min(votes, key=lambda name: (-votes[name], name))
    return label, votes[label] / sum(votes[name] for name in sorted(votes))
