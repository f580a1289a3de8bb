"""People: where each stands and since when, for whom they work, and what they hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import projects, workforce
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels import holdings
from backend.readmodels.projection import Projection, Step, columns, rounds

person = tenant_table(
    "person",
    key("annotator"),
    Column("status", Text, nullable=False),
    Column("reason", LargeBinary),
    Column("roles", ARRAY(Text), nullable=False),
    Column("tokens", ARRAY(Text), nullable=False),
    Column("open_leases_max", SmallInteger, nullable=False, server_default=text("3")),
    Column("name", LargeBinary),
    Column("email", LargeBinary),
    Column("email_index", LargeBinary),
    Column("invited_at", instant(), nullable=False),
    Column("tokens_until", instant(), nullable=False, server_default=text("'infinity'::timestamptz")),
    Column("origin", Text, nullable=False, server_default=text("'staff'")),
    ref("vendor", nullable=True),
    ref("team", nullable=True),
    Column("paused_until", instant()),
    Column("status_since", instant()),
    Column("screened_at", instant()),
    Column("claimed_at", instant()),
    Column("activated_at", instant()),
    Column("ended_at", instant()),
    UniqueConstraint("tenant", "email_index", name="person_email"),
    Index("person_vendor", "tenant", "vendor", postgresql_where=text("vendor IS NOT NULL")),
    Index("person_team", "tenant", "team", postgresql_where=text("team IS NOT NULL")),
    Index("person_paused", "tenant", "paused_until", postgresql_where=text("status = 'paused'")),
)

INVITED = """
INSERT INTO person (tenant, annotator, status, roles, tokens, name, email, email_index, invited_at, status_since,
                    origin, vendor, team)
VALUES ($1, $2, 'invited', $3, '{}', $4, $5, $6, $7, $7, $8, $9, $10)
"""
# Every change of standing is one statement: who, since when, and what the event says beside it.
STANDS = """
UPDATE person p SET status = {status}, {sets},
       status_since = CASE WHEN p.status = {status} THEN p.status_since ELSE n.at END
  FROM unnest($2::uuid[], $3::timestamptz[], $4::bytea[], $5::timestamptz[], $6::text[])
       n(annotator, at, reason, until, said)
 WHERE p.tenant = $1 AND p.annotator = n.annotator
"""
WHY = "reason = n.reason"
CLEAR = "reason = NULL, paused_until = NULL"
# Who comes back is counted from the new invitation on.
AGAIN = """invited_at = CASE WHEN p.status = 'offboarded' THEN n.at ELSE p.invited_at END, reason = NULL,
       screened_at = CASE WHEN p.status <> 'offboarded' THEN p.screened_at END, claimed_at = NULL,
       activated_at = NULL, ended_at = NULL"""
ERASED = "name = NULL, email = NULL, email_index = NULL, reason = NULL, paused_until = NULL, ended_at = n.at"
MOVED = """
UPDATE person p SET origin = n.origin, vendor = n.vendor, team = n.team
  FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[]) n(annotator, origin, vendor, team)
 WHERE p.tenant = $1 AND p.annotator = n.annotator
"""
LIST = f"""
SELECT annotator, status, reason, roles, {holdings.HELD.format(at="$6")} AS tokens, name, email, invited_at, origin,
       vendor, team, paused_until, status_since, screened_at, claimed_at, activated_at, ended_at, open_leases_max
  FROM person p
 WHERE tenant = $1 AND ($2::uuid[] IS NULL OR annotator = ANY($2)) AND ($3::uuid IS NULL OR annotator > $3)
   AND ($4::text IS NULL OR status = $4) AND ($7::uuid IS NULL OR vendor = $7) AND ($8::uuid IS NULL OR team = $8)
 ORDER BY annotator LIMIT $5
