"""Evidence: what one person did with one agreement, link by link, and the exact bytes they did it with."""

from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events import agreements as ev
from backend.events.ids import StreamId
from backend.events.store.chain import Link, chain
from backend.readmodels import agreements, people, signatures
from backend.usecases.agreements.agreements import opened, rows_of, sha256_of
from backend.usecases.agreements.certificate import certificate
from backend.usecases.agreements.signing import signature_stream
from backend.usecases.reach import reach
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

# What is said of proof, and no more than that (no anchor outside the operator's reach is configured yet).
ANCHOR = "no external anchor"
SAYS = (
    "Each link is an event of the tenant's append-only log. `index` is its place there (null until it has one),"
    " `event_sha256` is over its bytes as they are kept; typed names, addresses and reasons in them are ciphertext."
)


async def agreement_evidence(
    work: Work, *, agreement: UUID, annotator: UUID | None = None, format: str = "json"
) -> Answer:
    """The whole chain of one person and one agreement, as JSON or as a certificate that people can read and print."""
    work.require("evidence:read", owner=annotator or work.me)
    person = annotator or work.me
    await reach(work, [person])
    rows = await rows_of(work, agreement)
    found = await people.find(work.conn, work.tenant, work.now, [person])
    if not found:
        raise not_found("an annotator")
    stream = signature_stream(person, agreement)
    links = await chain(work.conn, work.tenant, [agreement, stream])
    told = [_told(link) for link in links]
    await _open_secrets(work, stream, person, links, told)
    signed = [
        s for s in await signatures.of_person(work.conn, work.tenant, person) if s["agreement"] == agreement
    ]
    body = {
        "agreement": agreement,
        "title": rows[-1]["title"],
        "annotator": person,
        "erased": found[0]["status"] == "erased",
        "made_at": work.now,
        "signatures": [_standing(row) for row in signed],
        "chain": told,
        "texts": await _texts(work, agreement, told),
        "proof": {"anchor": ANCHOR, "says": SAYS},
    }
    work.saw("typed_name", "address", subjects=[person])
    if format != "html":
        return Answer(body)
    page = certificate(body, await _name(work, found[0]))
    return Answer(body, media=("text/html; charset=utf-8", page))


async def _name(work: Work, person: dict[str, Any]) -> str | None:
    """What the person is called now; None once erased."""
    if person["name"] is None:
        return None
    who = person["annotator"]
    work.saw("name")
    (name,) = await work.open([Sealed("person", who, "annotator", who, "name", person["name"])])
    return None if name is None else str(name)


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    """A signature as it stands; one that a newer version ended is told apart from one whose own time was over."""
    names = ("version", "state", "sha256", "language", "signed_at", "until", "ended_at", "superseded_by")
    ended_by_newer = row["state"] == "expired" and row["superseded_by"] is not None
    return {name: row[name] for name in names} | ({"state": "superseded"} if ended_by_newer else {})


def _told(link: Link) -> dict[str, Any]:
    """A link in words; what is sealed in it is opened afterwards."""
    fact = link.fact
    what, fields = _said(fact.event)
    by: dict[str, Any] = {"kind": fact.actor.kind, "id": fact.actor.id}
    return {
        "what": what,
        "at": fact.at,
        "by": by | ({"behalf_of": fact.actor.behalf_of} if fact.actor.behalf_of else {}),
        "event": {"stream": fact.stream, "version": fact.version, "index": fact.index},
        "event_sha256": link.sha256,
        "request": fact.request,
        **{name: getattr(fact.event, name) for name in fields},
    }


def _said(event: Any) -> tuple[str, tuple[str, ...]]:
    """What happened, and which fields of the event say more."""
    match event:
        case ev.AgreementPublished():
            terms = ("material", "effective_at", "resign_by", "valid_days", "countersigned")
            return "published", ("version", "title", "language", "sha256", *terms)
        case ev.AgreementEnforced():
            return "enforced", ("version",)
        case ev.AgreementPresented():
            return "presented", ("version", "language", "sha256")
        case ev.AgreementConsented():
            return "consented", ("version", "consent_sha256")
        case ev.AgreementSigned():
            context = ("auth_method", "credential", "authenticated_at", "until", "awaits_countersigning")
            return "signed", ("version", "language", "sha256", *context)
        case ev.AgreementCountersigned():
            return "countersigned", ("version", "countersigner")
        case ev.SignatureRevoked():
            return "revoked", ("version",)
        case ev.SignatureExpired(superseded_by=None):
            return "expired", ("version",)
        case _:
            return "superseded", ("version", "superseded_by")


async def _open_secrets(
    work: Work, stream: StreamId, person: UUID, links: list[Link], told: list[dict[str, Any]]
) -> None:
    """Names, address and reason in clear, None where the key is gone."""
    places: list[tuple[dict[str, Any], str, Sealed]] = []
    for link, one in zip(links, told, strict=True):
        match link.fact.event:
            case ev.AgreementSigned() as event:
                for field in ("typed_name", "address"):
                    sealed = Sealed("person", person, "signature", stream, field, getattr(event, field))
                    places.append((one, field, sealed))
            case ev.AgreementCountersigned() as event:
                other = event.countersigner
                sealed = Sealed("person", other, "signature", stream, "countersigned", event.typed_name)
                places.append((one, "typed_name", sealed))
            case ev.SignatureRevoked() as event:
                sealed = Sealed("tenant", work.tenant, "signature", stream, "reason", event.reason)
                places.append((one, "reason", sealed))
    for (one, field, _), clear in zip(places, await work.open([p[2] for p in places]), strict=True):
        one[field] = clear


async def _texts(work: Work, agreement: UUID, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every text that was shown or signed, with its bytes; `intact` says that they still have the hash signed under."""
    wanted = {(one["version"], one["sha256"]) for one in told if one["what"] in ("presented", "signed")}
    rows = [
        row
        for row in await agreements.texts(work.conn, work.tenant, agreement)
        if (row["version"], row["sha256"]) in wanted
    ]
    return [
        {
            "version": row["version"],
            "language": row["language"],
            "sha256": row["sha256"],
            "bytes": len(clear.encode()),
            "intact": sha256_of(clear) == row["sha256"],
            "text": clear,
        }
        for row, clear in zip(rows, await opened(work, rows), strict=True)
    ]
