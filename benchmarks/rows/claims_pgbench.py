"""claims_vs_pgbench: our claim with all that is checked in it, against the plainest queue that PostgreSQL can be."""

from typing import Any

from benchmarks import pgbench
from benchmarks.cpu import Spent
from benchmarks.place import Place
from benchmarks.pulling import Pulled, claimer, claims
from benchmarks.row import Row, alternating, row, shortened
from benchmarks.rows.pull_flat import few
from benchmarks.sizes import Sizes

NAME = "claims_vs_pgbench"
HOW = (
    "ours: people locked, rights, limits and quotas checked, lane chosen, slot taken, event appended, lease projected, "
    "committed, whoever waits in one transaction; `whole_pull`: with pacing, the payload opened through its gate, the "
    "access entry and the answer"
)
DRAINED_MAX = 0.9
"""How deep the lanes are does not matter here, only that they do not run dry."""
CONNECTIONS_MAX = 90
"""The server takes 100."""


async def measure(place: Place, sizes: Sizes) -> Row:
    """Claims per second, one slot per caller: ours from one Python process, the reference from pgbench."""
    stock = await few(place, sizes)
    await place.database("reference")
    ours_seen: list[tuple[Pulled, dict[str, float]]] = []
    reference_seen: list[dict[str, Any]] = []

    async def ours(callers: int = sizes.claimers) -> float:
        stretch = (sizes.seconds, sizes.warm_seconds)
        seen = await claims(stock, callers, *stretch, pulls=claimer, drained_max=DRAINED_MAX)
        ours_seen.append(seen)
        return ours_seen[-1][0].rate

    async def reference(clients: int = sizes.claimers) -> float:
        await pgbench.prepare(place.owner_dsn("reference"), "dequeue_schema.sql", sizes.reference_rows)
        spent = Spent(postgres=place.server_pid)
        clients = min(clients, CONNECTIONS_MAX)
        told = await pgbench.run(place.server, "reference", "dequeue.sql", clients, sizes.seconds)
        done = round(told.tps * sizes.seconds)
        reference_seen.append(told.how | {"cpu_ms_per_claim": spent.ms_per(done)})
        return told.tps

    mine, theirs = await alternating(sizes.rounds, ours, reference)
    pulled, cpu = ours_seen[-1]
    whole, whole_cpu = await claims(stock, sizes.claimers, sizes.seconds, sizes.warm_seconds)
    detail = {
        "what": HOW,
        "in_flight": sizes.claimers,
        "slots": stock.slots,
        "lanes": len(stock.crowd.lanes),
        "ours": pulled.told() | {"cpu_ms_per_claim": cpu},
        "whole_pull": whole.told() | {"cpu_ms_per_claim": whole_cpu},
        "reference": reference_seen[-1],
        "beside": {
            str(n): {"ours": shortened(await ours(n)), "reference": shortened(await reference(n))}
            | {"reference_clients": min(n, CONNECTIONS_MAX)}
            for n in sizes.claimers_beside
        },
    }
    return row(NAME, "claims/s", mine, theirs, detail)
