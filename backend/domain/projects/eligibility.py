"""Who may be served from which lanes, for all lanes at once: one bit per lane, one mask per token.

A lane's bit is lost when a token it requires is not held, when no token of one of its groups is held, or when a
token it excludes is. So a person costs one OR per token that is required somewhere and not held, whatever the
number of lanes; the ORs run over whole machine words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import compress
from operator import or_
from typing import Generic, TypeVar

from backend.domain.projects.requirement import Requirement

Id = TypeVar("Id")
_BITS = bytes.maketrans(b"01", b"\x00\x01")


@dataclass(frozen=True, slots=True)
class Index(Generic[Id]):
    """Lanes in their order; token -> those that require or exclude it; group -> those that ask for one of it."""

    lanes: tuple[Id, ...]
    requires: Mapping[str, int]
    groups: Mapping[frozenset[str], int]
    excludes: Mapping[str, int]

    def mask(self, tokens: Iterable[str]) -> int:
        """Bit n is set when the holder of these tokens may be served from the n-th lane."""
        held = frozenset(tokens)
        lost = reduce(or_, map(self.requires.__getitem__, self.requires.keys() - held), 0)
        lost = reduce(or_, map(self.excludes.__getitem__, self.excludes.keys() & held), lost)
        for group, lanes in self.groups.items():
            if held.isdisjoint(group):
                lost |= lanes
        return ((1 << len(self.lanes)) - 1) & ~lost

    def of(self, tokens: Iterable[str]) -> list[Id]:
        """The lanes that serve who holds these tokens, in the index's order."""
        written = format(self.mask(tokens), f"0{len(self.lanes)}b").encode().translate(_BITS)
        return list(compress(self.lanes, reversed(written)))


def compiled(lanes: Sequence[tuple[Id, Requirement]]) -> Index[Id]:
    """The index over these lanes, each with what it asks for; rebuilt when a requirement changes."""
    requires: dict[str, int] = {}
    groups: dict[frozenset[str], int] = {}
    excludes: dict[str, int] = {}
    for place, (_, asked) in enumerate(lanes):
        bit = 1 << place
        for token in asked.requires:
            requires[token] = requires.get(token, 0) | bit
        for group in asked.any_of:
            of_any = frozenset(group)
            groups[of_any] = groups.get(of_any, 0) | bit
        for token in asked.excludes:
            excludes[token] = excludes.get(token, 0) | bit
    return Index(tuple(lane for lane, _ in lanes), requires, groups, excludes)
