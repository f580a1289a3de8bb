"""Coverage: whom each lane would serve, and whom which condition keeps from it, for many people at once.

Sets of people are bits of whole numbers, in the order in which the people were given. A lane asks for a handful of
conditions, so thousands of people and lanes cost a handful of operations on machine words per lane.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from backend.domain.projects.explanation import spelled
from backend.domain.projects.requirement import ANY, NOT, Requirement

K = TypeVar("K")

FIXED = frozenset({"role", "origin", "vendor", "team"})
"""Kinds of conditions that say for whom work is meant. Who fails one of them is not kept from work by anything."""


@dataclass(frozen=True, slots=True)
class Stops:
    """Of one lane: for whom its work is meant, and whom of those each condition keeps from it."""

    meant: int
    closing: Mapping[str, int]

    @property
    def served(self) -> int:
        """Who would get its work now."""
        return self.meant & ~union(self.closing.values())


@dataclass(frozen=True, slots=True)
class Crowd:
    """People and what they hold; `standing` is what keeps some of them from all work: condition -> people."""

    size: int
    holders: Mapping[str, int]
    standing: Mapping[str, int] = field(default_factory=dict)

    @property
    def everybody(self) -> int:
        """All of them."""
        return (1 << self.size) - 1

    def failing(self, condition: str) -> int:
        """Who does not meet a condition, spelled as in `Requirement.unmet`."""
        if condition.startswith(NOT):
            return self.holders.get(condition.removeprefix(NOT), 0)
        options = condition.removeprefix(ANY).split("|")
        return self.everybody & ~union(self.holders.get(one, 0) for one in options)

    def stops(self, asked: Requirement) -> Stops:
        """What keeps whom from a lane that asks for this."""
        meant, kept = self.everybody, {}
        for condition in spelled(asked):
            failing = self.failing(condition)
            if is_fixed(condition):
                meant &= ~failing
            else:
                kept[condition] = failing
        for condition, people in self.standing.items():
            kept[condition] = kept.get(condition, 0) | people
        return Stops(meant, {one: people & meant for one, people in kept.items() if people & meant})


def crowd(held: Sequence[Iterable[str]], standing: Sequence[Iterable[str]] = ()) -> Crowd:
    """People by what each holds, and by what else keeps each from all work."""
    return Crowd(len(held), _columns(held, len(held)), _columns(standing, len(held)))


def _columns(rows: Sequence[Iterable[str]], size: int) -> dict[str, int]:
    """Word -> the places of the rows that have it."""
    bits: dict[str, bytearray] = {}
    for place, row in enumerate(rows):
        for word in row:
            if word not in bits:
                bits[word] = bytearray(size // 8 + 1)
            bits[word][place >> 3] |= 1 << (place & 7)
    return {word: int.from_bytes(of, "little") for word, of in bits.items()}


def is_fixed(condition: str) -> bool:
    """Whether it says for whom the work is meant, and nothing else."""
    options = condition.removeprefix(ANY).removeprefix(NOT).split("|")
    return all(one.partition(":")[0] in FIXED for one in options)


def union(masks: Iterable[int]) -> int:
    """Everybody who is in one of them."""
    together = 0
    for mask in masks:
        together |= mask
    return together


def alone(closing: Mapping[K, int]) -> dict[K, int]:
    """Of several things that stop people: whom each stops alone. With it met, nothing would stop them."""
    once = twice = 0
    for mask in closing.values():
        twice |= once & mask
        once |= mask
    single = once & ~twice
    return {one: mask & single for one, mask in closing.items() if mask & single}


def tally(masks: Iterable[int], size: int) -> list[int]:
    """In how many of the masks each of the first `size` places is set.

    Counters stand upright, one plane per binary digit, so that one addition counts for all places at once.
    """
    planes: list[int] = []
    for carry in masks:
        digit = 0
        while carry:
            if digit == len(planes):
                planes.append(0)
            planes[digit], carry = planes[digit] ^ carry, planes[digit] & carry
            digit += 1
    written = [format(plane, f"0{size}b")[::-1] for plane in planes]
    return [sum((bits[place] == "1") << digit for digit, bits in enumerate(written)) for place in range(size)]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each person weighs, in whole units, as planes of binary digits: sums over any set without visiting it."""

    planes: tuple[int, ...]

    def of(self, people: int) -> int:
        """What these weigh together."""
        return sum((plane & people).bit_count() << digit for digit, plane in enumerate(self.planes))


def weights(values: Sequence[int]) -> Weights:
    """One weight per person, 0 or more."""
    digits = max((value.bit_length() for value in values), default=0)
    rows = [[str(digit) for digit in range(digits) if value >> digit & 1] for value in values]
    columns = _columns(rows, len(values))
    return Weights(tuple(columns.get(str(digit), 0) for digit in range(digits)))


def places(people: int) -> Iterator[int]:
    """The places of those in the set, lowest first."""
    for byte, bits in enumerate(people.to_bytes((people.bit_length() + 7) // 8, "little")):
        if bits:
            yield from (byte * 8 + bit for bit in range(8) if bits >> bit & 1)
