"""The result of several answers that are no categories: each kind of answer has its own middle.

    numbers   the median, place by place (`fuse` mean: the weighted mean)
    boxes     what more than half of the people drew, with the median of the corners
    spans     the characters that more than half of the people marked
    text      the words that most wrote, place by place
    labels    every label that more than half of the people gave
    ranking   the items by their mean place (Borda)
    fields    each field by its own kind
    others    of shapes the answer that is most like all others; else the answer given most often

An answer that more than half gave just so is taken as it stands (but for numbers, whose median it is anyway). Weights,
one above 0 per answer, count wherever there is a vote. The order of the answers never matters: they are
sorted by their canonical form before anything is added up.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from backend.statistics import (
    box_fusion,
    boxes,
    labels,
    numbers,
    ranking,
    registry,
    span_fusion,
    spans,
    text,
    text_vote,
)
from backend.statistics.exact import canonical, whole
from backend.statistics.majority import leading

Json = Any
Weighted = Sequence[tuple[Json, float]]
SPAN_END_MAX = 1_000_000
"""Spans further out, or that end within a character, are not voted on character by character."""
WORDS_MAX = 1_000
"""Aligning takes the product of two transcripts' words for each of them: of longer ones the most alike is taken."""
SHAPES = ("keypoints", "lines", "masks", "points", "polygons")
FUSED = ("boxes", "fields", "labels", "numbers", "ranking", "spans", "text", *SHAPES)
"""The kinds whose answers have a middle; equality is voted on."""


@dataclass(frozen=True, slots=True)
class Fused:
    """One answer made of several, and how far these agree with it: the mean of their scores against it, 0..1."""

    answer: Json
    agreement: float


def fuse(
    kind: str, options: Any, answers: Sequence[Json], weights: Sequence[float] | None = None
) -> Fused | None:
    """The middle of these answers by a kind of FUSED; a single one is its own. What the kind cannot read is not part of
    the middle and agrees with nothing. None where it can read nothing. ValueError for weights that are not one above 0
    for each answer."""
    if weights is None:
        weights = [1.0] * len(answers)
    if len(weights) != len(answers) or any(not weight > 0.0 for weight in weights):
        raise ValueError(f"expected a weight above 0 for each of {len(answers)}, found {list(weights)}")
    given = sorted(zip(answers, weights, strict=True), key=lambda one: (canonical(one[0]), one[1]))
    readable = [one for one in given if _readable(kind, options, one[0])]
    if not readable:
        return None
    same = None if kind == "numbers" else _given_by_most(readable)
    middle = same[0] if same else _MIDDLES[kind](readable, options)
    return Fused(middle, _agreement(kind, options, given, middle))


def _given_by_most(given: Weighted) -> tuple[Json] | None:
    """The answer that more than half gave just so: taken as it stands, whatever its parts would come to."""
    votes: dict[str, list[float]] = defaultdict(list)
    for answer, weight in given:
        votes[canonical(answer)].append(weight)
    half = math.fsum(weight for _, weight in given) / 2.0
    same = [answer for answer, weights in votes.items() if math.fsum(weights) > half]
    return (next(answer for answer, _ in given if canonical(answer) == same[0]),) if same else None


def _readable(kind: str, options: Any, answer: Json) -> bool:
    try:
        registry.scorer(kind).score(answer, answer, options)
    except ValueError:
        return False
    return True


def _score(kind: str, options: Any, answer: Json, truth: Json) -> float:
    try:
        return registry.compare(kind, answer, truth, options).value
    except ValueError:
        return 0.0


def _agreement(kind: str, options: Any, given: Weighted, middle: Json) -> float:
    everyone = math.fsum(weight for _, weight in given)
    shares = math.fsum(weight * _score(kind, options, answer, middle) for answer, weight in given) / everyone
    return min(1.0, max(0.0, shares))


# --- one of each kind: the middle of two or more answers that it can read


def _of_numbers(given: Weighted, options: numbers.Options) -> Json:
    read = [(numbers.numbers(answer), weight) for answer, weight in given]
    sizes = leading([(str(len(one)), weight) for one, weight in read]).top
    size = min(int(length) for length in sizes)
    same = [(one, weight) for one, weight in read if len(one) == size]
    columns = zip(*(one for one, _ in same), strict=True)
    weights = [weight for _, weight in same]
    found = [whole(_mean(one, weights) if options.fuse == "mean" else _median(one)) for one in columns]
    return found if any(isinstance(answer, list | tuple) for answer, _ in given) else found[0]


