"""A table of items: which field each column fills, and a row read as an item."""

import csv
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.domain.errors import Refusal
from backend.domain.tasks.incoming import FIELDS, wrong

DELIMITERS = (",", ";", "\t", "|")
COLUMNS_MAX = 200
CELL_CHARS_MAX = 1_048_576
IGNORED = ""
"""The field of a column that is left out."""
MEMBER = "payload."
"""`payload.label` fills the member `label` of the payload."""
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")

csv.field_size_limit(CELL_CHARS_MAX)


def cells(row: str, delimiter: str) -> list[str]:
    """The cells of one row of a CSV file (RFC 4180). Raises `line_malformed` where a quote is out of place."""
    if '"' not in row:
        return row.split(delimiter)
    try:
        (found,) = csv.reader([row], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        raise wrong(
            "line_malformed", "", "cells with quotes doubled inside of quotes", "a quote out of place"
        ) from None
    return found


def fields(header: Sequence[str], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The field of each column of the header: what the mapping says, else its own name.

    Raises `intake_header_wrong` (invalid) for a column that names no field, two that fill the same, or too many; and
    where nothing fills the external key, or a column of the mapping is missing.
    """
    names = [name.strip() for name in header]
    if len(names) > COLUMNS_MAX or len(set(names)) < len(names):
        raise _header(f"at most {COLUMNS_MAX} columns of different names", "more, or one twice", "")
    if missing := [name for name in mapping if name not in names]:
        raise _header("every column that the mapping names", "one missing", missing[0])
    made = [mapping.get(name, name) for name in names]
    for name, field in zip(names, made, strict=True):
        if not may_fill(field):
            raise _header(
                f"columns mapped to one of {', '.join(sorted(FIELDS))}, payload.NAME or nothing",
                "a column that names no field",
                name,
            )
        if field != IGNORED and made.count(field) > 1:
            raise _header("each field filled by one column", "two columns", name)
    if "external_key" not in made:
        raise _header("a column for external_key", "none", "external_key")
    if "payload" in made and any(field.startswith(MEMBER) for field in made):
        raise _header("either payload or payload.NAME", "both", "payload")
    return tuple(made)


def may_fill(field: str) -> bool:
    """Whether a column can be mapped to this."""
    return field in FIELDS or field == IGNORED or (field.startswith(MEMBER) and len(field) > len(MEMBER))


def item(row: Sequence[str], columns: Sequence[str], read: Callable[[str], Any]) -> dict[str, Any]:
    """A row as an item is sent; empty cells are left out. `read` takes JSON strictly. Raises `line_malformed`,
    `item_invalid`, or what `read` raises."""
    if len(row) != len(columns):
        raise wrong("line_malformed", "", f"{len(columns)} cells", f"{len(row)}")
    given: dict[str, Any] = {}
    members: dict[str, str] = {}
    for field, cell in zip(columns, row, strict=True):
        if cell == "" or field == IGNORED:
            continue
        if field.startswith(MEMBER):
            members[field.removeprefix(MEMBER)] = cell
        else:
            given[field] = _value(field, cell, read)
    return given | ({"payload": members} if members else {})


def _value(field: str, cell: str, read: Callable[[str], Any]) -> Any:
    match field:
        case "tags":
            return cell.split()
        case "priority" if cell.strip().isdecimal() and len(cell) < 9:
            return int(cell)
        case "edge_case" if cell.strip().lower() in TRUE + FALSE:
            return cell.strip().lower() in TRUE
        case "payload" | "needs" | "prediction":
            return read(cell)
        case _:
            return cell


def _header(expected: str, found: str, column: str) -> Refusal:
    return Refusal(
        "invalid",
        "intake_header_wrong",
        expected=expected,
        found=f"{found} ({ascii(column[:64])[1:-1]})" if column else found,
        mend="correct the first row, or begin again with another mapping of columns",
        extra={"column": column[:64]},
    )
