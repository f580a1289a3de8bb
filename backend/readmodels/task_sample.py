"""Samples of tasks: so many of each stratum of what a selection matches, drawn once and kept while they are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.task_selection import Selection, where

STRATA_SHOWN = 1_000
NO_STRATUM = ""
"""Stands for the stratum of what has none; no tag, step or class is written so."""

ALL = "all"
"""Divides nothing: all that matches is one stratum."""

# What divides the tasks -> the stratum of one; null is none. Of several tags the first in byte order says it.
STRATA: Mapping[str, str] = {
    ALL: "'all'",
    "class": "t.priority::text",
    "step": "t.step",
    "stage": "t.stage",
    "group": "t.item_group::text",
    "edge_case": "i.edge_case::text",
    "day": "to_char(i.imported_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "tag": '(SELECT min(x COLLATE "C") FROM unnest(i.tags) x WHERE {named}::text[] IS NULL OR x = ANY({named}))',
    "tag:": '(SELECT min(substr(x, length({head}::text) + 1) COLLATE "C") FROM unnest(i.tags) x'
    " WHERE starts_with(x, {head}) AND x <> {head})",
}
# One statement, so that what is counted is what is drawn from. A task's lot is the SHA-256 of the seed's SHA-256 and
# the 16 bytes of its id.
_DRAW = """
WITH matching AS MATERIALIZED (SELECT t.task, coalesce({stratum}, '') AS stratum {where}),
ranked AS (
    SELECT l.task, l.quota, row_number() OVER (PARTITION BY l.stratum ORDER BY l.lot) AS place
      FROM (SELECT m.task, m.stratum, q.quota,
                   sha256(sha256(convert_to({seed}::text, 'UTF8')) || uuid_send(m.task)) AS lot
              FROM matching m JOIN ({quotas}) q ON {fits}) l),
drawn AS (INSERT INTO task_sample (tenant, bulk, task)
    SELECT $1, {bulk}::uuid, r.task FROM ranked r WHERE r.place <= r.quota LIMIT {most}::int)
SELECT m.stratum, count(*) AS matches, count(*) OVER () AS strata, sum(count(*)) OVER () AS matched
  FROM matching m GROUP BY m.stratum
 ORDER BY m.stratum = ANY({said}::text[]) DESC, count(*) DESC, m.stratum COLLATE "C" LIMIT {shown}
"""
# A share of what matches, in whole tasks rounded up, within its bounds.
_SHARE = """
SELECT least(greatest((count(*) * {ppm}::bigint + 999999) / 1000000, {least}::int), {each}::int)::int AS quota
  FROM matching"""
_SAID = "SELECT * FROM unnest({names}::text[], {numbers}::int[]) u(stratum, quota)"
SUM = """
SELECT count(*) AS taken, encode(sha256(coalesce(string_agg(uuid_send(task), ''::bytea ORDER BY task), '')), 'hex')
       AS digest
  FROM task_sample WHERE tenant = $1 AND bulk = $2
"""
FORGET = "DELETE FROM task_sample WHERE tenant = $1 AND bulk = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn: `taken` of `matched` tasks; `digest` is the SHA-256 of their ids' bytes in ascending order.

    `matches`: stratum (NO_STRATUM for none) -> how many match, those with a quota first, then the largest;
    STRATA_SHOWN of all `strata` at most.
    """

    matched: int
    taken: int
    digest: str
    strata: int
    matches: Mapping[str, int]


async def draw(conn: asyncpg.Connection, tenant: TenantId, bulk: UUID, wanted: Selection, most: int) -> Drawn:
    """Draw the selection's sample for this act and keep it, `most` tasks at most.

    In each stratum the tasks with the lowest lots are taken, so a larger quota takes these and more.
    """
    sql, values = _draw(bulk, wanted, most)
    rows = await conn.fetch(sql, tenant, *values)
    kept = await conn.fetchrow(SUM, tenant, bulk)
    return Drawn(
        matched=int(rows[0]["matched"]) if rows else 0,
        taken=kept["taken"],
        digest=kept["digest"],
        strata=rows[0]["strata"] if rows else 0,
        matches={row["stratum"]: row["matches"] for row in rows},
    )


async def forget(conn: asyncpg.Connection, tenant: TenantId, bulk: UUID) -> None:
    """Keep nothing more of what was drawn for this act."""
    await conn.execute(FORGET, tenant, bulk)


def _draw(bulk: UUID, wanted: Selection, most: int) -> tuple[str, list[Any]]:
    """The statement, and its values from $2 on. Raises ValueError for a selection without a sample."""
    sample = wanted.sample
    if sample is None:
        raise ValueError("expected a selection with a sample; found none")
    matching, values = where(wanted)

    def put(value: Any) -> str:
        values.append(value)
        return f"${len(values) + 1}"

    quotas = sample.quotas
    named = put(None if quotas is None else list(quotas))
    kind, colon, name = sample.by.partition(":")
    head = {"head": put(f"{name}:")} if colon else {}
    return _DRAW.format(
        stratum=STRATA[kind + colon].format(named=named, **head),
        where=matching,
        seed=put(sample.seed),
        quotas=_SAID.format(names=named, numbers=put(list(quotas.values())))
        if quotas is not None
        else f"SELECT {put(sample.each)}::int AS quota"
        if sample.share_ppm is None
        else _SHARE.format(ppm=put(sample.share_ppm), least=put(sample.least), each=put(sample.each)),
        fits="q.stratum = m.stratum" if quotas is not None else "m.stratum <> ''",
        bulk=put(bulk),
        said=named,
        most=put(most),
        shown=STRATA_SHOWN,
    ), values
