"""Comparison: a live table and its rebuilt shadow, row by row in key order; it names rows, never what they hold."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import Table, Text

from backend.events.ids import TenantId

CHUNK_ROWS = 2_000
DIFFERENCES_MAX = 5

# Both sessions order alike whatever the database's collation, and as Python compares text.
ROWS = """
SELECT {keys}, sha256(convert_to(ROW({columns})::text, 'UTF8')) AS digest
  FROM {schema}.{table} WHERE tenant = $1 ORDER BY {order}
"""
ROW = "SELECT {columns} FROM {schema}.{table} WHERE tenant = $1 AND {where}"

Key = tuple[Any, ...]
Digest = bytes | None


@dataclass(slots=True)
class Compared:
    """Rows in the live table, rows that differ, and the first few of those by key."""

    rows: int = 0
    differing: int = 0
    first: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a session inside a transaction, and the schema its table is in."""

    conn: asyncpg.Connection
    schema: str


async def compare(
    live: asyncpg.Connection,
    shadow: asyncpg.Connection,
    tenant: TenantId,
    table: Table,
    ignored: frozenset[str],
) -> Compared:
    """Compare public.table as `live` sees it with pg_temp.table of `shadow`; both are inside a transaction.

    `ignored` names columns that are not compared; keys are the primary key without the tenant.
    """
    found = Compared()
    sides = Side(live, "public"), Side(shadow, "pg_temp")
    names = [column.name for column in table.columns if column.name not in ignored]
    left, right = (_rows(side, tenant, table, names) for side in sides)
    async for key, is_live, is_rebuilt in _merged(left, right):
        found.rows += is_live is not None
        if is_live == is_rebuilt:
            continue
        found.differing += 1
        if found.differing <= DIFFERENCES_MAX:
            here = "live" if is_rebuilt is None else "rebuilt" if is_live is None else "both"
            told = {"table": table.name, "tenant": str(tenant), "key": _told(table, key), "found_in": here}
            if here == "both":
                told["columns"] = await _differing_columns(sides, tenant, table, names, key)
            found.first.append(told)
    return found


async def _rows(
    side: Side, tenant: TenantId, table: Table, names: list[str]
) -> AsyncIterator[tuple[Key, bytes]]:
    """(key, digest of the whole row) in key order, a chunk at a time."""
    keys = _keys(table)
    order = [f'{one} COLLATE "C"' if isinstance(table.columns[one].type, Text) else one for one in keys]
    sql = ROWS.format(
        keys=", ".join(keys),
        columns=", ".join(names),
        schema=side.schema,
        table=table.name,
        order=", ".join(order),
    )
    async for *key, digest in side.conn.cursor(sql, tenant, prefetch=CHUNK_ROWS):
        yield tuple(key), digest


async def _merged(
    left: AsyncIterator[tuple[Key, bytes]], right: AsyncIterator[tuple[Key, bytes]]
) -> AsyncIterator[tuple[Key, Digest, Digest]]:
    """Every key that either side has, with the digest on each side, None where it is missing."""
    mine, theirs = await anext(left, None), await anext(right, None)
    while mine or theirs:
        key = min(one[0] for one in (mine, theirs) if one)
        here: Digest = None
        there: Digest = None
        if mine and mine[0] == key:
            here, mine = mine[1], await anext(left, None)
        if theirs and theirs[0] == key:
            there, theirs = theirs[1], await anext(right, None)
        yield key, here, there


async def _differing_columns(
    sides: tuple[Side, Side], tenant: TenantId, table: Table, names: list[str], key: Key
) -> list[str]:
    where = " AND ".join(f"{name} = ${n}" for n, name in enumerate(_keys(table), 2))
    one, other = [
        await side.conn.fetchrow(
            ROW.format(columns=", ".join(names), schema=side.schema, table=table.name, where=where),
            tenant,
            *key,
        )
        for side in sides
    ]
    return [name for name in names if one[name] != other[name]]


def _keys(table: Table) -> list[str]:
    # A table with one row per tenant has no other key.
    return [column.name for column in table.primary_key if column.name != "tenant"] or ["tenant"]


def _told(table: Table, key: Key) -> dict[str, str]:
    return {name: str(value) for name, value in zip(_keys(table), key, strict=True)}
