"""The page of results: the table, how to read it, and all details."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

HOW_TO_READ = """\
`ratio` is ours over the reference, both measured in this run on this machine: medians of rounds that alternate, with
`fsync` and `synchronous_commit` on, on a PostgreSQL of the run's own in a temporary folder. Rates depend on the machine
and on what else it does; ratios do so less, and CPU milliseconds per operation (in the details) least. A reference is
what somebody would build first, without our guarantees; its SQL and scripts are in `benchmarks/reference/`.

- `http_cycle_vs_noop`: requests per second in full cycles of pull and submit over TLS (two requests each) against an
  empty endpoint of FastAPI in the same server and TLS settings, by the same client process.
- `pull_flat_10m`: claims per second from one process with many open slots against a tenth of them (1 would be flat).
- `claims_vs_pgbench`: claims per second from one Python process against pgbench on the plainest SKIP LOCKED queue.
- `append_vs_insert`: events per second, one per caller, the stream's head checked, against plain inserts by pgbench.
  `grown` in its details: into a log that has grown by so many events (`after`) against one that began empty (`before`).
- `rebuild_events`: events per second folded into all projections against merely read and decoded.
- `held_snapshot`: claims per second on one lane at the end of a stretch in which somebody held a snapshot open, against
  the same stretch without.
"""
UNITS_DIGITS = 4


def page(told: Mapping[str, Any]) -> str:
    """RESULTS.md of a run, as `muster bench --json` tells it."""
    machine = "\n".join(f"| {name} | {value} |" for name, value in told["machine"].items())
    details = "\n\n".join(_detail(one) for one in told["rows"])
    failed = "".join(f"\nNot measured: `{name}`: {why}\n" for name, why in told["failed"].items())
    return (
        f"# Benchmarks\n\nMade by `{told['command']}` in {told['seconds']:.0f} s.\n\n"
        f"{table(told['rows'])}\n{failed}\n## How to read it\n\n{HOW_TO_READ}\n"
        f"## Where\n\n| | |\n|---|---|\n{machine}\n\n## Details\n\n{details}\n"
    )


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| row | ours | reference | unit | ratio |", "|---|---:|---:|---|---:|"]
    lines += [
        f"| `{one['name']}` | {one['ours']:,g} | {one['reference']:,g} | {one['unit']} | **{one['ratio']:g}** |"
        for one in rows
    ]
    return "\n".join(lines)


def _detail(one: Mapping[str, Any]) -> str:
    return f"### {one['name']}\n\n```json\n{json.dumps(one['detail'], indent=1)}\n```"
