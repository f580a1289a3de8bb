"""held_snapshot: somebody keeps an old snapshot open; what does one hot lane still give?"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from benchmarks.place import Place
from benchmarks.pulling import Stretch, puller
from benchmarks.row import Row, alternating, row
from benchmarks.sizes import Sizes
from benchmarks.stock import Stock, stock

NAME = "held_snapshot"
DEAD = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'open_slot'"


async def measure(place: Place, sizes: Sizes) -> Row:
    """Claims per second at the end of a long stretch on one lane, with a snapshot held all along, and without."""
    hot = await stock(
        place,
        "hot",
        lanes=1,
        people=sizes.snapshot_people,
        slots=sizes.snapshot_slots,
        sealed_per_lane=sizes.snapshot_slots,
    )
    seen: dict[str, Any] = {"ours": [], "reference": []}

    async def rate(held: bool) -> float:
        await hot.restock()
        async with snapshot(hot, held):
            told = await _last(hot, sizes)
        seen["ours" if held else "reference"].append(told)
        return float(told["last_claims_per_second"])

    ours, reference = await alternating(sizes.rounds, lambda: rate(True), lambda: rate(False))
    detail = {
        "people": sizes.snapshot_people,
        "in_flight": min(sizes.claimers, sizes.snapshot_people),
        "held_seconds": sizes.snapshot_seconds,
        "last_seconds": sizes.snapshot_last_seconds,
        **seen,
    }
    return row(NAME, "claims/s", ours, reference, detail)


@asynccontextmanager
async def snapshot(hot: Stock, held: bool) -> AsyncIterator[None]:
    """A reader that took its snapshot and does nothing: no row that dies from now on can be cleaned away."""
    if not held:
        yield
        return
    conn = await asyncpg.connect(hot.place.owner_dsn(hot.database))
    try:
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            await conn.fetchval("SELECT count(*) FROM lane")
            yield
    finally:
        await conn.close()


async def _last(hot: Stock, sizes: Sizes) -> dict[str, Any]:
    """Claims per second in the first and in the last seconds; the whole stretch must fit into the lane."""
    async with hot.place.performing(hot.database) as perform:
        stretch = Stretch(puller(perform), hot.crowd, sizes.claimers, hot.slots)
        marks: list[tuple[float, int]] = []

        async def mark() -> None:
            while True:
                marks.append((time.perf_counter(), stretch.pulled.claimed))
                await asyncio.sleep(0.05)

        marking = asyncio.create_task(mark())
        try:
            pulled = await stretch.run(sizes.snapshot_seconds, 0)
        finally:
            marking.cancel()
    if stretch.room <= 0:
        raise RuntimeError(f"{hot.slots} slots should outlast {sizes.snapshot_seconds} s; seed more of them")
    dead = await _dead(hot)
    marks = [(at, n) for at, n in marks if pulled.began <= at <= pulled.ended]
    marks = [(pulled.began, 0), *marks, (pulled.ended, pulled.claimed)]
    # Where nothing was marked for a while, because this process was not let run, the stretch is longer, never empty.
    first = next(m for m in marks if m[0] >= pulled.began + sizes.snapshot_last_seconds or m is marks[-1])
    last = next(
        m for m in reversed(marks) if m[0] <= pulled.ended - sizes.snapshot_last_seconds or m is marks[0]
    )
    return {
        "first_claims_per_second": _rate(marks[0], first),
        "last_claims_per_second": _rate(last, marks[-1]),
        "claimed": pulled.claimed,
        "dead_slots": dead,
    }


def _rate(first: tuple[float, int], last: tuple[float, int]) -> float:
    (began, before), (ended, after) = first, last
    return round((after - before) / max(1e-9, ended - began), 1)


async def _dead(hot: Stock) -> int:
    conn = await asyncpg.connect(hot.place.owner_dsn(hot.database))
    try:
        return int(await conn.fetchval(DEAD) or 0)
    finally:
        await conn.close()
