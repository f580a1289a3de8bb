"""An item as it is sent, on every way in: what may be said of it, and where it is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM, in_range
from backend.domain.errors import Refusal

EXTERNAL_KEY_CHARS_MAX = 500
GROUP_CHARS_MAX = 200
ITERATION_CHARS_MAX = 100
URI_CHARS_MAX = 2_000
TAGS_MAX = 32
TAG_PATTERN = r"^[a-z0-9][a-z0-9._:-]{0,63}$"
PRIORITY_NORMAL, PRIORITY_LAST = 2, 3
CONDITIONS_MAX = 20

_TAG = re.compile(TAG_PATTERN[:-1] + r"\Z")
_URI = re.compile(r"([a-z][a-z0-9+.-]{0,30}):[^\s\x00-\x1f\x7f\"<>\\^`{|}]+")
# Whoever opens one of these runs or reads something of their own machine.
_NO_SCHEMES = frozenset(("data", "file", "javascript", "vbscript", "about", "blob"))
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

FIELDS = frozenset(
    (
        "external_key payload payload_uri sha256 media_type priority deadline needs tags edge_case group iteration"
        " prediction"
    ).split()
)
NEEDS_IDS = ("skill", "vendor", "team")
NEEDS_WORDS = ("origin", "check", "compliance")


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a model answered to an item, and how sure it says it is."""

    model: UUID
    answer: Any
    confidence_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An item that reads well. `needs` and `iteration` (an id or a name) are as they were said, not yet looked at; None
    says nothing."""

    external_key: str
    payload: Any
    tags: tuple[str, ...]
    edge_case: bool
    priority: int
    deadline: datetime | None
    needs: Any
    group: str | None
    iteration: str | None
    prediction: Foretold | None = None


def read(given: Any) -> Incoming:
    """An item from what was sent, a field that is null as if it were left out (but the payload, which may be null).

    Raises Refusal (invalid) with `where`: `item_invalid`, `payload_unclear`, `payload_uri_invalid`, `tags_invalid`,
    `priority_invalid`, `deadline_invalid`, `prediction_invalid`. What was sent is not repeated.
    """
    if not isinstance(given, Mapping):
        raise wrong("item_invalid", "", "an object with external_key and payload", _kind(given))
    if not given.keys() <= FIELDS:
        unknown = min(str(name) for name in given.keys() - FIELDS)
        raise wrong("item_invalid", ascii(unknown[:64])[1:-1], f"one of {', '.join(sorted(FIELDS))}", "more")
    edge_case = given.get("edge_case")
    if edge_case is not None and not isinstance(edge_case, bool):
        raise wrong("item_invalid", "edge_case", "true or false", _kind(edge_case))
    return Incoming(
        external_key=_text(given.get("external_key"), "external_key", EXTERNAL_KEY_CHARS_MAX),
        payload=_payload(given),
        tags=tags_of(given.get("tags")),
        edge_case=bool(edge_case),
        priority=_priority(given.get("priority")),
        deadline=_deadline(given.get("deadline")),
        needs=given.get("needs"),
        group=None if given.get("group") is None else _text(given["group"], "group", GROUP_CHARS_MAX),
        iteration=None
        if given.get("iteration") is None
        else _text(given["iteration"], "iteration", ITERATION_CHARS_MAX),
        prediction=None if given.get("prediction") is None else foretold(given["prediction"]),
    )


def foretold(given: Any) -> Foretold:
    """A model's answer with its confidence (0..1). Raises `prediction_invalid`."""
    if not isinstance(given, Mapping) or given.keys() != {"model", "answer", "confidence"}:
        expected = "an object with model, answer and confidence"
        raise wrong("prediction_invalid", "prediction", expected, "something else")
    model, sure = given["model"], given["confidence"]
    if not isinstance(model, UUID) and not (isinstance(model, str) and _UUID.fullmatch(model)):
        raise wrong("prediction_invalid", "prediction/model", "the id of a model", _kind(model))
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1:
        raise wrong("prediction_invalid", "prediction/confidence", "a number in 0..1", _kind(sure))
    return Foretold(model if isinstance(model, UUID) else UUID(model), given["answer"], round(PPM * sure))


