"""An envelope opens in the one place it was sealed for, whole and unchanged, and nowhere else."""

from dataclasses import replace
from itertools import permutations, product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.events.store.envelope import (
    OVERHEAD_BYTES,
    SCOPES,
    Context,
    DataKey,
    EnvelopeBroken,
    KeyBroken,
    KeyDestroyed,
    commitment,
    key_id_of,
    open_,
    seal,
)

IDS = [UUID(int=n) for n in range(1, 9)]
KEY = DataKey.fresh(IDS[7], 1, bytes(range(32)))
PLACE = Context(IDS[0], "person", IDS[1], "annotator.invited", IDS[2], "email")
NONCE = bytes(range(24))
GOLDEN = "91fdbf17be6ffd26a08a48a9822bbdd5f5b0f5649abf28d748e3f1c6f506fb"
NAMES = st.text("abzABZ019_.:/-", min_size=1, max_size=20)


def contexts() -> st.SearchStrategy[Context]:
    ids = st.sampled_from(IDS)
    return st.builds(Context, ids, st.sampled_from(SCOPES), ids, NAMES, ids, NAMES)


def test_the_layout_is_version_key_id_nonce_ciphertext_tag() -> None:
    envelope = seal(KEY, PLACE, b"ada@example.org", NONCE)
    assert envelope[:1] == b"\x01"
    assert envelope[1:17] == KEY.key_id.bytes
    assert envelope[17:41] == NONCE
    assert len(envelope) == len(b"ada@example.org") + OVERHEAD_BYTES == 15 + 57
    assert key_id_of(envelope) == KEY.key_id


def test_the_bytes_of_an_envelope_never_drift() -> None:
    assert PLACE.aad(KEY.key_id, 1) == (
        b"muster1|00000000-0000-0000-0000-000000000001|person|00000000-0000-0000-0000-000000000002|annotator.invited"
        b"|00000000-0000-0000-0000-000000000003|email|00000000-0000-0000-0000-000000000008|1"
    )
    assert seal(KEY, PLACE, b"ada@example.org", NONCE)[41:].hex() == GOLDEN


@given(contexts(), st.binary(max_size=300))
def test_what_was_sealed_opens_in_its_place(context: Context, plaintext: bytes) -> None:
    assert open_(KEY, context, seal(KEY, context, plaintext, NONCE)) == plaintext


def test_every_flipped_bit_breaks_the_envelope() -> None:
    envelope = seal(KEY, PLACE, b"Ada Lovelace", NONCE)
    for bit in range(8 * len(envelope)):
        changed = bytearray(envelope)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EnvelopeBroken):
            open_(KEY, PLACE, bytes(changed))


def test_every_truncation_and_every_extension_breaks_the_envelope() -> None:
    envelope = seal(KEY, PLACE, b"Ada Lovelace", NONCE)
    for length in range(len(envelope)):
        with pytest.raises(EnvelopeBroken):
            open_(KEY, PLACE, envelope[:length])
        with pytest.raises(EnvelopeBroken):
            open_(KEY, PLACE, envelope[length + 1 :])
    with pytest.raises(EnvelopeBroken):
        open_(KEY, PLACE, envelope + b"\0")


def test_any_two_envelopes_swapped_do_not_open() -> None:
    """Every pair that differs in row, field, record type, scope, tenant or key version."""
    places = [
        Context(tenant, scope, scope_id, record_type, record_id, field)
        for tenant, scope, scope_id, record_type, record_id, field in product(
            IDS[:2], SCOPES[:2], IDS[2:4], ("a", "b"), IDS[4:6], ("name", "email")
        )
    ]
    keys = [KEY, DataKey.fresh(KEY.key_id, 2, KEY.secret)]
    sealed = [(key, place, seal(key, place, b"same", NONCE)) for key in keys for place in places]
    for (key, place, mine), (_, _, others) in permutations(sealed, 2):
        assert mine != others
        with pytest.raises(EnvelopeBroken):
            open_(key, place, others)


def test_the_version_of_the_key_is_bound_even_when_secret_and_id_are_equal() -> None:
    with pytest.raises(EnvelopeBroken):
        open_(DataKey.fresh(KEY.key_id, 2, KEY.secret), PLACE, seal(KEY, PLACE, b"x", NONCE))


def test_a_key_with_the_same_id_and_another_secret_does_not_open() -> None:
    with pytest.raises(EnvelopeBroken):
        open_(DataKey.fresh(KEY.key_id, 1, bytes(32)), PLACE, seal(KEY, PLACE, b"x", NONCE))


def test_another_key_is_refused_by_name() -> None:
    with pytest.raises(EnvelopeBroken, match=str(IDS[3])):
        open_(DataKey.fresh(IDS[3], 1, KEY.secret), PLACE, seal(KEY, PLACE, b"x", NONCE))


@given(contexts(), contexts())
def test_two_contexts_share_their_aad_only_if_equal(one: Context, other: Context) -> None:
    assert (one.aad(KEY.key_id, 1) == other.aad(KEY.key_id, 1)) == (one == other)


@pytest.mark.parametrize("name", ["", "a|b", "a b", "naïve", "a\n", "x" * 129])
def test_a_name_that_could_blur_the_context_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a name"):
        replace(PLACE, field=name)
    with pytest.raises(ValueError, match="expected a name"):
        replace(PLACE, record_type=name)


def test_a_scope_and_ids_outside_their_types_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a scope"):
        replace(PLACE, scope="team")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a UUID"):
        replace(PLACE, tenant="1|person")  # type: ignore[arg-type]


def test_a_destroyed_key_neither_opens_nor_seals_and_says_erased() -> None:
    gone = DataKey.gone(KEY.key_id, KEY.version)
    assert gone.destroyed and not KEY.destroyed
    with pytest.raises(KeyDestroyed, match="ERASED"):
        open_(gone, PLACE, seal(KEY, PLACE, b"x", NONCE))
    with pytest.raises(KeyDestroyed, match="ERASED"):
        seal(gone, PLACE, b"x", NONCE)


def test_an_unwrapped_key_must_agree_with_its_commitment() -> None:
    assert DataKey.unwrapped(KEY.key_id, 1, KEY.secret, KEY.commit) == KEY
    assert KEY.commit == commitment(KEY.secret, KEY.key_id) and len(KEY.commit) == 16
    for key_id, secret, commit in [
        (KEY.key_id, bytes(32), KEY.commit),
        (IDS[0], KEY.secret, KEY.commit),
        (KEY.key_id, KEY.secret, KEY.commit[:15]),
        (KEY.key_id, KEY.secret, b""),
        (KEY.key_id, KEY.secret[:31], KEY.commit),
    ]:
        with pytest.raises(KeyBroken):
            DataKey.unwrapped(key_id, 1, secret, commit)


def test_no_error_and_no_representation_shows_a_secret() -> None:
    envelope = bytearray(seal(KEY, PLACE, b"Ada Lovelace", NONCE))
    envelope[-1] ^= 1
    with pytest.raises(EnvelopeBroken) as broken:
        open_(KEY, PLACE, bytes(envelope))
    for text in (str(broken.value), repr(KEY)):
        assert "Ada" not in text and KEY.secret.hex() not in text and repr(KEY.secret)[2:-1] not in text
    assert broken.value.__cause__ is None
