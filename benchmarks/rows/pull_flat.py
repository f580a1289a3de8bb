"""pull_flat_10m: ten times the backlog, the same pull?"""

from statistics import median
from typing import Any

from backend.usecases.perform import Perform
from benchmarks.metering import MeteredPool
from benchmarks.place import Place
from benchmarks.pulling import Pulled, claims
from benchmarks.row import Row, alternating, quantiles, row
from benchmarks.sizes import Sizes
from benchmarks.stock import Stock, stock

NAME = "pull_flat_10m"
MANY = 8


async def measure(place: Place, sizes: Sizes) -> Row:
    """Claims per second from one process with many slots, and with a tenth of them."""
    big, small = await many(place, sizes), await few(place, sizes)
    seen: dict[str, list[tuple[Pulled, dict[str, float]]]] = {"ours": [], "reference": []}

    async def rate(of: Stock, kept: list[tuple[Pulled, dict[str, float]]]) -> float:
        kept.append(await claims(of, sizes.claimers, sizes.seconds, sizes.warm_seconds))
        return kept[-1][0].rate

    ours, reference = await alternating(
        sizes.rounds, lambda: rate(big, seen["ours"]), lambda: rate(small, seen["reference"])
    )
    told = {side: _told(rounds) for side, rounds in seen.items()}
    return row(
        NAME,
        "claims/s",
        ours,
        reference,
        {
            "slots": {"ours": big.slots, "reference": small.slots},
            "lanes": len(big.crowd.lanes),
            "people": len(big.crowd.people),
            "lanes_per_person_median": big.crowd.lanes_median,
            "in_flight": sizes.claimers,
            **told,
            "database_time": {"ours": await _times(big, sizes), "reference": await _times(small, sizes)},
            "seeding": "rows written straight into the read tables (reference/seed.sql), not through the log",
            "seeded_seconds": {"ours": big.seeded_seconds, "reference": small.seeded_seconds},
        },
    )


async def many(place: Place, sizes: Sizes) -> Stock:
    """The big backlog."""
    given = {"lanes": sizes.lanes, "people": sizes.people, "sealed_per_lane": sizes.sealed_per_lane}
    return await stock(place, "many", slots=sizes.slots, **given)


async def few(place: Place, sizes: Sizes) -> Stock:
    """The backlog of a tenth."""
    given = {"lanes": sizes.lanes, "people": sizes.people, "sealed_per_lane": sizes.sealed_per_lane}
    return await stock(place, "few", slots=sizes.slots_reference, **given)


def _told(rounds: list[tuple[Pulled, dict[str, float]]]) -> dict[str, Any]:
    """The round in the middle, and CPU milliseconds per claim over all of them."""
    middle = sorted(rounds, key=lambda one: one[0].rate)[len(rounds) // 2][0]
    names = rounds[0][1]
    return middle.told() | {"cpu_ms_per_claim": {n: median(cpu[n] for _, cpu in rounds) for n in names}}


async def _times(of: Stock, sizes: Sizes) -> dict[str, Any]:
    """The database's part of a transaction that pulls: one caller, and eight at once.

    Seen from the process, so what its own event loop is busy with meanwhile is in it.
    """
    told = {}
    for name, callers in (("one_caller", 1), ("eight_callers", MANY)):
        metered: list[MeteredPool] = []

        async def meter(perform: Perform, into: list[MeteredPool] = metered) -> None:
            into.append(MeteredPool(perform.pool))
            perform.pool = into[0]

        pulled, _ = await claims(of, callers, sizes.seconds, sizes.warm_seconds, meter)
        took = metered[0].between(pulled.began, pulled.ended)
        told[name] = quantiles(took) | {"transactions": len(took), "claims": pulled.claimed}
    return told
