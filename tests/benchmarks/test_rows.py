"""Every row of the benchmark table measures something, at sizes that say nothing about speed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.place import Place, place
from benchmarks.results import page
from benchmarks.row import Row
from benchmarks.run import ORDER, ROWS
from benchmarks.sizes import TINY


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncIterator[Place]:
    """The servers of all rows here."""
    async with place() as made:
        yield made


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_row_compares_two_rates_of_one_run(here: Place, name: str) -> None:
    row: Row = await ROWS[name](here, TINY)
    assert row.name == name and row.ours > 0 and row.reference > 0
    assert row.ratio == pytest.approx(row.ours / row.reference, rel=0.01)
    assert len(row.detail["rounds"]["ours"]) == len(row.detail["rounds"]["reference"]) == TINY.rounds
    told = {"rows": [row.told()], "failed": {}, "machine": {}, "command": "muster bench", "seconds": 1}
    assert f"`{name}`" in page(told)