"""


async def _invited(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows, granted = [], []
    for fact in facts:
        e: workforce.AnnotatorInvited = fact.event
        place = (e.origin, e.vendor, e.team)
        rows.append((tenant, e.annotator, list(e.roles), e.name, e.email, e.email_index, fact.at, *place))
        granted += [(e.annotator, f"role:{role}", "person", None) for role in e.roles]
        granted += [(e.annotator, token, "person", None) for token in _place(*place)]
    await conn.executemany(INVITED, rows)
    await holdings.grant(conn, tenant, granted)


def _place(origin: str, vendor: UUID | None, team: UUID | None) -> list[str]:
    named = [f"{kind}:{one}" for kind, one in (("vendor", vendor), ("team", team)) if one]
    return [f"origin:{origin}", *named]


def _stands(status: str, sets: str) -> Step:
    """A step that changes where people stand, in SQL; both parts may use n.said, the event's own word for it."""
    sql = STANDS.format(status=status, sets=sets)

    async def step(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        for each in rounds(facts, "annotator"):
            told = [f.event for f in each]
            await conn.execute(
                sql,
                tenant,
                *columns(each, "annotator"),
                [f.at for f in each],
                [getattr(e, "reason", None) for e in told],
                [getattr(e, "until", None) for e in told],
                [_said(e) for e in told],
            )

    return step


def _said(event: Any) -> str:
    match event:
        case workforce.AnnotatorReinstated():
            return event.status
        case workforce.AnnotatorClaimed():
            return "active" if event.active else "onboarding"
        case _:
            return ""


async def _moved(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """Where each of them was moved last is where they are."""
    last = {f.event.annotator: (f.event.origin, f.event.vendor, f.event.team) for f in facts}
    await conn.execute(MOVED, tenant, list(last), *map(list, zip(*last.values(), strict=True)))
    kinds = ("origin", "vendor", "team")
    await holdings.withdraw(conn, tenant, [(who, kind, "person") for who in last for kind in kinds])
    given = [(who, token, "person", None) for who, place in last.items() for token in _place(*place)]
    await holdings.grant(conn, tenant, given)


async def _checked(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        e: workforce.CheckRecorded = fact.event
        token = f"check:{e.check}"
        if e.passed:
            await holdings.grant(conn, tenant, [(e.annotator, token, "check", e.until)])
        else:
            await holdings.withdraw(conn, tenant, [(e.annotator, token, "check")])


async def _check_expired(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    gone = [(f.event.annotator, f"check:{f.event.check}", "check") for f in facts]
    await holdings.withdraw(conn, tenant, gone)


async def _acknowledged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    rows = [
        (f.event.annotator, f"guideline:{f.event.project}:{f.event.version}", "acknowledgement", None)
        for f in facts
    ]
    await holdings.grant(conn, tenant, rows)


async def _erased(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _stands("'erased'", ERASED)(conn, tenant, facts)
    await holdings.forget(conn, tenant, [f.event.annotator for f in facts])


PEOPLE = Projection(
    "people",
    (person, holdings.holding),
    {
        workforce.AnnotatorInvited: _invited,
        workforce.AnnotatorReinvited: _stands(
            "CASE WHEN p.status = 'offboarded' THEN 'invited' ELSE p.status END", AGAIN
        ),
        workforce.CheckRecorded: _checked,
        workforce.CheckExpired: _check_expired,
        workforce.AnnotatorScreened: _stands(
            "CASE WHEN p.status = 'invited' THEN 'screened' ELSE p.status END", "screened_at = n.at"
        ),
        workforce.AnnotatorClaimed: _stands(
            "n.said", "claimed_at = n.at, activated_at = CASE WHEN n.said = 'active' THEN n.at END"
        ),
        workforce.AnnotatorActivated: _stands("'active'", "activated_at = n.at"),
        workforce.AnnotatorPaused: _stands("'paused'", f"{WHY}, paused_until = n.until"),
        workforce.AnnotatorResumed: _stands("'active'", CLEAR),
        # A pause goes on behind a suspension.
        workforce.AnnotatorSuspended: _stands("'suspended'", WHY),
        workforce.AnnotatorReinstated: _stands("n.said", "reason = NULL"),
        workforce.AnnotatorOffboarded: _stands(
            "'offboarded'", f"{WHY}, ended_at = n.at, paused_until = NULL"
        ),
        workforce.AnnotatorErased: _erased,
        workforce.AnnotatorMoved: _moved,
        projects.GuidelineAcknowledged: _acknowledged,
    },
)


# People of one vendor and team, by status; in id order, as everybody locks them.
OF = """
SELECT annotator FROM person
 WHERE tenant = $1 AND ($2::uuid IS NULL OR vendor = $2) AND ($3::uuid IS NULL OR team = $3)
   AND status = ANY($4::text[])
 ORDER BY annotator
"""
WITHIN = """
SELECT annotator FROM person
 WHERE tenant = $1 AND annotator = ANY($2::uuid[])
   AND ($3::uuid IS NULL OR vendor = $3) AND ($4::uuid IS NULL OR team = $4)
"""
LOCK = """
SELECT annotator, status, vendor, team, origin, paused_until FROM person
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) ORDER BY annotator FOR NO KEY UPDATE
"""
OVER = """
SELECT annotator FROM person WHERE tenant = $1 AND status = 'paused' AND paused_until <= $2
 ORDER BY paused_until, annotator LIMIT $3
"""
TAKEN = "SELECT email_index, annotator FROM person WHERE tenant = $1 AND email_index = ANY($2::bytea[])"


async def of(
    conn: asyncpg.Connection,
    tenant: TenantId,
    statuses: Sequence[str],
    vendor: UUID | None = None,
    team: UUID | None = None,
) -> list[UUID]:
    """The people with one of these statuses, of a vendor and a team where named."""
    return [row["annotator"] for row in await conn.fetch(OF, tenant, vendor, team, list(statuses))]


async def lock(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Where these people stand and whose they are; their rows are locked until the transaction ends."""
    rows = await conn.fetch(LOCK, tenant, sorted(set(who)))
    return {row["annotator"]: dict(row) for row in rows}


async def placed(
    conn: asyncpg.Connection, tenant: TenantId, who: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Where these people stand and for which vendor they work."""
    sql = "SELECT annotator, status, vendor FROM person WHERE tenant = $1 AND annotator = ANY($2::uuid[])"
    return {row["annotator"]: dict(row) for row in await conn.fetch(sql, tenant, who)}


async def find(
    conn: asyncpg.Connection,
    tenant: TenantId,
    now: datetime,
    only: Sequence[UUID] | None = None,
    after: UUID | None = None,
    status: str | None = None,
    limit: int = 200,
    vendor: UUID | None = None,
    team: UUID | None = None,
) -> list[dict[str, Any]]:
    """People by id with the tokens that count at `now`; name and e-mail are still ciphertext."""
    rows = await conn.fetch(LIST, tenant, only, after, status, limit, now, vendor, team)
    return [dict(row) for row in rows]
