"""A signature: one person and one agreement: presented, consented, signed, countersigned, revoked, expired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import agreements as ev
from backend.events.base import Secret
from backend.events.ids import AgreementId, AnnotatorId, KeyId, PrincipalId

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A signature neither revoked nor expired; one that is `awaiting` counts for nothing yet."""

    version: int
    until: datetime | None
    awaiting: bool
    countersigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`standing`: at most one that counts, and later versions that await the other side; oldest first.

    `shown` and `consented` are (version, SHA-256) since the last signature ended; `ever`: something was signed once.
    """

    standing: tuple[Standing, ...] = ()
    shown: frozenset[tuple[int, str]] = frozenset()
    consented: frozenset[tuple[int, str]] = frozenset()
    ever: bool = False


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Exact bytes that may be signed now: a version in one language, with what a signature under it is worth."""

    version: int
    language: str
    sha256: str
    valid_days: int | None
    countersigned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A material version: signatures under earlier ones end at `at`."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Show these bytes to the person; `offered` is what may be signed now, the version in force first."""

    agreement: AgreementId
    annotator: AnnotatorId
    version: int
    sha256: str
    offered: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Agree to sign this version electronically, in words with this hash."""

    agreement: AgreementId
    annotator: AnnotatorId
    version: int
    consent_sha256: str
    offered: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Sign `version` with `sha256`, as the person was shown it."""

    agreement: AgreementId
    annotator: AnnotatorId
    version: int
    sha256: str
    offered: tuple[Offered, ...]
    endings: tuple[Ending, ...]
    typed_name: Secret
    address: Secret
    auth_method: str
    credential: KeyId | None
    authenticated_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """The other side signs the same version."""

    agreement: AgreementId
    annotator: AnnotatorId
    version: int
    countersigner: PrincipalId
    typed_name: Secret
    endings: tuple[Ending, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Let the signature count no more."""

    agreement: AgreementId
    annotator: AnnotatorId
    reason: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Time has passed; `endings` are the agreement's material versions."""

    agreement: AgreementId
    annotator: AnnotatorId
    endings: tuple[Ending, ...]
    now: datetime


Command: TypeAlias = Present | Consent | Sign | Countersign | Revoke | Expire
Event: TypeAlias = (
    ev.AgreementPresented
    | ev.AgreementConsented
    | ev.AgreementSigned
    | ev.AgreementCountersigned
    | ev.SignatureRevoked
    | ev.SignatureExpired
)

# --- refusals


def agreement_changed(asked: str, offered: Sequence[Offered]) -> Refusal:
    """`agreement_changed`: what the person read is not what may be signed now."""
    current = {"current_version": offered[0].version, "current_sha256": offered[0].sha256} if offered else {}
    listed = "; or ".join(
        f"version {one.version} ({one.language}) with SHA-256 {one.sha256}" for one in offered
    )
    return Refusal(
        "stale",
        "agreement_changed",
        expected=listed or "a version that may be signed",
        found=asked,
        mend="show the current text and let the person sign that",
        extra=current,
    )


def not_signed(version: int | None) -> Refusal:
    """`not_signed`: there is no signature that this could be about."""
    return Refusal(
        "conflict",
        "not_signed",
        expected="a signature that stands" + (f" under version {version}" if version else ""),
        found="none",
        mend="read the person's evidence, and let them sign first",
    )


def own_signature() -> Refusal:
    """`own_signature`: the other side is somebody else."""
    return Refusal(
        "forbidden",
        "own_signature",
        expected="a countersigner other than the signer",
        found="the signer",
        mend="let somebody else sign for the other side",
    )


# --- decide


def decide(command: Command, signature: Signature) -> Sequence[Event]:
    """What was done already is done once; only what is offered can be shown, agreed to and signed."""
    match command:
        case Present():
            one = _chosen(command.offered, command.version, command.sha256)
            return [] if (one.version, one.sha256) in signature.shown else [_presented(command, one.language)]
        case Consent(version=version, consent_sha256=words):
            if version not in {one.version for one in command.offered}:
                raise agreement_changed(f"version {version}", command.offered)
            return [] if (version, words) in signature.consented else [_consented(command)]
        case Sign():
            return _sign(command, signature)
        case Countersign():
            return _countersign(command, signature)
        case Revoke() if not signature.ever:
            raise not_signed(None)
        case Revoke():
            return [_revoked(command, one) for one in signature.standing]
        case Expire():
            return _expired(command, signature)
        case _:
            assert_never(command)


# --- evolve


def evolve(signature: Signature, event: Event) -> Signature:
    """What is true after the event."""
    match event:
        case ev.AgreementPresented():
            return replace(signature, shown=signature.shown | {(event.version, event.sha256)})
        case ev.AgreementConsented():
            return replace(signature, consented=signature.consented | {(event.version, event.consent_sha256)})
        case ev.AgreementSigned():
            waits = event.awaits_countersigning
            new = Standing(version=event.version, until=event.until, awaiting=waits)
            return replace(signature, standing=_with(signature.standing, new), ever=True)
        case ev.AgreementCountersigned():
            return replace(signature, standing=_counting(signature.standing, event.version))
        case ev.SignatureRevoked() | ev.SignatureExpired():
            left = tuple(one for one in signature.standing if one.version != event.version)
            return Signature(standing=left, ever=True)
        case _:
            assert_never(event)


# --- helpers


def _chosen(offered: Sequence[Offered], version: int, sha256: str) -> Offered:
    for one in offered:
        if (one.version, one.sha256) == (version, sha256):
            return one
    raise agreement_changed(f"version {version} with SHA-256 {sha256}", offered)


def _with(standing: tuple[Standing, ...], new: Standing) -> tuple[Standing, ...]:
    """One that counts replaces every earlier one; one that waits stands beside them."""
    kept = [
        one for one in standing if one.version != new.version and (new.awaiting or one.version > new.version)
    ]
    return tuple(sorted([*kept, new], key=lambda one: one.version))


def _counting(standing: tuple[Standing, ...], version: int) -> tuple[Standing, ...]:
    for one in standing:
        if one.version == version:
            return _with(standing, replace(one, awaiting=False, countersigned=True))
    return standing


def _ending(one: Standing, endings: Sequence[Ending]) -> tuple[datetime, int | None] | None:
    """(when it ends, which version supersedes it or None); None for what never ends."""
    ends: list[tuple[datetime, int | None]] = [(e.at, e.version) for e in endings if e.version > one.version]
    own: list[tuple[datetime, int | None]] = [(one.until, None)] if one.until is not None else []
    return min(own + ends, key=lambda end: (end[0], end[1] or 0), default=None)


def _expired(command: Expire | Sign | Countersign, signature: Signature) -> list[ev.SignatureExpired]:
    """Every standing signature whose end has come."""
    found = []
    for one in signature.standing:
        end = _ending(one, command.endings)
        if end is not None and end[0] <= command.now:
            found.append(
                ev.SignatureExpired(
                    agreement=command.agreement,
                    version=one.version,
                    annotator=command.annotator,
                    superseded_by=end[1],
                )
            )
    return found


def _sign(command: Sign, signature: Signature) -> Sequence[Event]:
    one = _chosen(command.offered, command.version, command.sha256)
    if any(end.version > one.version and end.at <= command.now for end in command.endings):
        raise agreement_changed(f"version {one.version}, which a later one has replaced", command.offered)
    over = _expired(command, signature)
    gone = {end.version for end in over}
    left = [was for was in signature.standing if was.version not in gone]
    left = [was for was in left if not _renewable(was, one, command.now)]
    if any(was.version == one.version or (was.version > one.version and not was.awaiting) for was in left):
        return over
    until = command.now + timedelta(days=one.valid_days) if one.valid_days else None
    signed = ev.AgreementSigned(
        agreement=command.agreement,
        version=one.version,
        sha256=one.sha256,
        annotator=command.annotator,
        typed_name=command.typed_name,
        address=command.address,
        auth_method=command.auth_method,
        language=one.language,
        credential=command.credential,
        authenticated_at=command.authenticated_at,
        until=until,
        awaits_countersigning=one.countersigned,
    )
    return [*over, signed]


def _renewable(was: Standing, one: Offered, now: datetime) -> bool:
    """In the last third of its time a signature may be renewed, so that nobody has to stop first. What needs the other
    side as well is renewed when it is over: until then the old one counts, and a new one would not yet."""
    if was.version != one.version or was.until is None or one.valid_days is None or one.countersigned:
        return False
    return was.until - now <= timedelta(days=one.valid_days) / 3


def _countersign(command: Countersign, signature: Signature) -> Sequence[Event]:
    if command.countersigner == command.annotator:
        raise own_signature()
    gone = {end.version for end in _expired(command, signature)}
    for one in signature.standing:
        if one.version == command.version and one.version not in gone:
            return [] if one.countersigned else [_countersigned(command)]
    raise not_signed(command.version)


def _presented(command: Present, language: str) -> ev.AgreementPresented:
    return ev.AgreementPresented(
        agreement=command.agreement,
        version=command.version,
        sha256=command.sha256,
        language=language,
        annotator=command.annotator,
    )


def _consented(command: Consent) -> ev.AgreementConsented:
    return ev.AgreementConsented(
        agreement=command.agreement,
        version=command.version,
        annotator=command.annotator,
        consent_sha256=command.consent_sha256,
    )


def _countersigned(command: Countersign) -> ev.AgreementCountersigned:
    return ev.AgreementCountersigned(
        agreement=command.agreement,
        version=command.version,
        annotator=command.annotator,
        countersigner=command.countersigner,
        typed_name=command.typed_name,
    )


def _revoked(command: Revoke, one: Standing) -> ev.SignatureRevoked:
    return ev.SignatureRevoked(
        agreement=command.agreement,
        version=one.version,
        annotator=command.annotator,
        reason=command.reason,
    )


SIGNATURE: Decider[Command, Signature, Event] = Decider(Signature(), decide, evolve)
"""One stream per person and agreement."""
