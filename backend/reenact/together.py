"""Do one thing for each of many, so many at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

One = TypeVar("One")


async def each(many: Iterable[One], at_once: int, do: Callable[[One], Awaitable[object]]) -> None:
    """`do` for every one of `many`, begun in order, `at_once` in flight. The first error ends it all."""
    waiting = iter(many)

    async def take() -> None:
        for one in waiting:
            await do(one)

    tasks = [asyncio.create_task(take()) for _ in range(at_once)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
