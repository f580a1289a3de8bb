"""The classes of a taxonomy as they are sent: read, checked as a whole, and spelled in one way."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain.errors import Refusal

CLASSES_MAX = 100_000
LEVELS_MAX = 32
CODE_CHARS_MAX, TEXT_CHARS_MAX, SYNONYMS_MAX = 200, 500, 50
BYTES_MAX = 67_108_864
"""Of all classes as they are exported."""
PROBLEMS_MAX = 20
FIELDS = ("code", "label", "parent", "synonyms", "deprecated", "replaced_by")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
Json = Any


@dataclass(frozen=True, slots=True)
class ClassNode:
    """A class: `code` is what answers say and never changes its meaning, `label` what people read. `parent` and
    `replaced_by` are codes."""

    code: str
    label: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    deprecated: bool = False
    replaced_by: str | None = None

    def told(self) -> dict[str, Json]:
        """As it would be sent, without what is not said."""
        said = {"code": self.code, "label": self.label, "parent": self.parent, "synonyms": [*self.synonyms]}
        more = {"deprecated": self.deprecated, "replaced_by": self.replaced_by}
        return {name: value for name, value in (said | more).items() if value}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (`line 17`), and what to do."""

    where: str
    rule: str
    says: str


class _Wrong(ValueError):
    """A line that cannot be read: the rule and what to do."""


def read(given: Sequence[tuple[str, Json]]) -> list[ClassNode]:
    """The classes of a version, from each one's place and what stands there. All of it or nothing: raises
    `taxonomy_invalid`, which lists up to 20 `problems` with their lines."""
    if not 1 <= len(given) <= CLASSES_MAX:
        raise refused([Problem("classes", "count", f"send 1 to {CLASSES_MAX} classes, not {len(given)}")])
    problems: list[Problem] = []
    found: list[ClassNode] = []
    for where, one in given:
        try:
            found.append(_class(one))
        except _Wrong as wrong:
            problems.append(Problem(where, *wrong.args))
    if not problems:
        places = [where for where, _ in given]
        problems = [*_of_tree(found, places)]
    if problems:
        raise refused(problems)
    return found


def lines(classes: Iterable[ClassNode]) -> Iterator[bytes]:
    """Each class as its line of JSON, with its line feed; the same class is always the same line."""
    for one in classes:
        yield json.dumps(one.told(), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def of_line(line: bytes) -> ClassNode:
    """A class from its line."""
    said = json.loads(line)
    return ClassNode(
        said["code"],
        said["label"],
        said.get("parent"),
        tuple(said.get("synonyms", ())),
        said.get("deprecated", False),
        said.get("replaced_by"),
    )


def levels(classes: Sequence[ClassNode]) -> list[int]:
    """The level of each class, a root's being 1; 0 where its ancestors end in a circle or in nothing."""
    parent = {one.code: one.parent for one in classes}
    known: dict[str | None, int] = {None: 0}
    for one in classes:
        path: list[str] = []
        at: str | None = one.code
        waiting: set[str] = set()
        while at not in known and at in parent and at not in waiting:
            path.append(at)
            waiting.add(at)
            at = parent[at]
        begin = known.get(at, -1)
        for place, code in enumerate(reversed(path), 1):
            known[code] = begin + place if begin >= 0 else -1
    return [max(0, known[one.code]) for one in classes]


def refused(problems: Sequence[Problem]) -> Refusal:
    """`taxonomy_invalid`: nothing of it was kept."""
    first = problems[0]
    return Refusal(
        "invalid",
        "taxonomy_invalid",
        expected="classes with codes of their own, whose parents and successors are among them",
        found=f"{len(problems)} problem(s), the first at {first.where}: {first.says}",
        mend="correct each place in `problems` and send all classes again; nothing was kept",
        extra={
            "problems": [
                {"where": one.where, "rule": one.rule, "says": one.says} for one in problems[:PROBLEMS_MAX]
            ]
        },
    )


# --- one class


def _class(said: Json) -> ClassNode:
    if isinstance(said, Refusal):
        raise _Wrong("line", f"send {said.expected}, not {said.found}")
    if not isinstance(said, Mapping):
        raise _Wrong("type", "send a class as an object")
    if strange := sorted(str(name)[:40] for name in said if name not in FIELDS):
        raise _Wrong("field", f"a class has {', '.join(FIELDS)}; leave out {strange[0]!a}")
    synonyms = said.get("synonyms") or []
    if not isinstance(synonyms, list | tuple) or len(synonyms) > SYNONYMS_MAX:
        raise _Wrong("synonyms", f"send synonyms as a list of at most {SYNONYMS_MAX} texts")
    deprecated = said.get("deprecated") or False
    if not isinstance(deprecated, bool):
        raise _Wrong("deprecated", "send deprecated as true or false")
    replaced_by = _code(said.get("replaced_by"), "replaced_by")
    if replaced_by and not deprecated:
        raise _Wrong("replaced_by", "only a deprecated class has a successor: send deprecated true as well")
    code = _code(said.get("code"), "code")
    if code is None:
        raise _Wrong("code", "give the class a code")
    return ClassNode(
        code,
        _text(said.get("label"), "label", TEXT_CHARS_MAX),
        _code(said.get("parent"), "parent"),
        tuple(_text(one, "synonyms", TEXT_CHARS_MAX) for one in synonyms),
        deprecated,
        replaced_by,
    )


def _code(value: Json, field: str) -> str | None:
    return None if value is None or value == "" else _text(value, field, CODE_CHARS_MAX)


def _text(value: Json, field: str, most: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise _Wrong(field, f"send {field} as text of 1 to {most} characters")
    if value != value.strip() or _CONTROL.search(value):
        raise _Wrong(field, f"send {field} without blanks at its ends and without control characters")
    return value


# --- all of them


def _of_tree(classes: Sequence[ClassNode], places: Sequence[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for one, where in zip(classes, places, strict=True):
        if one.code in first:
            yield Problem(where, "code", f"the code of {first[one.code]} again: give each class its own")
        else:
            first[one.code] = where
    deprecated = {one.code for one in classes if one.deprecated}
    for one, where, level in zip(classes, places, levels(classes), strict=True):
        if one.parent is not None and one.parent not in first:
            yield Problem(where, "parent", "no class has the code of its parent: add that class, or mend it")
        elif level == 0:
            yield Problem(where, "parent", "its ancestors do not end at a class without a parent: mend one")
        elif level > LEVELS_MAX:
            yield Problem(where, "parent", f"on level {level}: have at most {LEVELS_MAX} levels")
        if one.replaced_by is not None and (one.replaced_by not in first or one.replaced_by in deprecated):
            yield Problem(where, "replaced_by", "its successor is no class in use: name one that is")
