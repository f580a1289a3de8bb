"""What comes in: the headers that matter, each once; the body, in time and within its limit; the query."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl

from backend.api.problems import malformed
from backend.domain.errors import Refusal

BODY_SECONDS_MAX = 30.0
QUERY_BYTES_MAX = 8_192
QUERY_FIELDS_MAX = 20

Scope = Any
Receive = Any
Headers = dict[bytes, bytes]

_WANTED = frozenset(
    {b"authorization", b"content-type", b"content-length", b"idempotency-key", b"if-match"},
)
_KEY = re.compile(rb"[!-~]{1,255}")
_STRONG = re.compile(rb'"([1-9][0-9]{0,9})"')


class ClientGone(Exception):
    """The client hung up before its request was whole: there is nobody to answer and nothing was done."""


def headers_of(scope: Scope) -> Headers:
    """The headers that the edge reads, by lower-case name. Raises `header_malformed` for one sent twice."""
    found: Headers = {}
    for name, value in scope["headers"]:
        if name in _WANTED:
            if name in found:
                listed = name.decode()
                raise malformed(
                    "header_malformed",
                    expected=f"{listed} once",
                    found=f"{listed} twice",
                    mend="send it once",
                )
            found[name] = value
    return found


def bearer(headers: Headers) -> str:
    """The text where an API key belongs. Raises `unauthenticated` (forbidden) when there is none."""
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Refusal(
            "forbidden",
            "unauthenticated",
            expected="the header Authorization: Bearer <API key>",
            found="another scheme" if scheme else "no Authorization header",
            mend="send your API key",
        )
    return token.strip().decode("latin-1")


def idempotency_key(headers: Headers, required: bool) -> str | None:
    """1..255 visible ASCII characters, or None. Raises `idempotency_key_malformed` or `..._required`."""
    value = headers.get(b"idempotency-key")
    if value is None:
        if required:
            raise malformed(
                "idempotency_key_required",
                expected="the header Idempotency-Key",
                found="none",
                mend="send a new random key for each new request, and the same key when you repeat it",
            )
        return None
    if not _KEY.fullmatch(value):
        raise malformed(
            "idempotency_key_malformed",
            expected="1..255 visible ASCII characters",
            found=f"{len(value)} bytes" if value else "an empty key",
            mend="send a UUID, for instance",
        )
    return value.decode("ascii")


def expected_version(headers: Headers) -> int:
    """The n of If-Match: "n". Raises `precondition_required`; `precondition_malformed` for any other form."""
    value = headers.get(b"if-match")
    if value is None:
        raise malformed(
            "precondition_required",
            expected="the header If-Match with the ETag that you read",
            found="none",
            mend="read the resource and send its ETag",
        )
    strong = _STRONG.fullmatch(value.strip())
    if strong is None:
        raise malformed(
            "precondition_malformed",
            expected='one strong ETag such as "3"',
            found="a weak one, a list or something else",
            mend="send the ETag exactly as you read it",
        )
    return int(strong[1])


async def body_of(headers: Headers, receive: Receive, limit_bytes: int) -> bytes:
    """The whole body. Raises `body_too_large`, `body_too_slow`, ClientGone."""
    declared = headers.get(b"content-length")
    if declared is not None and declared.isdigit() and int(declared[:20]) > limit_bytes:
        raise _too_large(limit_bytes, f"{int(declared[:20])} announced")
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await _whole(receive, limit_bytes)
    except TimeoutError:
        raise malformed(
            "body_too_slow",
            expected=f"the whole body within {BODY_SECONDS_MAX:.0f} seconds",
            found="only a part of it",
            mend="send the same request again",
        ) from None


async def _whole(receive: Receive, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes, f"at least {size}")
        if not message.get("more_body", False):
            return b"".join((*chunks, chunk)) if chunks else chunk
        chunks.append(chunk)


def _too_large(limit_bytes: int, found: str) -> Refusal:
    return malformed(
        "body_too_large",
        expected=f"{limit_bytes} bytes at most",
        found=f"{found} bytes",
        mend="send less at once, or attachments by URI",
        limit_bytes=limit_bytes,
    )


def require_json(headers: Headers) -> None:
    """Raises `body_wrong_type` unless the body is declared as JSON in UTF-8."""
    declared = headers.get(b"content-type", b"").lower().replace(b" ", b"").replace(b'"', b"")
    if declared not in (b"application/json", b"application/json;charset=utf-8"):
        raise malformed(
            "body_wrong_type",
            expected="Content-Type: application/json",
            found=ascii(declared[:64].decode("latin-1")) if declared else "none",
            mend="send the body as JSON and say so",
        )


def query_of(raw: bytes) -> dict[str, str]:
    """The parameters by name. Raises `query_malformed`, or `query_invalid` for a name given twice."""
    try:
        if len(raw) > QUERY_BYTES_MAX:
            raise ValueError("too long")
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX
        )
        if any("\0" in part for pair in pairs for part in pair):
            raise ValueError("U+0000")
    except ValueError:  # UnicodeDecodeError is one
        raise malformed(
            "query_malformed",
            expected=f"at most {QUERY_FIELDS_MAX} percent-encoded UTF-8 parameters without U+0000",
            found="something else",
            mend="encode the query string again",
        ) from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise malformed(
            "query_invalid", expected="each parameter once", found="one twice", mend="send each once"
        )
    return query
