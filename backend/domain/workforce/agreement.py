"""An agreement (NDA): each change of its exact bytes is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.events import workforce as ev
from backend.events.base import Secret
from backend.events.ids import AgreementId


@dataclass(frozen=True, slots=True)
class Unpublished:
    """No version yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The version in force."""

    version: int
    sha256: str


Agreement: TypeAlias = Unpublished | Published


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAgreement:
    """Put this text in force; `sha256` (hex) is over its exact bytes, `text` is their ciphertext."""

    agreement: AgreementId
    title: str
    sha256: str
    text: Secret


def decide(command: PublishAgreement, agreement: Agreement) -> Sequence[ev.AgreementPublished]:
    """The same bytes again are nothing new; other bytes are the next version."""
    match agreement:
        case Published(sha256=sha) if sha == command.sha256:
            return []
        case Unpublished() | Published():
            return [
                ev.AgreementPublished(
                    agreement=command.agreement,
                    version=agreement.version + 1 if isinstance(agreement, Published) else 1,
                    title=command.title,
                    sha256=command.sha256,
                    text=command.text,
                )
            ]


def evolve(agreement: Agreement, event: ev.AgreementPublished) -> Agreement:
    """What is true after the event."""
    return Published(version=event.version, sha256=event.sha256)


AGREEMENT: Decider[PublishAgreement, Agreement, ev.AgreementPublished] = Decider(
    Unpublished(), decide, evolve
)
"""One stream per agreement."""
