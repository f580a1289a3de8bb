"""Secrets people carry: API keys and claim tokens that a leak scanner can spot and a typo cannot pass.

`mstr_live_<12 base62 id>_<43 base62 secret><6 base62 CRC-32>`; a claim token says `mstr_claim_`. The check
sum is no protection: it lets a mistyped key be refused, and a leaked one be recognised, without asking the
database. Only a keyed fingerprint of the secret is ever stored.
"""

import hashlib
import hmac
import re
import zlib
from typing import Literal

Kind = Literal["live", "claim"]

ID_CHARS = 12
SECRET_CHARS = 43  # the first length at which 62^n passes 2^256
CRC_CHARS = 6  # 62^6 > 2^32
ID_BYTES = 8
SECRET_BYTES = 32
MINT_BYTES = ID_BYTES + SECRET_BYTES
FINGERPRINT_BYTES = 32

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPE = re.compile(r"mstr_([a-z]+)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


class MalformedKey(ValueError):
    """The text is not a key of this kind. The message never repeats the text."""

    code = "malformed_key"


def mint(random_bytes: bytes, kind: Kind = "live") -> tuple[str, str]:
    """(id, full string) from exactly MINT_BYTES random bytes: 64 bits of id, 256 of secret; else ValueError.

    Show the full string once; keep the id and the `fingerprint` of the secret that `parse` returns.
    """
    if len(random_bytes) != MINT_BYTES:
        raise ValueError(f"expected {MINT_BYTES} random bytes, found {len(random_bytes)}")
    key_id = _base62(int.from_bytes(random_bytes[:ID_BYTES], "big"), ID_CHARS)
    secret = _base62(int.from_bytes(random_bytes[ID_BYTES:], "big"), SECRET_CHARS)
    body = f"mstr_{kind}_{key_id}_{secret}"
    return key_id, body + _checksum(body)


def parse(text: str, kind: Kind = "live") -> tuple[str, str]:
    """(id, secret) of a key; MalformedKey if prefix, length, alphabet or check sum is wrong."""
    found = _SHAPE.fullmatch(text) if len(text) <= 128 else None
    if found is None:
        raise MalformedKey(f"expected mstr_{kind}_<12>_<49> in base62; copy the key again, whole")
    if found[1] != kind:
        raise MalformedKey(f"expected a key that begins with mstr_{kind}_; this one is of another kind")
    if _checksum(text[:-CRC_CHARS]) != found[4]:
        raise MalformedKey("the key's check sum does not agree: it was mistyped or cut; copy it again, whole")
    return found[2], found[3]


def fingerprint(pepper: bytes, secret: str) -> bytes:
    """HMAC-SHA256(pepper, secret), 32 bytes: what is stored. No slow hash is needed for 256 random bits."""
    return hmac.digest(pepper, secret.encode("ascii"), hashlib.sha256)


def matches(pepper: bytes, secret: str, stored: bytes) -> bool:
    """Whether the secret is the one whose fingerprint was stored; takes the same time either way."""
    return hmac.compare_digest(fingerprint(pepper, secret), stored)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), CRC_CHARS)


def _base62(number: int, length: int) -> str:
    """The number in base 62, digits before capitals before small letters, padded with zeros to `length`."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
