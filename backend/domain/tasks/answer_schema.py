"""Answer schemas: what an answer must look like, as JSON Schema (draft 2020-12), checked when it is published.

What could be slow or reach outside is refused at once: a `$ref` to elsewhere or back to itself, patterns with
backtracking, schemas that grow when their references are put in place. So a check of an answer takes time in proportion
to the answer.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import jsonschema_rs

from backend.domain.errors import Refusal

BYTES_MAX = 65_536
DEPTH_MAX = 32
"""Schemas inside one another, references put in place."""
SIZE_MAX = 2_000
"""Schemas in all, references put in place."""
PATTERN_BYTES_MAX = 1_000_000
"""Of a compiled pattern."""
PROBLEMS_MAX = 20
SAYS_MAX = 300
COMPILED_MAX = 256
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_ONE = frozenset(
    "additionalProperties propertyNames items contains not if then else unevaluatedItems unevaluatedProperties"
    " contentSchema".split()
)
_MANY = frozenset("allOf anyOf oneOf prefixItems".split())
_NAMED = frozenset("properties patternProperties dependentSchemas".split())
_KEPT = frozenset(("$defs", "definitions"))
"""Looked at, but they weigh nothing until something refers to them."""
_ELSEWHERE = frozenset("$dynamicRef $recursiveRef $dynamicAnchor $anchor $vocabulary".split())

Json = Any


def check(schema: str) -> None:
    """Refuse `answer_schema_invalid` (invalid), saying the place, unless the JSON text is a schema that answers can be
    checked against. The empty text is no schema, which is fine."""
    if not schema:
        return
    if (size := len(schema.encode())) > BYTES_MAX:
        raise _invalid("", f"{BYTES_MAX} bytes at most", f"{size} bytes")
    try:
        root = json.loads(schema)
    except (ValueError, RecursionError):
        raise _invalid("", "a JSON Schema as JSON", "something else") from None
    if not isinstance(root, dict):
        raise _invalid("", "a JSON Schema as an object", type(root).__name__)
    if root.get("$schema", DRAFT) not in (DRAFT, DRAFT + "#"):
        raise _invalid("/$schema", f"{DRAFT}, or nothing", "another draft")
    _Walk(root).look()
    _compile(root)


def problems(schema: str, answer: Json) -> list[dict[str, str]]:
    """What keeps the answer from fitting: `where` (JSON Pointer into the answer), the `rule`, and what it `says`,
    without the answer's own words; at most 20, empty when it fits. `schema` has passed `check`."""
    if not schema:
        return []
    validator = _compiled(schema)
    if validator.is_valid(answer):
        return []
    return [
        {
            "where": _pointer(error.instance_path) or "/",
            "rule": error.kind.name,
            "says": error.message[:SAYS_MAX],
        }
        for error in islice(validator.iter_errors(answer), PROBLEMS_MAX)
    ]


@lru_cache(maxsize=COMPILED_MAX)
def _compiled(schema: str) -> jsonschema_rs.Draft202012Validator:
    return _validator(json.loads(schema))


def _validator(root: Json) -> jsonschema_rs.Draft202012Validator:
    """Patterns are matched in linear time, nothing is fetched, and messages do not repeat the answer."""
    limits = jsonschema_rs.RegexOptions(size_limit=PATTERN_BYTES_MAX, dfa_size_limit=PATTERN_BYTES_MAX)
    return jsonschema_rs.Draft202012Validator(root, mask="this", pattern_options=limits, offline=True)


def _compile(root: Json) -> None:
    try:
        jsonschema_rs.meta.validate(root)
        _validator(root)
    except jsonschema_rs.ValidationError as wrong:
        raise _invalid(
            _pointer(wrong.instance_path), "what JSON Schema allows here", wrong.message[:SAYS_MAX]
        ) from None
    except (ValueError, RecursionError, jsonschema_rs.ReferencingError) as wrong:
        raise _invalid("", "a schema that can be compiled", str(wrong)[:SAYS_MAX]) from None


class _Walk:
    """Every schema within a schema, each reference followed: as deep and as large as a check of an answer may get."""

    def __init__(self, root: dict[str, Json]) -> None:
        self.root = root
        self.sizes: dict[str, tuple[int, int]] = {}
        self.open: set[str] = set()

    def look(self) -> None:
        """Raises for the first place that is refused."""
        self._measure(self.root, "")

    def _measure(self, schema: Json, at: str) -> tuple[int, int]:
        """(schemas, depth) of the schema at this place, its references put in place."""
        if not isinstance(schema, dict):
            # Whether it is a schema at all is said by the draft's own schema.
            return 1, 1
        if at in self.sizes:
            return self.sizes[at]
        if at in self.open:
            raise _invalid(at, "references that end", "one that leads back to itself")
        if len(self.open) > DEPTH_MAX:
            raise _invalid(at, f"{DEPTH_MAX} schemas inside one another at most", "more")
        self.open.add(at)
        self._keywords(schema, at)
        inner = [self._measure(one, place) for one, place in self._inside(schema, at)]
        for kept in _KEPT & schema.keys():
            for one, place in _named(schema[kept], f"{at}/{kept}"):
                self._measure(one, place)
        self.open.discard(at)
        size, depth = 1 + sum(n for n, _ in inner), 1 + max((d for _, d in inner), default=0)
        if size > SIZE_MAX or depth > DEPTH_MAX:
            limits = f"{SIZE_MAX} schemas, {DEPTH_MAX} inside one another, references put in place"
            raise _invalid(at, f"at most {limits}", "more")
        self.sizes[at] = (size, depth)
        return size, depth

    def _keywords(self, schema: dict[str, Json], at: str) -> None:
        if found := _ELSEWHERE & schema.keys():
            raise _invalid(f"{at}/{min(found)}", "references by $ref to # and a JSON Pointer", min(found))
        if at and "$id" in schema:
            raise _invalid(f"{at}/$id", "$id at the top alone", "one inside")

    def _inside(self, schema: dict[str, Json], at: str) -> Iterator[tuple[Json, str]]:
        """The schemas that an answer is checked against with this one, and their places."""
        for name, value in schema.items():
            place = f"{at}/{_escaped(name)}"
            if name in _ONE:
                yield value, place
            elif name in _MANY and isinstance(value, list):
                yield from ((one, f"{place}/{n}") for n, one in enumerate(value))
            elif name in _NAMED:
                yield from _named(value, place)
            elif name == "$ref":
                yield self._target(value, place)

    def _target(self, ref: Json, place: str) -> tuple[Json, str]:
        # One spelling only: what is percent-encoded would be another name here than for who checks the answers.
        if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")) or "%" in ref:
            raise _invalid(place, "a reference inside this schema, such as #/$defs/box", "another")
        found: Json = self.root
        for step in ref[2:].split("/") if ref != "#" else ():
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name[:9]) < len(found):
                found = found[int(name)]
            else:
                raise _invalid(place, "a reference to something in this schema", "one to nothing")
        return found, ref[1:]


def _named(value: Json, place: str) -> Iterator[tuple[Json, str]]:
    if isinstance(value, dict):
        yield from ((one, f"{place}/{_escaped(name)}") for name, one in value.items())


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + ascii(_escaped(str(step))[:64])[1:-1] for step in path)


def _invalid(where: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "answer_schema_invalid",
        expected=expected,
        found=f"{found} at {where or 'the top'}",
        mend="correct this place of the answer schema and publish it again",
        extra={"where": where or "/"},
    )
