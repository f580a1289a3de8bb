"""An item as it is sent: what may be said of it, and where it is wrong; the schema says the same."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.incoming import SCHEMA, needs_of, read

KEY: dict[str, Any] = {"external_key": "img-1"}
ID = "0190d3c4-0000-7000-8000-000000000001"
GOOD: list[dict[str, Any]] = [
    KEY | {"payload": None},
    KEY | {"payload": {"a": [1]}, "priority": 0, "tags": ["night", "scene:rain"], "edge_case": True},
    KEY | {"payload": 1, "deadline": "2030-01-31T12:00:00+02:00", "group": "film 7", "needs": {}},
    KEY | {"payload": 1, "deadline": None, "tags": None, "edge_case": None, "group": None, "needs": None},
    KEY | {"payload_uri": "s3://bucket/a.png", "sha256": "0" * 64, "media_type": "image/png"},
    KEY | {"payload": 1, "needs": {"all": [{"skill": ID, "level_min": 3}], "any": [[{"team": ID}]]}},
]
BAD: list[tuple[Any, str, str]] = [
    (7, "item_invalid", "/"),
    ({}, "item_invalid", "/external_key"),
    (KEY | {"payload": 1, "colour": 1}, "item_invalid", "/colour"),
    ({"external_key": "", "payload": 1}, "item_invalid", "/external_key"),
    ({"external_key": "x" * 501, "payload": 1}, "item_invalid", "/external_key"),
    (KEY, "payload_unclear", "/payload"),
    (KEY | {"payload": 1, "payload_uri": "https://example.org/1"}, "payload_unclear", "/payload"),
    (KEY | {"payload": 1, "edge_case": 1}, "item_invalid", "/edge_case"),
    (KEY | {"payload": 1, "group": ""}, "item_invalid", "/group"),
    (KEY | {"payload": 1, "priority": True}, "priority_invalid", "/priority"),
    (KEY | {"payload": 1, "priority": "2"}, "priority_invalid", "/priority"),
    (KEY | {"payload": 1, "tags": "night"}, "tags_invalid", "/tags"),
    (KEY | {"payload": 1, "tags": [f"t{n}" for n in range(33)]}, "tags_invalid", "/tags"),
    (KEY | {"payload": 1, "tags": ["ok", "Not ok"]}, "tags_invalid", "/tags/1"),
    (KEY | {"payload": 1, "tags": ["x" * 65]}, "tags_invalid", "/tags/0"),
    (KEY | {"payload": 1, "deadline": 1_700_000_000}, "deadline_invalid", "/deadline"),
]


@pytest.mark.parametrize("given", GOOD)
def test_what_reads_well_fits_the_schema(given: dict[str, Any]) -> None:
    assert read(given).external_key == "img-1"
    assert jsonschema_rs.is_valid(SCHEMA, given)


@pytest.mark.parametrize(("given", "code", "where"), BAD)
def test_what_is_wrong_is_refused_with_its_place_and_by_the_schema(given: Any, code: str, where: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(given)
    assert (caught.value.kind, caught.value.code) == ("invalid", code)
    assert caught.value.extra["where"] == where
    assert not jsonschema_rs.is_valid(SCHEMA, given)


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "data:text/plain,x", "file:///etc/passwd", "no scheme", "https://a b", "x" * 10, "",
     "https://example.org/\n", "HTTPS://example.org", "https://" + "a" * 2_000, 7],
)  # fmt: skip
def test_an_address_that_runs_or_reads_at_home_or_is_none_is_refused(uri: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(KEY | {"payload_uri": uri})
    assert caught.value.code in ("payload_uri_invalid", "payload_unclear")


def test_what_lies_elsewhere_is_kept_with_its_hash() -> None:
    sent = KEY | {"payload_uri": "https://example.org/a?b=1#c", "sha256": "a" * 64}
    assert read(sent).payload == {"uri": "https://example.org/a?b=1#c", "sha256": "a" * 64}
    for wrong in ({"sha256": "A" * 64}, {"media_type": "png"}, {"sha256": 1}):
        with pytest.raises(Refusal):
            read(sent | wrong)


@pytest.mark.parametrize(
    "text", ["2030-01-31", "2030-01-31T12:00:00", "2030-13-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_a_deadline_is_a_moment_with_its_zone(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(KEY | {"payload": 1, "deadline": text})
    assert caught.value.code == "deadline_invalid"


def test_a_deadline_is_read_as_utc_and_tags_have_one_order() -> None:
    told = read(KEY | {"payload": 1, "deadline": "2030-01-31T12:00:00+02:00", "tags": ["b", "a", "b"]})
    assert told.deadline == datetime(2030, 1, 31, 10, tzinfo=UTC)
    assert told.tags == ("a", "b")


def test_needs_are_read_with_ids_and_words() -> None:
    told = needs_of({"all": [{"skill": ID, "level_min": 2}], "any": [[{"check": "hipaa"}]], "none": None})
    assert told == {"all": [{"skill": UUID(ID), "level_min": 2}], "any": [[{"check": "hipaa"}]], "none": []}


@pytest.mark.parametrize(
    "needs",
    [
        7,
        [],
        {"some": []},
        {"all": {}},
        {"all": [7]},
        {"all": [{"agreement": ID}]},
        {"all": [{"skill": "birds"}]},
        {"all": [{"skill": ID, "level_min": "3"}]},
        {"all": [{"skill": ID, "level_min": True}]},
        {"any": [{"skill": ID}]},
        {"all": [{"skill": ID}] * 21},
    ],
)
def test_needs_of_another_shape_are_refused(needs: Any) -> None:
    with pytest.raises(Refusal) as caught:
        needs_of(needs)
    assert caught.value.code == "needs_invalid" and caught.value.extra["where"].startswith("/needs")
