"""Signatures: who signed which version until when; and the tokens that signing gives and that time takes away.

Whoever signs version n holds `agreement:{id}:1` to `:n`, until the signature's own end or, if that is earlier, until
the first deadline of a later material version. The end is computed from the versions known when a signature counts,
and lowered when a later version is published: publishing and signing never overlap (gates), so the order is the log's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Text

from backend.events import agreements as ev
from backend.events.base import Recorded
from backend.events.ids import AgreementId, TenantId
from backend.events.store.schema import instant, key, tenant_table
from backend.readmodels import holdings
from backend.readmodels.projection import Projection, columns

SOURCE = "signature"

signature = tenant_table(
    "signature",
    key("agreement"),
    key("annotator"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("signed_at", instant(), nullable=False),
    Column("until", instant()),
    Column("ended_at", instant()),
    Column("superseded_by", Integer),
    Index("signature_annotator", "tenant", "annotator"),
)
"""`state`: awaiting (the other side), counts, replaced (by a later version), revoked or expired."""

SIGNED = """
INSERT INTO signature (tenant, agreement, annotator, version, sha256, language, state, signed_at, until)
SELECT $1, n.agreement, n.annotator, n.version, n.sha256, n.language,
       CASE WHEN n.awaits THEN 'awaiting' ELSE 'counts' END, n.at, n.until
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[],
              $9::timestamptz[]) n(agreement, annotator, version, sha256, language, awaits, at, until)
ON CONFLICT (tenant, agreement, annotator, version) DO UPDATE
   SET sha256 = excluded.sha256, language = excluded.language, state = excluded.state, signed_at = excluded.signed_at,
       until = excluded.until, ended_at = NULL, superseded_by = NULL
"""
COUNTS = """
UPDATE signature s SET state = CASE WHEN s.version = n.version THEN 'counts' ELSE 'replaced' END
  FROM (SELECT agreement, annotator, max(version) AS version
          FROM unnest($2::uuid[], $3::uuid[], $4::int[]) m(agreement, annotator, version)
         GROUP BY agreement, annotator) n
 WHERE s.tenant = $1 AND s.agreement = n.agreement AND s.annotator = n.annotator AND s.version <= n.version
   AND s.state IN ('counts', 'awaiting')
"""
# What counting signatures give: a token for each version up to theirs, and when it ends.
GIVEN = """
SELECT s.annotator, 'agreement:' || s.agreement || ':' || g AS token,
       least(s.until, (SELECT min(v.deadline) FROM agreement_version v
                        WHERE v.tenant = $1 AND v.agreement = s.agreement AND v.version > s.version AND v.material))
       AS until
  FROM unnest($2::uuid[], $3::uuid[], $4::int[]) WITH ORDINALITY n(agreement, annotator, version, place)
  JOIN signature s ON s.tenant = $1 AND s.agreement = n.agreement AND s.annotator = n.annotator
   AND s.version = n.version AND s.state = 'counts'
 CROSS JOIN generate_series(1, s.version) g
 ORDER BY n.place, g
"""
ENDED = """
UPDATE signature s SET state = n.state, ended_at = n.at, superseded_by = n.by
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::timestamptz[], $7::int[])
       n(agreement, annotator, version, state, at, by)
 WHERE s.tenant = $1 AND s.agreement = n.agreement AND s.annotator = n.annotator AND s.version = n.version
"""
COUNTING = """
SELECT s.annotator, s.agreement FROM unnest($2::uuid[], $3::uuid[], $4::int[]) n(agreement, annotator, version)
  JOIN signature s ON s.tenant = $1 AND s.agreement = n.agreement AND s.annotator = n.annotator
   AND s.version = n.version AND s.state = 'counts'
"""
SIGNERS = """
SELECT DISTINCT annotator FROM signature WHERE tenant = $1 AND agreement = $2 AND state = 'counts' ORDER BY annotator
"""
ACTIVE = "SELECT annotator FROM person WHERE tenant = $1 AND status = 'active' ORDER BY annotator"
HELD_BY_SIGNERS = """
SELECT h.annotator, h.token
  FROM signature s JOIN holding h ON h.tenant = $1 AND h.annotator = s.annotator AND h.source = 'signature'
   AND starts_with(h.token, 'agreement:' || s.agreement || ':')
 WHERE s.tenant = $1 AND s.agreement = $2 AND s.state = 'counts'
"""
# `ends`: by its own time, or by the deadline of a later material version where that took it or will.
OF_PERSON = """
SELECT s.*, least(s.until, CASE WHEN s.state IN ('awaiting', 'counts', 'expired') THEN (
       SELECT min(v.deadline) FROM agreement_version v
        WHERE v.tenant = $1 AND v.agreement = s.agreement AND v.version > s.version AND v.material) END) AS ends
  FROM signature s WHERE s.tenant = $1 AND s.annotator = $2 ORDER BY s.agreement, s.version