def tags_of(given: Any) -> tuple[str, ...]:
    """Tags in their one order, each once. Raises `tags_invalid`."""
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) > TAGS_MAX:
        found = f"{len(given)}" if isinstance(given, list | tuple) else _kind(given)
        raise wrong("tags_invalid", "tags", f"a list of at most {TAGS_MAX} tags", found)
    for place, tag in enumerate(given):
        if not isinstance(tag, str) or not _TAG.match(tag):
            raise wrong("tags_invalid", f"tags/{place}", f"a tag like {TAG_PATTERN}", "another text")
    return tuple(sorted(set(given)))


def needs_of(given: Any) -> dict[str, Any]:
    """What tasks ask of people as `predicates.conditions` reads it, ids as UUIDs; agreements and courses are asked
    for by projects alone. Raises `needs_invalid`."""
    if not isinstance(given, Mapping) or not {"all", "any", "none"} >= given.keys():
        raise wrong("needs_invalid", "needs", "an object with all, any and none", _kind(given))
    told: dict[str, Any] = {}
    for name in ("all", "none"):
        told[name] = _group(given.get(name), f"needs/{name}")
    groups = _list(given.get("any"), "needs/any")
    told["any"] = [_group(group, f"needs/any/{place}") for place, group in enumerate(groups)]
    return told


def _group(given: Any, where: str) -> list[dict[str, Any]]:
    return [_condition(one, f"{where}/{place}") for place, one in enumerate(_list(given, where))]


def _list(given: Any, where: str) -> Sequence[Any]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or len(given) > CONDITIONS_MAX:
        raise wrong("needs_invalid", where, f"a list of at most {CONDITIONS_MAX}", _kind(given))
    return given


def _condition(given: Any, where: str) -> dict[str, Any]:
    kinds = (*NEEDS_IDS, *NEEDS_WORDS)
    if not isinstance(given, Mapping) or not {*kinds, "level_min"} >= given.keys():
        expected = f"one of {', '.join(kinds)}; level_min beside skill"
        raise wrong("needs_invalid", where, expected, "something else")
    said: dict[str, Any] = {}
    for kind, value in given.items():
        if kind in NEEDS_IDS:
            if not isinstance(value, UUID) and not (isinstance(value, str) and _UUID.fullmatch(value)):
                raise wrong("needs_invalid", f"{where}/{kind}", "an id", _kind(value))
            said[kind] = value if isinstance(value, UUID) else UUID(value)
        elif kind == "level_min":
            if type(value) is not int:
                raise wrong("needs_invalid", f"{where}/level_min", "an integer", _kind(value))
            said[kind] = value
        else:
            said[kind] = _text(value, f"{where}/{kind}", 100)
    return said


def _text(given: Any, where: str, chars_max: int) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= chars_max:
        found = f"{len(given)} characters" if isinstance(given, str) else _kind(given)
        raise wrong("item_invalid", where, f"text of 1..{chars_max} characters", found)
    return given


def _payload(given: Mapping[str, Any]) -> Any:
    inline, uri = "payload" in given, given.get("payload_uri")
    if inline == (uri is not None):
        found = "both" if inline else "neither"
        raise wrong("payload_unclear", "payload", "exactly one of payload and payload_uri", found)
    beside = [name for name in ("sha256", "media_type") if given.get(name) is not None]
    if inline:
        if beside:
            raise wrong("payload_unclear", beside[0], "sha256 and media_type beside payload_uri alone", "one")
        return given["payload"]
    return _by_uri(uri, given.get("sha256"), given.get("media_type"))


def _by_uri(uri: Any, sha256: Any, media_type: Any) -> dict[str, str]:
    known = _URI.fullmatch(uri) if isinstance(uri, str) and len(uri) <= URI_CHARS_MAX else None
    if known is None or known[1] in _NO_SCHEMES:
        expected = f"a URI of at most {URI_CHARS_MAX} characters, such as https://... or s3://..."
        raise wrong("payload_uri_invalid", "payload_uri", expected, "another text")
    payload = {"uri": uri}
    if sha256 is not None:
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise wrong(
                "payload_uri_invalid", "sha256", "64 hexadecimal digits, a to f small", "another text"
            )
        payload["sha256"] = sha256
    if media_type is not None:
        if not isinstance(media_type, str) or not _MEDIA.fullmatch(media_type):
            raise wrong("payload_uri_invalid", "media_type", "a media type such as image/png", "another text")
        payload["media_type"] = media_type
    return payload


