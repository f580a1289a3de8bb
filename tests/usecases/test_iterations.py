"""Iterations on the real database: what is planned is offered to nobody, what is opened is, and what is closed has
written down what it reached."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.domain.errors import Refusal
from backend.usecases.projects import intake
from backend.usecases.projects import iterations as use
from backend.usecases.tasks import intakes, selection, steering
from tests.support.flow import answer, judge, publish, step
from tests.support.iterated import bring, close, got, move, opened, plan
from tests.support.redoing import execute
from tests.support.redoing import plan as again
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_steering import hold, moment, pulled


async def states(world: World, *rows: dict[str, Any]) -> list[tuple[str, str | None]]:
    """(state, why it is held) of these items' first tasks."""
    found = await world.rows("SELECT task, state, held_code FROM task WHERE tenant = $1")
    by_task = {row["task"]: (row["state"], row["held_code"]) for row in found}
    return [by_task[row["task"]] for row in rows]


async def progress(world: World, project: UUID, iteration: UUID) -> dict[str, int]:
    """What is not 0 of how far it is."""
    found = (await got(world, project, iteration))["progress"]
    return {name: n for name, n in found.items() if n}


# --- the whole path


async def test_a_batch_is_planned_filled_opened_worked_through_and_closed(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    one = await plan(world, project, items=2, agreement=0.5)
    await bring(world, project, "one", "a", "b")
    await world.items(project, "other")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    assert await pulled(world, ann, project) == ["other"]
    assert await pulled(world, ann, project) == []
    assert await progress(world, project, one) == {"items": 2, "held": 2}
    with refused("iteration_planned", "conflict"):
        await close(world, project, one, "no more")

    made = await opened(world, project, one)
    assert (made["state"], made["id"]) == ("open", one)
    assert (await world.act(selection.tasks_bulk_get, bulk=made["releasing"]))["changed"] == 2
    assert await progress(world, project, one) == {"items": 2, "open": 2}
    (lease,) = (await world.pull(ann, project))["leases"]
    assert await progress(world, project, one) == {"items": 2, "open": 1, "leased": 1}
    await world.submit(ann, lease["id"], "1")
    await world.work(ann, project, "1")
    with refused("iteration_unmet", "conflict") as caught:
        await close(world, project, one)
    assert caught.value.extra["unmet"] == ["agreement", "items"]
    await world.work(ben, project, "other")
    for said in ("1", "2"):
        await world.work(ben, project, said)
    await world.decide()
    now = await got(world, project, one)
    reached = {"items": 2, "decided": 2, "in_time": 2, "pairs": 4, "same": 2, "agreement": 0.5}
    assert {name: n for name, n in now["progress"].items() if n} == reached
    assert now["unmet"] == [] and now["closed"] is None

    over = await close(world, project, one)
    assert (over["state"], over["closed"]["unmet"], over["closed"]["reason"]) == ("closed", [], None)
    assert over["closed"]["reached"] == now["progress"]
    assert (await close(world, project, one))["closed_at"] == over["closed_at"], "closed once"
    (fact,) = await world.facts("iteration.closed")
    assert (fact.event.reached.decided, fact.event.reached.pairs, fact.event.unmet) == (2, 4, ())


async def test_an_iteration_is_closed_anyway_with_a_reason_that_nobody_else_reads(world: World) -> None:
    project = await world.project()
    one = await plan(world, project, items=5, due=await moment(world, hours=1))
    await bring(world, project, one, "a", "b")
    await opened(world, project, one)
    await world.work(await world.invite("ann"), project, "1")
    await world.decide()
    world.clock.moved += timedelta(hours=2)
    assert await progress(world, project, one) == {
        "items": 2, "decided": 1, "in_time": 1, "open": 1, "late": 1,
    }  # fmt: skip
    assert [one["target"] for one in (await got(world, project, one))["unmet"]] == ["items", "due"]
    for said in ({"anyway": True, "reason": None}, {"anyway": False, "reason": "late"}):
        with refused("iteration_unmet"):
            await world.act(use.iteration_close, project=project, iteration=one, **said)
    over = await close(world, project, one, "Mrs Example has stopped it.")
    assert over["closed"]["reason"] == "Mrs Example has stopped it."
    assert over["closed"]["unmet"] == ["items", "due"] and over["closed"]["reached"]["late"] == 1
    (fact,) = await world.facts("iteration.closed")
    assert b"Example" not in fact.event.reason
    assert len(await pulled(world, await world.invite("ben"), project)) == 1, "what is open goes on"


async def test_a_name_is_one_iteration_and_the_same_plan_again_is_the_same(world: World) -> None:
    project, other = await world.project(), await world.project("other")
    one = await plan(world, project, items=5)
    assert await plan(world, project, items=5) == one
    assert await plan(world, other, items=5) != one
    with refused("iteration_exists", "conflict") as caught:
        await plan(world, project, items=6)
    assert caught.value.extra == {"iteration": str(one)}
    assert len(await world.facts("iteration.planned")) == 2
    with refused("not_found"):
        await plan(world, uuid4())
    for verb in (use.iteration_open, use.iteration_get):
        with refused("not_found", "not_found"):
            await world.act(verb, project=other, iteration=one)


async def test_iterations_are_listed_by_state_page_by_page(world: World) -> None:
    project = await world.project()
    made = {await plan(world, project, name) for name in ("one", "two", "three")}
    await opened(world, project, min(made))
    found: list[UUID] = []
    cursor: str | None = None
    for _ in range(2):
        asked: dict[str, Any] = {"state": None, "cursor": cursor, "limit": 2}
        page = await world.act(use.iteration_list, project=project, **asked)
        found += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (sorted(made, reverse=True), None)
    page = await world.act(use.iteration_list, project=project, state="open", cursor=None, limit=9)
    assert [row["id"] for row in page["data"]] == [min(made)]


# --- what comes in


async def test_an_item_names_its_iteration_by_id_or_name_and_an_unknown_one_stops_no_other(
    world: World,
) -> None:
    project, other = await world.project(), await world.project("other")
    one, gone = await plan(world, project), await plan(world, project, "gone")
    foreign = await plan(world, other)
    await close(world, project, gone, "not needed")
    items = tuple(
        {"external_key": f"k{n}", "payload": {"task": f"k{n}"}, "iteration": said}
        for n, said in enumerate((str(one), "one", "two", str(foreign), "gone", None, str(uuid4()), 7))
    )
    rows = (await world.act(intake.item_import, project=project, items=items))["results"]
    told = [row["problem"]["code"] if row["problem"] else row["status"] for row in rows]
    assert told == [
        "created", "created", "iteration_unknown", "iteration_unknown", "iteration_closed", "created",
        "iteration_unknown", "item_invalid",
    ]  # fmt: skip
    assert {row["problem"]["where"] for row in rows if row["problem"]} == {"/iteration"}
    assert await states(world, rows[0], rows[1], rows[5]) == [("held", "iteration")] * 2 + [("open", None)]
    shown = [await world.act(intake.item_get, item=rows[n]["item"]) for n in (0, 5)]
    assert [row["iteration"] for row in shown] == [one, None]
    facts = await world.facts("item.imported")
    assert [fact.event.iteration for fact in facts] == [one, one, None]


async def test_one_item_alone_and_every_line_of_a_stream_may_name_an_iteration(world: World) -> None:
    project = await world.project()
    one = await plan(world, project)
    said = {"external_key": "a", "payload": 1, "iteration": "one"}
    made = await world.act(intake.item_create, project=project, item=said)
    assert await states(world, made) == [("held", "iteration")]
    assert await world.act(intake.item_create, project=project, item=said) == made
    with refused("item_exists"):
        await world.act(intake.item_create, project=project, item=said | {"iteration": None})
    with refused("iteration_unknown", "invalid"):
        await world.act(intake.item_create, project=project, item=said | {"iteration": "two"})
    options: dict[str, Any] = {"columns": {}, "delimiter": ","}
    begun = await world.act(intakes.intake_begin, project=project, form="ndjson", **options)
    lines = [{"external_key": key, "payload": 1, "iteration": to} for key, to in (("b", "one"), ("c", "two"))]
    told: dict[str, Any] = {"from_line": 1, "more": False, "lines": lines, "header": None}
    done = await world.act(intakes.intake_stream, intake=begun["id"], **told)
    assert (done["created"], done["refused"]) == (1, 1)
    assert await progress(world, project, one) == {"items": 2, "held": 2}


async def test_what_comes_into_an_open_iteration_is_offered_at_once(world: World) -> None:
    project = await world.project()
    one = await plan(world, project)
    await opened(world, project, one)
    (row,) = await bring(world, project, one, "a")
    assert await states(world, row) == [("open", None)]
    assert await world.facts("task.held") == []


async def test_nothing_is_left_held_when_items_come_in_while_it_is_opened(world: World) -> None:
    project = await world.project()
    one = await plan(world, project)
    coming = (bring(world, project, one, *(f"{n}-{m}" for m in range(5))) for n in range(6))
    await asyncio.gather(*coming, opened(world, project, one))
    await world.decide()
    assert await progress(world, project, one) == {"items": 30, "open": 30}


async def test_an_opening_releases_piece_by_piece_and_only_what_waited_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "PIECE", 2)
    project = await world.project()
    one, two = await plan(world, project), await plan(world, project, "two")
    rows = await bring(world, project, one, *"abcde")
    (other,) = await bring(world, project, two, "f")
    (stopped,) = await world.items(project, "g")
    await hold(world, stopped["task"])
    await move(world, project, one, "g")
    assert await states(world, stopped) == [("held", "manager")], "the first reason stands"
    made = await world.act(use.iteration_open, project=project, iteration=one)
    assert (await world.system(selection.tasks_bulk_step, bulk=made["releasing"]))["done"] == 2
    await world.decide()
    assert await states(world, *rows) == [("open", None)] * 5
    assert await states(world, other, stopped) == [("held", "iteration"), ("held", "manager")]
    assert (await world.act(selection.tasks_bulk_get, bulk=made["releasing"]))["by"]["kind"] == "user"


