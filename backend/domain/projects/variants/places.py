"""Places in a payload: what a JSON pointer names, and the payload with something else there, all else as it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.domain.errors import Refusal
from backend.domain.projects.variants.refusals import invalid, unfit


def steps(pointer: str) -> list[str]:
    """The names and numbers of a JSON pointer (RFC 6901). Raises `variant_invalid`."""
    if pointer and not pointer.startswith("/"):
        raise invalid("a JSON pointer like /left/text", ascii(pointer[:80]))
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def at(payload: Any, pointer: str) -> Any:
    """What stands there. Raises `variant_unfit` where nothing does."""
    for step in steps(pointer):
        match payload:
            case Mapping() if step in payload:
                payload = payload[step]
            case list() | tuple() if step.isascii() and step.isdigit() and int(step) < len(payload):
                payload = payload[int(step)]
            case _:
                raise unfit(f"a payload with {pointer[:80]!a}", "one without")
    return payload


def put(payload: Any, pointer: str, value: Any) -> Any:
    """The payload with this there instead; names keep their order, which is seen."""
    return _put(payload, steps(pointer), value)


def _put(payload: Any, way: Sequence[str], value: Any) -> Any:
    if not way:
        return value
    if isinstance(payload, Mapping):
        return {name: _put(one, way[1:], value) if name == way[0] else one for name, one in payload.items()}
    return [_put(one, way[1:], value) if str(n) == way[0] else one for n, one in enumerate(payload)]


def arranged(payload: Any, like: Any) -> Any:
    """The payload with names in the order of another. Raises `variant_unlike` where it has other names, or another kind
    of value under one: that alone would tell it from work."""
    match payload, like:
        case Mapping(), Mapping() if payload.keys() == like.keys():
            return {name: arranged(payload[name], like[name]) for name in like}
        case (Mapping(), _) | (_, Mapping()):
            raise unlike("other names")
        case _ if _kind(payload) == _kind(like):
            return payload
        case _:
            raise unlike(f"{_kind(payload)} in the place of {_kind(like)}")


def unlike(found: str) -> Refusal:
    """`variant_unlike`: a payload that is built otherwise than its parent's."""
    return unfit("a payload with the names and kinds of values of its parent's", found, "variant_unlike")


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case None:
            return "null"
        case _:
            return "a list"
