"""Inviting: a person gets a claim token, a new one when it was lost, and exchanges it for own credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.domain.contact import same_email
from backend.domain.errors import Refusal
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce.standing import STAFF, Place
from backend.events.ids import AnnotatorId, KeyId, PrincipalId
from backend.events.store import secrets
from backend.readmodels import people
from backend.usecases.access.keys import issue_key
from backend.usecases.gates import gates_shared
from backend.usecases.reach import placed, reach, working_vendor
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import weigh
from backend.usecases.workforce.standing import locked

CLAIM_DAYS = 14
KEY_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who is to be invited, as what, and where they belong (see reach.placed)."""

    name: str
    email: str
    roles: tuple[str, ...]
    place: Place = STAFF


@dataclass(frozen=True, slots=True)
class Token:
    """A claim token for a person, shown once, and until when it can be exchanged."""

    annotator: AnnotatorId
    text: str
    until: datetime


async def annotator_invite(
    work: Work,
    *,
    name: str,
    email: str,
    roles: tuple[str, ...],
    origin: str | None = None,
    vendor: UUID | None = None,
    team: UUID | None = None,
) -> Answer:
    """Invite a person; the claim token in the answer is what they exchange for own credentials."""
    work.require("annotator:invite")
    await gates_shared(work)
    place = await placed(work, origin, vendor, team)
    (token,) = await invite_people(work, [Invitation(name=name, email=email, roles=roles, place=place)])
    return _invited(token, "invited")


def _invited(token: Token, status: str) -> Answer:
    body = {"id": token.annotator, "status": status, "claim_token": token.text, "claim_until": token.until}
    return Answer(body, "created")


async def taken(work: Work, emails: Sequence[str]) -> dict[str, UUID]:
    """E-mail address as given -> the person who has it, of those that somebody has."""
    index = {email: work.vault.index(work.tenant, "email", same_email(email)) for email in emails}
    rows = await work.conn.fetch(people.TAKEN, work.tenant, list(set(index.values())))
    known = {bytes(row["email_index"]): row["annotator"] for row in rows}
    return {email: known[one] for email, one in index.items() if one in known}


async def invite_people(work: Work, wanted: Sequence[Invitation]) -> list[Token]:
    """Decide the invitations, in their order; the caller holds the gates shared. Raises `annotator_exists`."""
    if known := await taken(work, [one.email for one in wanted]):
        raise _exists(next(iter(known.values())))
    ids = [AnnotatorId(work.new_id()) for _ in wanted]
    keys = await work.keys(*(("person", person) for person in ids))
    tokens = []
    for person, one in zip(ids, wanted, strict=True):
        claim_key, fingerprint, token = _mint(work, person)
        work.decide(
            annotators.ANNOTATOR,
            person,
            annotators.Invite(
                annotator=person,
                name=keys.seal_json("person", person, "annotator", person, "name", one.name),
                email=keys.seal_json("person", person, "annotator", person, "email", one.email),
                email_index=work.vault.index(work.tenant, "email", same_email(one.email)),
                roles=tuple(dict.fromkeys(one.roles)),
                claim_key=claim_key,
                claim_fingerprint=fingerprint,
                claim_until=token.until,
                origin=one.place.origin,
                vendor=one.place.vendor,
                team=one.place.team,
            ),
        )
        tokens.append(token)
    work.saw(subjects=ids)
    return tokens


def _mint(work: Work, person: AnnotatorId) -> tuple[KeyId, bytes, Token]:
    key, text = secrets.mint(work.chance(secrets.MINT_BYTES), "claim")
    fingerprint = secrets.fingerprint(work.vault.pepper(), secrets.parse(text, "claim")[1])
    return KeyId(key), fingerprint, Token(person, text, work.now + timedelta(days=CLAIM_DAYS))


def _exists(annotator: UUID) -> Refusal:
    return Refusal(
        "conflict",
        "annotator_exists",
        expected="an e-mail address that nobody here has",
        found="a person with this address",
        mend="use the person that exists",
        extra={"annotator": str(annotator)},
    )


async def annotator_reinvite(work: Work, *, annotator: UUID) -> Answer:
    """A new claim token; every older one stops working. Whoever has left is invited again."""
    work.require("annotator:invite")
    await gates_shared(work)
    await reach(work, [annotator])
    row = (await locked(work, [annotator]))[annotator]
    if row["vendor"] is not None:
        await working_vendor(work, row["vendor"])
    token = renewed(work, AnnotatorId(annotator))
    return _invited(token, "invited" if row["status"] == "offboarded" else row["status"])


def renewed(work: Work, person: AnnotatorId) -> Token:
    """Decide a new claim token for a person whose stream is loaded."""
    key, fingerprint, token = _mint(work, person)
    command = annotators.Reinvite(claim_key=key, claim_fingerprint=fingerprint, claim_until=token.until)
    work.decide(annotators.ANNOTATOR, person, command)
    return token


async def annotator_claim(work: Work) -> Answer:
    """The person exchanges the claim token, with which this request is authenticated, for an own API key."""
    work.require("annotator:claim", owner=work.me)
    await gates_shared(work)
    person = AnnotatorId(work.me)
    await locked(work, [person])
    (row,) = await people.find(work.conn, work.tenant, work.now, [person])
    _, missing = (await weigh(work, [person]))[person]
    claimed = annotators.Claim(fingerprint=await _claim_fingerprint(work), active=not missing, now=work.now)
    work.decide(annotators.ANNOTATOR, person, claimed)
    key, text, expires_at = issue_key(
        work, PrincipalId(person), "annotator", tuple(row["roles"]), ("*",), KEY_DAYS
    )
    shown = {"annotator": person, "key": text, "key_id": key, "expires_at": expires_at}
    return Answer({**shown, "status": "onboarding" if missing else "active", "missing": list(missing)})


async def _claim_fingerprint(work: Work) -> bytes:
    sql = "SELECT fingerprint FROM credential WHERE tenant = $1 AND key = $2"
    return bytes(await work.conn.fetchval(sql, work.tenant, work.caller.credential))
