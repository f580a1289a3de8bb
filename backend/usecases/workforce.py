"""Bringing people in: invite, claim, sign; suspend, reinstate, erase; and the agreements they sign."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.access import key as keys_domain
from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import lease as leases
from backend.domain.workforce import agreement as agreements_domain
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce import signature as signatures
from backend.events.ids import AgreementId, AnnotatorId, KeyId, PrincipalId, uuid8
from backend.events.store import secrets
from backend.readmodels import agreements, people, projects, tasks
from backend.usecases.gates import one_at_a_time, refresh_lanes
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
    key, text, expires_at = issue_key(work, PrincipalId(person), "annotator", tuple(row["roles"]), ("*",), KEY_DAYS)
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
    clear = dict(zip(((s.scope_id, s.field) for s in wanted), await work.open(wanted), strict=True))
    work.saw("name", "email", subjects=[row["annotator"] for row in rows])
    return [
        {
            "id": row["annotator"],
            "status": row["status"],
            "reason": row["reason"],
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
    work.decide(annotators.ANNOTATOR, person, annotators.Suspend(reason=reason))
    revoked = await _revoke_leases(work, person, "suspended")
    return Answer({"id": person, "status": "suspended", "leases_revoked": revoked})


async def annotator_reinstate(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """End a suspension."""
    work.require("annotator:reinstate")
    person = await _locked(work, annotator)
    work.decide(annotators.ANNOTATOR, person, annotators.Reinstate(reason=reason))
    return Answer({"id": person, "status": "active"})


async def annotator_erase(work: Work, *, annotator: UUID, reason: str) -> Answer:
    """Destroy the person's data key: their name, address and signatures become unreadable for ever."""
    work.require("annotator:erase")
    person = await _locked(work, annotator)
    work.decide(annotators.ANNOTATOR, person, annotators.Erase(reason=reason))
    revoked = await _revoke_leases(work, person, "erased")
    await work.vault.data_keys.destroy(work.conn, work.tenant, "person", person)
    return Answer({"id": person, "status": "erased", "leases_revoked": revoked})


async def _locked(work: Work, annotator: UUID) -> AnnotatorId:
    """The person, whose pulls wait until this transaction ends. Raises not_found."""
    sql = "SELECT annotator FROM person WHERE tenant = $1 AND annotator = $2 FOR NO KEY UPDATE"
    if await work.conn.fetchval(sql, work.tenant, annotator) is None:
        raise not_found("an annotator")
    await work.load(annotators.ANNOTATOR, [annotator])
    work.saw(subjects=[annotator])
    return AnnotatorId(annotator)


async def _revoke_leases(work: Work, person: AnnotatorId, reason: str) -> int:
    held = [row["lease"] for row in await tasks.by_ids(work.conn, tasks.OPEN_LEASES_OF, work.tenant, [person])]
    await work.load(leases.LEASE, held)
    for lease in held:
        work.decide(leases.LEASE, lease, leases.Revoke(reason=reason))
    return len(held)


async def agreement_publish(work: Work, *, title: str, text: str, agreement: UUID | None) -> Answer:
    """Publish an agreement, or its next version; work that asks for it waits for the new signature."""
    work.require("agreement:publish")
    await one_at_a_time(work)
    about = AgreementId(agreement or work.new_id())
    (state,) = await work.load(agreements_domain.AGREEMENT, [about])
    if agreement is not None and state == agreements_domain.AGREEMENT.initial:
        raise not_found("an agreement")
    keys = await work.keys(("tenant", work.tenant))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    sealed = keys.seal_json("tenant", work.tenant, "agreement", about, "text", text)
    command = agreements_domain.PublishAgreement(agreement=about, title=title, sha256=sha256, text=sealed)
    work.decide(agreements_domain.AGREEMENT, about, command)
    await refresh_lanes(work, await projects.asking_for(work.conn, work.tenant, about))
    published = work.state(agreements_domain.AGREEMENT, about)
    assert isinstance(published, agreements_domain.Published)
    return Answer({"id": about, "version": published.version, "sha256": sha256}, "created")


async def _current(work: Work, agreement: UUID) -> dict[str, Any]:
    rows = await agreements.agreements(work.conn, work.tenant, [agreement])
    if not rows:
        raise not_found("an agreement")
    return rows[0]


async def agreement_get(work: Work, *, agreement: UUID) -> Answer:
    """The version in force, with the exact text that is signed."""
    work.require("agreement:read")
    row = await _current(work, agreement)
    (text,) = await work.open([Sealed("tenant", work.tenant, "agreement", agreement, "text", row["text"])])
    body = {"id": agreement, "version": row["version"], "title": row["title"], "sha256": row["sha256"], "text": text}
    return Answer(body)


async def agreement_sign(work: Work, *, agreement: UUID, version: int, sha256: str, typed_name: str) -> Answer:
    """The person signs exactly these bytes of exactly this version."""
    work.require("agreement:sign", owner=work.me)
    row = await _current(work, agreement)
    person = AnnotatorId(work.me)
    stream = uuid8(person, "signature", str(agreement))
    await work.load(signatures.SIGNATURE, [stream])
    keys = await work.keys(("person", person))
    work.decide(
        signatures.SIGNATURE,
        stream,
        signatures.Sign(
            agreement=AgreementId(agreement),
            version=version,
            sha256=sha256,
            current_version=row["version"],
            current_sha256=row["sha256"],
            annotator=person,
            typed_name=keys.seal_json("person", person, "signature", stream, "typed_name", typed_name),
            address=keys.seal_json("person", person, "signature", stream, "address", work.meta.source),
            auth_method="api_key",
        ),
    )
    work.saw(subjects=[person])
    return Answer({"agreement": agreement, "version": version, "sha256": sha256})
