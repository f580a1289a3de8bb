"""Subscriptions: the projections that follow the log, each with its checkpoint in its own transaction."""

from collections.abc import Sequence

import asyncpg

from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.database import transaction
from backend.events.store.subscription import advance_once
from backend.readmodels.projection import Projection, project
from backend.readmodels.registry import FOLLOWING

HEADS = "SELECT tenant, next_idx FROM log_head"


async def follow(app: asyncpg.Pool, tenant: TenantId, projection: Projection) -> int:
    """Bring one projection of one tenant up to the log's end; returns how far it moved."""

    async def handle(conn: asyncpg.Connection, of: TenantId, facts: Sequence[Recorded]) -> None:
        await project([projection], conn, of, facts)

    moved = 0
    while True:
        async with transaction(app, tenant) as conn:
            step = await advance_once(conn, tenant, projection.name, projection.types, handle)
        if not step:
            return moved
        moved += step


class Followers:
    """Remembers how far every tenant's log was followed, so that idle tenants cost nothing."""

    def __init__(self, app: asyncpg.Pool) -> None:
        self._app = app
        self._seen: dict[TenantId, int] = {}

    async def follow_all(self, heads: Sequence[asyncpg.Record]) -> None:
        """Follow the tenants whose log has grown since the last call."""
        for row in heads:
            if self._seen.get(row["tenant"]) != row["next_idx"]:
                for projection in FOLLOWING:
                    await follow(self._app, row["tenant"], projection)
                self._seen[row["tenant"]] = row["next_idx"]