def _mean(column: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(x * w for x, w in zip(column, weights, strict=True)) / math.fsum(weights)


def _median(column: Sequence[float]) -> float:
    ordered, half = sorted(column), len(column) // 2
    return ordered[half] if len(ordered) % 2 else ordered[half - 1] / 2.0 + ordered[half] / 2.0


def _of_boxes(given: Weighted, options: boxes.Options) -> Json:
    drawn = [
        [box_fusion.Box(box["label"], boxes.corners(box["box"])) for box in answer] for answer, _ in given
    ]
    rule = box_fusion.Rule(iou_min=options.iou)
    found = box_fusion.fuse(drawn, [weight for _, weight in given], rule)
    return [{"label": one.label, "box": [whole(x) for x in one.corners]} for one in found]


def _of_spans(given: Weighted, options: spans.Options) -> Json:
    marked = [_spans(answer) for answer, _ in given]
    if any(one is None for one in marked):
        return _most_alike("spans", given, options)
    read = [one or [] for one in marked]
    alone = all(_apart(one) for one in read)
    found = span_fusion.fuse(read, [weight for _, weight in given], exclusive=alone)
    if any(isinstance(one, Mapping) for answer, _ in given for one in answer):
        return [{"start": f.span.start, "end": f.span.end, "label": f.span.label} for f in found]
    return [[f.span.start, f.span.end] for f in found]


def _spans(answer: Json) -> list[span_fusion.Span] | None:
    """The spans of an answer; None where they do not count characters of a text."""
    read = [(a, b, label) for label, stretches in spans.spans(answer).items() for a, b in stretches]
    if any(a < 0 or b > SPAN_END_MAX or a != int(a) or b != int(b) for a, b, _ in read):
        return None
    return sorted(span_fusion.Span(int(a), int(b), label) for a, b, label in read)


def _apart(marked: Sequence[span_fusion.Span]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(marked))


def _of_text(given: Weighted, options: text.Options) -> Json:
    """Voted as it is compared, and spelled as most of those who wrote the word did."""
    by_word = options.unit == "word"
    split = [answer.split() if by_word else list(answer) for answer, _ in given]
    paired = [[(text.normalised(one, options) if by_word else one, one) for one in words] for words in split]
    alike = [[word for word, _ in words if word] for words in paired]
    if max(map(len, alike)) > WORDS_MAX:
        return _most_alike("text", given, options)
    near = text_vote.agreement_weights(alike)
    voted = text_vote.vote(alike, [weight * far for (_, weight), far in zip(given, near, strict=True)])
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for words in paired:
        for word, as_written in words:
            spelled[word][as_written] += 1
    chosen = [min(spelled[word], key=lambda one: (-spelled[word][one], one)) for word in voted.words]
    return (" " if by_word else "").join(chosen)


def _of_labels(given: Weighted, options: labels.Options) -> Json:
    votes: dict[str, list[float]] = defaultdict(list)
    for answer, weight in given:
        for label in labels.members(answer):
            votes[label].append(weight)
    half = math.fsum(weight for _, weight in given) / 2.0
    return [json.loads(label) for label in sorted(votes) if math.fsum(votes[label]) > half]


def _of_rankings(given: Weighted, options: ranking.Options) -> Json:
    read = [(ranking.ranks(answer), weight) for answer, weight in given]
    sets = leading([(json.dumps(sorted(ranks)), weight) for ranks, weight in read]).top
    same = [(ranks, weight) for ranks, weight in read if json.dumps(sorted(ranks)) == sets[0]]
    mean = {item: math.fsum(w * _place(ranks, item) for ranks, w in same) for item in same[0][0]}
    order = sorted({round(place, 9) for place in mean.values()})
    groups = [sorted(item for item in mean if round(mean[item], 9) == place) for place in order]
    if isinstance(given[0][0], Mapping):
        return {json.loads(item): place for place, group in enumerate(groups, start=1) for item in group}
    named = [[json.loads(item) for item in group] for group in groups]
    return [group[0] if len(group) == 1 and not isinstance(group[0], list) else group for group in named]


def _place(ranks: Mapping[str, float], item: str) -> float:
    """How many are before it, those tied with it counting half."""
    own = ranks[item]
    return sum((other < own) + 0.5 * (other == own) for other in ranks.values())


def _of_fields(given: Weighted, options: Any) -> Json:
    """Field by field; one that half of them or more leave empty is left out."""
    found = {}
    for name in sorted({name for answer, _ in given for name in answer}):
        said = [(answer[name], weight) for answer, weight in given if answer.get(name) is not None]
        if math.fsum(w for _, w in said) * 2.0 <= math.fsum(w for _, w in given):
            continue
        how = options.fields.get(name)
        fused = None
        if how is not None and how.kind in FUSED:
            fused = fuse(how.kind, how.options, [one for one, _ in said], [weight for _, weight in said])
        found[name] = fused.answer if fused else _most_given(said)
    return found


def _most_given(given: Weighted) -> Json:
    return json.loads(leading([(canonical(answer), weight) for answer, weight in given]).top[0])


def _most_alike(kind: str, given: Weighted, options: Any) -> Json:
    """The answer with the largest sum of scores against the others; the first in canonical order of several."""
    sums = [
        math.fsum(w * _score(kind, options, other, one) for j, (other, w) in enumerate(given) if j != i)
        for i, (one, _) in enumerate(given)
    ]
    best = max(sums)
    return next(one for (one, _), like in zip(given, sums, strict=True) if best - like <= 1e-9)


def _shape(kind: str) -> Callable[[Weighted, Any], Json]:
    return lambda given, options: _most_alike(kind, given, options)


_MIDDLES: Mapping[str, Callable[[Weighted, Any], Json]] = {
    "boxes": _of_boxes,
    "fields": _of_fields,
    "labels": _of_labels,
    "numbers": _of_numbers,
    "ranking": _of_rankings,
    "spans": _of_spans,
    "text": _of_text,
    **{kind: _shape(kind) for kind in SHAPES},
}
