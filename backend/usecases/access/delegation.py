"""Delegation: a front-end acts for one person for a short while; entries name both, nobody signs for another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from backend.domain.errors import Refusal, not_found
from backend.events.ids import ProjectId
from backend.readmodels import people
from backend.usecases.work import Answer, Work

ALGORITHM = "HS256"
KIND = "at+jwt"
ISSUER = "muster"
CHARS_MAX = 4_096
# What a front-end does on somebody's behalf. Signing, acknowledging and sitting exams stay the person's own acts.
SCOPES = tuple(
    "lease:pull lease:work review:pull review:work guideline:read course:read agreement:read annotator:read "
    "proficiency:read late_answer:read lease:read".split()
)


@dataclass(frozen=True, slots=True)
class Delegated:
    """Who acts for whom: `key` and `principal` are the front-end's, `annotator` with `roles` is the person."""

    tenant: UUID
    annotator: UUID
    roles: tuple[str, ...]
    project: UUID | None
    principal: UUID
    key: str


async def annotator_token_create(
    work: Work, *, annotator: UUID, project: UUID | None, minutes: int
) -> Answer:
    """A token with which this key acts for the person, in one project or any, for up to an hour."""
    work.require("annotator:token", project=ProjectId(project) if project else None)
    rows = await people.find(work.conn, work.tenant, work.now, [annotator])
    if not rows:
        raise not_found("an annotator")
    if rows[0]["status"] != "active":
        raise Refusal(
            "conflict",
            "not_active",
            expected="an active person",
            found=f"one who is {rows[0]['status']}",
            mend="ask a manager what keeps the person from working",
        )
    until = work.in_seconds(minutes * 60)
    whom = Delegated(
        work.tenant, annotator, tuple(rows[0]["roles"]), project, work.me, work.caller.credential or ""
    )
    work.saw(subjects=[annotator])
    return Answer({"token": sign(work.vault.delegation_key(), whom, until), "expires_at": until}, "created")


def sign(key: bytes, whom: Delegated, until: datetime) -> str:
    """The token (JWT, RFC 7519, signed by a key of this house alone)."""
    claims = {
        "iss": ISSUER,
        "aud": ISSUER,
        "exp": int(until.timestamp()),
        "sub": str(whom.annotator),
        "tenant": str(whom.tenant),
        "roles": list(whom.roles),
        "project": str(whom.project) if whom.project else None,
        "act": {"sub": str(whom.principal), "key": whom.key},
    }
    return jwt.encode({"alg": ALGORITHM, "typ": KIND, "kid": "1"}, claims, OctKey.import_key(key))


def read(key: bytes, text: str, now: datetime) -> Delegated | None:
    """Who acts for whom, or None for anything but a token that we signed and that still runs."""
    if len(text) > CHARS_MAX:
        return None
    try:
        token = jwt.decode(text, OctKey.import_key(key), algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return None
    head, claims = token.header, token.claims
    if (
        head.get("typ") != KIND
        or head.get("kid") != "1"
        or (claims.get("iss"), claims.get("aud")) != (ISSUER, ISSUER)
    ):
        return None
    if claims["exp"] <= now.timestamp():
        return None
    return _delegated(claims)


def _delegated(claims: dict[str, Any]) -> Delegated:
    project = claims["project"]
    return Delegated(
        UUID(claims["tenant"]),
        UUID(claims["sub"]),
        tuple(claims["roles"]),
        UUID(project) if project else None,
        UUID(claims["act"]["sub"]),
        claims["act"]["key"],
    )


def within(work: Work, project: UUID | None) -> UUID | None:
    """The project to look in: a token limited to one project never reaches beyond it. Raises `forbidden`."""
    limit = work.caller.subject.project
    if limit is None or project == limit:
        return project
    if project is None:
        return limit
    raise Refusal(
        "forbidden",
        "forbidden",
        expected=f"work in project {limit}",
        found=f"project {project}",
        mend="ask for a token for that project",
    )
