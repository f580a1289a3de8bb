"""Routines on the real database: what the log shows decides, a missed period is told once, and a person looks at it."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from backend.events.routines import Rule
from backend.usecases.access import access
from backend.usecases.projects import intake
from backend.usecases.quality import routines as use
from backend.workers.sweeps import sweep_all
from tests.support.refused import refused
from tests.support.routine import alerts, asked, judge, shown
from tests.support.world import World

GOLD = Rule(every_days=1, least=2, per="annotator", active_from=1)


async def periods(world: World, project: UUID, **wanted: Any) -> list[dict[str, Any]]:
    """The judged periods as they are listed."""
    said = {"kind": None, "met": None, "cursor": None, "limit": 50} | wanted
    return list((await world.act(use.routine_period_list, project=project, **said))["data"])


async def the_next_day(world: World) -> None:
    """Tomorrow: what was today is over, and nothing of it is on its way."""
    world.clock.moved += timedelta(days=1)


async def test_each_kind_is_judged_by_what_people_did_in_the_period(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    gold = tuple({"external_key": f"g{n}", "payload": {}, "truth": "1"} for n in range(2))
    ann, ben = await world.invite("ann"), await world.invite("ben")
    rev = await world.invite("rev", "reviewer")
    await asked(world, project, 1, "gold", GOLD)
    await asked(world, project, 1, "consensus", Rule(every_days=1, least=1, independent=2))
    await asked(world, project, 1)
    await world.items(project, "a", "b")
    for who in (ann, ann, ben):
        await world.work(who, project, "1")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], "accept")
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    now = await shown(world, project)
    assert (now["consensus"]["current"]["numbers"]["found"], now["sampling"]["current"]["enough"]) == (
        1,
        True,
    )
    assert now["consensus"]["current"]["numbers"]["agreement"] == 1.0
    assert await judge(world) == 0, "today is not over"

    await the_next_day(world)
    assert await judge(world) == 3
    met = {one["kind"]: one for one in await periods(world, project)}
    assert {kind: one["met"] for kind, one in met.items()} == {
        "gold": False,
        "consensus": True,
        "sampling": True,
    }
    numbers = met["gold"]["numbers"]
    assert (numbers["asked"], numbers["found"], numbers["people"], numbers["answers"]) == (2, 0, 2, 3)
    assert {one["annotator"] for one in numbers["short"]} == {ann.subject.id, ben.subject.id}
    case = await world.act(use.routine_period_get, period=met["consensus"]["id"])
    (event,) = case["events"]
    (fact,) = [one for one in await world.facts("lease.submitted") if one.stream == event["stream"]]
    assert (event["fact"], event["annotator"], fact.at) == ("lease.submitted", ben.subject.id, event["at"])
    case = await world.act(use.routine_period_get, period=met["sampling"]["id"])
    (fact,) = await world.facts("review.verdict_given")
    assert [one["stream"] for one in case["events"]] == [fact.stream]


async def test_gold_met_anywhere_in_the_skill_counts_and_each_answer_is_an_event(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    ann = await world.invite("ann")
    await asked(world, project, 1, "gold", GOLD)
    gold = tuple({"external_key": f"g{n}", "payload": {}, "truth": "1"} for n in range(2))
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, *"abcdef")
    for _ in range(6):
        await world.work(ann, project, "1")
    scored = await world.facts("lease.gold_scored")
    await the_next_day(world)
    assert await judge(world) == 1
    (one,) = await periods(world, project)
    assert one["met"] == (len(scored) >= 2)
    case = await world.act(use.routine_period_get, period=one["id"])
    assert {row["stream"] for row in case["events"]} == {fact.stream for fact in scored}


async def test_a_late_schedule_misses_no_period_and_two_of_them_double_none(world: World) -> None:
    project = await world.project()
    await asked(world, project, 6)
    await asyncio.gather(*(sweep_all(world.perform, world.tenant) for _ in range(3)))
    missed = await world.facts("routine.missed")
    begins = [one.event.begins for one in missed]
    assert len(begins) == 5 and begins == sorted(set(begins))
    assert {b - a for a, b in pairwise(begins)} == {timedelta(days=1)}
    assert await judge(world) == 0
    assert len(await alerts(world)) == 5
    assert (await shown(world, project))["sampling"]["open_alerts"] == 5


async def test_a_change_holds_from_the_next_period_on_and_history_keeps_both(world: World) -> None:
    project = await world.project()
    await asked(world, project, 1)
    version = (await shown(world, project))["version"]
    said: dict[str, Any] = {"gold": None, "consensus": None, "sampling": {"every_days": 2, "least": 9}}
    now = await world.act(use.project_routines_update, project=project, expected_version=version, **said)
    line = now["sampling"]
    assert (line["asked"]["least"], line["current"]["asked"]["least"]) == (9, 1)
    assert line["asked_from"] == line["current"]["ends"]
    assert [one["asked"]["least"] for one in line["history"]] == [9, 1]
    with refused("routines_changed", "stale"):
        await world.act(use.project_routines_update, project=project, expected_version=version, **said)
    await the_next_day(world)
    assert await judge(world) == 1
    (one,) = await periods(world, project)
    assert (one["version"], one["numbers"]["asked"]) == (version, 1), "by what it began with"
    for _ in range(2):
        await the_next_day(world)
    await judge(world)
    assert [one["numbers"]["asked"] for one in await periods(world, project)] == [9, 1]
    off = await world.act(
        use.project_routines_update,
        project=project,
        expected_version=now["version"],
        gold=None,
        consensus=None,
        sampling=None,
    )
    assert off["sampling"]["asked"] is None and off["sampling"]["current"] is not None


async def test_a_person_acknowledges_an_alert_once_and_open_ones_come_first(world: World) -> None:
    project, other = await world.project(), await world.project("other")
    await asked(world, project, 3)
    await asked(world, other, 2)
    await judge(world)
    newest, *_ = await alerts(world, project=project)
    done = await world.act(use.quality_alert_acknowledge, alert=newest["id"], note="Mrs Example was ill.")
    assert (done["note"], done["acknowledged_by"]) == ("Mrs Example was ill.", world.admin.subject.id)
    again = await world.act(use.quality_alert_acknowledge, alert=newest["id"], note="Who?")
    assert again == done, "the first word counts"
    (fact,) = await world.facts("routine.acknowledged")
    assert b"Example" not in fact.event.note
    everywhere = await alerts(world)
    assert [one["acknowledged_at"] is None for one in everywhere] == [True, True, False]
    paged = [await world.act(
        use.quality_alert_list, project=None, state=None, cursor=None, limit=1)]  # fmt: skip
    while cursor := paged[-1]["next_cursor"]:
        said: dict[str, Any] = {"project": None, "state": None, "cursor": cursor, "limit": 1}
        paged.append(await world.act(use.quality_alert_list, **said))
    assert [page["data"][0]["id"] for page in paged] == [one["id"] for one in everywhere]
    assert [one["id"] for one in await alerts(world, state="acknowledged")] == [newest["id"]]
    assert (await shown(world, project))["sampling"]["open_alerts"] == 1


async def test_no_service_acknowledges_and_there_is_no_alert_of_a_met_period(world: World) -> None:
    project = await world.project()
    await asked(world, project, 2)
    await judge(world)
    (alert,) = await alerts(world)
    made = await world.act(access.key_create, kind="service", roles=("manager",), scopes=("*",), days=1)
    robot = await world.perform.authenticate(made["key"])
    with refused("person_required", "conflict"):
        await world.act(use.quality_alert_acknowledge, robot, alert=alert["id"], note="fine")
    with refused("not_found", "not_found"):
        await world.act(use.quality_alert_acknowledge, alert=uuid4(), note="fine")


async def test_nothing_is_judged_in_another_tenant(world: World, neighbour: World) -> None:
    project = await world.project()
    await asked(world, project, 2)
    assert await judge(neighbour) == 0
    assert await alerts(neighbour) == [] and await judge(world) == 1
