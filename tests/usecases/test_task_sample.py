"""Bulk acts on a sample: so many of each stratum, drawn once: the preview is the act, and pieces draw nothing anew."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.projects import intake
from backend.usecases.tasks import selection, steering
from backend.usecases.work import Answer, Work
from tests.support.lots import digest, taken
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_steering import prioritise
from tests.usecases.test_task_selection import HOLD, begin, done, looked

TAGS = ["lang:de"] * 6 + ["lang:en"] * 4 + ["lang:fr"] + [None] * 3
UP = {"kind": "prioritise", "priority": 1}


async def some(world: World, project: UUID, tags: list[str | None], name: str = "i") -> dict[UUID, str]:
    """Import an item with each of these tags; task -> its language."""
    items = tuple(
        {"external_key": f"{name}{n}", "payload": {"n": n}, "tags": [tag, "shift:night"] if tag else []}
        for n, tag in enumerate(tags)
    )
    rows = (await world.act(intake.item_import, project=project, items=items))["results"]
    return {row["task"]: (tag or "").removeprefix("lang:") for row, tag in zip(rows, tags, strict=True)}


async def raised(world: World) -> list[UUID]:
    """The tasks that were moved up, by id."""
    rows = await world.rows("SELECT task FROM task WHERE tenant = $1 AND priority = 1 ORDER BY task")
    return [row["task"] for row in rows]


async def kept(world: World) -> int:
    (row,) = await world.rows("SELECT count(*) AS n FROM task_sample WHERE tenant = $1")
    return int(row["n"])


def by_language(seed: str = "spring", **how: Any) -> dict[str, Any]:
    return {"by": "tag:lang", "seed": seed, **how}


@pytest.mark.parametrize("seed", ["spring", "autumn"])
@pytest.mark.parametrize("each", [2, {"de": 3, "": 2, "it": 1}])
async def test_the_lowest_lots_of_each_stratum_are_drawn_and_anybody_can_draw_them_again(
    world: World, seed: str, each: Any
) -> None:
    project = await world.project()
    tasks = await some(world, project, TAGS)
    how = by_language(seed, **({"each": each} if isinstance(each, int) else {"quotas": each}))
    seen = await looked(world, project, UP, sample=how)
    expected = taken(tasks, seed, each)
    assert [one["id"] for one in seen["first"]] == expected
    assert (seen["matched"], seen["by_state"]) == (len(expected), {"open": len(expected)})
    told = seen["sample"]
    assert (told["matched"], told["taken"], told["digest"]) == (14, len(expected), digest(expected))
    assert await kept(world) == 0
    assert (await done(world, project, UP, sample=how))["sampled"]["digest"] == told["digest"]
    assert await raised(world) == expected


async def test_a_preview_says_of_each_stratum_what_matches_what_is_taken_and_what_is_lacking(
    world: World,
) -> None:
    project = await world.project()
    await some(world, project, TAGS)
    told = (await looked(world, project, UP, sample=by_language(each=3)))["sample"]
    rows = [(s["stratum"], s["matches"], s["quota"], s["taken"], s["short"]) for s in told["strata"]]
    assert rows == [("de", 6, 3, 3, 0), ("en", 4, 3, 3, 0), (None, 3, 0, 0, 0), ("fr", 1, 3, 1, 2)]
    quotas = {"fr": 2, "it": 5, "": 1}
    told = (await looked(world, project, UP, sample=by_language(quotas=quotas)))["sample"]
    rows = [(s["stratum"], s["matches"], s["quota"], s["taken"], s["short"]) for s in told["strata"]]
    named = [(None, 3, 1, 1, 0), ("fr", 1, 2, 1, 1)]
    assert rows == [*named, ("de", 6, 0, 0, 0), ("en", 4, 0, 0, 0), ("it", 0, 5, 0, 5)]
    assert told["strata_total"] == 4


async def test_pieces_draw_nothing_anew_whatever_they_and_others_change_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done no longer matches; drawn again, each piece would find as many again behind it."""
    monkeypatch.setattr(selection, "PIECE", 2)
    project = await world.project()
    tasks = await some(world, project, TAGS)
    await done(world, project, HOLD)
    act: dict[str, Any] = {"kind": "unhold"}
    wanted = {"states": ["held"], "sample": by_language(each=3)}
    seen = await looked(world, project, act, **wanted)
    bulk = await begin(world, project, act, imported_to=seen["sample"]["imported_to"], **wanted)
    await world.system(selection.tasks_bulk_step, bulk=bulk)
    await some(world, project, ["lang:de"] * 3, "later")
    await world.rows("UPDATE item SET tags = '{lang:it}' WHERE tenant = $1 RETURNING 1")
    await world.decide()
    over = await world.act(selection.tasks_bulk_get, bulk=bulk)
    assert (over["status"], over["changed"], over["sampled"]["taken"]) == ("done", 7, 7)
    assert over["sampled"]["digest"] == seen["sample"]["digest"]
    still = await world.rows("SELECT task FROM task WHERE tenant = $1 AND state = 'held'")
    assert set(tasks) - {row["task"] for row in still} == set(taken(tasks, "spring", 3))
    assert await kept(world) == 0


