"""An agreement (NDA): each change of its exact bytes or of its terms is a new version; a material one ends the old."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import agreements as ev
from backend.events.agreements import AgreementText
from backend.events.base import Secret
from backend.events.ids import AgreementId

SCOPES = ("project", "tenant", "data_class")
VALID_DAYS_MAX = 36_500

# --- state


@dataclass(frozen=True, slots=True)
class Unpublished:
    """No version yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a version says about itself; `hashes` are (language, SHA-256 in hex) of the exact bytes, its own first."""

    hashes: tuple[tuple[str, str], ...]
    material: bool
    effective_at: datetime | None
    resign_by: datetime | None
    scope: str
    data_class: str | None
    valid_days: int | None
    countersigned: bool

    @property
    def deadline(self) -> datetime | None:
        """When a signature under an earlier version ends; None: at once."""
        return self.resign_by or self.effective_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Every version's terms, the first at place 0; `enforced` are the versions whose time to sign again is over."""

    versions: tuple[Terms, ...]
    enforced: frozenset[int] = frozenset()

    @property
    def version(self) -> int:
        """The newest version's number."""
        return len(self.versions)

    @property
    def newest(self) -> Terms:
        """The newest version's terms."""
        return self.versions[-1]


Agreement: TypeAlias = Unpublished | Published

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAgreement:
    """Publish this text with these terms; `sha256` (hex) is over its exact bytes, `text` is their ciphertext.

    `scope`, `countersigned` and `valid_days` are those of the version before when None (0 days: for ever).
    """

    agreement: AgreementId
    title: str
    sha256: str
    text: Secret
    now: datetime
    language: str = "und"
    texts: tuple[AgreementText, ...] = ()
    material: bool = True
    effective_at: datetime | None = None
    resign_by: datetime | None = None
    scope: str | None = None
    data_class: str | None = None
    valid_days: int | None = None
    countersigned: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforceAgreement:
    """The time to sign this version again may be over."""

    agreement: AgreementId
    version: int
    now: datetime


Command: TypeAlias = PublishAgreement | EnforceAgreement
Event: TypeAlias = ev.AgreementPublished | ev.AgreementEnforced

# --- refusals


def agreement_invalid(field: str, expected: str, found: object) -> Refusal:
    """`agreement_invalid`: the terms contradict each other."""
    return Refusal(
        "invalid",
        "agreement_invalid",
        expected=expected,
        found=f"{field} = {found}",
        mend=f"correct {field} and publish again",
        extra={"field": field},
    )


# --- decide


def decide(command: Command, agreement: Agreement) -> Sequence[Event]:
    """The same bytes under the same terms are nothing new; anything else is the next version."""
    match command, agreement:
        case PublishAgreement(), (Unpublished() | Published()):
            terms = _terms(command, agreement)
            if isinstance(agreement, Published) and _same(command, terms, agreement.newest):
                return []
            _check(command, terms, agreement)
            return [_published(command, terms, _version(agreement) + 1)]
        case EnforceAgreement(version=version), Published() if version > agreement.version:
            raise not_found("a version")
        case EnforceAgreement(version=version, now=now), Published():
            terms = agreement.versions[version - 1]
            over = terms.material and (terms.deadline is None or terms.deadline <= now)
            if not over or version in agreement.enforced:
                return []
            return [ev.AgreementEnforced(agreement=command.agreement, version=version)]
        case EnforceAgreement(), Unpublished():
            raise not_found("an agreement")
        case _:
            raise not_now(command, agreement)


# --- evolve


def evolve(agreement: Agreement, event: Event) -> Agreement:
    """What is true after the event."""
    match event:
        case ev.AgreementPublished():
            terms = Terms(
                hashes=((event.language, event.sha256), *((t.language, t.sha256) for t in event.texts)),
                material=event.material,
                effective_at=event.effective_at,
                resign_by=event.resign_by,
                scope=event.scope,
                data_class=event.data_class,
                valid_days=event.valid_days,
                countersigned=event.countersigned,
            )
            if isinstance(agreement, Published):
                return replace(agreement, versions=(*agreement.versions, terms))
            return Published(versions=(terms,))
        case ev.AgreementEnforced():
            if isinstance(agreement, Published):
                return replace(agreement, enforced=agreement.enforced | {event.version})
            return agreement
        case _:
            assert_never(event)


