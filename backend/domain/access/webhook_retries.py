"""What a receiver's answer means, and when it is tried again: pure rules over one attempt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

FIRST_SECONDS, LONGEST_SECONDS = 5.0, 6 * 3_600.0
GIVEN_UP_AFTER = timedelta(hours=72)
HEAD_TRIES = 5
"""After so many failures in a row the delivery behind the first one is tried too: is it the endpoint or the message?"""
OBEYED = (429, 503)
"""Answers whose Retry-After counts."""
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"

What = Literal["delivered", "failed", "gone"]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an attempt: the answer's status and Retry-After, or why there was none (`error`)."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None

    @property
    def what(self) -> What:
        """2xx is delivered, 410 says that nobody wants it any more, everything else failed. No redirect is followed."""
        if self.status is not None and 200 <= self.status < 300:
            return "delivered"
        return "gone" if self.status == 410 else "failed"

    @property
    def why(self) -> str:
        """A failure's code."""
        return self.error or f"http_{self.status}"


def backoff(failures: int, chance: float) -> timedelta:
    """How long to rest after so many failures in a row (1 or more): 5 s, doubled each time up to 6 h, spread by a
    fifth either way; `chance` is 0..1."""
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 20))
    return timedelta(seconds=seconds * (0.8 + 0.4 * chance))


def retry_at(told: Told, failures: int, now: datetime, chance: float) -> datetime:
    """When to try again: after the back-off, or when the receiver asks for it, whichever is later; 6 h at most."""
    wanted = _asked(told, now)
    at = now + backoff(failures, chance)
    return at if wanted is None else max(at, min(wanted, now + timedelta(seconds=LONGEST_SECONDS)))


def _asked(told: Told, now: datetime) -> datetime | None:
    """Retry-After: seconds, or a date of HTTP (RFC 9110, 10.2.3); None for anything else."""
    text = (told.retry_after or "").strip()
    if told.status not in OBEYED or not text or len(text) > 40:
        return None
    if text.isascii() and text.isdecimal():
        return now + timedelta(seconds=min(int(text), int(LONGEST_SECONDS)))
    try:
        return datetime.strptime(text, HTTP_DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def over(since: datetime, now: datetime) -> bool:
    """Whether a delivery that was first due at `since` is given up when it fails now."""
    return now - since >= GIVEN_UP_AFTER