async def test_an_act_by_what_it_changes_is_done_to_what_was_drawn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PIECE", 1)
    project = await world.project()
    tasks = await some(world, project, [None] * 5)
    over = await done(world, project, UP, sample={"by": "class", "seed": "s", "quotas": {"2": 3}})
    assert over["changed"] == 3
    assert await raised(world) == taken(dict.fromkeys(tasks, "2"), "s", {"2": 3})


async def test_a_process_that_dies_in_a_piece_changes_nothing_of_what_is_drawn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PIECE", 2)
    project = await world.project()
    tasks = await some(world, project, TAGS)

    async def dies(work: Work, *, bulk: UUID) -> Answer:
        done = await selection.tasks_bulk_step(work, bulk=bulk)
        await work.flush()
        await work.conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return done

    bulk = await begin(world, project, UP, sample=by_language(each=3))
    for pieces in (0, 2, 4):
        with refused("database_unavailable"):
            await world.system(dies, bulk=bulk)
        assert len(await raised(world)) == pieces
        await world.system(selection.tasks_bulk_step, bulk=bulk)
    await world.decide()
    assert await raised(world) == taken(tasks, "spring", 3)
    assert len(await world.facts("bulk.sampled")) == 1
    assert (await world.act(selection.tasks_bulk_get, bulk=bulk))["changed"] == 7


async def test_what_no_longer_matches_when_its_turn_comes_is_left_and_not_made_up_for(world: World) -> None:
    project = await world.project()
    tasks = await some(world, project, TAGS)
    first, *others = taken(tasks, "spring", 3)
    bulk = await begin(world, project, UP, sample=by_language(each=3))
    await world.act(steering.task_cancel, task=first, code="manager", note=None)
    await world.decide()
    over = await world.act(selection.tasks_bulk_get, bulk=bulk)
    assert (over["changed"], over["refused"], over["sampled"]["taken"]) == (6, 0, 7)
    assert await raised(world) == others


async def test_what_was_drawn_is_forgotten_when_the_act_is_stopped(world: World) -> None:
    project = await world.project()
    await some(world, project, TAGS)
    bulk = await begin(world, project, UP, sample=by_language(each=1))
    assert await kept(world) == 3
    await world.act(selection.tasks_bulk_stop, bulk=bulk)
    assert await kept(world) == 0
    await world.decide()
    assert await raised(world) == []


async def test_tasks_are_divided_by_whatever_is_known_of_them(world: World) -> None:
    project = await world.project()
    one, two, *_ = await some(world, project, ["lang:de", "lang:en", None])
    await prioritise(world, one, 0)
    day = str((await world.rows("SELECT imported_at FROM item WHERE tenant = $1"))[0]["imported_at"])[:10]
    sql = "UPDATE item SET edge_case = true WHERE tenant = $1 AND item = (SELECT item FROM task WHERE task = $2)"
    await world.rows(sql + " RETURNING 1", two)
    await world.rows(
        "UPDATE task SET item_group = $3 WHERE tenant = $1 AND task = $2 RETURNING 1", two, project
    )

    async def found(by: str, **how: Any) -> dict[str | None, int]:
        sample = {"by": by, "seed": "s", "each": 1} | how
        told = (await looked(world, project, UP, sample=sample))["sample"]["strata"]
        return {stratum["stratum"]: stratum["matches"] for stratum in told}

    assert await found("class") == {"0": 1, "2": 2}
    assert await found("step") == await found("stage") == {"annotate": 3}
    assert await found("group") == {str(project): 1, None: 2}
    assert await found("edge_case") == {"true": 1, "false": 2}
    assert await found("day") == {day: 3}
    assert await found("tag") == {"lang:de": 1, "lang:en": 1, None: 1}
    assert await found("tag", each=None, quotas={"shift:night": 1}) == {"shift:night": 2, None: 1}
    assert await found("tag:shift") == {"night": 2, None: 1}
    assert await found("tag:shi") == {None: 3}


async def test_a_sample_that_is_unclear_or_too_large_draws_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = await world.project()
    await some(world, project, TAGS)
    monkeypatch.setattr(selection, "SAMPLE_MAX", 6)
    for how, code in (
        ({}, "sample_unclear"),
        ({"each": 1, "quotas": {"de": 1}}, "sample_unclear"),
        ({"each": 3}, "sample_too_large"),
    ):
        for act in (looked, begin):
            with refused(code, "invalid"):
                await act(world, project, UP, sample=by_language(**how))
    assert await kept(world) == 0 and world.woken == []
    assert (await looked(world, project, UP, sample=by_language(each=2)))["matched"] == 5


async def test_a_sample_of_nothing_is_done_at_once(world: World) -> None:
    project = await world.project()
    over = await done(world, project, UP, sample=by_language(each=2))
    assert (over["status"], over["changed"]) == ("done", 0)
    assert over["sampled"] == {"matched": 0, "taken": 0, "digest": digest([])}