# --- helpers


def _version(agreement: Agreement) -> int:
    return agreement.version if isinstance(agreement, Published) else 0


def _terms(command: PublishAgreement, agreement: Agreement) -> Terms:
    """What is asked for, with what is left out taken from the version before; the first version is material."""
    hashes = _hashes(command)
    before = agreement.newest if isinstance(agreement, Published) else _NOTHING
    first = _version(agreement) == 0 or (_version(agreement) == 1 and before.hashes == hashes)
    kept = before.data_class if command.scope is None else None
    return Terms(
        hashes=hashes,
        material=command.material or first,
        effective_at=command.effective_at,
        resign_by=command.resign_by,
        scope=before.scope if command.scope is None else command.scope,
        data_class=kept if command.data_class is None else command.data_class,
        valid_days=(before.valid_days if command.valid_days is None else command.valid_days) or None,
        countersigned=before.countersigned if command.countersigned is None else command.countersigned,
    )


_NOTHING = Terms(
    hashes=(),
    material=True,
    effective_at=None,
    resign_by=None,
    scope="project",
    data_class=None,
    valid_days=None,
    countersigned=False,
)
"""What a first version is compared with."""


def _same(command: PublishAgreement, terms: Terms, newest: Terms) -> bool:
    """Whether nothing new is asked. Bytes sent again without any terms must never stop those who signed them."""
    given = (command.effective_at, command.resign_by, command.scope, command.data_class)
    bare = command.material and given == (None,) * 4
    bare = bare and command.valid_days is None and command.countersigned is None
    return terms == newest or (bare and terms.hashes == newest.hashes)


def _hashes(command: PublishAgreement) -> tuple[tuple[str, str], ...]:
    return ((command.language, command.sha256), *((t.language, t.sha256) for t in command.texts))


def _check(command: PublishAgreement, terms: Terms, agreement: Agreement) -> None:
    one_of("agreement_invalid", "scope", terms.scope, SCOPES)
    in_range("agreement_invalid", "valid_days", terms.valid_days or 0, 0, VALID_DAYS_MAX)
    if (terms.scope == "data_class") != (terms.data_class is not None):
        expected = "a data class exactly when the scope is data_class"
        raise agreement_invalid("data_class", expected, terms.data_class)
    languages = [language.casefold() for language, _ in terms.hashes]
    if len(set(languages)) < len(languages):
        raise agreement_invalid("texts", "each language once", ", ".join(languages))
    if terms.effective_at is not None and terms.effective_at < command.now:
        raise agreement_invalid("effective_at", "a moment that is not past", terms.effective_at.isoformat())
    since = terms.effective_at or command.now
    if terms.resign_by is not None and terms.resign_by < since:
        expected = f"a moment not before {since.isoformat()}, when the version is in force"
        raise agreement_invalid("resign_by", expected, terms.resign_by.isoformat())
    if not terms.material:
        _check_small(terms, agreement)


def _check_small(terms: Terms, agreement: Agreement) -> None:
    """What is not material stops nobody, so it may not ask anybody else, or for anything else."""
    if terms.resign_by is not None:
        expected = "no moment to sign again by, for nobody has to sign what is not material"
        raise agreement_invalid("resign_by", expected, terms.resign_by.isoformat())
    before = agreement.newest if isinstance(agreement, Published) else terms
    if (terms.scope, terms.data_class) != (before.scope, before.data_class):
        raise agreement_invalid(
            "scope", f"{before.scope}, as before: a change of it is material", terms.scope
        )


def _published(command: PublishAgreement, terms: Terms, version: int) -> ev.AgreementPublished:
    return ev.AgreementPublished(
        agreement=command.agreement,
        version=version,
        title=command.title,
        sha256=command.sha256,
        text=command.text,
        language=command.language,
        texts=command.texts,
        material=terms.material,
        effective_at=terms.effective_at,
        resign_by=terms.resign_by,
        scope=terms.scope,
        data_class=terms.data_class,
        valid_days=terms.valid_days,
        countersigned=terms.countersigned,
    )


AGREEMENT: Decider[Command, Agreement, Event] = Decider(Unpublished(), decide, evolve)
"""One stream per agreement."""
