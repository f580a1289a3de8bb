"""How work is handed out: settings with their defaults, staffing with what was delivered, quotas of the day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.projects.quota import allowance
from backend.events.store.database import transaction
from backend.readmodels import staffing as rows
from backend.usecases.insight import explaining
from backend.usecases.projects import queueing, staffing
from backend.usecases.tasks.quotas import left_today
from tests.support import people
from tests.support import queueing as say
from tests.support.refused import refused
from tests.support.shift import MINUTE, in_zone, keep, lease_of, monday, now, sweep
from tests.support.skilled import ask, define, explained, grant
from tests.support.world import World

NOBODY = UUID(int=9)


# --- settings


async def test_what_holds_is_the_project_s_else_the_tenant_s_else_the_product_s(world: World) -> None:
    project, other = await world.project(), await world.project("fish")
    told = await say.defaults(world, prefetch_max=7, poison="escalate", weight=2.0)
    assert (told["version"], told["settings"]["prefetch_max"]) == (2, 7)
    assert (told["said_by"]["weight"], told["said_by"]["start_seconds"]) == ("tenant", "product")
    mine = await say.settings(world, project, prefetch_max=1, edge_case_share=0.25)
    assert (mine["settings"]["prefetch_max"], mine["said_by"]["prefetch_max"]) == (1, "project")
    assert (mine["settings"]["poison"], mine["said_by"]["poison"]) == ("escalate", "tenant")
    assert (mine["settings"]["edge_case_share"], mine["settings"]["hard_factor"]) == (0.25, 4)
    theirs = await world.act(queueing.project_queue_get, project=other)
    assert (theirs["settings"]["prefetch_max"], theirs["version"], theirs["defaults_version"]) == (7, 1, 2)
    await say.defaults(world, prefetch_max=9)
    theirs = await world.act(queueing.project_queue_get, project=other)
    assert (theirs["settings"]["prefetch_max"], theirs["settings"]["poison"]) == (9, "escalate")
    back = await say.settings(world, project, prefetch_max=None)
    assert (back["settings"]["prefetch_max"], back["said_by"]["prefetch_max"]) == (9, "tenant")
    assert back["settings"]["edge_case_share"] == 0.25, "what is left out stays"


async def test_settings_are_changed_only_by_who_has_read_them(world: World) -> None:
    project = await world.project()
    await say.settings(world, project, prefetch_max=1)
    stale: dict[str, Any] = {"project": project, "expected_version": 1, "settings": {"prefetch_max": 2}}
    with refused("queue_changed", "stale"):
        await world.act(queueing.project_queue_update, **stale)
    with refused("queue_changed", "stale"):
        await world.act(queueing.queue_defaults_update, expected_version=4, settings={})
    with refused("not_found"):
        await world.act(queueing.project_queue_get, project=NOBODY)


async def test_a_ring_leaves_out_only_what_exists_and_may_be_left_out(world: World) -> None:
    project = await world.project()
    with refused("skill_unknown", "invalid"):
        await say.settings(
            world, project, rings=[{"after_seconds": 60, "without": [{"skill": NOBODY, "level_min": 2}]}]
        )
    with refused("queue_invalid", "invalid"):
        await say.settings(world, project, rings=[{"after_seconds": 60, "without": [{"check": "identity"}]}])
    assert (await world.act(queueing.project_queue_get, project=project))["version"] == 1


async def test_rings_reach_the_lanes_in_the_same_transaction_the_tenant_s_too(world: World) -> None:
    project = await world.project()
    condition = {"skill": await define(world, "German", "language"), "level_min": 2}
    await ask(world, project, all_=[condition])
    ring = {"after_seconds": 60, "without": [condition]}
    await say.defaults(world, rings=[ring])
    assert [one["after_seconds"] for one in (await say.lanes_of(world))["annotate"]["rings"]] == [0, 60]
    await say.settings(world, project, rings=[ring | {"after_seconds": 30}])
    await say.defaults(world, rings=[])
    assert [one["after_seconds"] for one in (await say.lanes_of(world))["annotate"]["rings"]] == [0, 30]
    await say.settings(world, project, rings=None)
    assert [one["after_seconds"] for one in (await say.lanes_of(world))["annotate"]["rings"]] == [0]


async def test_a_ring_serves_more_people_once_the_work_has_waited(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await say.levelled(world, project)
    await world.items(project, "a")
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["count"]) == ("ring_not_open", 1)
    assert 0 < why["retry_after_s"] <= 60
    body, failing = await explained(world, ann, project=project)
    assert (failing["condition"], failing["required"]) == ("ring", {"waited_s": 60})
    assert failing["actual"]["opens_at"] - failing["actual"]["waits_since"] == timedelta(seconds=60)
    assert not body["eligible"]
    world.clock.moved += timedelta(seconds=61)
    body, failing = await explained(world, ann, project=project)
    assert failing == {} and body["served_now"]
    (lease,) = (await world.pull(ann, project))["leases"]
    (row,) = await world.rows("SELECT ring FROM lease WHERE tenant = $1 AND lease = $2", lease["id"])
    assert row["ring"] == 1


# --- staffing


async def test_who_gives_which_share_is_told_with_the_minutes_delivered(world: World) -> None:
    await monday(world, 9)
    birds, fish = await world.project(), await world.project("fish")
    night = await say.team(world)
    ann = await people.join(world, "ann", team=night)
    for project in (birds, fish):
        await world.items(project, *"abcd")
    told = await say.staffed(world, {birds: 0.75, fish: 0.25}, team=night)
    assert (told["minutes"], [one["share_delivered"] for one in told["shares"]]) == (0.0, [None, None])
    for project, minutes in ((birds, 30), (fish, 30)):
        lease = await lease_of(world, ann, project)
        await keep(world, ann, lease, minutes)
        await world.submit(ann, lease, "x")
    await sweep(world)
    (one,) = await say.listed(world)
    assert one["minutes"] == pytest.approx(60, abs=1)
    shares = {share["project"]: share for share in one["shares"]}
    assert shares[birds]["minutes"] == pytest.approx(30, abs=1)
    assert shares[birds]["minutes_target"] == pytest.approx(45, abs=1)
    assert shares[fish]["share_delivered"] == pytest.approx(0.5, abs=0.02)
    assert await say.listed(world, vendor=NOBODY) == []
    assert await say.listed(world, until=one["starts"] - MINUTE, since=one["starts"] - 2 * MINUTE) == []


async def test_a_team_is_staffed_once_at_a_time_and_may_be_ended(world: World) -> None:
    project, night = await world.project(), await say.team(world)
    first = await say.staffed(world, {project: 1.0}, team=night)
    with refused("staffing_overlaps", "conflict"):
        await say.staffed(world, {project: 0.5}, team=night)
    world.clock.moved += MINUTE
    ended = await world.act(staffing.staffing_end, staffing=first["id"])
    assert ended["ended_at"] is not None
    await say.staffed(world, {project: 0.5}, team=night)
    assert [one["ended_at"] is None for one in await say.listed(world, team=night)] == [False, True]
    async with transaction(world.perform.pool, world.tenant) as conn:
        (in_force,) = await rows.staffing_now(conn, world.tenant, await world.clock.now(conn))
    assert (in_force["holder"], in_force["shares"]) == (f"team:{night}", {project: 500_000})


async def test_a_staffing_names_one_holder_and_projects_that_exist(world: World) -> None:
    project, night = await world.project(), await say.team(world)
    with refused("staffing_invalid"):
        await say.staffed(world, {project: 1.0})
    with refused("staffing_invalid"):
        await say.staffed(world, {project: 1.0}, team=night, vendor=night)
    with refused("vendor_unknown"):
        await say.staffed(world, {project: 1.0}, vendor=night)
    with refused("project_unknown"):
        await say.staffed(world, {NOBODY: 1.0}, team=night)
    with refused("staffing_invalid"):
        await say.staffed(world, {project: 1.0}, team=night, days=-1)
    with refused("not_found"):
        await world.act(staffing.staffing_end, staffing=NOBODY)
    with refused("period_invalid"):
        await say.listed(world, since=await now(world), until=await now(world) - MINUTE)


async def test_minutes_are_delivered_by_project_and_holder(world: World) -> None:
    await monday(world, 9)
    project, night, works = await world.project(), await say.team(world), await people.vendor(world)
    ann = await people.join(world, "ann", team=night)
    ben = await people.join(world, "ben", origin="vendor", vendor=works)
    await world.items(project, *"abcd")
    began = await now(world)
    for who, minutes in ((ann, 10), (ben, 4)):
        lease = await lease_of(world, who, project)
        await keep(world, who, lease, minutes)
        await world.submit(who, lease, "x")
    await sweep(world)
    async with transaction(world.perform.pool, world.tenant) as conn:
        found = await rows.delivered_minutes(conn, world.tenant, began)
        later = await rows.delivered_minutes(conn, world.tenant, began + 16 * MINUTE)
    assert {holder: round(minutes) for (_, holder), minutes in found.items()} == {
        rows.EVERYBODY: 14,
        f"team:{night}": 10,
        f"vendor:{works}": 4,
    }
    assert later == {}


# --- quotas


async def test_given_today_is_counted_from_the_person_s_midnight(world: World) -> None:
    await monday(world, 17)
    project, ann, ben = await world.project(), await world.invite("ann"), await world.invite("ben")
    await in_zone(world, ben, "Asia/Kolkata")
    await world.items(project, *"abcdef")
    for who in (ann, ben):
        await world.work(who, project, "x")
        await lease_of(world, who, project)
    mine, theirs = (ann.subject.id, project), (ben.subject.id, project)

    async def used() -> dict[tuple[UUID, UUID], int]:
        async with transaction(world.perform.pool, world.tenant) as conn:
            at = await world.clock.now(conn)
            return await rows.used_today(conn, world.tenant, [mine[0], theirs[0]], at)

    assert await used() == {mine: 2, theirs: 2}
    world.clock.moved += 2 * 60 * MINUTE
    assert await used() == {mine: 2}, "in India it is tomorrow"


async def test_a_quota_is_set_again_listed_and_removed(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    first = await say.quota(world, 5, project)
    again = await say.quota(world, 3, project)
    own = await say.quota(world, 9, project, ann)
    assert first["id"] == again["id"] != own["id"]
    page = await world.act(staffing.quota_list, project=project, annotator=None, cursor=None, limit=1)
    rest = await world.act(
        staffing.quota_list, project=project, annotator=None, cursor=page["next_cursor"], limit=1
    )
    listed = {one["annotator"]: (one["per_day"], one["today"]) for one in (*page["data"], *rest["data"])}
    assert listed == {None: (3, None), ann.subject.id: (9, 0)}
    async with transaction(world.perform.pool, world.tenant) as conn:
        allowed = allowance(await rows.quotas(conn, world.tenant))
    assert allowed.left(ann.subject.id, project, {(ann.subject.id, project): 4}) == 5
    assert (await world.act(staffing.quota_remove, quota=own["id"]))["removed"]
    with refused("not_found"):
        await world.act(staffing.quota_remove, quota=NOBODY)
    with refused("annotator_unknown"):
        await world.act(staffing.quota_set, project=None, annotator=NOBODY, per_day=3)
    with refused("project_unknown"):
        await world.act(staffing.quota_set, project=NOBODY, annotator=None, per_day=3)


async def test_who_reached_a_quota_is_told_so_and_until_when(world: World) -> None:
    await monday(world, 9)
    project, other = await world.project(), await world.project("fish")
    ann = await world.invite("ann")
    await world.items(project, *"abc")
    await world.work(ann, project, "x")
    await say.quota(world, 1, project)
    body, failing = await explained(world, ann, project=project)
    assert (failing["condition"], failing["required"]["leases_today_below"]) == ("quota", 1)
    assert failing["actual"]["leases_today"] == 1 and not body["eligible"]
    async with transaction(world.perform.pool, world.tenant) as conn:
        allowed = allowance(await rows.quotas(conn, world.tenant))
    assert allowed.of(ann.subject.id, other) == [], "elsewhere there is none"
    assert (await explained(world, ann, project=other))[1]["condition"] == "open_slots"


async def test_a_full_day_empties_the_hand_with_its_reason(world: World) -> None:
    await monday(world, 9)
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, *"abc")
    await say.quota(world, 1, project)
    await world.work(ann, project, "x")
    (why,) = (await world.pull(ann, project))["reasons"]
    assert (why["code"], why["per_day"], why["project"]) == ("quota_reached", 1, project)
    assert why["retry_after_s"] == pytest.approx(15 * 3600, abs=60)
    world.clock.moved += timedelta(hours=16)
    assert (await world.pull(ann, project))["leases"]


async def test_staffing_is_told_and_keeps_nobody_from_work(world: World) -> None:
    project, other, night = await world.project(), await world.project("fish"), await say.team(world)
    ann = await people.join(world, "ann", team=night)
    await world.items(project, "a")
    await say.staffed(world, {other: 0.75}, team=night)
    body = await world.act(
        explaining.annotator_eligibility, annotator=ann.subject.id, project=project, task=None
    )
    (told,) = [one for one in body["conditions"] if one["condition"] == "staffing"]
    assert told["passed"] and (told["actual"]["share"], told["actual"]["share_of_all_others"]) == (None, 0.25)
    assert body["served_now"] and (await world.pull(ann, project))["leases"]


async def test_a_level_that_is_met_needs_no_ring(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    condition = await say.levelled(world, project)
    await world.items(project, "a")
    await grant(world, ann, condition["skill"], 3)
    body, failing = await explained(world, ann, project=project)
    assert failing == {} and "ring" not in {one["condition"] for one in body["conditions"]}


async def test_what_is_left_shrinks_while_a_batch_is_dealt(world: World) -> None:
    await monday(world, 9)
    project, other = await world.project(), await world.project("fish")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.items(project, *"abc")
    await world.work(ann, project, "x")
    await say.quota(world, 3, project)
    await say.quota(world, 4, who=ann)
    async with transaction(world.perform.pool, world.tenant) as conn:
        meta = world.meta(staffing.quota_list, None, {})
        work = world.perform.work(conn, world.admin, meta, await world.clock.now(conn))
        left = await left_today(work, [ann.subject.id, ben.subject.id])
    mine, theirs = ann.subject.id, ben.subject.id
    assert [left.at_most(mine, project, 9), left.at_most(mine, other, 9)] == [2, 3]
    assert [left.at_most(theirs, project, 9), left.at_most(theirs, other, 9)] == [3, 9]
    left.gave(mine, project)
    assert [left.at_most(mine, project, 9), left.at_most(mine, other, 9)] == [1, 2]
    left.gave(mine, other, 2)
    assert left.at_most(mine, project, 9) == 0