"""
# Whose tokens of this agreement have ended without a fact that says so.
OVERDUE = """
SELECT DISTINCT s.annotator
  FROM signature s JOIN holding h ON h.tenant = $1 AND h.annotator = s.annotator AND h.source = 'signature'
   AND starts_with(h.token, 'agreement:' || s.agreement || ':') AND h.until <= $3
 WHERE s.tenant = $1 AND s.agreement = $2 AND s.state = 'counts' ORDER BY s.annotator LIMIT $4
"""

# Who holds leases in lanes that ask for the token $2 without holding it at $3.
HOLDING_WITHOUT = f"""
SELECT DISTINCT l.annotator
  FROM lane a JOIN lease l ON l.tenant = $1 AND l.lane = a.lane
  JOIN person p ON p.tenant = $1 AND p.annotator = l.annotator
 WHERE a.tenant = $1 AND $2 = ANY(a.requires) AND NOT $2 = ANY({holdings.HELD.format(at="$3::timestamptz")})
 ORDER BY l.annotator LIMIT $4
"""

Pair = tuple[AgreementId, UUID]
"""Agreement, person."""


async def _published(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: ev.AgreementPublished = fact.event
        if e.material:
            rows = await conn.fetch(HELD_BY_SIGNERS, tenant, e.agreement)
            end = e.resign_by or e.effective_at or fact.at
            ending = [(row["annotator"], row["token"], SOURCE, end) for row in rows]
            await holdings.end_by(conn, tenant, ending)


async def _signed(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    names = ("agreement", "annotator", "version", "sha256", "language", "awaits_countersigning")
    until = [f.event.until for f in facts]
    await conn.execute(SIGNED, tenant, *columns(facts, *names), [f.at for f in facts], until)
    await _count(conn, tenant, [f for f in facts if not f.event.awaits_countersigning])


async def _count(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    if facts:
        which = columns(facts, "agreement", "annotator", "version")
        await conn.execute(COUNTS, tenant, *which)
        rows = await conn.fetch(GIVEN, tenant, *which)
        given = [(row["annotator"], row["token"], SOURCE, row["until"]) for row in rows]
        await holdings.grant(conn, tenant, given)


async def _revoked(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _ended(conn, tenant, facts, "revoked", [None] * len(facts))


async def _expired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _ended(conn, tenant, facts, "expired", [f.event.superseded_by for f in facts])


async def _ended(
    conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded], state: str, by: list[int | None]
) -> None:
    which = columns(facts, "agreement", "annotator", "version")
    # What was still awaiting the other side gave nothing, so nothing goes with it.
    rows = await conn.fetch(COUNTING, tenant, *which)
    await conn.execute(ENDED, tenant, *which, [state] * len(facts), [f.at for f in facts], by)
    gone = [(row["annotator"], f"agreement:{row['agreement']}", SOURCE) for row in rows]
    await holdings.withdraw(conn, tenant, gone)


SIGNATURES = Projection(
    "signatures",
    (signature,),
    {
        ev.AgreementPublished: _published,
        ev.AgreementSigned: _signed,
        ev.AgreementCountersigned: _count,
        ev.SignatureRevoked: _revoked,
        ev.SignatureExpired: _expired,
    },
)


async def signers(conn: asyncpg.Connection, tenant: TenantId, agreement: UUID) -> list[UUID]:
    """Whose signature under some version of it counts, by id."""
    return [row["annotator"] for row in await conn.fetch(SIGNERS, tenant, agreement)]


async def active(conn: asyncpg.Connection, tenant: TenantId, _: UUID) -> list[UUID]:
    """Everybody who may be at work, by id: whom an agreement of wide scope can stop without having signed it."""
    return [row["annotator"] for row in await conn.fetch(ACTIVE, tenant)]


async def holding_without(
    conn: asyncpg.Connection, tenant: TenantId, token: str, now: datetime, most: int
) -> list[UUID]:
    """Who holds leases that need this token and does not hold it at `now`, by id."""
    return [row["annotator"] for row in await conn.fetch(HOLDING_WITHOUT, tenant, token, now, most)]


async def of_person(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> list[dict[str, Any]]:
    """All signatures of a person, ended ones too, by agreement and version; `until` is when they really end."""
    rows = [dict(row) for row in await conn.fetch(OF_PERSON, tenant, annotator)]
    return [row | {"until": row.pop("ends")} for row in rows]


async def overdue(
    conn: asyncpg.Connection, tenant: TenantId, agreement: UUID, now: datetime, most: int
) -> list[UUID]:
    """Signers of this agreement whose tokens have ended and who were not told yet, by id."""
    return [row["annotator"] for row in await conn.fetch(OVERDUE, tenant, agreement, now, most)]


async def due(conn: asyncpg.Connection, tenant: TenantId, now: datetime, most: int) -> list[Pair]:
    """(agreement, person) whose signature has ended and for whom no fact says so yet."""
    rows = await holdings.due(conn, tenant, SOURCE, now, most)
    return sorted({(AgreementId(UUID(row["token"].split(":")[1])), row["annotator"]) for row in rows})
