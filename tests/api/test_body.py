"""The strict body reader: what it accepts means one thing, what it refuses has a code."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api.body import INTEGER_MAX, INTEGER_MIN, BadBody, read_json

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
PARSING = sorted((VECTORS / "json_parsing").glob("*.json"))
CODES = {
    "body_too_large",
    "body_not_utf8",
    "body_not_json",
    "body_not_finite",
    "body_nul",
    "body_surrogate",
    "body_duplicate_key",
    "body_too_deep",
    "body_too_many_nodes",
    "body_number_out_of_range",
}
# Correct JSON that we refuse on purpose: PostgreSQL keeps no U+0000; a name said twice has no one meaning.
REFUSED_ON_PURPOSE = {
    "y_object_duplicated_key.json": "body_duplicate_key",
    "y_object_duplicated_key_and_value.json": "body_duplicate_key",
    "y_object_escaped_null_in_key.json": "body_nul",
    "y_string_null_escape.json": "body_nul",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(INTEGER_MIN, INTEGER_MAX) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


def refusal(raw: bytes, **limits: Any) -> BadBody:
    with pytest.raises(BadBody) as refused:
        read_json(raw, **limits)
    bad = refused.value
    assert bad.code in CODES
    assert all(part and part.isascii() for part in (bad.expected, bad.found, bad.where, str(bad)))
    return bad


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_what_is_plain_json_is_read_as_it_was_written(value: Any, escaped: bool, indent: int | None) -> None:
    assert read_json(json.dumps(value, ensure_ascii=escaped, indent=indent).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        value = read_json(raw)
    except BadBody as bad:
        assert bad.code in CODES
    else:
        assert value == json.loads(raw)


@given(st.text(alphabet='[]{}",:0123456789eE+-.\\u0dDnulltruefalse \n', max_size=60))
def test_anything_like_json_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        value = read_json(text.encode())
    except BadBody as bad:
        assert bad.code in CODES
    else:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")


@pytest.mark.skipif(not PARSING, reason="../shared/vectors/json_parsing is not beside this repository")
@pytest.mark.parametrize("file", PARSING, ids=lambda file: file.name)
def test_the_json_test_suite_agrees(file: Path) -> None:
    """y_ accepted, n_ refused, i_ either; four y_ files are refused on purpose, by their own codes."""
    raw = file.read_bytes()
    if file.name in REFUSED_ON_PURPOSE:
        assert refusal(raw).code == REFUSED_ON_PURPOSE[file.name]
    elif file.name.startswith("y_"):
        assert read_json(raw) == json.loads(raw)
    elif file.name.startswith("n_"):
        refusal(raw)
    else:
        try:
            value = read_json(raw)
        except BadBody:
            return
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")


def test_the_naughty_strings_come_back_equal_or_are_refused_by_name() -> None:
    file = VECTORS / "blns.json"
    if not file.exists():
        pytest.skip("../shared/vectors/blns.json is not beside this repository")
    strings = json.loads(file.read_text("utf-8"))
    assert len(strings) > 500
    for text in strings:
        for raw in (json.dumps({text: text}), json.dumps({text: text}, ensure_ascii=False)):
            if "\0" in text:
                assert refusal(raw.encode()).code == "body_nul"
            else:
                assert read_json(raw.encode()) == {text: text}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body_not_json"),
        (b" \n", "body_not_json"),
        (b"{} x", "body_not_json"),
        (b"\xef\xbb\xbf{}", "body_not_json"),
        (b'"a\x00b"', "body_not_json"),
        (b'"a\nb"', "body_not_json"),
        ("{}".encode("utf-16"), "body_not_utf8"),
        (b'"\xed\xa0\x80"', "body_not_utf8"),
        (b'"\xc0\x80"', "body_not_utf8"),
        (b"NaN", "body_not_finite"),
        (b'{"a": [Infinity]}', "body_not_finite"),
        (b"-Infinity", "body_not_finite"),
        (b"1e999", "body_not_finite"),
        (b"[-1e999]", "body_not_finite"),
        (b'"\\u0000"', "body_nul"),
        (b'{"\\u0000": 1}', "body_nul"),
        (b'"\\ud800"', "body_surrogate"),
        (b'"\\uDc00"', "body_surrogate"),
        (b'{"\\udfff": 1}', "body_surrogate"),
        (b'["\\ude00\\ud83d"]', "body_surrogate"),
        (b'{"a": 1, "a": 1}', "body_duplicate_key"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "body_duplicate_key"),
        (b"[" * 65 + b"]" * 65, "body_too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "body_too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "body_too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "body_too_deep"),
        (b"[" * 100_000, "body_too_deep"),
        (b"9223372036854775808", "body_number_out_of_range"),
        (b"[-9223372036854775809]", "body_number_out_of_range"),
        (b"1" * 5_000, "body_number_out_of_range"),
    ],
)
def test_each_fault_has_its_code(raw: bytes, code: str) -> None:
    assert refusal(raw).code == code


def test_a_byte_order_mark_is_refused_by_its_name() -> None:
    assert refusal(b"\xef\xbb\xbf{}").found == "a byte order mark"


def test_the_limits_themselves_are_allowed() -> None:
    assert read_json(b"[9223372036854775807, -9223372036854775808]") == [INTEGER_MAX, INTEGER_MIN]
    assert read_json(b"[1.7976931348623157e308, 1e-999]") == [1.7976931348623157e308, 0.0]
    read_json(b"[" * 64 + b"]" * 64)
    read_json(b"[" * 3 + b"]" * 3, depth_max=3)
    assert refusal(b"[" * 4 + b"]" * 4, depth_max=3).code == "body_too_deep"
    read_json(b"[1,2,3]", nodes_max=4)
    assert refusal(b"[1,2,3]", nodes_max=3).code == "body_too_many_nodes"
    read_json(b'{"a":[1,{}]}', nodes_max=4)
    assert refusal(b'{"a":[1,{}]}', nodes_max=3).code == "body_too_many_nodes"
    assert read_json(b'"1234"', limit_bytes=6) == "1234"
    assert refusal(b'"1234"', limit_bytes=5).code == "body_too_large"
    assert refusal(b"[" + b"0," * 200_000 + b"0]").code == "body_too_many_nodes"
    assert refusal(b" " * 1_048_577).code == "body_too_large"


def test_a_number_keeps_its_kind() -> None:
    value = read_json(b"[1, 1.0, -0.0, 123456789012345678]")
    assert [type(number) for number in value] == [int, float, float, int]
    assert value[3] == 123456789012345678


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert read_json(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert read_json(b'"\\\\ud800 \\\\u0000"') == "\\ud800 \\u0000"


def test_repeated_names_may_be_allowed_and_then_the_last_counts() -> None:
    assert read_json(b'{"a": 1, "a": 2}', duplicate_keys="last") == {"a": 2}
    assert refusal(b'{"a": "\\u0000"}', duplicate_keys="last").code == "body_nul"
    assert refusal(b'{"a": NaN}', duplicate_keys="last").code == "body_not_finite"


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'{"a": {"b/c~": [0, "\\u0000"]}}', "/a/b~1c~0"),
        (b'[[], [[], {"x": "\\ud800"}]]', "/1/1"),
        (b'"\\u0000"', "the body's top level"),
        (b'{"a": \n x}', "line 2 column 2"),
        (b'"\xff"', "byte 1"),
        (b'{"k\xc3\xa9y": 1, "k\xc3\xa9y": 2}', "name 'k\\xe9y'"),
        (b'{"\xc3\xa9": ["\\u0000"]}', "/\\xe9"),
    ],
)
def test_a_refusal_says_where(raw: bytes, where: str) -> None:
    assert refusal(raw).where == where


def test_a_refusal_repeats_no_value_and_only_the_beginning_of_a_name() -> None:
    bad = refusal(b'{"' + b"n" * 5_000 + b'": ["secret value\\u0000"]}')
    assert "secret" not in str(bad)
    assert len(str(bad)) < 300
    assert len(str(refusal(b'{"x":1,"' + b"n" * 5_000 + b'":2,"' + b"n" * 5_000 + b'":3}'))) < 300
