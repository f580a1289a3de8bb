"""The fraud graph: people as nodes, what is between two of them as edges, and the groups that hang together."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.domain.proficiency.sharing import Link, numbers, short

KINDS = ("shared_device", "simultaneous", "copying", "shared_address")
"""The strongest evidence first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What is between two people, `first` the smaller id. `strength` 0..1: the shared part of the days, or of what was
    compared; `p` of the test that points to it most, None where none was made; `flag` the case, if one was raised."""

    kind: str
    first: UUID
    second: UUID
    strength: float
    p: float | None
    days: int | None
    weak: bool = False
    flag: UUID | None = None
    open: bool = False
    numbers: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """People who hang together by edges, both in a fixed order."""

    people: tuple[UUID, ...]
    edges: tuple[Edge, ...]

    @property
    def open_flags(self) -> int:
        """How many of the edges are cases that wait for a decision."""
        return sum(edge.open for edge in self.edges)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What kinds of evidence there are, the strongest first."""
        found = {edge.kind for edge in self.edges}
        return tuple(kind for kind in KINDS if kind in found)


def edge_of(link: Link, flag: UUID | None, waits: bool) -> Edge:
    """The edge of two people who share a place."""
    return Edge(
        kind=link.kind,
        first=link.first,
        second=link.second,
        strength=link.share,
        p=min(link.found.apart_p, link.found.together_p),
        days=len(link.days),
        weak=link.weak,
        flag=flag,
        open=waits,
        numbers=numbers(link),
        tokens=short(link),
        link=link,
    )


def groups(edges: Sequence[Edge]) -> list[Group]:
    """The connected groups: those with most open cases first, then with most kinds of evidence, then the largest.

    Time: edges, nearly.
    """
    parent: dict[UUID, UUID] = {}
    for edge in edges:
        first, second = _root(parent, edge.first), _root(parent, edge.second)
        parent[max(first, second)] = min(first, second)
    of: dict[UUID, list[Edge]] = defaultdict(list)
    for edge in edges:
        of[_root(parent, edge.first)].append(edge)
    made = [_group(some) for some in of.values()]
    return sorted(made, key=lambda one: (-one.open_flags, -len(one.kinds), -len(one.people), one.people[0]))


def _root(parent: dict[UUID, UUID], one: UUID) -> UUID:
    parent.setdefault(one, one)
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


def _group(edges: Sequence[Edge]) -> Group:
    people = sorted({who for edge in edges for who in (edge.first, edge.second)})
    return Group(
        tuple(people), tuple(sorted(edges, key=lambda one: (one.first, one.second, KINDS.index(one.kind))))
    )


def bounded(
    found: Sequence[Group], groups_max: int, people_max: int
) -> tuple[list[Group], Collection[Group]]:
    """The first groups that fit, and those that are left out; none is cut in two."""
    shown: list[Group] = []
    left: list[Group] = []
    people = 0
    for group in found:
        if len(shown) < groups_max and people + len(group.people) <= people_max:
            shown.append(group)
            people += len(group.people)
        else:
            left.append(group)
    return shown, left
