"""XAES-256-GCM equals the published vectors, and refuses everything that was not sealed."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from backend.events.store.xaes import Xaes, decrypt, encrypt

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "known_answers.json"
NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
PUBLISHED = [
    (
        b"\x01" * 32,
        b"",
        "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b",
        "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
    ),
    (
        b"\x03" * 32,
        b"c2sp.org/XAES-256-GCM",
        "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8",
        "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
    ),
]
ACCUMULATED_10_000 = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


@pytest.mark.parametrize(("key", "aad", "derived", "ciphertext"), PUBLISHED)
def test_the_two_published_cases_match(key: bytes, aad: bytes, derived: str, ciphertext: str) -> None:
    assert Xaes(key).derived_key(NONCE).hex() == derived
    assert encrypt(key, NONCE, b"XAES-256-GCM", aad).hex() == ciphertext
    assert decrypt(key, NONCE, bytes.fromhex(ciphertext), aad) == b"XAES-256-GCM"


def test_the_accumulated_vector_of_ten_thousand_messages_matches() -> None:
    stream = hashlib.shake_128(b"").digest(10_000 * (32 + 24 + 2 + 2 * 255))
    at = 0

    def read(count: int) -> bytes:
        nonlocal at
        at += count
        return stream[at - count : at]

    ciphertexts = hashlib.shake_128()
    for _ in range(10_000):
        key, nonce = read(32), read(24)
        plaintext = read(read(1)[0])
        aad = read(read(1)[0])
        sealed = encrypt(key, nonce, plaintext, aad)
        ciphertexts.update(sealed)
        assert decrypt(key, nonce, sealed, aad) == plaintext
    assert ciphertexts.hexdigest(32) == ACCUMULATED_10_000


def test_the_shared_known_answers_are_the_ones_typed_here() -> None:
    if not VECTORS.exists():
        pytest.skip("../shared/vectors/known_answers.json is not beside this repository")
    shared = json.loads(VECTORS.read_text())["xaes_256_gcm"]
    assert shared["accumulated"]["after_10000_hex"] == ACCUMULATED_10_000
    for case, (key, aad, derived, ciphertext) in zip(shared["cases"], PUBLISHED, strict=True):
        assert bytes.fromhex(case["key_hex"]) == key
        assert case["aad_ascii"].encode() == aad
        assert (case["derived_key_hex"], case["ciphertext_hex"]) == (derived, ciphertext)
        assert case["nonce_ascii"].encode() == NONCE


@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=24, max_size=24),
    st.binary(),
    st.binary(),
    st.data(),
)
def test_a_changed_byte_anywhere_does_not_open(
    key: bytes, nonce: bytes, plaintext: bytes, aad: bytes, data: st.DataObject
) -> None:
    sealed = encrypt(key, nonce, plaintext, aad)
    assert decrypt(key, nonce, sealed, aad) == plaintext
    parts = [bytearray(key), bytearray(nonce), bytearray(sealed), bytearray(aad + b"\0")]
    part = data.draw(st.sampled_from(parts))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    key2, nonce2, sealed2, aad2 = map(bytes, parts)
    with pytest.raises(InvalidTag):
        decrypt(key2, nonce2, sealed2, aad2)


@pytest.mark.parametrize("key_bytes", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(key_bytes: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Xaes(bytes(key_bytes))


@pytest.mark.parametrize("nonce_bytes", [0, 12, 23, 25])
def test_a_nonce_of_another_length_is_refused(nonce_bytes: int) -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        encrypt(bytes(32), bytes(nonce_bytes), b"", b"")
    with pytest.raises(ValueError, match="24 bytes"):
        decrypt(bytes(32), bytes(nonce_bytes), bytes(16), b"")


def test_one_cipher_serves_several_threads() -> None:
    cipher = Xaes(b"\x01" * 32)

    def seal_and_open(n: int) -> bool:
        nonce = n.to_bytes(24, "big")
        return cipher.open(nonce, cipher.seal(nonce, b"value", b""), b"") == b"value"

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(seal_and_open, range(4_000)))
