"""Backtest: the plan in force gives its own history again, another one says what it would have cost and caught."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.backtesting import backtest, moment, plan_in
from backend.platform.problems import PlatformProblem
from backend.readmodels.backtest import Window
from backend.usecases.backtest.backtest import project_backtest
from backend.usecases.projects import intake, projects
from backend.usecases.review import rejected_lots
from tests.support.backtested import contents, judge, tried, worked
from tests.support.refused import refused
from tests.support.sampled import lived
from tests.support.world import World

ALWAYS = Window(None, None)


async def draws(world: World, project: UUID) -> list[float]:
    rows = await world.rows("SELECT draw FROM review WHERE tenant = $1 AND project = $2", project)
    return [int(row["draw"], 16) / (1 << 64) for row in rows]


async def swept(world: World) -> None:
    """What the worker does about rejected lots."""
    await world.system(rejected_lots.rejected_lots_review, most=100)
    await world.follow()


def same_reviews(body: dict[str, Any]) -> bool:
    """Reason by reason and person by person."""
    parts = [*body["by_reason"].values(), *body["by_annotator"]]
    return all(one["reviews_recorded"] == one["reviews_replayed"] for one in parts) and all(
        one["answers_recorded"] == one["answers_replayed"] for one in body["by_reason"].values()
    )


MODES: dict[str, dict[str, Any]] = {
    "fixed": {"review_rate": 0.3},
    "risk": {"review_mode": "risk", "review_target": 0.1, "review_floor": 0.3, "review_first": 3},
    "csp2": {"review_mode": "csp2", "review_clearance": 3, "review_floor": 0.4},
    "iso2859": {"review_mode": "iso2859", "review_target": 0.1, "review_lot": 10},
}


@pytest.mark.parametrize("mode", MODES)
async def test_the_plan_in_force_gives_its_own_reviews_again(world: World, mode: str) -> None:
    project = await world.project(plan=MODES[mode])
    people = [await world.invite("ann"), await world.invite("ben")]
    # The controller lags behind, differently far: the replay's must lag as far.
    await worked(world, project, people, 40, lambda n: n % 6 != 5, follow_every=3)
    await swept(world)
    body = await tried(world, project)
    assert body["recorded"]["reviews"] == body["replayed"]["reviews"] > 0
    assert same_reviews(body), body["by_reason"]
    assert body["recorded"]["errors_found"] == body["replayed"]["errors_found"]
    assert body["recorded"]["errors_out"] == pytest.approx(body["replayed"]["errors_out"])
    assert body["saving"] == {"reviews": 0, "share": 0.0}


async def test_each_project_of_a_busy_tenant_gives_its_own_reviews_again(world: World) -> None:
    await lived(world)
    await world.follow()
    await swept(world)
    reasons = set()
    for row in await world.rows("SELECT project FROM project WHERE tenant = $1"):
        body = await tried(world, row["project"])
        assert body["answers"] == 24 and same_reviews(body), body["by_reason"]
        reasons |= set(body["by_reason"])
    assert {"first_items", "screening", "normal"} <= reasons


async def test_a_higher_fixed_rate_reviews_what_was_reviewed_and_what_is_drawn_between(world: World) -> None:
    project = await world.project(plan={"review_rate": 0.2})
    await worked(world, project, [await world.invite("ann")], 30, lambda n: n % 5 != 4)
    told = [await tried(world, project, review_rate=rate) for rate in (0.1, 0.2, 0.5, 0.9, 1.0)]
    drawn = await draws(world, project)
    for body, rate in zip(told, (0.1, 0.2, 0.5, 0.9, 1.0), strict=True):
        assert body["replayed"]["reviews"] == sum(one < rate for one in drawn)
    out = [body["replayed"]["errors_out"]["value"] for body in told]
    assert out == sorted(out, reverse=True) and out[-1] == 0.0


async def test_errors_at_a_lower_rate_are_estimated_from_all_that_were_judged(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await worked(world, project, [await world.invite("ann")], 20, lambda n: n % 4 != 3)
    body = await tried(world, project, review_rate=0.4)
    assert body["recorded"] == body["recorded"] | {"reviews": 20, "errors_found": 5}
    assert body["recorded"]["errors_out"]["value"] == 0.0
    assert body["replayed"]["errors_found"] == pytest.approx(5 * 0.4)
    out = body["replayed"]["errors_out"]
    assert out["value"] == pytest.approx(5 * 0.6 / 20)
    assert out["low"] < out["value"] < out["high"] <= 1.0
    assert body["judged_share"] == 1.0, "everything was judged"


async def test_proven_quality_would_have_saved_reviews(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await worked(world, project, [await world.invite("ann")], 60, lambda n: True)
    plan = MODES["csp2"] | {"review_clearance": 5, "review_floor": 0.1}
    body = await tried(world, project, **plan)
    reasons = body["by_reason"]
    assert reasons["screening"]["reviews_replayed"] == 5
    assert reasons["sampling"]["answers_replayed"] == 55
    assert body["saving"]["reviews"] == 60 - body["replayed"]["reviews"] > 30
    assert reasons["fixed"] == {
        "answers_recorded": 60,
        "reviews_recorded": 60,
        "answers_replayed": 0,
        "reviews_replayed": 0,
    }


async def test_what_nobody_judged_is_said_and_the_same_every_time(world: World) -> None:
    project = await world.project(plan={"review_rate": 0.2})
    await worked(world, project, [await world.invite("ann")], 30, lambda n: n % 3 != 2)
    first = await tried(world, project, **MODES["risk"])
    assert first["replayed"]["reviews"] > first["recorded"]["reviews"]
    assert first["judged_share"] < 1.0
    assert any("nobody gave are drawn" in one for one in first["assumptions"])
    assert await tried(world, project, **MODES["risk"]) == first


async def test_a_rejected_lot_is_replayed_with_all_that_nobody_had_seen(world: World) -> None:
    project = await world.project(plan=MODES["iso2859"])
    await worked(world, project, [await world.invite("ann"), await world.invite("ben")], 30, lambda n: False)
    await swept(world)
    await judge(world, project, await world.invite("rev", "reviewer"), False)
    await world.follow()
    body = await tried(world, project)
    assert same_reviews(body) and body["by_reason"]["rejected_lot"]["reviews_recorded"] > 0, body["by_reason"]
    full = await tried(world, project, review_mode="fixed", review_rate=1.0)
    assert full["replayed"]["reviews"] == full["answers"] and full["replayed"]["errors_out"]["value"] == 0.0


async def test_a_window_counts_only_what_came_in_it(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    people = [await world.invite("ann")]
    await worked(world, project, people, 4, lambda n: True)
    world.clock.moved += timedelta(hours=1)
    rows = await world.rows("SELECT max(submitted_at) AS at FROM answer WHERE tenant = $1")
    between = rows[0]["at"] + timedelta(minutes=30)
    await world.items(project, "later")
    await world.work(people[0], project, "a")
    await world.follow()
    for since, until, n in ((None, between, 4), (between, None, 1)):
        body = await world.act(project_backtest, project=project, plan={}, since=since, until=until)
        assert (body["answers"], body["recorded"]["reviews"], body["replayed"]["reviews"]) == (n, n, n)
    with refused("period_invalid"):
        await world.act(project_backtest, project=project, plan={}, since=between, until=between)


async def test_the_plan_begins_where_the_window_does(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    people = [await world.invite("ann")]
    await worked(world, project, people, 12, lambda n: True)
    rows = await world.rows("SELECT max(submitted_at) AS at FROM answer WHERE tenant = $1")
    since = rows[0]["at"] + timedelta(microseconds=1)
    rev = await world.invite("rev", "reviewer")
    await world.items(project, *(f"x{n}" for n in range(3)))
    for _ in range(3):
        await world.work(people[0], project, "a")
        await judge(world, project, rev, True)
    await world.follow()
    plan = MODES["risk"] | {"review_first": 10}
    body = await world.act(project_backtest, project=project, plan=plan, since=since, until=None)
    assert body["answers"] == 3
    assert "first_items" not in body["by_reason"], "the person had answered twelve before"


async def test_a_change_of_plan_in_the_past_is_not_the_plan_tried(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    people = [await world.invite("ann")]
    await worked(world, project, people, 5, lambda n: True)
    change: dict[str, Any] = {"project": project, "expected_version": 1, "plan": {"review_rate": 0.0}}
    await world.act(projects.project_plan_update, **change)
    await world.items(project, *(f"x{n}" for n in range(5)))
    for _ in range(5):
        await world.work(people[0], project, "a")
    await world.follow()
    body = await tried(world, project)
    assert (body["recorded"]["reviews"], body["replayed"]["reviews"]) == (5, 0)
    body = await tried(world, project, review_rate=1.0)
    assert (body["recorded"]["reviews"], body["replayed"]["reviews"]) == (5, 10)


async def test_who_would_be_stopped_is_said_with_when_and_why(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0, "live_floor": 0.0})
    good, bad = await world.invite("good"), await world.invite("bad")
    # Both answer in turn; the second one is always wrong.
    await worked(world, project, [good, bad], 60, lambda n: n % 2 == 0)
    assert (await tried(world, project))["stopped"] == []
    body = await tried(world, project, live_floor=0.7)
    (stop,) = body["stopped"]
    assert (stop["annotator"], stop["why"], body["recorded"]["stopped"]) == (
        bad.subject.id,
        "below_floor",
        [],
    )
    assert 10 <= 30 - stop["answers_after"] < 30
    (row,) = [one for one in body["by_annotator"] if one["annotator"] == bad.subject.id]
    assert row["stopped_at"] == stop["at"]
    seldom = await tried(world, project, live_floor=0.7, review_rate=0.2)
    assert [one["at"] > stop["at"] for one in seldom["stopped"]] in ([], [True]), "less is seen, and later"


async def test_recorded_stops_are_those_of_the_rules(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0, "live_floor": 0.7})
    bad = await world.invite("bad")
    await world.items(project, *(f"x{n:02}" for n in range(40)))
    rev = await world.invite("rev", "reviewer")
    for _ in range(40):
        if not (await world.pull(bad, project))["leases"]:
            break
        (lease,) = await world.rows("SELECT lease FROM lease WHERE tenant = $1 AND stage = 'annotate'")
        await world.submit(bad, lease["lease"], "a")
        await judge(world, project, rev, False)
        await world.follow()
        await world.decide()
    await world.follow()
    body = await tried(world, project)
    (was,), (now,) = body["recorded"]["stopped"], body["replayed"]["stopped"]
    assert (was["annotator"], was["why"]) == (now["annotator"], now["why"]) == (bad.subject.id, "below_floor")
    assert now["at"] <= was["at"]


async def overlapped(world: World, items: int, **plan: Any) -> UUID:
    """Three people answer the same everywhere; nothing is reviewed."""
    project = await world.project(plan={"overlap": 3, **plan})
    await world.items(project, *(f"o{n}" for n in range(items)))
    for name in ("ann", "ben", "cy"):
        who = await world.invite(name)
        for _ in range(items):
            await world.work(who, project, "a")
    await world.decide()
    await world.follow()
    return project


async def test_fewer_answers_per_item_are_the_first_ones(world: World) -> None:
    project = await overlapped(world, 4, review_rate=1.0)
    body = await tried(world, project, overlap=1)
    assert (body["recorded"]["judgments_per_item"], body["replayed"]["judgments_per_item"]) == (3.0, 1.0)
    assert (body["recorded"]["reviews"], body["replayed"]["reviews"]) == (12, 4)
    assert body["by_reason"]["not_asked"]["answers_replayed"] == 8


async def test_answers_that_nobody_gave_are_counted_and_not_made_up(world: World) -> None:
    project = await overlapped(world, 3)
    body = await tried(world, project, overlap=5)
    assert (body["replayed"]["judgments_per_item"], body["replayed"]["answers_missing"]) == (5.0, 6)
    assert any("given by nobody" in one for one in body["assumptions"])


async def test_an_item_that_is_not_sure_enough_at_the_most_goes_to_an_expert(world: World) -> None:
    project = await overlapped(world, 3)
    body = await tried(world, project, overlap=2, overlap_max=3, stop_at=1.0)
    assert (body["recorded"]["escalations"], body["replayed"]["escalations"]) == (0, 3)
    assert body["replayed"]["judgments_per_item"] == 3.0
    assert (await tried(world, project, overlap=1, stop_at=0.0))["replayed"]["escalations"] == 0


async def golden(world: World) -> UUID:
    project = await world.project(plan={"gold_share": 0.3})
    gold = tuple({"external_key": f"g{n}", "payload": {}, "truth": "a"} for n in range(12))
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, *(f"i{n:02}" for n in range(40)))
    ann = await world.invite("ann")
    while leases := (await world.pull(ann, project, 1))["leases"]:
        await world.submit(ann, leases[0]["id"], "a")
    await world.follow()
    return project


async def test_gold_follows_its_share_as_far_as_there_is_some(world: World) -> None:
    project = await golden(world)
    shares = (0.0, 0.15, 0.3, 0.9)
    found = [(await tried(world, project, gold_share=share))["replayed"]["gold"] for share in shares]
    recorded = (await tried(world, project))["recorded"]["gold"]
    assert found[0] == 0 <= found[1] <= found[2] == recorded
    assert recorded > 0 and found[3] == 12, "nobody meets more than there is"


async def test_nothing_is_written(world: World) -> None:
    project = await world.project(plan=MODES["risk"])
    await worked(world, project, [await world.invite("ann")], 12, lambda n: n % 4 != 3)
    conn = await asyncpg.connect(world.dsn("muster_app"))
    before = await contents(world)
    try:
        body = await backtest(
            conn, [world.tenant], str(project), {"review_floor": 0.9, "live_floor": 0.99}, ALWAYS
        )
    finally:
        await conn.close()
    assert await contents(world) == before
    assert body["answers"] == 12
    await tried(world, project, review_rate=0.5, review_mode="fixed")
    after = await contents(world)
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"public.access_entry", "public.access_ref"}, "who asked, and nothing else"


async def test_the_transaction_that_reads_cannot_write_and_the_next_one_can(world: World) -> None:
    project = await world.project()
    await world.follow()
    await tried(world, project)
    await world.items(project, "still")
    assert len(await world.rows("SELECT 1 FROM item WHERE tenant = $1")) == 1


async def test_only_who_may_see_reports_may_try_a_plan(world: World) -> None:
    project = await world.project()
    with refused("forbidden"):
        await tried(world, project, await world.invite("ann"))
    with refused("plan_invalid"):
        await tried(world, project, review_floor=0.0)


async def test_the_command_says_which_project_it_does_not_know(world: World) -> None:
    await world.project("owls")
    conn = await asyncpg.connect(world.dsn("muster_app"))
    try:
        body = await backtest(conn, [world.tenant], "owls", {}, ALWAYS)
        assert (body["answers"], body["recorded"]["errors_out"]) == (
            0,
            {"value": 0.0, "low": 0.0, "high": 0.0},
        )
        with pytest.raises(PlatformProblem, match="0 have the id or name 'emus'"):
            await backtest(conn, [world.tenant], "emus", {}, ALWAYS)
        with pytest.raises(PlatformProblem, match="review_floor"):
            await backtest(conn, [world.tenant], "owls", {"review_floor": 0.0}, ALWAYS)
    finally:
        await conn.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting"),
        ("[]", "something else"),
        ('{"review_rat": 0.1}', "names review_rat. Known are overlap, "),
        ('{"review_rate": 1.5}', "review_rate: Input should be less than or equal to 1"),
        ('{"review_mode": "often"}', "review_mode"),
        ('{"overlap": "2"}', "overlap"),
    ],
)
def test_a_plan_file_that_is_none_is_refused_with_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(PlatformProblem, match=says):
        plan_in(file)


def test_a_plan_file_says_a_part_of_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"review_mode": "risk", "review_target": 0.02}))
    assert plan_in(file) == {"review_mode": "risk", "review_target": 0.02}
    with pytest.raises(PlatformProblem, match="should hold one JSON object"):
        plan_in(tmp_path / "none.json")
    with pytest.raises(PlatformProblem, match="--from should be a moment"):
        moment("--from", "yesterday")
