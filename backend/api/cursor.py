"""Opaque cursors: the last key of a page in base64url, so that nobody builds upon what is inside."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from backend.api.problems import malformed

Check = Callable[[str], object]
"""Reads a list's key; ValueError for a text that is not one."""

OFFSET_MAX = 2**31 - 1


def offset(text: str) -> int:
    """A place in a list that is counted. ValueError unless it is 0..2^31-1."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= OFFSET_MAX):
        raise ValueError("expected a number of rows")
    return int(text)


def moment(text: str) -> tuple[datetime, UUID]:
    """A moment and an id, `<ISO 8601 with offset>|<uuid>`. ValueError for anything else."""
    at, _, entry = text.partition("|")
    when = datetime.fromisoformat(at)
    if when.tzinfo is None:
        raise ValueError("expected a moment with its offset")
    return when, UUID(entry)


def encode(key: str) -> str:
    """The cursor of a page that ends with this key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode(cursor: str, check: Check) -> str:
    """The key in a cursor. Raises Refusal `cursor_invalid` (invalid) for a text that no page of it gave."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, b"-_", validate=True).decode()
        check(key)
        if encode(key) != cursor:
            raise ValueError("expected the one spelling")
    except (ValueError, OverflowError, binascii.Error):
        raise malformed(
            "cursor_invalid",
            expected="the next_cursor of a page of this list",
            found="another text",
            mend="start again without a cursor",
        ) from None
    return key
