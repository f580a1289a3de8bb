"""A roster: people in a CSV file, read row by row. Each row is a person to invite, or says what is wrong with it.

RFC 4180 with what spreadsheets really write: a byte order mark, `;` or `,` (the header tells which), any line end,
quoted line breaks. The first row names the columns; rows count as a spreadsheet shows them, the header being row 1.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from backend.domain import contact
from backend.domain.errors import Refusal
from backend.domain.workforce.annotator import ROLES
from backend.domain.workforce.standing import ORIGINS

E = TypeVar("E")

ROWS_MAX = 20_000
BYTES_MAX = 5_000_000
REQUIRED = ("name", "email")
OPTIONAL = ("roles", "origin", "vendor", "team", "skills", "scores")
LEVEL_MAX = 10
ANSWERS_MAX = 1_000_000
"""Of one score: more answers than anybody gives."""
WORD_CHARS_MAX = 200
_SHOWN_CHARS, _SHOWN_COLUMNS = 60, 10

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_APART = re.compile(r"[\s;,]+")
_OTHER_SIGNS = {"\t": "a tab", "|": "'|'", ":": "':'", " ": "a space"}
"""What else people put between columns."""
_SKILL = re.compile(r"[\s;,]*(\S[^\r\n]*?):([0-9]{1,9})(?=[\s;,]|$)")
_SCORE = re.compile(r"[\s;,]*(\S[^\r\n]*?):([0-9]{1,9})/([0-9]{1,9})@([!-+\--:<-~]{1,100})(?=[\s;,]|$)")


@dataclass(frozen=True, slots=True)
class Level:
    """A skill by its name, and the level that is claimed, 1..10."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class Score:
    """So many of so many answers were right in this skill, says another system."""

    skill: str
    correct: int
    total: int
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A person as the file describes them; None and empty where it says nothing. Vendor and team: name or id."""

    row: int
    name: str
    email: str
    roles: tuple[str, ...]
    origin: str | None
    vendor: str | None
    team: str | None
    skills: tuple[Level, ...]
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A row that is left out: where it is wrong (no column: as a whole), what belongs there, and how to mend it.

    `found` never repeats a name or an address.
    """

    row: int
    column: str | None
    expected: str
    found: str
    mend: str


Read: TypeAlias = Row | Bad


class _Wrong(Exception):
    """A cell that cannot be read: expected, found, mend."""

    def __init__(self, expected: str, found: str, mend: str) -> None:
        super().__init__(expected)
        self.expected, self.found, self.mend = expected, found, mend


def read(text: str) -> tuple[Read, ...]:
    """Every row that is not blank, once and in order. Refuses only what is wrong with the file as a whole:
    `roster_too_large` (more than 20,000 rows or 5 MB of UTF-8), `roster_header_wrong`."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > BYTES_MAX:
        raise _too_large(f"{BYTES_MAX} bytes at most", f"{size} bytes")
    text = text.removeprefix("\ufeff")
    records = _records(text)
    columns = _header(next(records, []), text)
    addresses: dict[str, int] = {}
    found: list[Read] = []
    for number, record in enumerate(records, 2):
        if isinstance(record, list) and not any(cell.strip() for cell in record):
            continue
        if len(found) == ROWS_MAX:
            raise _too_large(f"{ROWS_MAX} rows at most", "more")
        found.append(_row(number, columns, record, addresses))
    return tuple(found)


class _Lines:
    """The file's lines, for csv to take one by one; `at` may be set back."""

    def __init__(self, text: str) -> None:
        self.all = _LINE.findall(text)
        self.at = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at == len(self.all):
            raise StopIteration
        self.at += 1
        return str(self.all[self.at - 1])


