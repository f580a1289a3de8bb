"""Access entries: who did or saw what, allowed or denied; bytes that are final the moment they are written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json, to_json

from backend.events.ids import RequestId, TenantId
from backend.events.store.codec import instant_text

IDS_INLINE_MAX = 500
UUID_CHARS = 36

# The entries, and what they refer to: parts of one statement, whose $1 to $9 are what `arguments` gives.
ENTRIES = """
  INSERT INTO access_entry (tenant, entry, at, actor, action, body)
  SELECT $1, n.entry, n.at, n.actor, n.action, n.body
    FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::bytea[]) n(entry, at, actor, action, body)"""
REFERENCES = """
  INSERT INTO access_ref (tenant, ref, entry, at)
  SELECT $1, r.ref, r.entry, r.at FROM unnest($7::uuid[], $8::uuid[], $9::timestamptz[]) r(ref, entry, at)"""
WRITE = f"WITH entry AS ({ENTRIES}){REFERENCES}"

LIST = """
SELECT a.entry, a.at, a.body FROM access_entry a
 WHERE a.tenant = $1
   AND ($2::uuid IS NULL OR a.actor = $2)
   AND ($3::text IS NULL OR a.action = $3)
   AND ($4::uuid IS NULL OR EXISTS (
        SELECT 1 FROM access_ref r WHERE r.tenant = a.tenant AND r.ref = $4 AND r.entry = a.entry))
   AND ($5::timestamptz IS NULL OR (a.at, a.entry) < ($5, $6::uuid))
 ORDER BY a.at DESC, a.entry DESC
 LIMIT $7
"""


@dataclass(slots=True)
class Entry:
    """One request as the auditor will read it. Addresses and agents are hashed tokens, ids are random subjects."""

    entry: UUID
    tenant: TenantId
    at: datetime
    request: RequestId
    action: str
    actor: UUID | None = None
    actor_kind: str = "nobody"
    behalf_of: UUID | None = None
    credential: str | None = None
    allow: bool = True
    rule: str = ""
    outcome: str = "ok"
    error_code: str | None = None
    resource: tuple[str, str] | None = None
    subjects: Sequence[UUID] = ()
    fields_seen: Sequence[str] = ()
    results: Sequence[UUID] = ()
    result_count: int | None = None
    source: str | None = None
    instance: str = ""


def body(entry: Entry, salt: bytes) -> bytes:
    """The canonical bytes. Beyond 500 result ids, or 500 subjects, only their number stays inline."""
    ids, subjects = list(entry.results), list(entry.subjects)
    many = {"subject_count": len(subjects)} if len(subjects) > IDS_INLINE_MAX else {}
    # Nobody sorts these keys: they stand here as canonical JSON has them.
    return to_json(
        {
            "action": entry.action,
            "actor": {
                "behalf_of": entry.behalf_of,
                "credential": entry.credential,
                "id": entry.actor,
                "kind": entry.actor_kind,
            },
            "at": instant_text(entry.at),
            "decision": {"allow": entry.allow, "rule": entry.rule},
            "fields_seen": list(entry.fields_seen),
            "id": entry.entry,
            "instance": entry.instance,
            "outcome": {"error_code": entry.error_code, "kind": entry.outcome},
            "request": entry.request,
            "resource": {"id": entry.resource[1], "type": entry.resource[0]} if entry.resource else None,
            "result_count": entry.result_count if entry.result_count is not None else len(ids),
            "result_ids": ids if len(ids) <= IDS_INLINE_MAX else [],
            "salt": salt.hex(),
            "source": entry.source,
            **many,
            "subjects": subjects if not many else [],
            "tenant": entry.tenant,
            "v": 1,
        }
    )


async def write(conn: asyncpg.Connection, entries: Sequence[Entry], salts: Iterable[bytes]) -> None:
    """Write entries of one tenant and what they refer to, in one statement of the caller's transaction."""
    await conn.execute(WRITE, *arguments(entries, salts))


def arguments(entries: Sequence[Entry], salts: Iterable[bytes]) -> tuple[Any, ...]:
    """What ENTRIES and REFERENCES ask for: the tenant, and eight columns."""
    refs = [(ref, entry.entry, entry.at) for entry in entries for ref in _refs(entry)]
    return (
        entries[0].tenant,
        [entry.entry for entry in entries],
        [entry.at for entry in entries],
        [entry.actor for entry in entries],
        [entry.action for entry in entries],
        [body(entry, salt) for entry, salt in zip(entries, salts, strict=False)],
        [ref for ref, _, _ in refs],
        [entry for _, entry, _ in refs],
        [at for _, _, at in refs],
    )


def _refs(entry: Entry) -> set[UUID]:
    refs = {*entry.subjects, *entry.results}
    if entry.actor is not None:
        refs.add(entry.actor)
    if entry.resource is not None and len(entry.resource[1]) == UUID_CHARS:
        refs.add(UUID(entry.resource[1]))
    return refs


async def search(
    conn: asyncpg.Connection,
    tenant: TenantId,
    *,
    actor: UUID | None,
    action: str | None,
    about: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Entries newest first, without their salts; `about` finds every entry that names this id."""
    at, last = before if before else (None, None)
    rows = await conn.fetch(LIST, tenant, actor, action, about, at, last, limit)
    entries = [from_json(row["body"]) for row in rows]
    for one in entries:
        one.pop("salt")
    return entries
