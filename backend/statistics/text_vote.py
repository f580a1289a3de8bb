"""One transcript from several: words aligned slot by slot, and each slot put to the vote."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

Words = Sequence[str]
_NOTHING = ""


@dataclass(frozen=True, slots=True)
class Voted:
    """The transcript's words, and for each the (weighted) share of annotators who wrote it there, 0..1."""

    words: tuple[str, ...]
    shares: tuple[float, ...]


def vote(transcripts: Sequence[Words], weights: Sequence[float] | None = None) -> Voted:
    """The words most annotators wrote, place by place; none of the transcripts at all gives none.

    Like ROVER (Fiscus, ASRU 1997): the transcripts are aligned one after the other into a network of slots, most
    central first (least edit distance to all others, so that their order does not matter), then each slot takes its
    heaviest entry; writing nothing there is an entry too. Ties go to the more central transcript's entry. Compare
    words as you want them compared: lower-case and strip punctuation before. Weights: one above 0 per transcript.
    Time O(n * w^2) for n transcripts of w words.
    """
    if weights is None:
        weights = [1.0] * len(transcripts)
    if len(weights) != len(transcripts) or any(not weight > 0.0 for weight in weights):
        raise ValueError(f"expected a weight above 0 for each of {len(transcripts)}, found {list(weights)}")
    for words in transcripts:
        if _NOTHING in words:
            raise ValueError("expected words, found an empty one")
    order = _central_first(transcripts, weights)
    network: list[dict[str, float]] = []
    before = 0.0
    for place in order:
        network = _merged(network, transcripts[place], weights[place], before)
        before += weights[place]
    chosen = [max(slot, key=slot.__getitem__) for slot in network]
    kept = [
        (word, slot[word] / before) for word, slot in zip(chosen, network, strict=True) if word != _NOTHING
    ]
    return Voted(tuple(word for word, _ in kept), tuple(min(1.0, share) for _, share in kept))


def agreement_weights(transcripts: Sequence[Words], floor: float = 0.05) -> list[float]:
    """A weight per transcript from the others alone: (1 - mean normalised edit distance to them)^2, at least `floor`.

    Who wrote about something else agrees with nobody, and needs no known skill to be heard less.
    """
    count = len(transcripts)
    if count < 2:
        return [1.0] * count
    coded = _coded(transcripts)
    means = [
        sum(sorted(Levenshtein.normalized_distance(one, other) for other in coded)) / (count - 1)
        for one in coded
    ]
    return [max(floor, (1.0 - mean) ** 2) for mean in means]


def _central_first(transcripts: Sequence[Words], weights: Sequence[float]) -> list[int]:
    coded = _coded(transcripts)
    far = [
        sum(sorted(w * Levenshtein.distance(one, other) for other, w in zip(coded, weights, strict=True)))
        for one in coded
    ]
    return sorted(
        range(len(coded)), key=lambda place: (far[place], -weights[place], tuple(transcripts[place]))
    )


def _coded(transcripts: Sequence[Words]) -> list[list[Hashable]]:
    """Words as small numbers: two words are one only if they are equal, not if their hashes happen to be."""
    numbers: dict[str, int] = {}
    return [[numbers.setdefault(word, len(numbers)) for word in words] for words in transcripts]


def _merged(
    network: list[dict[str, float]], words: Words, weight: float, before: float
) -> list[dict[str, float]]:
    """The network with one more transcript: each slot has an entry's weight, in the order entries came."""
    merged: list[dict[str, float]] = []
    for slot, word in _aligned(network, words):
        entries = {_NOTHING: before} if slot is None and before else dict(slot or {})
        entries[word] = entries.get(word, 0.0) + weight
        merged.append(entries)
    return merged


def _aligned(network: list[dict[str, float]], words: Words) -> list[tuple[dict[str, float] | None, str]]:
    """Pairs of slot and word with the least cost: a word the slot has costs 0, any other 2, a word without a slot or
    a slot without a word (unless nothing is among its entries) 1.5: rather one slot with two words than two slots."""
    height, width = len(network), len(words)
    skip = [0.5 if _NOTHING in slot else 1.5 for slot in network]
    cost = [[1.5 * column for column in range(width + 1)]]
    for row, slot in enumerate(network):
        above, line = cost[-1], [cost[-1][0] + skip[row]]
        for column, word in enumerate(words):
            line.append(
                min(
                    above[column] + (0.0 if word in slot else 2.0),
                    above[column + 1] + skip[row],
                    line[column] + 1.5,
                )
            )
        cost.append(line)
    pairs: list[tuple[dict[str, float] | None, str]] = []
    row, column = height, width
    while row or column:
        here = cost[row][column]
        slot = network[row - 1] if row else {}
        paired = 0.0 if column and words[column - 1] in slot else 2.0
        if row and column and here == cost[row - 1][column - 1] + paired:
            row, column = row - 1, column - 1
            pairs.append((slot, words[column]))
        elif row and here == cost[row - 1][column] + skip[row - 1]:
            row -= 1
            pairs.append((slot, _NOTHING))
        else:
            column -= 1
            pairs.append((None, words[column]))
    return pairs[::-1]
