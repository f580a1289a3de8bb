"""The strict body reader: JSON in one meaning only, or a refusal that says which, where and why.

Plain JSON parsers let through what the rest of the house cannot keep: NaN, 1e999, NUL, lone surrogates,
repeated names, UTF-16, unbounded depth. One C-accelerated parse that sees every name pair, then one walk. A
byte order mark is refused, not stripped (RFC 8259, 8.1 lets a parser choose): the bytes that were signed or
hashed are the bytes that were read.
"""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any, Literal, Never

LIMIT_BYTES = 1_048_576
DEPTH_MAX = 64
NODES_MAX = 200_000
INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
_ECHO_CHARS = 64

_Container = dict[str, Any] | list[Any]


class BadBody(Exception):
    """The body is refused. `code` is stable; `where` a JSON Pointer, a position or a name. All is ASCII."""

    def __init__(self, code: str, expected: str, found: str, where: str) -> None:
        super().__init__(f"{code}: expected {expected}, found {found}, at {where}")
        self.code = code
        self.expected = expected
        self.found = found
        self.where = where


def read_json(
    raw: bytes,
    *,
    limit_bytes: int = LIMIT_BYTES,
    depth_max: int = DEPTH_MAX,
    nodes_max: int = NODES_MAX,
    duplicate_keys: Literal["refuse", "last"] = "refuse",
) -> Any:
    """The value of a UTF-8 JSON body of at most `limit_bytes`. BadBody for all else; nothing else is raised.

    `depth_max`: containers inside one another (`[]` is 1). `nodes_max`: values of any kind, names not
    counted. Integers are within a signed 64-bit range and stay integers; floats are finite. With
    `duplicate_keys="last"` a repeated name keeps its last value. Codes: body_too_large, body_not_utf8,
    body_not_json, body_not_finite, body_nul, body_surrogate, body_duplicate_key, body_too_deep,
    body_too_many_nodes, body_number_out_of_range.
    """
    if len(raw) > limit_bytes:
        raise BadBody("body_too_large", f"{limit_bytes} bytes at most", f"{len(raw)} bytes", "body")
    value = _parse(_text(raw), _STRICT if duplicate_keys == "refuse" else _LAST_WINS, depth_max)
    _check(value, depth_max, nodes_max)
    return value


def _text(raw: bytes) -> str:
    try:
        text = str(raw, "utf-8")
    except UnicodeDecodeError as wrong:
        found = f"byte 0x{raw[wrong.start]:02x}"
        raise BadBody("body_not_utf8", "UTF-8", found, f"byte {wrong.start}") from None
    if text.startswith("\ufeff"):
        raise BadBody("body_not_json", "JSON without a byte order mark", "a byte order mark", "byte 0")
    return text


def _parse(text: str, decoder: json.JSONDecoder, depth_max: int) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno} column {wrong.colno}"
        found = "an empty body" if not text.strip(" \t\r\n") else _echo(wrong.msg)
        raise BadBody("body_not_json", "one JSON value", found, where) from None
    except RecursionError:
        raise _too_deep(depth_max, "body") from None
    except ValueError:  # CPython refuses to read integers of more than 4,300 digits
        raise _out_of_range("an integer of thousands of digits", "body") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                where = f"name {_echo(name)}"
                raise BadBody("body_duplicate_key", "each name once in an object", "a name twice", where)
            seen.add(name)
    return members


def _refuse_constant(name: str) -> Never:
    raise BadBody("body_not_finite", "a finite number or null", name, "body")


_STRICT = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_refuse_constant)
_LAST_WINS = json.JSONDecoder(parse_constant=_refuse_constant)


def _check(root: Any, depth_max: int, nodes_max: int) -> None:
    """Walks level by level, so that depth is a loop counter and no recursion can run out."""
    level: list[_Container] = []
    _check_values((root,), root, None, level)
    nodes, depth = 1, 0
    while level:
        depth += 1
        if depth > depth_max:
            raise _too_deep(depth_max, _pointer(root, level[0]))
        deeper: list[_Container] = []
        for container in level:
            nodes += len(container)
            if nodes > nodes_max:
                where = _pointer(root, container)
                raise BadBody("body_too_many_nodes", f"{nodes_max} values at most", f"{nodes} or more", where)
            if type(container) is dict:
                _check_values(container, root, container, deeper)
                _check_values(container.values(), root, container, deeper)
            else:
                _check_values(container, root, container, deeper)
        level = deeper


def _check_values(values: Iterable[Any], root: Any, parent: _Container | None, out: list[_Container]) -> None:
    """Checks strings and numbers; what holds other values is appended to `out`."""
    for value in values:
        kind = type(value)
        if kind is str:
            # Most strings are ASCII, where no surrogate can be: isascii() is one flag, encode() a copy.
            if "\0" in value or not (value.isascii() or _is_unicode(value)):
                raise _bad_string(value, _pointer(root, parent))
        elif kind is dict or kind is list:
            out.append(value)
        elif kind is int:
            if not INTEGER_MIN <= value <= INTEGER_MAX:
                raise _out_of_range(f"an integer of {value.bit_length()} bits", _pointer(root, parent))
        elif kind is float and not isfinite(value):
            where = _pointer(root, parent)
            raise BadBody("body_not_finite", "a finite number", "a number beyond a 64-bit float", where)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _bad_string(text: str, where: str) -> BadBody:
    if "\0" in text:
        return BadBody("body_nul", "text without U+0000", "U+0000 in a string or name", where)
    return BadBody("body_surrogate", "text of whole characters", "half of a surrogate pair", where)


def _too_deep(depth_max: int, where: str) -> BadBody:
    return BadBody("body_too_deep", f"{depth_max} levels at most", "more", where)


def _out_of_range(found: str, where: str) -> BadBody:
    return BadBody("body_number_out_of_range", "an integer from -2^63 to 2^63-1", found, where)


def _echo(text: str) -> str:
    """A client's own text, short and ASCII, fit for an answer and a log line."""
    return ascii(text[:_ECHO_CHARS])


def _pointer(root: Any, target: _Container | None) -> str:
    """JSON Pointer (RFC 6901) of the container that holds the offender; only ever computed for a refusal."""
    paths: list[tuple[Any, str]] = [(root, "")]
    while paths:
        node, path = paths.pop()
        if node is target:
            break
        if len(path) > 20 * _ECHO_CHARS:
            continue
        members = node.items() if type(node) is dict else enumerate(node) if type(node) is list else ()
        for name, value in members:
            if type(value) is dict or type(value) is list:
                step = str(name)[:_ECHO_CHARS].replace("~", "~0").replace("/", "~1")
                paths.append((value, f"{path}/{step}"))
    else:
        path = ""
    return ascii(path)[1:-1] or "the body's top level"