def _records(text: str) -> Iterator[list[str] | str]:
    """The cells of each row, or what csv says against it. A row that cannot be read ends with its first line: an open
    quote must not swallow the rows below."""
    lines = _Lines(text)
    head = lines.all[0] if lines.all else ""
    reader = csv.reader(lines, delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    while True:
        began = lines.at
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            lines.at = began + 1
            yield str(wrong)


def _header(record: list[str] | str, text: str) -> tuple[str, ...]:
    names = tuple(cell.strip().casefold() for cell in record) if isinstance(record, list) else ()
    unknown = list(dict.fromkeys(name for name in names if name not in REQUIRED + OPTIONAL))[:_SHOWN_COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    twice = [name for name, times in Counter(names).items() if times > 1 and name in REQUIRED + OPTIONAL]
    wrong = [
        f"{what} {', '.join(repr(name[:_SHOWN_CHARS]) for name in listed)}"
        for what, listed in (("unknown", unknown), ("missing", missing), ("twice", twice))
        if listed
    ]
    if wrong:
        sign = _other_sign(text)
        raise Refusal(
            "invalid",
            "roster_header_wrong",
            expected=f"a first row with the columns {', '.join(REQUIRED)}, and of {', '.join(OPTIONAL)} those needed,"
            " with ',' or ';' between them",
            found="; ".join([f"{sign} between the columns, it seems", *wrong] if sign else wrong),
            mend="save the file with ',' or ';' between the columns" if sign else "correct the first row",
            extra={"unknown": [name[:_SHOWN_CHARS] for name in unknown], "missing": missing, "twice": twice},
        )
    return names


def _other_sign(text: str) -> str | None:
    """What seems to keep the columns apart where neither `,` nor `;` does: what makes the first row a header."""
    first = _LINE.match(text)
    head = first[0].strip() if first else ""
    if "," in head or ";" in head:
        return None
    for sign, name in _OTHER_SIGNS.items():
        if {cell.strip(" \"'").casefold() for cell in head.split(sign)} >= set(REQUIRED):
            return name
    return None


def _row(number: int, columns: Sequence[str], record: list[str] | str, addresses: dict[str, int]) -> Read:
    if isinstance(record, str):
        mend = "close every quote, and write a quote inside a cell twice"
        return Bad(row=number, column=None, expected="cells of CSV", found=record, mend=mend)
    if len(record) != len(columns):
        expected, found = f"{len(columns)} cells, as in the first row", f"{len(record)}"
        mend = "put cells that hold the delimiter or a line break into quotes"
        return Bad(row=number, column=None, expected=expected, found=found, mend=mend)
    cells = {name: cell.strip() for name, cell in zip(columns, record, strict=True)}
    values: dict[str, Any] = {}
    for column, reads in _READERS.items():
        try:
            values[column] = reads(cells.get(column, ""))
        except _Wrong as wrong:
            return Bad(row=number, column=column, expected=wrong.expected, found=wrong.found, mend=wrong.mend)
    first = addresses.setdefault(contact.same_email(values["email"]), number)
    if first != number:
        mend = "keep one row per person"
        return Bad(
            row=number,
            column="email",
            expected="each address once",
            found=f"the address of row {first}",
            mend=mend,
        )
    return Row(row=number, **values)


# --- cells


def _name(cell: str) -> str:
    if contact.is_name(cell):
        return cell
    expected = f"1 to {contact.NAME_CHARS_MAX} characters"
    raise _Wrong(expected, f"{len(cell)}", "write the person's name")


def _email(cell: str) -> str:
    if contact.is_email(cell):
        return cell
    expected = f"an address such as ada@example.org of at most {contact.EMAIL_CHARS_MAX} characters"
    found = f"{len(cell)} characters with {cell.count('@')} @" if cell else "nothing"
    raise _Wrong(expected, found, "write the person's address")


def _roles(cell: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(word.casefold() for word in _APART.split(cell) if word))
    _known("roles", roles, ROLES)
    return roles


def _origin(cell: str) -> str | None:
    _known("origin", (cell.casefold(),) if cell else (), ORIGINS)
    return cell.casefold() or None


def _known(what: str, words: Sequence[str], allowed: Sequence[str]) -> None:
    for word in words:
        if word not in allowed:
            listed = ", ".join(allowed)
            raise _Wrong(f"{what} of {listed}", repr(word[:_SHOWN_CHARS]), f"write one of {listed}")


def _word(cell: str) -> str | None:
    if len(cell) > WORD_CHARS_MAX:
        raise _Wrong(f"at most {WORD_CHARS_MAX} characters", f"{len(cell)}", "write a name or an id")
    return cell or None


def _levels(cell: str) -> tuple[Level, ...]:
    levels = tuple(
        Level(name, int(level))
        for name, level in _entries(cell, _SKILL, f"name:level from 1 to {LEVEL_MAX}, as in birds:3")
    )
    for one in levels:
        if not 1 <= one.level <= LEVEL_MAX:
            raise _Wrong(f"a level from 1 to {LEVEL_MAX}", f"{one.level}", "write it as in birds:3")
    return _once(levels, [one.skill for one in levels])


def _scores(cell: str) -> tuple[Score, ...]:
    form = "name:correct/total@system, as in birds:45/50@othersystem"
    scores = tuple(
        Score(skill, int(n), int(of), system) for skill, n, of, system in _entries(cell, _SCORE, form)
    )
    for one in scores:
        if not (1 <= one.total <= ANSWERS_MAX and one.correct <= one.total):
            expected = f"correct at most total, and total in 1..{ANSWERS_MAX}"
            raise _Wrong(expected, f"{one.correct}/{one.total}", "write name:correct/total@system")
    return _once(scores, [f"{one.skill}@{one.system}" for one in scores])


def _entries(cell: str, shape: "re.Pattern[str]", form: str) -> Iterator[tuple[str, ...]]:
    """Entries apart by white space, `;` or `,`; a name may hold any of these, the numbers end it."""
    at = 0
    while cell[at:].strip(" \t\r\n;,"):
        entry = shape.match(cell, at)
        if entry is None or len(entry[1]) > WORD_CHARS_MAX:
            raise _Wrong(form, repr(cell[at : at + _SHOWN_CHARS]), f"write {form}")
        yield entry.groups()
        at = entry.end()


def _once(entries: E, names: Sequence[str]) -> E:
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise _Wrong("each skill once", f"{twice[:_SHOWN_CHARS]!r} twice", "write each skill once")
    return entries


_READERS: Mapping[str, Callable[[str], Any]] = {
    "name": _name,
    "email": _email,
    "roles": _roles,
    "origin": _origin,
    "vendor": _word,
    "team": _word,
    "skills": _levels,
    "scores": _scores,
}
"""How each column's cell is read, stripped of white space; an absent column reads as an empty cell."""


def _too_large(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid", "roster_too_large", expected=expected, found=found, mend="send the rows in several files"
    )
