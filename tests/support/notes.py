"""The plainest facts there are, for tests of how facts are kept rather than of what they say."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from backend.events.base import Actor, Recorded
from backend.events.ids import SYSTEM_PRINCIPAL, SkillId, TenantId
from backend.events.projects import SkillDefined
from backend.events.store import log

AT = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def new_tenant() -> TenantId:
    """A tenant nobody has seen."""
    return TenantId(uuid4())


def note(tenant: TenantId, stream: UUID, version: int) -> Recorded:
    """The event at one place, which is all it says."""
    event = SkillDefined(skill=SkillId(stream), name=f"version {version}", kind="domain")
    return Recorded(tenant, stream, version, event, AT, Actor("system", SYSTEM_PRINCIPAL), None)


def notes(tenant: TenantId, stream: UUID, *versions: int) -> list[Recorded]:
    """Several versions of one stream."""
    return [note(tenant, stream, version) for version in versions]


async def append(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """Append with fresh salts."""
    await log.append(conn, tenant, facts, [os.urandom(16) for _ in facts])


PLACES = "SELECT idx, stream, version FROM event_log WHERE tenant = $1 ORDER BY idx"


async def places(sequencer: asyncpg.Connection, tenant: TenantId) -> list[tuple[UUID, int]]:
    """(stream, version) by index; fails if the indexes are not 0, 1, 2 and so on."""
    rows = await sequencer.fetch(PLACES, tenant)
    assert [row["idx"] for row in rows] == list(range(len(rows)))
    return [(row["stream"], row["version"]) for row in rows]