# --- what is moved


async def test_moved_items_are_held_or_go_on_as_their_new_iteration_is(world: World) -> None:
    project = await world.project()
    one, two = await plan(world, project), await plan(world, project, "two")
    a, b, c = await world.items(project, "a", "b", "c")
    done = await move(world, project, one, "a", "b")
    assert (done["status"], done["changed"], done["unchanged"]) == ("done", 2, 0)
    assert await states(world, a, b, c) == [("held", "iteration")] * 2 + [("open", None)]
    assert (await move(world, project, one))["unchanged"] == 2, "the third is moved, the others are there"
    await move(world, project, two, "a")
    assert await progress(world, project, one) == {"items": 2, "held": 2}
    await opened(world, project, one)
    await move(world, project, one, "a")
    assert await progress(world, project, one) == {"items": 3, "open": 3}
    await move(world, project, None, "b", iteration=one)
    with refused("not_found", "not_found"):
        await move(world, project, None, iteration=uuid4())
    assert await progress(world, project, one) == {"items": 2, "open": 2}
    placed = [(fact.event.item, fact.event.iteration) for fact in await world.facts("item.placed")]
    assert [to for item, to in placed if item == a["item"]] == [one, two, one]
    assert placed[-1] == (b["item"], None)
    assert len(await pulled(world, await world.invite("ann"), project)) == 1


