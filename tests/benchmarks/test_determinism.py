"""The measurement of rebuilds: a score that is off in its last bit is a row that differs."""

import asyncpg
import pytest

from benchmarks.quality import determinism
from tests.support.following import settle
from tests.support.world import World

LAST_BIT = "UPDATE review_project SET threshold = $1"


async def test_a_score_that_is_off_in_its_last_bit_is_another_row(world: World) -> None:
    about = await world.project(plan={"review_target": 0.02})
    await world.items(about, "a")
    await world.work(await world.invite("ann"), about, "cat")
    await settle(world)
    superuser = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    (row,) = await superuser.fetch("SELECT threshold FROM review_project")
    await superuser.execute(LAST_BIT, row["threshold"] * (1 + 2**-52))
    await superuser.close()
    found = await determinism.rebuilt(world.dsn("muster_app"), world.dsn("muster_sequencer"), "1")
    assert found["events"] > 0
    differing = {
        name: determinism.different(rows, found["folded"][name]) for name, rows in found["live"].items()
    }
    assert {name: count for name, count in differing.items() if count} == {"review_project": 1}
    assert determinism.digest(found["live"]) != determinism.digest(found["folded"])


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [(["a", "b"], ["b", "a"], 0), (["a"], ["b"], 1), (["a", "a"], ["a"], 1), ([], ["a", "b"], 2)],
)
def test_a_changed_row_counts_once_and_a_missing_one_counts(
    one: list[str], other: list[str], count: int
) -> None:
    assert determinism.different(one, other) == count
