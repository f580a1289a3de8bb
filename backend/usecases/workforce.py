"""Bringing people in: invite and claim; suspend, reinstate, erase."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.access import key as keys_domain
from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import lease as leases
from backend.domain.workforce import annotator as annotators
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, KeyId, PrincipalId, uuid8
from backend.events.store import secrets
from backend.readmodels import claims, people, tasks
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

CLAIM_DAYS = 14
KEY_DAYS = 90


def key_stream(key: KeyId) -> UUID:
    """A key's stream follows from its id."""
    return uuid8(UUID(int=0), "key", key)


async def annotator_invite(work: Work, *, name: str, email: str, roles: tuple[str, ...]) -> Answer:
    """Invite a person; the claim token in the answer is what they exchange for own credentials."""
    work.require("annotator:invite")
    person = AnnotatorId(work.new_id())
    index = work.vault.index(work.tenant, "email", email.strip().casefold())
    taken = await work.conn.fetchval(
        "SELECT annotator FROM person WHERE tenant = $1 AND email_index = $2", work.tenant, index
    )
    if taken:
        raise Refusal(
            "conflict",
            "annotator_exists",
            expected="an e-mail address that nobody here has",
            found="a person with this address",
            mend="use the person that exists",
            extra={"annotator": str(taken)},
        )
    keys = await work.keys(("person", person))
    claim_key, token = secrets.mint(work.chance(secrets.MINT_BYTES), "claim")
    until = work.now + timedelta(days=CLAIM_DAYS)
    work.decide(
        annotators.ANNOTATOR,
        person,
        annotators.Invite(
            annotator=person,
            name=keys.seal_json("person", person, "annotator", person, "name", name),
            email=keys.seal_json("person", person, "annotator", person, "email", email),
            email_index=index,
            roles=tuple(dict.fromkeys(roles)),
            claim_key=KeyId(claim_key),
            claim_fingerprint=secrets.fingerprint(work.vault.pepper(), secrets.parse(token, "claim")[1]),
            claim_until=until,
        ),
    )
    work.saw(subjects=[person])
    body = {"id": person, "status": "invited", "claim_token": token, "claim_until": until}
    return Answer(body, "created")


async def annotator_claim(work: Work) -> Answer:
    """The person exchanges the claim token, with which this request is authenticated, for an own API key."""
    work.require("annotator:claim", owner=work.me)
    person = AnnotatorId(work.me)
    await work.load(annotators.ANNOTATOR, [person])
    (row,) = await people.find(work.conn, work.tenant, [person])
    claimed = annotators.Claim(fingerprint=await _claim_fingerprint(work), now=work.now)
    work.decide(annotators.ANNOTATOR, person, claimed)
    key, text, expires_at = issue_key(
        work, PrincipalId(person), "annotator", tuple(row["roles"]), ("*",), KEY_DAYS
    )
    work.saw(subjects=[person])
    return Answer({"annotator": person, "key": text, "key_id": key, "expires_at": expires_at})


async def _claim_fingerprint(work: Work) -> bytes:
    sql = "SELECT fingerprint FROM credential WHERE tenant = $1 AND key = $2"
    return bytes(await work.conn.fetchval(sql, work.tenant, work.caller.credential))


def issue_key(
    work: Work, principal: PrincipalId, kind: str, roles: tuple[str, ...], scopes: tuple[str, ...], days: int
) -> tuple[KeyId, str, Any]:
    """Decide a new API key; returns its id, its text (shown once) and its expiry."""
    key, text = secrets.mint(work.chance(secrets.MINT_BYTES))
    expires_at = work.now + timedelta(days=days)
    command = keys_domain.CreateKey(
        key=KeyId(key),
        principal=principal,
        principal_kind=kind,
        roles=roles,
        scopes=scopes,
        fingerprint=secrets.fingerprint(work.vault.pepper(), secrets.parse(text)[1]),
        expires_at=expires_at,
    )
    work.decide(keys_domain.KEY, key_stream(KeyId(key)), command)
    return KeyId(key), text, expires_at


async def annotator_get(work: Work, *, annotator: UUID) -> Answer:
    """One person, with name and e-mail for those who may see them."""
    work.require("annotator:read", owner=annotator)
    rows = await people.find(work.conn, work.tenant, [annotator])
    if not rows:
        raise not_found("an annotator")
    return Answer((await _people(work, rows))[0])


