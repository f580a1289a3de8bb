"""Signing: shown, agreed to, signed, countersigned and revoked, each as the exact bytes and as oneself."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.workforce import signature as domain
from backend.events.ids import AgreementId, AnnotatorId, KeyId, StreamId, uuid8
from backend.events.store import log
from backend.readmodels import agreements, claims
from backend.usecases.access.keys import key_stream
from backend.usecases.agreements.agreements import in_language, opened, rows_of, sha256_of
from backend.usecases.entitlement import revoke_lost
from backend.usecases.gates import gates_shared
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import activate_if_complete


def signature_stream(annotator: UUID, agreement: UUID) -> StreamId:
    """One stream per person and agreement; its id follows from them."""
    return uuid8(annotator, "signature", str(agreement))


def endings(rows: list[dict[str, Any]]) -> tuple[domain.Ending, ...]:
    """When each material version ends the signatures before it."""
    return tuple(domain.Ending(version=row["version"], at=row["deadline"]) for row in rows if row["material"])


async def offered(work: Work, rows: list[dict[str, Any]]) -> tuple[domain.Offered, ...]:
    """What may be signed now, the version in force first, each in its own language first."""
    may = {row["version"]: row for row in agreements.signable(rows, work.now)}
    return tuple(
        domain.Offered(
            version=text["version"],
            language=text["language"],
            sha256=text["sha256"],
            valid_days=may[text["version"]]["valid_days"],
            countersigned=may[text["version"]]["countersigned"],
        )
        for text in await agreements.texts(work.conn, work.tenant, rows[0]["agreement"])
        if text["version"] in may
    )


async def agreement_present(
    work: Work, *, agreement: UUID, version: int, language: str | None = None
) -> Answer:
    """Show the exact text to the person who asks, and record that it was shown."""
    work.require("agreement:sign", owner=work.me)
    rows = await rows_of(work, agreement)
    may = await offered(work, rows)
    texts = await agreements.texts(work.conn, work.tenant, agreement)
    mine = [text for text in texts if text["version"] == version]
    if not mine:
        raise domain.agreement_changed(f"version {version}", may)
    text = in_language(mine, language)
    stream = signature_stream(work.me, agreement)
    await work.load(domain.SIGNATURE, [stream])
    command = domain.Present(
        agreement=AgreementId(agreement),
        annotator=AnnotatorId(work.me),
        version=version,
        sha256=text["sha256"],
        offered=may,
    )
    work.decide(domain.SIGNATURE, stream, command)
    (clear,) = await opened(work, [text])
    title = next(row["title"] for row in rows if row["version"] == version)
    work.saw(subjects=[work.me])
    told = {"version": version, "language": text["language"], "sha256": text["sha256"]}
    return Answer({"agreement": agreement, **told, "title": title, "text": clear})


async def agreement_consent(
    work: Work, *, agreement: UUID, version: int, words: str | None = None, sha256: str | None = None
) -> Answer:
    """The person agrees to sign electronically, in these words (or in words with this hash)."""
    work.require("agreement:sign", owner=work.me)
    if (words is None) == (sha256 is None):
        raise Refusal(
            "invalid",
            "consent_invalid",
            expected="either the words of the consent or their SHA-256",
            found="both" if words else "neither",
            mend="send one of them",
        )
    rows = await rows_of(work, agreement)
    stream = signature_stream(work.me, agreement)
    await work.load(domain.SIGNATURE, [stream])
    consent = sha256 or sha256_of(words or "")
    command = domain.Consent(
        agreement=AgreementId(agreement),
        annotator=AnnotatorId(work.me),
        version=version,
        consent_sha256=consent,
        offered=await offered(work, rows),
    )
    work.decide(domain.SIGNATURE, stream, command)
    work.saw(subjects=[work.me])
    return Answer({"agreement": agreement, "version": version, "consent_sha256": consent})


async def agreement_sign(
    work: Work, *, agreement: UUID, version: int, sha256: str, typed_name: str
) -> Answer:
    """The person signs exactly these bytes of exactly this version; which language they are in, their hash says."""
    work.require("agreement:sign", owner=work.me)
    await gates_shared(work)
    rows = await rows_of(work, agreement)
    person = AnnotatorId(work.me)
    await claims.lock_people(work.conn, work.tenant, [person], work.now)
    stream = signature_stream(person, agreement)
    await work.load(domain.SIGNATURE, [stream])
    keys = await work.keys(("person", person))
    command = domain.Sign(
        agreement=AgreementId(agreement),
        annotator=person,
        version=version,
        sha256=sha256,
        offered=await offered(work, rows),
        endings=endings(rows),
        typed_name=keys.seal_json("person", person, "signature", stream, "typed_name", typed_name),
        address=keys.seal_json("person", person, "signature", stream, "address", work.meta.source),
        auth_method="delegated" if work.caller.via else "api_key",
        credential=work.caller.credential,
        authenticated_at=await _since(work, work.caller.credential),
        now=work.now,
    )
    work.decide(domain.SIGNATURE, stream, command)
    await work.flush()
    await activate_if_complete(work, person)
    work.saw(subjects=[person])
    told = {"agreement": agreement, "version": version, "sha256": sha256}
    return Answer(told | _standing(work, stream, version))


async def _since(work: Work, key: KeyId | None) -> Any:
    """Since when the key in use exists: the moment at which its holder was authenticated."""
    if key is None:
        return None
    stream = key_stream(key)
    facts = (await log.load(work.conn, work.tenant, [stream])).get(stream)
    return facts[0].at if facts else None


def _standing(work: Work, stream: StreamId, version: int) -> dict[str, Any]:
    standing = work.state(domain.SIGNATURE, stream).standing
    mine = next((one for one in standing if one.version == version), None)
    return {
        "until": mine.until if mine else None,
        "awaits_countersigning": mine.awaiting if mine else False,
    }


async def agreement_countersign(
    work: Work, *, agreement: UUID, annotator: UUID, version: int, typed_name: str
) -> Answer:
    """The other side signs too; where the version asks for it, the person may work from now on."""
    work.require("agreement:countersign")
    await reach(work, [annotator])
    await gates_shared(work)
    rows = await rows_of(work, agreement)
    await claims.lock_people(work.conn, work.tenant, [annotator], work.now)
    stream = signature_stream(annotator, agreement)
    await work.load(domain.SIGNATURE, [stream])
    keys = await work.keys(("person", work.me))
    command = domain.Countersign(
        agreement=AgreementId(agreement),
        annotator=AnnotatorId(annotator),
        version=version,
        countersigner=work.me,
        typed_name=keys.seal_json("person", work.me, "signature", stream, "countersigned", typed_name),
        endings=endings(rows),
        now=work.now,
    )
    work.decide(domain.SIGNATURE, stream, command)
    await work.flush()
    await activate_if_complete(work, AnnotatorId(annotator))
    work.saw(subjects=[annotator])
    return Answer({"agreement": agreement, "annotator": annotator, "version": version})


async def signature_revoke(work: Work, *, agreement: UUID, annotator: UUID, reason: str) -> Answer:
    """The signature counts no more; open leases that needed it are taken away in this transaction, drafts stay."""
    work.require("agreement:revoke")
    await reach(work, [annotator])
    await gates_shared(work)
    await rows_of(work, agreement)
    # Pulls and payload reads in flight are waited for; those that begin later wait, and then hold nothing.
    await claims.lock_people(work.conn, work.tenant, [annotator], work.now)
    stream = signature_stream(annotator, agreement)
    await work.load(domain.SIGNATURE, [stream])
    keys = await work.keys(("tenant", work.tenant))
    command = domain.Revoke(
        agreement=AgreementId(agreement),
        annotator=AnnotatorId(annotator),
        reason=keys.seal_json("tenant", work.tenant, "signature", stream, "reason", reason),
    )
    events = work.decide(domain.SIGNATURE, stream, command)
    revoked = await revoke_lost(work, [annotator], "agreement")
    work.saw(subjects=[annotator])
    return Answer(
        {
            "agreement": agreement,
            "annotator": annotator,
            "versions": [e.version for e in events],
            "leases_revoked": revoked,
        }
    )
