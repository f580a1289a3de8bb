"""The file keyring: created once, readable by its owner alone, rotating without losing a key."""

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from backend.events.store.envelope import KeyBroken
from backend.events.store.keyring import (
    RESERVED_WRAPS,
    WRAPPED_BYTES,
    WRAPS_MAX,
    FileKeyring,
    KeyProvider,
    KeyringExhausted,
    KeyringRefused,
    hkdf_sha256,
)

WYCHEPROOF = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof"
DEK = bytes(range(32))
TENANT = UUID(int=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_first_use_creates_a_file_only_its_owner_can_read(path: Path) -> None:
    before = os.umask(0)
    try:
        FileKeyring(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]


def test_a_second_opening_uses_the_same_keys(path: Path) -> None:
    wrapped, version = FileKeyring(path).wrap(DEK, b"place")
    assert FileKeyring(path).unwrap(wrapped, version, b"place") == DEK


def test_openings_at_the_same_moment_agree_on_one_keyring(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        roots = {ring.derive("x", None) for ring in threads.map(lambda _: FileKeyring(path), range(32))}
    assert len(roots) == 1


def test_a_lost_keyring_is_an_error_where_data_exists(path: Path) -> None:
    with pytest.raises(KeyringRefused, match="restore"):
        FileKeyring(path, create=False)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
def test_a_file_open_to_group_or_world_is_refused(path: Path, mode: int) -> None:
    ring = FileKeyring(path)
    path.chmod(mode)
    with pytest.raises(KeyringRefused, match="chmod 600"):
        FileKeyring(path)
    assert not ring.health().ok


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(KeyringRefused):
        FileKeyring(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda ring: ring.pop("root"),
        lambda ring: ring.update(format="muster-keyring-2"),
        lambda ring: ring.update(keks={}),
        lambda ring: ring.update(keks=[]),
        lambda ring: ring["keks"]["1"].update(key="AAAA"),
        lambda ring: ring["keks"]["1"].update(key="!"),
        lambda ring: ring["keks"]["1"].pop("wraps"),
    ],
)
def test_a_damaged_keyring_is_refused_and_not_replaced(
    path: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    FileKeyring(path)
    edit(path, damage)
    damaged = path.read_bytes()
    with pytest.raises(KeyringRefused, match="backup"):
        FileKeyring(path)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b"\xff", b'{"format": '])
def test_a_file_that_is_no_keyring_is_refused(path: Path, content: bytes) -> None:
    FileKeyring(path)
    path.write_bytes(content)
    with pytest.raises(KeyringRefused):
        FileKeyring(path)


def test_a_wrapped_key_opens_only_unchanged_in_its_place_and_version(path: Path) -> None:
    ring = FileKeyring(path)
    wrapped, version = ring.wrap(DEK, b"place")
    ring.rotate()
    assert len(wrapped) == WRAPPED_BYTES == 60
    for bit in range(8 * len(wrapped)):
        changed = bytearray(wrapped)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(KeyBroken):
            ring.unwrap(bytes(changed), version, b"place")
    for length in range(len(wrapped)):
        with pytest.raises(KeyBroken):
            ring.unwrap(wrapped[:length], version, b"place")
    for other_version, aad in [(version, b"elsewhere"), (version, b""), (version + 1, b"place")]:
        with pytest.raises(KeyBroken):
            ring.unwrap(wrapped, other_version, aad)


def test_the_kek_version_is_bound_even_when_two_versions_hold_the_same_key(path: Path) -> None:
    wrapped, _ = FileKeyring(path).wrap(DEK, b"place")
    edit(path, lambda content: content["keks"].update({"2": content["keks"]["1"]}))
    with pytest.raises(KeyBroken):
        FileKeyring(path).unwrap(wrapped, 2, b"place")


def test_rotation_wraps_with_the_new_kek_and_still_unwraps_the_old(path: Path) -> None:
    ring = FileKeyring(path)
    old = ring.wrap(DEK, b"")
    assert ring.rotate() == 2
    new = ring.wrap(DEK, b"")
    assert (old[1], new[1]) == (1, 2)
    for reader in (ring, FileKeyring(path)):
        assert reader.unwrap(*old, b"") == reader.unwrap(*new, b"") == DEK


def test_another_process_unwraps_what_was_wrapped_after_a_rotation_it_did_not_see(path: Path) -> None:
    sleeper, rotator = FileKeyring(path), FileKeyring(path)
    sleeper.wrap(DEK, b"")
    rotator.rotate()
    assert sleeper.unwrap(*rotator.wrap(DEK, b""), b"") == DEK
    assert sleeper.wrap(DEK, b"")[1] == 2
    assert json.loads(path.read_text())["keks"]["2"]["wraps"] == 2 * RESERVED_WRAPS


def test_the_messages_of_a_new_kek_are_counted_from_the_first(path: Path) -> None:
    ring = FileKeyring(path)
    ring.wrap(DEK, b"")
    ring.rotate()
    ring.wrap(DEK, b"")
    assert json.loads(path.read_text())["keks"]["2"]["wraps"] == RESERVED_WRAPS


def test_an_unknown_kek_version_says_which_are_there(path: Path) -> None:
    wrapped, _ = FileKeyring(path).wrap(DEK, b"")
    with pytest.raises(KeyBroken, match=r"version 7.*\[1\]"):
        FileKeyring(path).unwrap(wrapped, 7, b"")


