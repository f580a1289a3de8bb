"""A projection: tables filled by nothing but events, one set-based step per event type."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import asyncpg
from sqlalchemy import Table

from backend.events.base import Recorded, name_of
from backend.events.ids import TenantId

Step = Callable[[asyncpg.Connection, TenantId, Sequence[Recorded]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Projection:
    """`ephemeral` lists columns that are not folded from events (heartbeats) and that a rebuild does not compare."""

    name: str
    tables: tuple[Table, ...]
    steps: Mapping[type[Any], Step]
    ephemeral: frozenset[str] = field(default_factory=frozenset)

    @property
    def types(self) -> tuple[str, ...]:
        """The stored names of the events it folds."""
        return tuple(name_of(cls) for cls in self.steps)


async def project(
    projections: Iterable[Projection], conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]
) -> None:
    """Fold facts in their order; neighbours of one type go to a step together."""
    for cls, run in groupby(facts, key=lambda fact: type(fact.event)):
        batch = list(run)
        for projection in projections:
            step = projection.steps.get(cls)
            if step is not None:
                await step(conn, tenant, batch)


async def fold(
    projection: Projection, conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]
) -> None:
    """Fold the facts that one projection knows, in their order; neighbours among those that have one step, whatever
    their types, go to it together."""
    steps = projection.steps
    known = [fact for fact in facts if type(fact.event) in steps]
    for step, run in groupby(known, key=lambda fact: steps[type(fact.event)]):
        await step(conn, tenant, list(run))


def columns(facts: Sequence[Recorded], *names: str) -> list[list[Any]]:
    """One list per event field, in the order of the facts: the arrays that unnest() takes."""
    return [[getattr(fact.event, name) for fact in facts] for name in names]


def execute(sql: str, *names: str) -> Step:
    """A step that runs one statement with $1 = tenant and one array per named event field."""

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        await conn.execute(sql, tenant, *columns(facts, *names))

    return step


def execute_in_turn(sql: str, *names: str) -> Step:
    """As `execute`, for what changes a row in place and may come to it twice in a row: a statement for the first fact
    about each `names[0]`, one for the second, and so on, since one statement takes a row once, with any of them."""

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        for each in rounds(facts, names[0]):
            await conn.execute(sql, tenant, *columns(each, *names))

    return step


def rounds(facts: Sequence[Recorded], name: str) -> list[list[Recorded]]:
    """The facts by how many with the same `name` came before: in each round nothing is named twice."""
    found: list[list[Recorded]] = []
    seen: Counter[Any] = Counter()
    for fact in facts:
        key = getattr(fact.event, name)
        if seen[key] == len(found):
            found.append([])
        found[seen[key]].append(fact)
        seen[key] += 1
    return found


def execute_each(sql: str, *names: str) -> Step:
    """A step for rare events: the statement once per fact, with $1 = tenant and plain values."""

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        await conn.executemany(sql, [(tenant, *(getattr(f.event, name) for name in names)) for f in facts])

    return step
