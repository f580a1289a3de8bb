"""The table's own arithmetic, and that both sides of a row are treated alike."""

import ast
from pathlib import Path

import pytest

from backend.platform.problems import PlatformProblem
from benchmarks.cpu import cpu_seconds
from benchmarks.pgbench import find_pgbench
from benchmarks.row import alternating, quantiles, row
from benchmarks.run import ORDER, ROWS, main

ROOT = Path(__file__).resolve().parents[2]
# Where a process listens and how it ends is its own business.
OWN = {"host", "port", "fd", "timeout_graceful_shutdown", "proxy_headers", "forwarded_allow_ips"}
"""Each says these for itself. The bench names no proxy, so neither side reads a proxy's headers."""


async def test_the_side_that_goes_first_changes_with_every_round() -> None:
    order: list[str] = []

    async def measure(side: str) -> float:
        order.append(side)
        return float(len(order))

    ours, reference = await alternating(3, lambda: measure("ours"), lambda: measure("reference"))
    assert order == ["ours", "reference", "reference", "ours", "ours", "reference"]
    assert (ours, reference) == ([1.0, 4.0, 5.0], [2.0, 3.0, 6.0])


def test_a_ratio_is_that_of_the_medians_and_every_round_can_be_read() -> None:
    made = row("x", "1/s", [10, 90, 30], [20, 10, 15], {"more": 1})
    assert (made.ours, made.reference, made.ratio) == (30, 15, 2)
    assert made.detail == {"rounds": {"ours": [10, 90, 30], "reference": [20, 10, 15]}, "more": 1}


def test_a_row_that_measured_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="rates above 0"):
        row("x", "1/s", [0, 0, 5], [1, 1, 1], {})


def test_quantiles_are_of_what_was_seen() -> None:
    assert quantiles([n / 1_000 for n in range(1, 101)]) == {"p50_ms": 51, "p99_ms": 100, "max_ms": 100}


def test_a_row_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(PlatformProblem, match="no_such_row") as refused:
        main(quick=True, names=["no_such_row"], results=tmp_path / "page.md", as_json=True)
    assert all(name in str(refused.value) for name in ROWS)
    assert not list(tmp_path.iterdir())


def test_every_row_has_its_place_in_the_table() -> None:
    assert sorted(ORDER) == sorted(ROWS)


def test_the_time_of_a_process_grows_with_what_it_does() -> None:
    import os

    before, total = cpu_seconds(os.getpid(), whole_family=False), 0
    while (now := cpu_seconds(os.getpid(), whole_family=False)) <= before:
        total += sum(range(10_000))
    assert now > before


def test_pgbench_is_there_with_the_locked_dependencies() -> None:
    assert find_pgbench() is not None


def test_the_empty_endpoint_is_served_with_the_settings_of_the_api() -> None:
    api, empty = (_served(ROOT / file) for file in ("backend/processes.py", "benchmarks/empty.py"))
    assert {name: api[name] for name in api.keys() - OWN - {"ssl_certfile", "ssl_keyfile"}} == {
        name: empty[name] for name in empty.keys() - OWN - {"ssl_certfile", "ssl_keyfile"}
    }
    assert {"ssl_certfile", "ssl_keyfile"} <= api.keys() & empty.keys()


def _served(file: Path) -> dict[str, str]:
    """The keywords of the one uvicorn.Config in the file."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    (config,) = [call for call in calls if ast.unparse(call.func) == "uvicorn.Config"]
    return {str(one.arg): ast.unparse(one.value) for one in config.keywords}
