"""Keys and the access log: who may come in, and who did."""

from datetime import datetime
from uuid import UUID

from backend.domain.access import key as keys_domain
from backend.domain.errors import not_found
from backend.events.ids import KeyId, PrincipalId
from backend.events.store import journal
from backend.usecases.access.keys import issue_key, key_stream
from backend.usecases.reach import placed
from backend.usecases.work import Answer, Work


async def key_create(
    work: Work,
    *,
    kind: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    days: int,
    vendor: UUID | None = None,
    team: UUID | None = None,
) -> Answer:
    """Issue a key to a new principal, for the people of one vendor or team where named; its text is shown once."""
    work.require("key:create")
    principal = PrincipalId(work.new_id())
    whose = await placed(work, None, vendor, team)
    key, text, expires_at = issue_key(
        work, principal, kind, roles, scopes, days, vendor=whose.vendor, team=whose.team
    )
    work.saw(subjects=[principal])
    return Answer({"key_id": key, "key": text, "principal": principal, "expires_at": expires_at}, "created")


async def key_revoke(work: Work, *, key: str, reason: str) -> Answer:
    """Refuse this key from now on, everywhere within two seconds."""
    work.require("key:revoke")
    stream = key_stream(KeyId(key))
    (state,) = await work.load(keys_domain.KEY, [stream])
    if state == keys_domain.KEY.initial:
        raise not_found("a key")
    keys = await work.keys(("tenant", work.tenant))
    sealed = keys.seal_json("tenant", work.tenant, "key", stream, "reason", reason)
    work.decide(keys_domain.KEY, stream, keys_domain.RevokeKey(reason=sealed))
    return Answer({"key_id": key, "revoked": True})


async def access_list(
    work: Work, *, actor: UUID | None, action: str | None, about: UUID | None, cursor: str | None, limit: int
) -> Answer:
    """Access entries, newest first; this search is itself one."""
    work.require("access:read")
    before = None
    if cursor:
        at, _, entry = cursor.partition("|")
        before = (datetime.fromisoformat(at), UUID(entry))
    rows = await journal.search(
        work.conn, work.tenant, actor=actor, action=action, about=about, before=before, limit=limit + 1
    )
    shown = rows[:limit]
    more = f"{shown[-1]['at']}|{shown[-1]['id']}" if len(rows) > limit else None
    work.saw(results=[UUID(row["id"]) for row in shown])
    return Answer({"data": shown, "next_cursor": more})
