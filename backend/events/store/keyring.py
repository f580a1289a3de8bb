"""Key providers: who holds the keys that wrap data keys; here the `file` provider, one 0600 file.

The keyring holds numbered key encryption keys (KEKs) and one root from which every other key of the house
is derived. KEKs rotate; the root does not, or every blind index and stored fingerprint would stop matching.
"""

import base64
import fcntl
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.events.store.envelope import KeyBroken

KEK_BYTES = 32
NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + 32 + 16
WRAPS_MAX = 2**28  # 96-bit random nonces: far below the 2^32 of SP 800-38D, section 8.3
RESERVED_WRAPS = 4_096  # counted in the file ahead of use, so that a crash can only over-count
DERIVED_CACHED_MAX = 10_000
FORMAT = "muster-keyring-1"


class KeyringRefused(Exception):
    """The keyring file may not be used as it is: open to others, damaged, or unreadable."""

    code = "keyring_refused"


class KeyringExhausted(Exception):
    """The current KEK has wrapped as many keys as it safely may; `rotate()` gives a new one."""

    code = "keyring_exhausted"


@dataclass(frozen=True, slots=True)
class Health:
    """What `muster doctor` and `/readyz` show of a provider."""

    ok: bool
    provider: str
    kek_version: int
    detail: str


