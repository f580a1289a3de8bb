"""Intakes and what items are marked with: which streams there were, and which items carry a tag."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json
from sqlalchemy import BigInteger, Column, Index, Text

from backend.events import intake as ev
from backend.events import tasks
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.projects import Conditions
from backend.events.store import intake as working
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.projection import Projection

EDGE_CASE = "!edge_case"
"""Stands among the tags for the edge-case mark; no tag of a customer begins so."""
LOOKED_MAX = 1_000
"""So many items are looked at for a page of those in a state."""

intake = tenant_table(
    "intake",
    key("intake"),
    ref("project"),
    Column("form", Text, nullable=False),
    Column("begun_at", instant(), nullable=False),
    Column("finished_at", instant()),
    Column("lines", BigInteger),
    Index("intake_project", "tenant", "project", "intake"),
)

item_tag = tenant_table(
    "item_tag",
    key("project"),
    Column("tag", Text, primary_key=True),
    key("item"),
    Index("item_tag_item", "tenant", "item"),
)

BEGUN = "INSERT INTO intake (tenant, intake, project, form, begun_at) VALUES ($1, $2, $3, $4, $5)"
FINISHED = "UPDATE intake SET finished_at = $3, lines = $4 WHERE tenant = $1 AND intake = $2"
TAGGED = """
INSERT INTO item_tag (tenant, project, tag, item)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[]) ON CONFLICT DO NOTHING
"""
UNTAGGED = "DELETE FROM item_tag WHERE tenant = $1 AND item = $2"
FIND = "SELECT * FROM intake WHERE tenant = $1 AND intake = $2"
_LOOK = {
    False: "SELECT item FROM item WHERE tenant = $1 AND project = $2 AND item > $3 ORDER BY item LIMIT $4",
    True: "SELECT item FROM item_tag"
    " WHERE tenant = $1 AND project = $2 AND tag = $5 AND item > $3 ORDER BY item LIMIT $4",
}
# An item is what its work is: decided while its result stands; one between two steps, of which nothing is open, held or
# cancelled, counts as open. OFFSET 0: one look per item, whatever the planner believes.
_STATE = """
CASE WHEN r.item IS NOT NULL AND r.rework IS NULL THEN 'decided'
     WHEN t.states IS NULL THEN 'no_work'
     WHEN 'held' = ANY(t.states) THEN 'held'
     WHEN t.states = ARRAY['cancelled'] THEN 'cancelled'
     ELSE 'open' END
"""
_WORK = """
  LEFT JOIN LATERAL (SELECT array_agg(DISTINCT k.state) AS states FROM task k
                      WHERE k.tenant = $1 AND k.item = i.item AND k.generation = i.generation) t ON true
  LEFT JOIN result r ON r.tenant = $1 AND r.item = i.item
"""
_LIST = f"""
SELECT i.item, i.external_key, i.imported_at, i.tags, i.edge_case, i.priority, i.deadline, i.item_group, i.generation,
       {_STATE} AS state, r.confidence_ppm, r.decided_by
  FROM (%s OFFSET 0) l JOIN item i ON i.tenant = $1 AND i.item = l.item {_WORK} ORDER BY %s
"""
LIST = {tagged: _LIST % (look, "i.item") for tagged, look in _LOOK.items()}
# By how sure results are, of one class or of all: a walk along an index of exactly that order.
_SURE = """SELECT item FROM result
 WHERE tenant = $1 AND project = $2 AND rework IS NULL AND confidence_ppm <= $5 AND (confidence_ppm, item) > ($6, $3)
   {of_class} ORDER BY confidence_ppm, item LIMIT $4"""
BY_SURENESS = {
    of_class: _LIST % (_SURE.format(of_class=said), "r.confidence_ppm, i.item")
    for of_class, said in ((False, ""), (True, "AND result_class = $7"))
}
STATE_OF = f"SELECT {_STATE} FROM item i {_WORK} WHERE i.tenant = $1 AND i.item = $2"

Marked = tasks.ItemImported | tasks.ItemMarked


async def _begun(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [(tenant, f.event.intake, f.event.project, f.event.form, f.at) for f in facts]
    await conn.executemany(BEGUN, rows)


async def _finished(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await conn.executemany(FINISHED, [(tenant, f.event.intake, f.at, f.event.lines) for f in facts])


async def _imported(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [row for fact in facts for row in _marks(fact.event)]
    if rows:
        await conn.execute(TAGGED, tenant, *map(list, zip(*rows, strict=True)))


async def _marked(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    latest = {fact.event.item: fact for fact in facts}
    await conn.executemany(UNTAGGED, [(tenant, item) for item in latest])
    await _imported(conn, tenant, list(latest.values()))


def _marks(event: Marked) -> list[tuple[UUID, str, UUID]]:
    tags = (*event.tags, EDGE_CASE) if event.edge_case else event.tags
    return [(event.project, tag, event.item) for tag in tags]


INTAKE = Projection(
    "intake",
    (intake, item_tag),
    {
        ev.IntakeBegun: _begun,
        ev.IntakeFinished: _finished,
        tasks.ItemImported: _imported,
        tasks.ItemMarked: _marked,
    },
)


async def find(conn: asyncpg.Connection, tenant: TenantId, about: UUID) -> dict[str, Any] | None:
    """An intake with how far it has come; None for no such."""
    row = await conn.fetchrow(FIND, tenant, about)
    progress = await working.find(conn, tenant, about) if row else None
    return {**progress, **dict(row)} if row and progress else None


async def items(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    *,
    tag: str | None,
    after: UUID | None,
    most: int,
) -> list[dict[str, Any]]:
    """At most so many items of a project (with this tag), by id, with their state: no_work, open, held, cancelled or
    decided. What a tag is asked for costs the same however many items there are."""
    args: list[Any] = [tenant, project, after or UUID(int=0), most]
    found = await conn.fetch(LIST[tag is not None], *args, *([tag] if tag is not None else []))
    return [dict(row) for row in found]


async def items_by_sureness(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: UUID,
    *,
    result_class: str | None,
    after: tuple[int, UUID],
    to_ppm: int,
    most: int,
) -> list[dict[str, Any]]:
    """At most so many decided items of a project (with this class of result), the least sure first, beyond a place
    (confidence, item) and up to a confidence, in parts per million; what is done again is left out."""
    sure, item = after
    args: list[Any] = [tenant, project, item, most, to_ppm, sure]
    sql = BY_SURENESS[result_class is not None]
    if result_class is not None:
        args.append(result_class)
    return [dict(row) for row in await conn.fetch(sql, *args)]


async def state_of(conn: asyncpg.Connection, tenant: TenantId, item: UUID) -> str:
    """The state of one item."""
    return str(await conn.fetchval(STATE_OF, tenant, item))


def conditions_of(kept: str) -> Conditions:
    """What an item's row says that its tasks need."""
    needs = from_json(kept)
    return Conditions(
        all_of=tuple(needs.get("all_of", ())),
        any_of=tuple(tuple(group) for group in needs.get("any_of", ())),
        none_of=tuple(needs.get("none_of", ())),
    )
