"""Answer schemas: what cannot be checked safely is refused when it is published, and an answer that does not fit is
told where."""

import json
import time
from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.answer_schema import BYTES_MAX, check, problems

BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
LABELS = {
    "type": "object",
    "required": ["label"],
    "additionalProperties": False,
    "properties": {
        "label": {"enum": ["cat", "dog"]},
        "boxes": {"type": "array", "items": {"$ref": "#/$defs/box"}},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
    },
    "$defs": {"box": BOX},
}


def refused(schema: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        check(schema if isinstance(schema, str) else json.dumps(schema))
    assert (caught.value.kind, caught.value.code) == ("invalid", "answer_schema_invalid")
    return caught.value


def test_an_answer_that_fits_has_no_problems() -> None:
    text = json.dumps(LABELS)
    check(text)
    assert problems(text, {"label": "cat", "boxes": [[1, 2, 3.5, 4]], "code": "abc"}) == []
    assert problems("", {"anything": 1}) == []
    check("")


def test_each_problem_says_where_and_never_what_was_answered() -> None:
    found = problems(json.dumps(LABELS), {"label": "secret-horse", "boxes": [[1, 2]], "code": "UPPER"})
    assert sorted(one["where"] for one in found) == ["/boxes/0", "/code", "/label"]
    assert {one["rule"] for one in found} == {"enum", "minItems", "pattern"}
    assert "secret-horse" not in str(found) and "UPPER" not in str(found)
    assert problems(json.dumps(LABELS), 7)[0]["where"] == "/"


def test_no_more_than_twenty_problems_are_told() -> None:
    text = json.dumps({"type": "array", "items": {"type": "string"}})
    assert len(problems(text, list(range(500)))) == 20


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ({"type": "objekt"}, "/type"),
        ({"properties": {"a": {"minLength": -1}}}, "/properties/a/minLength"),
        ({"properties": {"a": {"$ref": "https://example.org/schema"}}}, "/properties/a/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"$ref": "#/$defs/nothing"}, "/$ref"),
        ({"$ref": "#/$defs/a%62", "$defs": {"a%62": True}}, "/$ref"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "/$schema"),
        ({"items": {"$dynamicRef": "#x"}}, "/items/$dynamicRef"),
        ({"items": {"$id": "https://example.org/x"}}, "/items/$id"),
        ({"items": 7}, "/items"),
    ],
)
def test_a_schema_that_is_none_is_refused_with_the_place(schema: dict[str, Any], where: str) -> None:
    assert refused(schema).extra["where"] == where


@pytest.mark.parametrize("schema", ["{", "[]", "7", "null", '{"a":' * 40_000, "[" * 60_000])
def test_what_is_no_json_object_is_refused(schema: str) -> None:
    refused(schema)


def test_a_name_that_looks_like_a_keyword_is_only_a_name() -> None:
    check(json.dumps({"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}}))
    check(json.dumps({"const": {"$ref": "https://example.org"}, "enum": [{"$ref": 7}]}))


def test_a_reference_that_leads_back_to_itself_is_refused() -> None:
    refused({"properties": {"child": {"$ref": "#"}}})
    loop = {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}
    refused({"$defs": loop})


def test_references_that_multiply_are_refused_before_anything_is_checked() -> None:
    laughs = {f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 2} for n in range(20)}
    refused({"$ref": "#/$defs/l0", "$defs": laughs | {"l20": {"type": "string"}}})


def test_too_deep_and_too_large_schemas_are_refused() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        deep = {"items": deep}
    refused(deep)
    for _ in range(400):
        deep = {"items": deep}
    refused(deep)
    chain = {f"l{n}": {"$ref": f"#/$defs/l{n + 1}"} for n in range(1_500)}
    refused({"$ref": "#/$defs/l0", "$defs": chain | {"l1500": True}})
    refused({"description": "x" * BYTES_MAX})
    refused({"properties": {f"p{n}": True for n in range(2_500)}})


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", "((((a{1,100}){1,100}){1,100}){1,100})", "["])
def test_a_pattern_that_needs_backtracking_or_too_much_memory_is_refused(pattern: str) -> None:
    refused({"properties": {"a": {"pattern": pattern}}})
    refused({"patternProperties": {pattern: True}})


def test_a_pattern_that_is_known_to_explode_elsewhere_is_matched_at_once() -> None:
    text = json.dumps({"type": "string", "pattern": "^(a+)+$"})
    check(text)
    began = time.perf_counter()
    assert problems(text, "a" * 100_000 + "!")
    assert time.perf_counter() - began < 1
