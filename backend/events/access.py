"""Tenants, the principals that act in them and the keys they act with."""

from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import KeyId, PrincipalId, TeamId, VendorId


@event("tenant.created")
class TenantCreated:
    """A tenant exists from now on; its stream is its own id."""

    name: Secret


@event("key.created", version=2)
class KeyCreated:
    """An API key was issued; `fingerprint` is HMAC-SHA256 of its secret, `roles` what its holder is.

    With a vendor or a team, it reaches only these people.
    """

    key: KeyId
    principal: PrincipalId
    principal_kind: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    fingerprint: bytes
    expires_at: datetime
    vendor: VendorId | None
    team: TeamId | None


added("key.created", 1, vendor=None, team=None)


@event("key.revoked")
class KeyRevoked:
    """The key is refused from now on."""

    key: KeyId
    reason: Secret
