"""From a refusal to an RFC 9457 problem: the only file that knows what a refusal is in HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.api.catalogue import CODES, Action
from backend.domain.errors import Kind, Refusal

STATUS: dict[str, int] = {"ok": 200, "created": 201}
"""What a use case's answer means in HTTP."""
TYPE_PREFIX = "urn:muster:problem:"
RETRY_AFTER_SECONDS = 1
Headers = list[tuple[bytes, bytes]]

_KINDS: dict[Kind, tuple[int, str, Action]] = {
    "not_found": (404, "Not found", "stop"),
    "forbidden": (403, "Not allowed", "ask a person"),
    "conflict": (409, "Not in this state", "stop"),
    "invalid": (422, "Not understood", "fix and resend"),
    "stale": (412, "Out of date", "fix and resend"),
    "unavailable": (503, "Not now", "retry"),
}
_STATUSES: dict[str, tuple[int, str]] = {
    "unauthenticated": (401, "Who are you?"),
    "key_expired": (401, "Who are you?"),
    "key_malformed": (401, "Who are you?"),
    "key_revoked": (401, "Who are you?"),
    "body_too_large": (413, "Too large"),
    "body_too_slow": (408, "Too slow"),
    "body_wrong_type": (415, "Not this content type"),
    "header_malformed": (400, "Unreadable request"),
    "idempotency_key_malformed": (400, "Unreadable request"),
    "idempotency_key_required": (400, "Idempotency-Key is missing"),
    "precondition_malformed": (400, "Unreadable request"),
    "precondition_required": (428, "If-Match is missing"),
    "method_not_allowed": (405, "Not this method"),
    "internal_error": (500, "Our mistake"),
}
_UNREADABLE = (400, "Unreadable request")
"""Every other `body_` and `query_` code but the two of validation: the bytes have no one meaning."""
_UNDERSTOOD = frozenset({"body_invalid", "query_invalid"})


@dataclass(frozen=True, slots=True)
class Told:
    """How a code appears over HTTP."""

    status: int
    title: str
    action: Action


def told(kind: Kind, code: str) -> Told:
    """Status, title and action of any code; one without a catalogue entry acts by its kind."""
    status, title, action = _KINDS[kind]
    known = CODES.get(code)
    if code in _STATUSES:
        status, title = _STATUSES[code]
    elif code.startswith(("body_", "query_")) and code not in _UNDERSTOOD:
        status, title = _UNREADABLE
    return Told(status, title, known.action if known else action)


def problem(refusal: Refusal, request: UUID) -> tuple[int, Headers, bytes]:
    """(status, headers beyond the usual, body) of a refusal: nothing but what the refusal itself says."""
    how = told(refusal.kind, refusal.code)
    body: dict[str, Any] = {
        **refusal.extra,
        "type": TYPE_PREFIX + refusal.code,
        "title": how.title,
        "status": how.status,
        "code": refusal.code,
        "detail": f"Expected {refusal.expected}; found {refusal.found}; {refusal.mend}.",
        "expected": refusal.expected,
        "found": refusal.found,
        "mend": refusal.mend,
        "action": how.action,
        "request_id": request,
    }
    return how.status, _headers(how, refusal), to_json(body, inf_nan_mode="null")


def _headers(how: Told, refusal: Refusal) -> Headers:
    headers = [(b"content-type", b"application/problem+json")]
    if how.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="muster"'))
    elif how.status == 503:
        wait = max(1, round(float(refusal.extra.get("retry_after_s", RETRY_AFTER_SECONDS))))
        headers.append((b"retry-after", b"%d" % wait))
    elif how.status == 405:
        headers.append((b"allow", ", ".join(refusal.extra["allow"]).encode()))
    elif how.status in (408, 413):  # the rest of the body is not read
        headers.append((b"connection", b"close"))
    return headers


def malformed(code: str, *, expected: str, found: str, mend: str, **extra: Any) -> Refusal:
    """A refusal of the edge itself: the request could not be read or is not complete."""
    return Refusal("invalid", code, expected=expected, found=found, mend=mend, extra=extra)


def method_not_allowed(method: str, allowed: Sequence[str]) -> Refusal:
    """A path that exists, asked in a way that does not."""
    listed = ", ".join(sorted(allowed))
    found = ascii(method[:20])[1:-1]
    return malformed(
        "method_not_allowed", expected=listed, found=found, mend=f"use {listed}", allow=sorted(allowed)
    )


def no_such_path() -> Refusal:
    """A path that is not in the API at all."""
    return Refusal(
        "not_found",
        "no_such_path",
        expected="a path of this API",
        found="another",
        mend="read the paths in the OpenAPI document (`muster openapi`)",
    )


def internal_error() -> Refusal:
    """Our mistake: what it was is in our log under the request id, and nowhere else."""
    return Refusal(
        "unavailable",
        "internal_error",
        expected="an answer",
        found="an error that we did not foresee",
        mend="tell the operator the request id",
    )
