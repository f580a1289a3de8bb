"""A version of a taxonomy as it is asked: is this a class, what is below it, what begins so, what is like it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from backend.domain.projects.class_list import ClassNode, levels

NEAREST = 5
_AROUND = 8
"""Codes to each side of where an unknown one would stand that are looked at."""


@dataclass(slots=True)
class Tree:
    """All classes of a version in their order, and what finding them takes. It is built once and never changes.

    `place` code -> its place; `level` of each, roots being 1; `below` code (None: no parent) -> the places of its
    children; `keys` (folded code, label or synonym, place), sorted.
    """

    classes: Sequence[ClassNode]
    place: Mapping[str, int] = field(init=False)
    level: Sequence[int] = field(init=False)
    below: Mapping[str | None, Sequence[int]] = field(init=False)
    refused: frozenset[str] = field(init=False)
    keys: Sequence[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        """Everything at once: 100,000 classes take about a second."""
        self.place = {one.code: at for at, one in enumerate(self.classes)}
        self.level = levels(self.classes)
        below: dict[str | None, list[int]] = defaultdict(list)
        for at, one in enumerate(self.classes):
            below[one.parent].append(at)
        self.below = dict(below)
        self.refused = frozenset(one.code for one in self.classes if one.deprecated)
        self.keys = sorted({(key, at) for at, one in enumerate(self.classes) for key in _keys(one)})

    @property
    def deepest(self) -> int:
        """The lowest level that has a class."""
        return max(self.level)

    def get(self, code: str) -> ClassNode | None:
        """The class of this code."""
        at = self.place.get(code)
        return None if at is None else self.classes[at]

    def ancestor(self, code: str, level: int) -> str | None:
        """The class on this level above it, or itself where it stands no deeper; None for an unknown code."""
        at = self.place.get(code)
        if at is None:
            return None
        while self.level[at] > level:
            parent = self.classes[at].parent
            assert parent is not None
            at = self.place[parent]
        return self.classes[at].code

    def path(self, code: str) -> list[str]:
        """The codes from its root to the class itself, both included; empty for an unknown one."""
        found: list[str] = []
        one = self.get(code)
        while one is not None:
            found.append(one.code)
            one = self.get(one.parent) if one.parent is not None else None
        return found[::-1]

    def listed(self, parent: str | None, start: int, most: int) -> list[int]:
        """The places of the children of a class (None: of all classes), from the start-th on, `most` at most."""
        if parent is None:
            return list(range(start, min(len(self.classes), start + most)))
        return list(self.below.get(parent, ())[start : start + most])

    def beginning(
        self, prefix: str, start: int, most: int, within: str | None = None
    ) -> tuple[list[int], int | None]:
        """The places of classes whose code, label or a synonym begins so (capitals do not matter), in the order of what
        begins so, from this place among the keys on; and where the next page begins. Each class is there once.
        `within`: children of this class alone."""
        folded = _folded(prefix)
        found: list[int] = []
        first = bisect_left(self.keys, (folded, -1))
        for at in range(max(start, first), len(self.keys)):
            key, place = self.keys[at]
            if not key.startswith(folded):
                return found, None
            one = self.classes[place]
            if within is not None and one.parent != within:
                continue
            if key == min(other for other in _keys(one) if other.startswith(folded)):
                if len(found) == most:
                    return found, at
                found.append(place)
        return found, None

    def nearest(self, unknown: str, most: int = NEAREST) -> list[ClassNode]:
        """Classes whose code or label begins as this text does, those that go on alike the longest first. It looks at
        neighbours in the sorted keys alone, so it costs nothing that grows with the classes."""
        folded = _folded(unknown)
        at = bisect_left(self.keys, (folded, -1))
        around = self.keys[max(0, at - _AROUND) : at + _AROUND]
        alike = sorted((-_common(folded, key), key, place) for key, place in around)
        places = dict.fromkeys(place for far, _, place in alike if far < 0)
        return [self.classes[place] for place in places if not self.classes[place].deprecated][:most]


def differences(before: Sequence[ClassNode], after: Sequence[ClassNode]) -> list[tuple[str, str]]:
    """(kind, code) of every difference: added and removed codes; renamed (another label), moved (another parent),
    deprecated and restored, changed (synonyms or successor) classes. A class may be in several; in the order of the
    newer version, removed ones last."""
    old = {one.code: one for one in before}
    found = [(kind, one.code) for one in after for kind in _kinds(old.get(one.code), one)]
    new = {one.code for one in after}
    return found + [("removed", one.code) for one in before if one.code not in new]


def _kinds(before: ClassNode | None, after: ClassNode) -> Iterator[str]:
    if before is None:
        yield "added"
        return
    if before == after:
        return
    for kind, said in _SAID.items():
        if said(before) != said(after):
            yield kind
    if before.deprecated != after.deprecated:
        yield "deprecated" if after.deprecated else "restored"


_SAID: Mapping[str, Callable[[ClassNode], object]] = {
    "renamed": lambda one: one.label,
    "moved": lambda one: one.parent,
    "changed": lambda one: (one.synonyms, one.replaced_by),
}


def _keys(one: ClassNode) -> list[str]:
    return [_folded(one.code), _folded(one.label), *map(_folded, one.synonyms)]


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else normalize("NFKC", text).casefold()


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    for n, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return n
    return min(len(one), len(other))
