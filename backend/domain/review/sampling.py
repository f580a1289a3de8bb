"""The draw of a review sample: nobody can predict it, everybody can check it once the key is disclosed."""

import hashlib
import hmac

from backend.domain.checks import PPM, in_range
from backend.events.ids import LeaseId

DRAW_BITS = 64


def draw(key: bytes, lease: LeaseId) -> int:
    """The first 8 bytes (big-endian) of HMAC-SHA256(key of the period, the lease id's 16 bytes), as 0..2**64-1."""
    return int.from_bytes(hmac.new(key, lease.bytes, hashlib.sha256).digest()[:8], "big")


def is_sampled(drawn: int, rate_ppm: int) -> bool:
    """Whether this draw is under the rate (parts per million, 0..1,000,000), in whole numbers: no rounding.

    A rate of 1,000,000 always samples, 0 never. Raises `rate_invalid` outside the range.
    """
    in_range("rate_invalid", "rate_ppm", rate_ppm, 0, PPM)
    return drawn * PPM < rate_ppm << DRAW_BITS


def draw_text(drawn: int) -> str:
    """The draw as the event records it: 16 hexadecimal digits."""
    return f"{drawn:016x}"
