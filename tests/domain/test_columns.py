"""Tables of items: columns fill fields, rows are items."""

import json
from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.columns import cells, fields, item


def row(text: str, header: str = "external_key,payload", mapping: dict[str, str] | None = None) -> Any:
    columns = fields(cells(header, ","), mapping or {})
    return item(cells(text, ","), columns, json.loads)


def test_columns_fill_the_fields_of_their_names_or_what_they_are_mapped_to() -> None:
    told = row(
        'k1,https://example.org/1,night  rain,1,yes,"a ""b"", c",x',
        "id,url,tags,priority,edge_case,label,comment",
        {"id": "external_key", "url": "payload.url", "label": "payload.label", "comment": ""},
    )
    assert told == {
        "external_key": "k1",
        "payload": {"url": "https://example.org/1", "label": 'a "b", c'},
        "tags": ["night", "rain"],
        "priority": 1,
        "edge_case": True,
    }


def test_empty_cells_say_nothing_and_payloads_are_json() -> None:
    assert row("k1,", "external_key,payload") == {"external_key": "k1"}
    assert row('k1,"{""a"": 1}"') == {"external_key": "k1", "payload": {"a": 1}}
    assert row("k1,x,no", "external_key,group,edge_case")["edge_case"] is False
    assert row("k1,x", "external_key,priority")["priority"] == "x", "what is no number is refused as an item"


@pytest.mark.parametrize(
    ("header", "mapping", "column"),
    [
        ("external_key,colour", {}, "colour"),
        ("payload,tags", {}, "external_key"),
        ("external_key,payload,payload", {}, ""),
        ("external_key,a,b", {"a": "tags", "b": "tags"}, "a"),
        ("external_key,payload,x", {"x": "payload.x"}, "payload"),
        ("external_key", {"url": "payload_uri"}, "url"),
        ("external_key,x", {"x": "payload."}, "x"),
        (",".join(f"c{n}" for n in range(300)), {}, ""),
    ],
)
def test_a_header_that_fills_nothing_or_one_thing_twice_is_refused(
    header: str, mapping: dict[str, str], column: str
) -> None:
    with pytest.raises(Refusal) as caught:
        fields(cells(header, ","), mapping)
    assert caught.value.code == "intake_header_wrong" and caught.value.extra["column"] == column


@pytest.mark.parametrize("text", ["k1", "k1,1,2", '"k1,1', '"k1"x,1'])
def test_a_row_of_another_width_or_with_a_loose_quote_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        row(text)
    assert caught.value.code == "line_malformed"


def test_a_long_cell_is_read() -> None:
    assert row('k1,"' + json.dumps("x" * 500_000).replace('"', '""') + '"')["payload"] == "x" * 500_000
