"""Heads: where each lane begins, found by one probe into the index per lane (a loose index scan)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Head:
    """The first open place of a lane, and the first of what came back to it (negative, less the band)."""

    front: int | None
    back: int | None

    def since_us(self) -> int:
        """When the one that waits longest was published, in microseconds since 1970."""
        waiting = [self.front] if self.front is not None else []
        if self.back is not None:
            waiting.append(self.back + BAND)
        return min(waiting)

    def waited_s(self, now: datetime) -> float:
        """How long the head has waited, in seconds; never negative."""
        return max(0.0, now.timestamp() - self.since_us() / MICRO)


async def look(
    conn: asyncpg.Connection, tenant: TenantId, lanes: Sequence[UUID], hints: Sequence[int]
) -> dict[UUID, Head]:
    """Lane -> its head, looked for behind the hint; empty lanes are left out."""
    if not lanes:
        return {}
    rows = await conn.fetch(LOOK, tenant, list(lanes), list(hints))
    return {row["lane"]: Head(row["front"], row["back"]) for row in rows}
