"""Streams of items: taken chunk by chunk, never twice, and taken up again where they were cut."""

import asyncio
import gc
import tracemalloc
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.tasks import intakes
from tests.support.refused import refused
from tests.support.world import World

BAD = Refusal("invalid", "line_not_json", expected="one JSON value", found="another", mend="correct it")


def items(first: int, last: int) -> list[dict[str, Any]]:
    return [{"external_key": f"k{n}", "payload": n} for n in range(first, last + 1)]


async def begin(world: World, project: UUID, form: str = "ndjson", **said: Any) -> UUID:
    options: dict[str, Any] = {"columns": {}, "delimiter": ","} | said
    made = await world.act(intakes.intake_begin, project=project, form=form, **options)
    assert (made["next_line"], made["finished"]) == (1, False)
    return UUID(str(made["id"]))


async def take(
    world: World, intake: UUID, first: int, lines: list[Any], more: bool = True, header: str | None = None
) -> dict[str, Any]:
    said: dict[str, Any] = {"from_line": first, "more": more, "lines": lines, "header": header}
    return await world.act(intakes.intake_stream, intake=intake, **said)


async def results(world: World, intake: UUID, status: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await world.act(intakes.intake_results, intake=intake, status=status, cursor=cursor, limit=3)
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def test_lines_that_were_taken_are_not_taken_twice(world: World) -> None:
    project = await world.project()
    intake = await begin(world, project)
    assert (await take(world, intake, 1, items(1, 5)))["next_line"] == 6
    again = await take(world, intake, 1, items(1, 8))
    assert (again["next_line"], again["created"], again["known"]) == (9, 8, 0)
    done = await take(world, intake, 9, [], more=False)
    assert done["finished"] and done["lines"] == 8
    assert await take(world, intake, 1, items(1, 8), more=False) == done, "the whole stream again is the same"
    with refused("intake_finished", "conflict"):
        await take(world, intake, 9, items(9, 9))
    assert len(await world.facts("item.imported")) == 8
    (fact,) = await world.facts("intake.finished")
    assert (fact.event.lines, fact.event.created) == (8, 8)


async def test_a_gap_is_refused_and_names_the_line_to_go_on_from(world: World) -> None:
    intake = await begin(world, await world.project())
    await take(world, intake, 1, items(1, 2))
    with refused("intake_gap", "conflict") as caught:
        await take(world, intake, 4, items(4, 5))
    assert caught.value.extra == {"next_line": 3}
    with refused("intake_gap"):
        await world.act(intakes.intake_resume, intake=intake, from_line=4)


async def test_every_line_says_what_became_of_it(world: World) -> None:
    project = await world.project()
    await world.items(project, "k2")
    intake = await begin(world, project)
    lines: list[Any] = [
        *items(1, 3),
        BAD,
        None,
        {"external_key": "k1", "payload": 7},
        {"external_key": "secret"},
    ]
    told = await take(world, intake, 1, lines, more=False)
    assert (told["lines"], told["created"], told["known"], told["refused"]) == (7, 2, 2, 2)
    found = await results(world, intake)
    statuses = [(one["line"], one["status"]) for one in found]
    assert statuses == [
        (1, "created"),
        (2, "exists"),
        (3, "created"),
        (4, "refused"),
        (6, "exists"),
        (7, "refused"),
    ]
    assert found[4]["item"] == found[0]["item"]
    bad = await results(world, intake, "refused")
    assert [(one["line"], one["problem"]["code"]) for one in bad] == [
        (4, "line_not_json"),
        (7, "payload_unclear"),
    ]
    assert bad[1]["problem"]["where"] == "/payload" and bad[1]["item"] is None


async def test_two_streams_of_one_intake_at_once_take_each_line_once(world: World) -> None:
    project = await world.project()
    intake = await begin(world, project)
    await asyncio.gather(*(take(world, intake, 1, items(1, 20)) for _ in range(4)))
    shown = await world.act(intakes.intake_get, intake=intake)
    assert (shown["created"], shown["known"], shown["next_line"]) == (20, 0, 21)


async def test_two_intakes_of_the_same_items_at_once_create_each_once(world: World) -> None:
    project = await world.project()
    both = [await begin(world, project) for _ in range(2)]
    told = await asyncio.gather(*(take(world, one, 1, items(1, 30)) for one in both))
    assert sorted(one["created"] for one in told) == [0, 30]
    assert len(await world.facts("task.opened")) == 30


async def test_another_tenants_intake_does_not_exist(world: World, neighbour: World) -> None:
    intake = await begin(neighbour, await neighbour.project())
    with refused("not_found", "not_found"):
        await take(world, intake, 1, items(1, 1))
    with refused("not_found", "not_found"):
        await world.act(intakes.intake_get, intake=intake)
    with refused("not_found", "not_found"):
        await begin(world, UUID(int=7))


async def test_options_that_make_no_sense_are_refused(world: World) -> None:
    project = await world.project()
    for said in (
        {"form": "csv", "columns": {"a": "colour"}},
        {"form": "csv", "delimiter": "x"},
        {"form": "ndjson", "columns": {"a": "tags"}},
    ):
        with refused("intake_options_invalid", "invalid"):
            await begin(world, project, **said)
    with refused("intake_form_unknown", "invalid"):
        await begin(world, project, "xml")


async def test_chunks_leave_nothing_behind_in_memory(world: World) -> None:
    """What a thousandth chunk needs is what the first needed."""
    project = await world.project()
    intake = await begin(world, project)
    await take(world, intake, 1, items(1, 200))
    await take(world, intake, 201, items(201, 400))
    tracemalloc.start()
    try:
        await take(world, intake, 401, items(401, 600))
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for n in range(600, 1_600, 200):
            await take(world, intake, n + 1, items(n + 1, n + 200))
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000
