"""A signature: one person under the exact bytes of one agreement, version by version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import workforce as ev
from backend.events.base import Secret
from backend.events.ids import AgreementId, AnnotatorId


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The person has signed no version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The newest version that the person signed."""

    version: int
    sha256: str


Signature: TypeAlias = Unsigned | Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Sign `version` with `sha256`, as the person was shown it; `current_*` are what is in force now."""

    agreement: AgreementId
    version: int
    sha256: str
    current_version: int
    current_sha256: str
    annotator: AnnotatorId
    typed_name: Secret
    address: Secret
    auth_method: str


def agreement_changed(command: Sign) -> Refusal:
    """`agreement_changed`: what the person read is not what is in force."""
    return Refusal(
        "stale",
        "agreement_changed",
        expected=f"version {command.current_version} with SHA-256 {command.current_sha256}",
        found=f"version {command.version} with SHA-256 {command.sha256}",
        mend="show the current text and let the person sign that",
        extra={"current_version": command.current_version, "current_sha256": command.current_sha256},
    )


def decide(command: Sign, signature: Signature) -> Sequence[ev.AgreementSigned]:
    """Only the bytes in force can be signed, and each version once."""
    if (command.version, command.sha256) != (command.current_version, command.current_sha256):
        raise agreement_changed(command)
    match signature:
        case Signed(version=version) if version == command.version:
            return []
        case Unsigned() | Signed():
            return [
                ev.AgreementSigned(
                    agreement=command.agreement,
                    version=command.version,
                    sha256=command.sha256,
                    annotator=command.annotator,
                    typed_name=command.typed_name,
                    address=command.address,
                    auth_method=command.auth_method,
                )
            ]


def evolve(signature: Signature, event: ev.AgreementSigned) -> Signature:
    """What is true after the event."""
    return Signed(version=event.version, sha256=event.sha256)


SIGNATURE: Decider[Sign, Signature, ev.AgreementSigned] = Decider(Unsigned(), decide, evolve)
"""One stream per person and agreement."""