def test_messages_are_counted_in_the_file_before_they_are_made(path: Path) -> None:
    for processes in (1, 2, 3):
        ring = FileKeyring(path)
        ring.wrap(DEK, b"")
        ring.wrap(DEK, b"")
        assert json.loads(path.read_text())["keks"]["1"]["wraps"] == processes * RESERVED_WRAPS
    for _ in range(RESERVED_WRAPS - 2):
        ring.wrap(DEK, b"")
    assert json.loads(path.read_text())["keks"]["1"]["wraps"] == 3 * RESERVED_WRAPS
    ring.wrap(DEK, b"")
    assert json.loads(path.read_text())["keks"]["1"]["wraps"] == 4 * RESERVED_WRAPS


def test_a_kek_stops_wrapping_at_its_limit_until_it_is_rotated(path: Path) -> None:
    FileKeyring(path)
    edit(path, lambda content: content["keks"]["1"].update(wraps=WRAPS_MAX - RESERVED_WRAPS))
    ring = FileKeyring(path)
    wrapped = [ring.wrap(DEK, b"") for _ in range(RESERVED_WRAPS)]
    with pytest.raises(KeyringExhausted, match="rotate"):
        ring.wrap(DEK, b"")
    assert not ring.health().ok
    assert ring.unwrap(*wrapped[0], b"") == DEK
    ring.rotate()
    assert ring.wrap(DEK, b"")[1] == 2
    assert ring.health().ok


def test_nonces_do_not_repeat(path: Path) -> None:
    ring = FileKeyring(path)
    assert len({ring.wrap(DEK, b"")[0][:12] for _ in range(10_000)}) == 10_000


def test_derived_keys_differ_by_label_and_tenant_and_survive_rotation(path: Path) -> None:
    ring = FileKeyring(path)
    wanted = [(label, tenant) for label in ("pepper", "handles") for tenant in (None, TENANT, UUID(int=2))]
    keys = {pair: ring.derive(*pair) for pair in wanted}
    assert len(set(keys.values())) == len(wanted)
    assert {len(key) for key in keys.values()} == {32}
    ring.rotate()
    assert {pair: FileKeyring(path).derive(*pair) for pair in wanted} == keys


def test_a_derived_key_is_hkdf_of_the_root(path: Path) -> None:
    FileKeyring(path)
    edit(path, lambda content: content.update(root="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))
    info = b"muster1|pepper|00000000-0000-0000-0000-000000000001"
    assert FileKeyring(path).derive("pepper", TENANT) == hkdf_sha256(bytes(32), b"", info, 32)


@pytest.mark.parametrize("label", ["", "a|b", "a\n", "é", "x" * 65])
def test_a_label_that_could_blur_two_purposes_is_refused(path: Path, label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        FileKeyring(path).derive(label, None)


def test_no_representation_and_no_health_shows_a_key(path: Path) -> None:
    ring = FileKeyring(path)
    content = json.loads(path.read_text())
    shown = repr(ring) + repr(ring._ring) + repr(ring.health())
    for secret in (content["root"], content["keks"]["1"]["key"]):
        assert secret not in shown
    assert repr(ring._ring) == "_Ring(wraps={1: 0})"


def test_the_file_keyring_is_a_key_provider(path: Path) -> None:
    provider: KeyProvider = FileKeyring(path)
    assert provider.health().provider == "file"


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(0, 100))
def test_a_shorter_hkdf_output_begins_a_longer_one(secret: bytes, info: bytes, length: int) -> None:
    assert hkdf_sha256(secret, b"", info, 101)[:length] == (
        hkdf_sha256(secret, b"", info, length) if length else b""
    )


def groups(name: str) -> list[dict[str, Any]]:
    file = WYCHEPROOF / name
    if not file.exists():
        pytest.skip("../shared/vectors/wycheproof is not beside this repository")
    found: list[dict[str, Any]] = json.loads(file.read_text())["testGroups"]
    return found


def test_wycheproof_hkdf_cases_agree() -> None:
    compared = 0
    for group in groups("hkdf_sha256_test.json"):
        for case in group["tests"]:
            compared += 1
            ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
            if case["result"] == "valid":
                assert hkdf_sha256(ikm, salt, info, case["size"]).hex() == case["okm"], case["tcId"]
            else:
                with pytest.raises(ValueError):
                    hkdf_sha256(ikm, salt, info, case["size"])
    assert compared == 86


def test_wycheproof_aes_gcm_cases_agree_for_the_lengths_we_wrap_with() -> None:
    """256-bit keys, 96-bit nonces and 128-bit tags; other lengths never reach the library from here."""
    compared = 0
    for group in groups("aes_gcm_test.json"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        for case in group["tests"]:
            compared += 1
            key, iv, aad, msg, ct, tag = (
                bytes.fromhex(case[n]) for n in ("key", "iv", "aad", "msg", "ct", "tag")
            )
            if case["result"] == "valid":
                assert AESGCM(key).encrypt(iv, msg, aad) == ct + tag, case["tcId"]
                assert AESGCM(key).decrypt(iv, ct + tag, aad) == msg, case["tcId"]
            else:
                with pytest.raises(InvalidTag):
                    AESGCM(key).decrypt(iv, ct + tag, aad)
    assert compared > 60