async def test_a_move_to_where_nothing_goes_is_refused(world: World) -> None:
    project, other = await world.project(), await world.project("other")
    await world.items(project, "a")
    gone, foreign = await plan(world, project), await plan(world, other)
    await close(world, project, gone, "not needed")
    assert (await move(world, project, gone, "a"))["refused_with"] == "iteration_closed"
    assert (await move(world, project, foreign, "a"))["refused_with"] == "not_found"
    with refused("not_found", "not_found"):
        await move(world, project, uuid4(), "a")
    assert await world.facts("item.placed") == []


async def test_every_task_of_a_moved_item_is_held_though_one_alone_was_selected(world: World) -> None:
    project = await world.project()
    await publish(world, project, step("left"), step("right"), first=("left", "right"))
    await world.items(project, "a")
    one = await plan(world, project)
    await move(world, project, one, step="left")
    rows = await world.rows("SELECT state FROM task WHERE tenant = $1")
    assert [row["state"] for row in rows] == ["held", "held"]
    await opened(world, project, one)
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 2


# --- what comes after


async def test_an_item_whose_iteration_waits_goes_on_to_its_next_step_when_it_opens(world: World) -> None:
    project = await world.project()
    author = {"to": "check", "to_author": True, "author_seconds": 600}
    await publish(world, project, step("label", "annotate", author), step("check", "custom"))
    await world.items(project, "a")
    one = await plan(world, project)
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await move(world, project, one, "a")
    await world.submit(ann, lease["id"], "1")
    await world.decide()
    rows = await world.rows("SELECT step, state, held_code FROM task WHERE tenant = $1 ORDER BY step")
    found = {row["step"]: (row["state"], row["held_code"]) for row in rows}
    assert found == {"label": ("held", "iteration")}, "a lease in hand is answered, and decided later"
    assert await world.rows("SELECT 1 FROM lease WHERE tenant = $1") == []
    await opened(world, project, one)
    assert await pulled(world, await world.invite("ben"), project) == ["a"]