async def annotator_list(work: Work, *, status: str | None, cursor: str | None, limit: int) -> Answer:
    """People by id, page by page."""
    work.require("annotator:read")
    after = UUID(cursor) if cursor else None
    rows = await people.find(work.conn, work.tenant, None, after, status, limit + 1)
    shown = rows[:limit]
    more = str(shown[-1]["annotator"]) if len(rows) > limit else None
    return Answer({"data": await _people(work, shown), "next_cursor": more})


async def _people(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = [
        Sealed("person", row["annotator"], "annotator", row["annotator"], field, row[field])
        for row in rows
        for field in ("name", "email")
        if row[field] is not None
    ]
    wanted += [
        Sealed("tenant", work.tenant, "annotator", row["annotator"], "reason", row["reason"])
        for row in rows
        if row["reason"] is not None
    ]
    clear = dict(zip(((s.record_id, s.field) for s in wanted), await work.open(wanted), strict=True))
    work.saw("name", "email", subjects=[row["annotator"] for row in rows])
    return [
        {
            "id": row["annotator"],
            "status": row["status"],
            "reason": clear.get((row["annotator"], "reason")),
            "roles": row["roles"],
            "tokens": row["tokens"],
            "name": clear.get((row["annotator"], "name")),
            "email": clear.get((row["annotator"], "email")),
            "invited_at": row["invited_at"],
        }
        for row in rows
    ]


async def annotator_suspend(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """No new work; open leases are revoked and their slots returned in this transaction."""
    work.require("annotator:suspend")
    person = await _locked(work, annotator)
    work.decide(annotators.ANNOTATOR, person, annotators.Suspend(reason=await _why(work, person, reason)))
    revoked = await _revoke_leases(work, person, "suspended")
    return Answer({"id": person, "status": "suspended", "leases_revoked": revoked})


async def annotator_reinstate(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """End a suspension."""
    work.require("annotator:reinstate")
    person = await _locked(work, annotator)
    work.decide(annotators.ANNOTATOR, person, annotators.Reinstate(reason=await _why(work, person, reason)))
    return Answer({"id": person, "status": "active"})


async def annotator_erase(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """Destroy the person's data key: their name, address and signatures become unreadable for ever."""
    work.require("annotator:erase")
    person = await _locked(work, annotator)
    work.decide(annotators.ANNOTATOR, person, annotators.Erase(reason=await _why(work, person, reason)))
    revoked = await _revoke_leases(work, person, "erased")
    await work.vault.data_keys.destroy(work.conn, work.tenant, "person", person)
    # Other processes hear of it through the database; this one must not depend on a listener.
    work.after_commit.append(lambda: work.vault.data_keys.forget(work.tenant, "person", person))
    return Answer({"id": person, "status": "erased", "leases_revoked": revoked})


async def _locked(work: Work, annotator: UUID) -> AnnotatorId:
    """The person, whose pulls wait until this transaction ends. Raises not_found."""
    sql = "SELECT annotator FROM person WHERE tenant = $1 AND annotator = $2 FOR NO KEY UPDATE"
    if await work.conn.fetchval(sql, work.tenant, annotator) is None:
        raise not_found("an annotator")
    await work.load(annotators.ANNOTATOR, [annotator])
    work.saw(subjects=[annotator])
    return AnnotatorId(annotator)


async def _why(work: Work, person: AnnotatorId, reason: str) -> Secret:
    """What the manager said, as ciphertext of the tenant: it outlives an erasure, and it may hold a name."""
    keys = await work.keys(("tenant", work.tenant))
    return keys.seal_json("tenant", work.tenant, "annotator", person, "reason", reason)


async def _revoke_leases(work: Work, person: AnnotatorId, reason: str) -> int:
    held = [
        row["lease"] for row in await tasks.by_ids(work.conn, tasks.OPEN_LEASES_OF, work.tenant, [person])
    ]
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, held)
    await work.load(leases.LEASE, held)
    for lease in held:
        work.decide(leases.LEASE, lease, leases.Revoke(reason=reason))
    return len(held)
