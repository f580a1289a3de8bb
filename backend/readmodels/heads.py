"""Heads: where each lane begins, found by one probe into the index per lane (a loose index scan)."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.queue import BAND

LOOK = """
SELECT q.lane, front.ord AS front, back.ord AS back
  FROM unnest($2::uuid[], $3::bigint[]) q(lane, hint)
  LEFT JOIN LATERAL (
    SELECT o.ord FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane AND o.ord > q.hint ORDER BY o.ord LIMIT 1
  ) front ON true
  LEFT JOIN LATERAL (
    SELECT o.ord FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane AND o.ord < 0 ORDER BY o.ord LIMIT 1
  ) back ON true
 WHERE front.ord IS NOT NULL OR back.ord IS NOT NULL
"""
MICRO = 1_000_000


class Head(NamedTuple):
    """The first open place of a lane, the first of what came back to it (negative, less the band), and when the one
    that waits longest was published, in seconds since 1970."""

    front: int | None
    back: int | None
    since_s: float

    @classmethod
    def at(cls, front: int | None, back: int | None) -> "Head":
        """Of two places, at least one of which is there."""
        waiting = [place for place in (front, None if back is None else back + BAND) if place is not None]
        return cls(front, back, min(waiting) / MICRO)


async def look(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID], hints: Sequence[int]
) -> dict[UUID, Head]:
    """Lane -> its head, looked for behind the hint; empty lanes are left out."""
    if not lanes:
        return {}
    rows = await conn.fetch(LOOK, tenant, list(lanes), list(hints))
    return {row["lane"]: Head.at(row["front"], row["back"]) for row in rows}
