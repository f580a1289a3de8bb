"""Issuing API keys: to people who claim, to users and services, to the first administrators."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.domain.access import key as keys_domain
from backend.events.ids import KeyId, PrincipalId, TeamId, VendorId, uuid8
from backend.events.store import secrets
from backend.usecases.work import Work


def key_stream(key: KeyId) -> UUID:
    """A key's stream follows from its id."""
    return uuid8(UUID(int=0), "key", key)


def issue_key(
    work: Work,
    principal: PrincipalId,
    kind: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    days: int,
    *,
    vendor: VendorId | None = None,
    team: TeamId | None = None,
) -> tuple[KeyId, str, datetime]:
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
        vendor=vendor,
        team=team,
    )
    work.decide(keys_domain.KEY, key_stream(KeyId(key)), command)
    return KeyId(key), text, expires_at
