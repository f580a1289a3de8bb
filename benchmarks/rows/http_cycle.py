"""http_cycle_vs_noop: two requests of real work against one that does nothing, over the same TLS and server."""

from statistics import median
from typing import Any

from benchmarks.cpu import Spent
from benchmarks.place import Place
from benchmarks.row import Row, alternating, row, shortened
from benchmarks.server import Instance, Workplace, client, empty_endpoint, instance, stocked, workplace
from benchmarks.sizes import Sizes

NAME = "http_cycle_vs_noop"


async def measure(_place: Place, sizes: Sizes) -> Row:
    """Requests per second in pull and submit cycles, and to the empty endpoint, by the same client process."""
    async with instance() as server:
        work = await workplace(server.connection, sizes.http_people, sizes.http_items)
        async with empty_endpoint(server) as (url, process):
            seen: dict[str, list[dict[str, Any]]] = {"ours": [], "reference": []}

            async def ours() -> float:
                seen["ours"].append(await _cycles(server, work, sizes))
                return float(2 * seen["ours"][-1]["cycles_per_second"])

            async def reference() -> float:
                seen["reference"].append(await _nothing(server, url, process.pid, work, sizes))
                return float(seen["reference"][-1]["requests_per_second"])

            mine, theirs = await alternating(sizes.rounds, ours, reference)
    detail = {"annotators": sizes.http_people, "api_processes": 1}
    return row(NAME, "requests/s", mine, theirs, detail | {side: _told(all_) for side, all_ in seen.items()})


async def _cycles(server: Instance, work: Workplace, sizes: Sizes) -> dict[str, Any]:
    spent = server.spent()
    told = await client(_job(server.connection.url, "cycle", server, work, sizes))
    told["cpu_ms_per_request"] = spent.ms_per(told["total_requests"])
    if told["duplicates"] or set(told["statuses"]) - {"200"}:
        raise RuntimeError(f"every answer should be 200 and every item met once; found {told}")
    # As many again are there for the next round, and half as many more.
    work.spare["done"] = work.spare.get("done", 0) + told["total_cycles"]
    await stocked(
        server.connection, work, work.spare["done"] + max(sizes.http_items, told["total_cycles"] * 3 // 2)
    )
    return told


async def _nothing(server: Instance, url: str, pid: int, work: Workplace, sizes: Sizes) -> dict[str, Any]:
    spent = Spent(server=pid)
    told = await client(_job(url, "empty", server, work, sizes))
    return told | {"cpu_ms_per_request": spent.ms_per(told["total_requests"])}


def _job(url: str, mode: str, server: Instance, work: Workplace, sizes: Sizes) -> dict[str, Any]:
    return {
        "url": url,
        "mode": mode,
        "ca_file": str(server.connection.ca_file),
        "keys": work.keys,
        "project": work.project,
        "seconds": sizes.seconds,
        "warm_seconds": sizes.warm_seconds,
    }


def _told(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The round in the middle; CPU figures as medians over all of them."""
    middle = sorted(rounds, key=lambda one: one["requests_per_second"])[len(rounds) // 2]
    names = rounds[0]["cpu_ms_per_request"]
    return {
        "requests_per_second": shortened(middle["requests_per_second"]),
        "cycles_per_second": shortened(middle["cycles_per_second"]),
        "latency": middle["latency"],
        "client_cpu_share": median(one["client_cpu_share"] for one in rounds),
        "cpu_ms_per_request": {n: median(one["cpu_ms_per_request"][n] for one in rounds) for n in names},
        "statuses": middle["statuses"],
        "ran_dry": any(one["empty_pulls"] for one in rounds),
    }