class KeyProvider(Protocol):
    """Wraps data keys with a KEK that it alone holds. `aad` must be the same for wrap and unwrap."""

    def wrap(self, dek: bytes, aad: bytes) -> tuple[bytes, int]:
        """(wrapped key, KEK version) of a 32-byte data key."""
        ...

    def unwrap(self, wrapped: bytes, kek_version: int, aad: bytes) -> bytes:
        """The data key. KeyBroken if it was changed, belongs elsewhere, or its KEK is not here."""
        ...

    def derive(self, label: str, tenant: UUID | None) -> bytes:
        """32 bytes for one purpose (and one tenant, or the whole house), the same each time."""
        ...

    def health(self) -> Health:
        """Whether keys can be wrapped and unwrapped now; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Ring:
    """The content of the file. `wraps` counts, for each KEK, the messages reserved so far."""

    root: bytes = field(repr=False)
    keks: dict[int, bytes] = field(repr=False)
    wraps: dict[int, int]

    @property
    def current(self) -> int:
        return max(self.keks)

    def grown(self) -> "_Ring":
        version = self.current + 1
        return replace(
            self, keks=self.keks | {version: os.urandom(KEK_BYTES)}, wraps=self.wraps | {version: 0}
        )


class FileKeyring:
    """The `file` key provider. Several processes may share a file; what one rotates the others see."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Opens the keyring, creating it on first use. KeyringRefused if damaged or open to others.

        Where data exists already, pass `create=False`: a lost keyring is then an error instead of a new one
        that can read nothing.
        """
        self._path = path
        self._mutex = threading.Lock()
        self._left = 0
        self._derived: dict[tuple[str, UUID | None], bytes] = {}
        if create and not path.exists():
            _create(path, _Ring(os.urandom(KEK_BYTES), {1: os.urandom(KEK_BYTES)}, {1: 0}))
        self._ring = _read(path)

    def wrap(self, dek: bytes, aad: bytes) -> tuple[bytes, int]:
        """AES-256-GCM under the current KEK: nonce 12 | ciphertext | tag 16. KeyringExhausted past 2^28."""
        with self._mutex:
            if self._left == 0:
                self._reserve()
            self._left -= 1
            version, kek = self._ring.current, self._ring.keks[self._ring.current]
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(kek).encrypt(nonce, dek, _bound(aad, version)), version

    def unwrap(self, wrapped: bytes, kek_version: int, aad: bytes) -> bytes:
        """The data key; KeyBroken if changed, of another place, or its KEK version is not in the file."""
        if kek_version not in self._ring.keks:
            with self._mutex:  # another process may have rotated; its new KEK has its own count
                self._ring, self._left = _read(self._path), 0
        kek = self._ring.keks.get(kek_version)
        if kek is None:
            have = sorted(self._ring.keks)
            raise KeyBroken(
                f"expected KEK version {kek_version} in the keyring, found {have}; restore the keyring file"
            )
        if len(wrapped) != WRAPPED_BYTES:
            raise KeyBroken(f"expected a wrapped key of {WRAPPED_BYTES} bytes, found {len(wrapped)}")
        try:
            return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(aad, kek_version))
        except InvalidTag:
            raise KeyBroken(
                "the wrapped key was changed, is of another place, or of another keyring"
            ) from None

    def rotate(self) -> int:
        """Adds a KEK, which wraps from now on; older ones still unwrap. Returns its version."""
        with self._mutex, _locked(self._path):
            self._ring = _read(self._path).grown()
            _replace(self._path, self._ring)
            self._left = 0
            return self._ring.current

    def derive(self, label: str, tenant: UUID | None) -> bytes:
        """32 bytes by HKDF-SHA256 from the root: info is `muster1|label|tenant or *`. Stable over rotation.

        The label is 1-64 printable ASCII characters without "|"; else ValueError.
        """
        known = self._derived.get((label, tenant))
        if known is None:
            if not (0 < len(label) <= 64 and label.isascii() and label.isprintable() and "|" not in label):
                raise ValueError(
                    f"expected a label of 1-64 printable ASCII characters without '|', found {label!r}"
                )
            info = f"muster1|{label}|{tenant or '*'}".encode("ascii")
            if len(self._derived) >= DERIVED_CACHED_MAX:
                self._derived.clear()
            known = self._derived[label, tenant] = hkdf_sha256(self._ring.root, b"", info, 32)
        return known

    def health(self) -> Health:
        """Reads the file again and wraps nothing, so that a probe costs no message."""
        try:
            ring = _read(self._path)
        except KeyringRefused as wrong:
            return Health(False, "file", self._ring.current, str(wrong))
        used = ring.wraps[ring.current]
        detail = f"{len(ring.keks)} KEK(s), {used} of {WRAPS_MAX} messages reserved under the current one"
        return Health(used < WRAPS_MAX, "file", ring.current, detail)

    def _reserve(self) -> None:
        with _locked(self._path):
            ring = _read(self._path)
            version = ring.current
            used = ring.wraps[version] + RESERVED_WRAPS
            if used > WRAPS_MAX:
                raise KeyringExhausted(
                    f"expected fewer than {WRAPS_MAX} messages under KEK {version}; rotate the keyring"
                )
            self._ring = replace(ring, wraps=ring.wraps | {version: used})
            _replace(self._path, self._ring)
            self._left = RESERVED_WRAPS


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), extract and expand, `length` bytes up to 8,160; ValueError beyond."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _bound(aad: bytes, kek_version: int) -> bytes:
    return aad + b"|kek|%d" % kek_version


def _read(path: Path) -> _Ring:
    """Checks who may read the very file that is read; KeyringRefused if anybody else may."""
    try:
        with open(path, "rb") as file:
            status, raw = os.fstat(file.fileno()), file.read()
    except OSError as wrong:
        raise KeyringRefused(f"expected a keyring at {path}, found: {wrong.strerror}; restore it") from None
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
        mode = stat.filemode(status.st_mode)
        raise KeyringRefused(f"expected {path} to be a file only its owner can read, found {mode}; chmod 600")
    if os.geteuid() not in (0, status.st_uid):
        raise KeyringRefused(
            f"expected {path} to belong to user {os.geteuid()}, found {status.st_uid}; chown"
        )
    try:
        return _decode(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyringRefused(
            f"expected a {FORMAT} in {path}, found something else; restore its backup"
        ) from None


def _decode(content: dict[str, Any]) -> _Ring:
    keks = {
        int(version): base64.b64decode(kek["key"], validate=True) for version, kek in content["keks"].items()
    }
    wraps = {int(version): int(kek["wraps"]) for version, kek in content["keks"].items()}
    root = base64.b64decode(content["root"], validate=True)
    if content["format"] != FORMAT or not keks or {len(key) for key in (root, *keks.values())} != {KEK_BYTES}:
        raise ValueError
    return _Ring(root, keks, wraps)


def _encode(ring: _Ring) -> bytes:
    keks = {
        str(v): {"key": base64.b64encode(k).decode(), "wraps": ring.wraps[v]} for v, k in ring.keks.items()
    }
    content = {"format": FORMAT, "root": base64.b64encode(ring.root).decode(), "keks": keks}
    return json.dumps(content, indent=1).encode() + b"\n"


def _create(path: Path, ring: _Ring) -> None:
    """Linked into place whole, or not at all: whoever comes second uses the first one's keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _write_beside(path, ring)
    try:
        os.link(written, path)
    except FileExistsError:
        pass
    finally:
        written.unlink()
    _sync_folder(path)


def _replace(path: Path, ring: _Ring) -> None:
    os.replace(_write_beside(path, ring), path)
    _sync_folder(path)


def _write_beside(path: Path, ring: _Ring) -> Path:
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(_encode(ring))
        file.flush()
        os.fsync(descriptor)
    return beside


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time changes the file. The lock lies beside it, since the file itself is replaced."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
