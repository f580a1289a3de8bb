"""The database's part of a pull: every statement of a transaction timed where the process waits for it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

TIMED = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})


class MeteredConnection:
    """A connection that adds up how long its statements took."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._conn, name)
        if name not in TIMED:
            return found

        async def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await found(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


class MeteredPool:
    """A pool whose every stretch between acquire and release leaves in `took` when it ended and its database time."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Over the pool that a Perform has; put it in that pool's place."""
        self._pool = pool
        self.took: list[tuple[float, float]] = []

    @asynccontextmanager
    async def acquire(self, **options: Any) -> AsyncIterator[MeteredConnection]:
        """One connection; waiting for it does not count."""
        async with self._pool.acquire(**options) as conn:
            metered = MeteredConnection(conn)
            try:
                yield metered
            finally:
                self.took.append((time.perf_counter(), metered.seconds))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def between(self, began: float, ended: float) -> list[float]:
        """The database times of what ended in this stretch of `time.perf_counter`."""
        return [seconds for at, seconds in self.took if began <= at <= ended]
