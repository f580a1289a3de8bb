"""The table: every measurement of quality run once, beside what was asked, into RESULTS.md with seeds and commits."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import commit

SCRIPTS = (
    "calibration",
    "demotion",
    "drift",
    "inspection",
    "switching",
    "review_replay",
    "review_managed",
    "tracking",
    "aggregation",
    "overlap",
    "spam",
    "shapes",
    "texts",
    "fusion",
    "determinism",
)
ROWS = {
    "interval calibration, lower bound": "calibration",
    "false demotion": "demotion",
    "drift": "drift",
    "CSP": "inspection",
    "ISO switching": "switching",
    "adaptive review, real replay": "review_replay",
    "adaptive review, managed workforce": "review_managed",
    "target tracking": "tracking",
    "routing and dynamic overlap, stop-rule honesty": "overlap",
    "aggregation, incremental against batch": "aggregation",
    "spam ranking": "spam",
    "boxes": "shapes",
    "gold blindness": "blindness",
    "replay determinism": "determinism",
}
"""The acceptance rows of the design (quality.md 4.4) -> the script that measures them."""
RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Quality, measured

What was asked of the statistics, and what they reach on published crowds and in simulation. Made by
`python -m benchmarks.quality.table`, each at the commit that its line names; `python -m benchmarks.quality.NAME --json`
prints one of them whole, with a row for each set. Where nothing is drawn there is no seed. `determinism` starts servers
of its own. Below the table: what needs a whole instance for many minutes, blindness of gold and replays through the
API, and the sets of `tracking` one by one.

| row of acceptance | script |
|---|---|
{rows}

`texts` and `fusion` measure what the data's README and the design say beyond these rows.

| measurement | at | seed | asked | reached |
|---|---|---|---|---|
"""


def measured(name: str) -> dict[str, Any]:
    """What the script prints. Raises CalledProcessError."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"benchmarks.quality.{name}", "--json"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return found


def line(found: dict[str, Any], at: str) -> str:
    """One line of the table; `at` is the commit it was measured at."""
    cells = (found["name"], at, _said(found.get("seed")), _said(found["asked"]), _said(found["reached"]))
    return "| " + " | ".join(cells) + " |"


def _said(value: Any) -> str:
    match value:
        case None:
            return "-"
        case dict():
            return "; ".join(f"{key.replace('_', ' ')}: {_said(one)}" for key, one in value.items())
        case list() | tuple():
            return ", ".join(_said(one) for one in value) or "none"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value).replace("|", "/")


def main() -> None:
    """Run them all, or those named, and write each line as it is known; all others stay, and what is below them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=SCRIPTS)
    # Asked once: the first line that is written is a change itself.
    at = commit()
    for name in parser.parse_args().names:
        put(name, line(measured(name), at))


def put(name: str, new: str) -> None:
    """Write the line of this measurement in its place."""
    before = RESULTS.read_text() if RESULTS.exists() else ""
    above, mark, below = before.partition("\n## ")
    rows = [kept for kept in above.splitlines() if kept.count(" | ") >= 4]
    lines = {one: kept for kept in rows for one in SCRIPTS if kept.startswith(f"| {one} |")} | {name: new}
    known = [lines[one] for one in SCRIPTS if one in lines]
    RESULTS.write_text(head() + "\n".join(known) + "\n" + mark + below)


def head() -> str:
    """What stands above the lines: how they were made, and which row of acceptance is measured where."""
    rows = "\n".join(f"| {row} | `{script}` |" for row, script in ROWS.items())
    return HEAD.format(rows=rows)


if __name__ == "__main__":
    main()
