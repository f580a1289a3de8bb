"""`muster bench`: every row whose parts exist, one after another; progress on standard error, JSON on the last line."""

import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop

from backend.platform.problems import PlatformProblem
from backend.processes import settle_in
from benchmarks.machine import described
from benchmarks.place import Place, place
from benchmarks.results import page, table
from benchmarks.row import Row
from benchmarks.rows import (
    append_insert,
    claims_pgbench,
    held_snapshot,
    http_cycle,
    pull_flat,
    rebuild_events,
)
from benchmarks.sizes import FULL, QUICK, Sizes

Measure = Callable[[Place, Sizes], Awaitable[Row]]

# What leaves least behind comes first.
ROWS: dict[str, Measure] = {
    http_cycle.NAME: http_cycle.measure,
    rebuild_events.NAME: rebuild_events.measure,
    append_insert.NAME: append_insert.measure,
    held_snapshot.NAME: held_snapshot.measure,
    claims_pgbench.NAME: claims_pgbench.measure,
    pull_flat.NAME: pull_flat.measure,
}
# As the table is read.
ORDER = (
    http_cycle.NAME,
    pull_flat.NAME,
    claims_pgbench.NAME,
    append_insert.NAME,
    rebuild_events.NAME,
    held_snapshot.NAME,
)


def main(*, quick: bool, names: Sequence[str], results: Path | None, as_json: bool) -> int:
    """Measure and print; 0 when every row asked for was measured. PlatformProblem for a row there is none of."""
    if unknown := [name for name in names if name not in ROWS]:
        raise PlatformProblem(
            "Each --row should be the name of a row.", f"{unknown[0]} is none.", f"Rows: {', '.join(ROWS)}."
        )
    # Asked to end, it ends its servers and removes their folders, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command = " ".join(["muster bench", *(["--quick"] if quick else []), *(f"--row {n}" for n in names)])
    machine, began = described(), time.monotonic()
    wanted = {name: measure for name, measure in ROWS.items() if name in (names or ROWS)}
    rows, failed = uvloop.run(measured(wanted, QUICK if quick else FULL))
    shown = [one.told() for one in sorted(rows, key=lambda one: ORDER.index(one.name))]
    told = {
        "rows": shown,
        "failed": failed,
        "command": command,
        "machine": machine,
        "seconds": round(time.monotonic() - began, 1),
    }
    if results is not None:
        results.write_text(page(told))
    print(json.dumps(told) if as_json else table(shown))
    return 1 if failed else 0


async def measured(wanted: dict[str, Measure], sizes: Sizes) -> tuple[list[Row], dict[str, str]]:
    """These rows on servers of their own; a row that fails is told by name, and the others go on."""
    rows: list[Row] = []
    failed: dict[str, str] = {}
    async with place() as here:
        # As every process of ours does: or the collector's pauses are measured, and not the product.
        settle_in()
        for name, measure in wanted.items():
            began = time.monotonic()
            _say(f"{name} ...")
            try:
                rows.append(await measure(here, sizes))
                _say(f"{name}: ratio {rows[-1].ratio:g} after {time.monotonic() - began:.0f} s")
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
                _say(f"{name} was not measured: {failed[name]}")
    return rows, failed


def _say(text: Any) -> None:
    print(text, file=sys.stderr, flush=True)
