"""The envelope: how one secret value lies in a fact, bound to the one place where it may be read.

`0x01 | key id 16 | nonce 24 | ciphertext | tag 16`, 57 bytes more than the plaintext. The place (tenant,
scope, record, field) and the key's id and version are authenticated but not stored: an envelope moved to
another row, field or tenant does not open.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag

from backend.events.store.xaes import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes

VERSION = 1
OVERHEAD_BYTES = 1 + 16 + NONCE_BYTES + TAG_BYTES
COMMIT_BYTES = 16

Scope = Literal["person", "project", "tenant"]
SCOPES: tuple[Scope, ...] = ("person", "project", "tenant")

# No "|" in any part, no empty part: so no two contexts can have the same string.
_NAME = re.compile(r"[A-Za-z0-9_.:/\-]{1,128}")
_HEADER_BYTES = 17
_BODY_AT = _HEADER_BYTES + NONCE_BYTES


class EnvelopeBroken(Exception):
    """The envelope does not open here: changed, cut short, or moved from another place. Names no secret."""

    code = "envelope_broken"


class KeyBroken(Exception):
    """A stored data key is not the one that was stored: it does not unwrap, or its commitment differs."""

    code = "key_broken"


class KeyDestroyed(Exception):
    """The key was destroyed on purpose (erasure); what it sealed can never be read again."""

    code = "ERASED"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"ERASED: data key {key_id} was destroyed; what it sealed cannot be read again")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Context:
    """Where a value belongs. ValueError or TypeError for parts that could blur it.

    `record_type` and `field`: 1-128 ASCII letters, digits and `_ . : / -`. Ids are UUIDs.
    """

    tenant: UUID
    scope: Scope
    scope_id: UUID
    record_type: str
    record_id: UUID
    field: str

    def __post_init__(self) -> None:
        if self.scope not in SCOPES:
            raise ValueError(f"expected a scope of {SCOPES}, found {self.scope!r}")
        for value in (self.tenant, self.scope_id, self.record_id):
            if not isinstance(value, UUID):
                raise TypeError(f"expected a UUID in an envelope's context, found {type(value).__name__}")
        for name in (self.record_type, self.field):
            if not _NAME.fullmatch(name):
                raise ValueError(f"expected a name matching {_NAME.pattern}, found {name!r}")

    def aad(self, key_id: UUID, key_version: int) -> bytes:
        """`muster1|tenant|scope|scope_id|record_type|record_id|field|key_id|key_version` in ASCII."""
        scope = f"{self.tenant}|{self.scope}|{self.scope_id}"
        record = f"{self.record_type}|{self.record_id}|{self.field}"
        return f"muster1|{scope}|{record}|{key_id}|{key_version}".encode("ascii")


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals values of one scope. Without its secret it is destroyed and opens nothing."""

    key_id: UUID
    version: int
    secret: bytes = field(repr=False)
    commit: bytes = field(repr=False)
    _cipher: Xaes | None = field(default=None, repr=False, compare=False)

    @classmethod
    def fresh(cls, key_id: UUID, version: int, secret: bytes) -> "DataKey":
        """A new key from 32 random bytes, with its commitment."""
        return cls(key_id, version, secret, commitment(secret, key_id), Xaes(secret))

    @classmethod
    def unwrapped(cls, key_id: UUID, version: int, secret: bytes, commit: bytes) -> "DataKey":
        """A stored key; KeyBroken unless the secret is the one `commit` (16 bytes) was made from."""
        if len(secret) != KEY_BYTES or not hmac.compare_digest(commitment(secret, key_id), commit):
            raise KeyBroken(f"data key {key_id} unwrapped to a secret that its commitment does not know")
        return cls(key_id, version, secret, commit, Xaes(secret))

    @classmethod
    def gone(cls, key_id: UUID, version: int) -> "DataKey":
        """The memory of a destroyed key; sealing and opening with it raise KeyDestroyed."""
        return cls(key_id, version, b"", b"")

    @property
    def destroyed(self) -> bool:
        """Whether the secret is gone for ever."""
        return self._cipher is None

    def cipher(self) -> Xaes:
        """The cipher of this key; KeyDestroyed if its secret is gone."""
        if self._cipher is None:
            raise KeyDestroyed(self.key_id)
        return self._cipher


def commitment(secret: bytes, key_id: UUID) -> bytes:
    """HMAC-SHA256(secret, "muster-commit" || key id), first 16 bytes: ties a key id to one secret only."""
    return hmac.digest(secret, b"muster-commit" + key_id.bytes, hashlib.sha256)[:COMMIT_BYTES]


def seal(data_key: DataKey, context: Context, plaintext: bytes, nonce: bytes) -> bytes:
    """The envelope of a value. `nonce`: 24 random bytes, used once. KeyDestroyed if the key is gone."""
    aad = context.aad(data_key.key_id, data_key.version)
    return b"\x01" + data_key.key_id.bytes + nonce + data_key.cipher().seal(nonce, plaintext, aad)


def open_(data_key: DataKey, context: Context, envelope: bytes) -> bytes:
    """The plaintext. EnvelopeBroken if changed or of another place or key; KeyDestroyed if that is gone."""
    key_id = key_id_of(envelope)
    if key_id != data_key.key_id:
        raise EnvelopeBroken(f"the envelope names key {key_id}, but key {data_key.key_id} was offered")
    aad = context.aad(key_id, data_key.version)
    try:
        return data_key.cipher().open(envelope[_HEADER_BYTES:_BODY_AT], envelope[_BODY_AT:], aad)
    except InvalidTag:
        place = f"{context.record_type} {context.record_id}, field {context.field}"
        raise EnvelopeBroken(f"the envelope at {place} was changed, or belongs to another place") from None


def key_id_of(envelope: bytes) -> UUID:
    """Which data key sealed this envelope. EnvelopeBroken if it is too short or of an unknown version."""
    if len(envelope) < OVERHEAD_BYTES:
        raise EnvelopeBroken(f"expected an envelope of {OVERHEAD_BYTES} bytes or more, found {len(envelope)}")
    if envelope[0] != VERSION:
        raise EnvelopeBroken(f"expected an envelope of version {VERSION}, found {envelope[0]}")
    return UUID(bytes=envelope[1:_HEADER_BYTES])
