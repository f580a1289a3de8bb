"""At once: several acts of several people at the same moment."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from backend.domain.errors import Refusal

T = TypeVar("T")


async def at_once(*acts: Awaitable[T]) -> list[T | Refusal]:
    """All of them together; anything but an answer or a refusal is raised."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    return done  # type: ignore[return-value]
