"""API keys and claim tokens: minted whole, parsed strictly, kept only as fingerprints."""

import hashlib
import hmac
import json
import string
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.events.store.secrets import MINT_BYTES, Kind, MalformedKey, fingerprint, matches, mint, parse

WYCHEPROOF = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof" / "hmac_sha256_test.json"
GOLDEN = "mstr_live_0001IYT0XLWR_1u8QmlquE1rQpeqoulx6MZVGVGgufeog3UsDEHmrG2p2bwuSz"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
SEEDS = st.binary(min_size=MINT_BYTES, max_size=MINT_BYTES)
KINDS = st.sampled_from(get_args(Kind))


def test_a_key_has_the_published_shape_and_never_drifts() -> None:
    key_id, text = mint(bytes(range(40)))
    assert text == GOLDEN
    assert text == f"mstr_live_{key_id}_" + text.split("_")[3]
    assert [len(part) for part in text.split("_")] == [4, 4, 12, 43 + 6]


def test_the_largest_and_smallest_random_bytes_still_fit() -> None:
    for seed in (bytes(MINT_BYTES), b"\xff" * MINT_BYTES):
        assert len(mint(seed)[1]) == 4 + 1 + 4 + 1 + 12 + 1 + 43 + 6


@given(SEEDS, KINDS)
def test_what_is_minted_is_parsed_back(seed: bytes, kind: Kind) -> None:
    key_id, text = mint(seed, kind)
    found_id, secret = parse(text, kind)
    assert found_id == key_id
    number = 0
    for digit in secret:
        number = number * 62 + BASE62.index(digit)
    assert number.to_bytes(32, "big") == seed[8:]


@given(SEEDS, KINDS, st.data())
def test_one_wrong_character_anywhere_is_refused(seed: bytes, kind: Kind, data: st.DataObject) -> None:
    _, text = mint(seed, kind)
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from(BASE62 + "_- é").filter(lambda c: c != text[at]))
    with pytest.raises(MalformedKey):
        parse(text[:at] + wrong + text[at + 1 :], kind)


@given(st.text(max_size=100))
def test_any_other_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(MalformedKey) as always:
        parse("")
    with pytest.raises(MalformedKey) as refused:
        parse("mstr_live_" + text)
    assert str(refused.value) == str(always.value)


def test_a_cut_or_lengthened_key_is_refused() -> None:
    _, text = mint(bytes(range(40)))
    for cut in range(len(text)):
        with pytest.raises(MalformedKey):
            parse(text[:cut])
    for longer in (text + "0", text + "\n", " " + text, text * 1_000):
        with pytest.raises(MalformedKey):
            parse(longer)


def test_a_claim_token_is_no_api_key_and_the_other_way_round() -> None:
    with pytest.raises(MalformedKey, match="mstr_live_"):
        parse(mint(bytes(40), "claim")[1])
    with pytest.raises(MalformedKey, match="mstr_claim_"):
        parse(mint(bytes(40))[1], "claim")
    renamed = mint(bytes(40), "claim")[1].replace("mstr_claim_", "mstr_live_")
    with pytest.raises(MalformedKey, match="check sum"):
        parse(renamed)


@pytest.mark.parametrize("count", [0, MINT_BYTES - 1, MINT_BYTES + 1])
def test_too_little_chance_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        mint(bytes(count))


def test_a_fingerprint_is_hmac_sha256_under_the_pepper() -> None:
    _, secret = parse(mint(bytes(range(40)))[1])
    stored = fingerprint(b"pepper", secret)
    assert stored == hmac.new(b"pepper", secret.encode(), hashlib.sha256).digest()
    assert matches(b"pepper", secret, stored)
    assert not matches(b"salt", secret, stored)
    assert not matches(b"pepper", secret[:-1] + "!", stored)
    assert not matches(b"pepper", secret, stored[:31])


def test_wycheproof_hmac_cases_with_ascii_messages_agree() -> None:
    """Our function takes text, so only cases whose message is ASCII apply; the file truncates some tags."""
    if not WYCHEPROOF.exists():
        pytest.skip("../shared/vectors/wycheproof is not beside this repository")
    compared = 0
    for group in json.loads(WYCHEPROOF.read_text())["testGroups"]:
        for case in group["tests"]:
            message = bytes.fromhex(case["msg"])
            if not message.isascii():
                continue
            compared += 1
            tag = fingerprint(bytes.fromhex(case["key"]), message.decode())[: group["tagSize"] // 8]
            assert (tag == bytes.fromhex(case["tag"])) == (case["result"] == "valid"), case["tcId"]
    assert compared > 50
