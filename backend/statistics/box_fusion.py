"""One set of boxes from several annotators': what most of them drew, where the median of them drew it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Corners = tuple[float, ...]
"""x0, y0, x1, y1 in any unit, x0 < x1, y0 < y1."""


@dataclass(frozen=True, slots=True)
class Box:
    """A labelled box."""

    label: str
    corners: Corners


@dataclass(frozen=True, slots=True)
class Fused:
    """A box most annotators drew: `support` is the (weighted) share of those who saw the picture and drew it,
    `label_share` the share of these who gave the label, both in 0..1; `labels` every label's weight."""

    label: str
    corners: Corners
    support: float
    label_share: float
    labels: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Boxes of two annotators are of one thing from IoU `iou_min` on; kept above `share_min` of who saw it."""

    iou_min: float = 0.5
    share_min: float = 0.5


DEFAULTS = Rule()


def fuse(
    answers: Sequence[Sequence[Box]], weights: Sequence[float] | None = None, rule: Rule = DEFAULTS
) -> list[Fused]:
    """The boxes of all annotators who saw one picture (an empty answer is one too), as one set, by corners.

    Clusters grow from the pair with the highest IoU on; two join where no annotator would have two boxes in one and
    the medians of both still overlap by `iou_min`. Corners are medians, so one careless hand moves nothing; the label
    is the heaviest, ties to the first in the alphabet. Weights (one per annotator, above 0) count in both votes.
    The order of annotators does not matter. Time: b log b for b boxes, and their pairs that overlap.
    """
    if weights is None:
        weights = [1.0] * len(answers)
    if len(weights) != len(answers) or any(not weight > 0.0 for weight in weights):
        raise ValueError(
            f"expected a weight above 0 for each of {len(answers)} answers, found {list(weights)}"
        )
    for box in (box for answer in answers for box in answer):
        if len(box.corners) != 4 or not (box.corners[0] < box.corners[2] and box.corners[1] < box.corners[3]):
            raise ValueError(f"expected x0 < x1 and y0 < y1, found {box.corners}")
    boxes = sorted((box.corners, box.label, who) for who, answer in enumerate(answers) for box in answer)
    everyone = sum(sorted(weights))
    fused = []
    for members in _clusters(boxes, rule.iou_min):
        support = sum(sorted(weights[boxes[place][2]] for place in members)) / everyone
        if support > rule.share_min:
            fused.append(_fused([boxes[place] for place in members], weights, min(1.0, support)))
    return sorted(fused, key=lambda one: (one.corners, one.label))


_Drawn = tuple[Corners, str, int]


def _clusters(boxes: Sequence[_Drawn], iou_min: float) -> list[list[int]]:
    """Places of boxes, grouped: at most one box of an annotator in each group."""
    corners = np.array([box[0] for box in boxes], dtype=np.float64).reshape(-1, 4)
    group = {place: [place] for place in range(len(boxes))}
    for _, i, j in sorted(_close(boxes, corners, iou_min)):
        one, two = group[i], group[j]
        if one is two or {boxes[place][2] for place in one} & {boxes[place][2] for place in two}:
            continue
        if float(iou(_middle(corners[one]), _middle(corners[two]))[0, 0]) >= iou_min:
            joined = sorted(one + two)
            group.update(dict.fromkeys(joined, joined))
    return [members for place, members in group.items() if members[0] == place]


def _close(
    boxes: Sequence[_Drawn], corners: NDArray[np.float64], iou_min: float
) -> Iterator[tuple[float, int, int]]:
    """Two annotators' boxes that overlap enough, as (-IoU, place, place). Boxes come by their left edge: a box is
    only compared with those that begin before it ends."""
    for i in range(len(boxes)):
        until = int(np.searchsorted(corners[:, 0], corners[i, 2]))
        overlaps = iou(corners[i : i + 1], corners[i + 1 : until])[0].tolist()
        for j, overlap in enumerate(overlaps, start=i + 1):
            if overlap >= iou_min and boxes[i][2] != boxes[j][2]:
                yield -overlap, i, j


def _fused(members: Sequence[_Drawn], weights: Sequence[float], support: float) -> Fused:
    votes: dict[str, float] = {}
    for _, label, who in sorted(members, key=lambda drawn: (drawn[1], weights[drawn[2]])):
        votes[label] = votes.get(label, 0.0) + weights[who]
    total = sum(votes[label] for label in sorted(votes))
    label = min(votes, key=lambda name: (-votes[name], name))
    middle = tuple(_middle(np.array([drawn[0] for drawn in members]))[0].tolist())
    shares = tuple((name, votes[name] / total) for name in sorted(votes))
    return Fused(label, middle, support, votes[label] / total, shares)


def _middle(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.median(corners, axis=0, keepdims=True)


def iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of m x 4 against n x 4 corners, m x n in 0..1."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.clip(high - low, 0.0, None).prod(axis=2)
    areas = [(one[:, 2:] - one[:, :2]).prod(axis=1) for one in (first, second)]
    either = areas[0][:, None] + areas[1][None, :] - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0.0)  # type: ignore[no-any-return]
