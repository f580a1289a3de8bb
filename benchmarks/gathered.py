"""Gathered: whoever waits goes into the next transaction, few in flight; the bare shape of `usecases.together`."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Gathered(Generic[T, R]):
    """Calls of one kind; `transact` serves a batch of at most `most` and answers each in its place, with at most
    `flights` batches in flight."""

    def __init__(
        self, transact: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int, flights: int = 1
    ) -> None:
        self._transact = transact
        self._most = most
        self._flights = flights
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._flying = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, one: T) -> R:
        """The answer, after the commit. With batches of 1 nobody waits for another. Raises what `transact` raises."""
        if self._most == 1:
            return (await self._transact([one]))[0]
        answered: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answered))
        if self._flying < self._flights:
            self._flying += 1
            flight = asyncio.create_task(self._fly())
            self._tasks.add(flight)
            flight.add_done_callback(self._tasks.discard)
        return await answered

    async def _fly(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            try:
                told = await self._transact([one for one, _ in batch])
            except Exception as error:
                for _, answered in batch:
                    answered.set_exception(error)
            else:
                for (_, answered), answer in zip(batch, told, strict=True):
                    answered.set_result(answer)
            # Those who were answered ask again before the next batch leaves.
            await asyncio.sleep(0)
        # At once: who comes from now on takes off anew.
        self._flying -= 1