async def test_what_is_done_again_waits_for_its_iteration(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    for _ in range(2):
        await world.work(ann, project, "1")
    await world.decide()
    one = await plan(world, project)
    await move(world, project, one, "a", states=["decided"])
    assert await progress(world, project, one) == {"items": 1, "decided": 1, "in_time": 1}
    await execute(world, await again(world, project, annotators=[ann.subject.id]))
    assert await progress(world, project, one) == {"items": 1, "held": 1}
    assert await pulled(world, await world.invite("ben"), project) == ["b"]
    await opened(world, project, one)
    assert await progress(world, project, one) == {"items": 1, "open": 1}


async def test_accepted_counts_drawn_reviews_and_review_steps_alike(world: World) -> None:
    drawn = await world.project(plan={"review_rate": 1.0})
    one = await plan(world, drawn, acceptance=0.6)
    await bring(world, drawn, one, "a", "b")
    await opened(world, drawn, one)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    for verdict in ("accept", "correct"):
        await world.work(ann, drawn, "1")
        (lease,) = (await world.review_pull(rev, drawn))["leases"]
        await world.review(rev, lease["id"], verdict, "2" if verdict == "correct" else None)
    found = await got(world, drawn, one)
    reached = found["progress"]
    assert (reached["reviewed"], reached["accepted"], reached["acceptance"]) == (2, 1, 0.5)
    assert "acceptance" in [missed["target"] for missed in found["unmet"]]

    flowing = await world.project("flowing")
    await publish(world, flowing, step("label", "annotate", "look"), step("look", "review", shows=("label",)))
    two = await plan(world, flowing, items=2, acceptance=0.6)
    await bring(world, flowing, two, "a", "b")
    await opened(world, flowing, two)
    for said in (("accept",), ("correct", "2")):
        await answer(world, ann, flowing, "1")
        await judge(world, rev, flowing, *said)
    reached = (await got(world, flowing, two))["progress"]
    assert (reached["decided"], reached["reviewed"], reached["accepted"]) == (2, 2, 1)


async def test_cancelled_items_are_counted_apart_and_are_never_late(world: World) -> None:
    project = await world.project()
    one = await plan(world, project)
    (row,) = await bring(world, project, one, "a")
    await world.act(steering.item_cancel, item=row["item"], code="mistake", note=None)
    assert await progress(world, project, one) == {"items": 1, "cancelled": 1}


async def test_who_may_not_steer_tasks_plans_nothing(world: World) -> None:
    project = await world.project()
    one = await plan(world, project)
    ann = await world.invite("ann")
    for verb, said in (
        (use.iteration_plan, {"name": "x", "targets": {"items": 1}}),
        (use.iteration_open, {"iteration": one}),
        (use.iteration_close, {"iteration": one, "anyway": True, "reason": "x"}),
        (use.iteration_get, {"iteration": one}),
        (use.iteration_list, {"state": None, "cursor": None, "limit": 1}),
    ):
        with pytest.raises(Refusal) as caught:
            await world.act(verb, ann, project=project, **said)
        assert caught.value.code == "forbidden"