def _priority(given: Any) -> int:
    if given is None:
        return PRIORITY_NORMAL
    if type(given) is not int:
        raise wrong("priority_invalid", "priority", f"an integer in 0..{PRIORITY_LAST}", _kind(given))
    in_range("priority_invalid", "priority", given, 0, PRIORITY_LAST)
    return given


def _deadline(given: Any) -> datetime | None:
    """Numbers are refused: nobody knows whether they are seconds or milliseconds."""
    if given is None:
        return None
    try:
        if isinstance(given, str) and _MOMENT.fullmatch(given):
            given = datetime.fromisoformat(given)
        if isinstance(given, datetime) and given.tzinfo is not None:
            moment = given.astimezone(UTC)
            if 1970 <= moment.year <= 9998:
                return moment
    except (ValueError, OverflowError):
        pass
    expected = "a moment with date, time and zone, such as 2030-01-31T12:00:00Z"
    raise wrong("deadline_invalid", "deadline", expected, "something else")


def wrong(code: str, where: str, expected: str, found: str) -> Refusal:
    """What is wrong with an item at a place in it; never what was sent."""
    return Refusal(
        "invalid",
        code,
        expected=expected,
        found=f"{found} at {where}" if where else found,
        mend="correct this place and send the item again",
        extra={"where": f"/{where}"},
    )


_KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}


def _kind(value: Any) -> str:
    """What it is in JSON."""
    return _KINDS.get(type(value), "a list" if isinstance(value, list | tuple) else "an object")


def _conditions(most: int = CONDITIONS_MAX) -> dict[str, Any]:
    ids = {name: {"type": "string", "format": "uuid"} for name in NEEDS_IDS}
    words = {name: {"type": "string", "minLength": 1, "maxLength": 100} for name in NEEDS_WORDS}
    level = {"level_min": {"type": "integer", "minimum": 1, "maximum": 10}}
    one = {"type": "object", "properties": {**ids, **words, **level}, "additionalProperties": False}
    return {"type": ["array", "null"], "items": one, "maxItems": most}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["external_key"],
    "oneOf": [{"required": ["payload"]}, {"required": ["payload_uri"]}],
    "properties": {
        "external_key": {"type": "string", "minLength": 1, "maxLength": EXTERNAL_KEY_CHARS_MAX},
        "payload": True,
        "payload_uri": {"type": "string", "minLength": 3, "maxLength": URI_CHARS_MAX},
        "sha256": {"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"},
        "media_type": {"type": ["string", "null"]},
        "priority": {"type": ["integer", "null"], "minimum": 0, "maximum": PRIORITY_LAST},
        "deadline": {"type": ["string", "null"], "format": "date-time"},
        "tags": {
            "type": ["array", "null"],
            "maxItems": TAGS_MAX,
            "items": {"type": "string", "pattern": TAG_PATTERN},
        },
        "edge_case": {"type": ["boolean", "null"]},
        "group": {"type": ["string", "null"], "minLength": 1, "maxLength": GROUP_CHARS_MAX},
        "iteration": {"type": ["string", "null"], "minLength": 1, "maxLength": ITERATION_CHARS_MAX},
        "prediction": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "required": ["model", "answer", "confidence"],
            "properties": {
                "model": {"type": "string", "format": "uuid"},
                "answer": True,
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            },
        },
        "needs": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                "all": _conditions(),
                "any": {"type": ["array", "null"], "items": _conditions(), "maxItems": CONDITIONS_MAX},
                "none": _conditions(),
            },
        },
    },
}
"""The same as JSON Schema (draft 2020-12), for those who check items before they send them. What no schema can say,
such as which skills there are, is said by the refusals."""
