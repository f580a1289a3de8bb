"""XAES-256-GCM: AES-256-GCM whose nonces are long enough to be drawn at random for ever.

Source: C2SP, XAES-256-GCM.md (c2sp.org/XAES-256-GCM). A 256-bit key and a 192-bit nonce; the first 12 bytes
of the nonce derive a fresh AES-256-GCM key by CMAC in counter mode (NIST SP 800-108r1), the last 12 are its
nonce. Safe for 2^80 messages under one key with random nonces. Neither misuse-resistant nor key-committing:
the envelope keeps a commitment beside each key.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES = 32
NONCE_BYTES = 24
TAG_BYTES = 16

# SP 800-108r1 counter mode: counter (16 bits), label "X", a zero byte; 12 bytes of nonce fill the block.
_BLOCK_1 = b"\x00\x01X\x00"
_BLOCK_2 = b"\x00\x02X\x00"
_MASK_128 = (1 << 128) - 1
_CMAC_POLYNOMIAL = 0x87


class Xaes:
    """One key, ready for many messages: the AES key schedule and the CMAC subkey K1 are computed once."""

    __slots__ = ("_ecb", "_k1_twice")

    def __init__(self, key: bytes) -> None:
        """Takes 32 bytes; ValueError otherwise."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"expected an XAES key of {KEY_BYTES} bytes, found {len(key)}")
        # ECB keeps no state from block to block, so one encryptor serves every later derivation.
        self._ecb = Cipher(AES(key), ECB()).encryptor()
        k1 = _cmac_subkey(self._ecb.update(bytes(16)))
        self._k1_twice = int.from_bytes(k1 + k1, "big")

    def derived_key(self, nonce: bytes) -> bytes:
        """The 32-byte AES-256-GCM key for a nonce (only its first 12 bytes take part)."""
        head = nonce[:12]
        blocks = int.from_bytes(_BLOCK_1 + head + _BLOCK_2 + head, "big") ^ self._k1_twice
        return self._ecb.update(blocks.to_bytes(32, "big"))

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext, then its 16-byte tag. The nonce: 24 random bytes, used once; ValueError otherwise."""
        _require_nonce(nonce)
        return AESGCM(self.derived_key(nonce)).encrypt(nonce[12:], plaintext, aad)

    def open(self, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """The plaintext. InvalidTag if ciphertext, tag, nonce, key or aad differ from what was sealed."""
        _require_nonce(nonce)
        if len(ciphertext) < TAG_BYTES:
            raise InvalidTag
        return AESGCM(self.derived_key(nonce)).decrypt(nonce[12:], ciphertext, aad)


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """XAES-256-GCM for a key used once: key 32 bytes, nonce 24; ciphertext and 16-byte tag come back."""
    return Xaes(key).seal(nonce, plaintext, aad)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """The inverse of `encrypt`; InvalidTag if anything was changed."""
    return Xaes(key).open(nonce, ciphertext, aad)


def _cmac_subkey(encrypted_zero: bytes) -> bytes:
    """K1 of CMAC (NIST SP 800-38B): the encrypted zero block doubled in GF(2^128)."""
    left = int.from_bytes(encrypted_zero, "big")
    doubled = (left << 1) & _MASK_128
    if left >> 127:
        doubled ^= _CMAC_POLYNOMIAL
    return doubled.to_bytes(16, "big")


def _require_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"expected an XAES nonce of {NONCE_BYTES} bytes, found {len(nonce)}")
