"""Review by sample on the whole path: what reviews find decides how much of a person's next answers is looked at."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import projects
from backend.usecases.review import rejected_lots
from backend.usecases.work import Caller
from tests.support.world import World

RISK = {"review_mode": "risk", "review_target": 0.1, "review_floor": 0.5, "review_first": 3}


async def begun(world: World, items: int, **plan: Any) -> tuple[UUID, Caller, Caller]:
    project = await world.project(plan={"overlap": 1, **plan})
    await world.items(project, *(f"i{n:03}" for n in range(items)))
    return project, await world.invite("ann"), await world.invite("rev", "reviewer")


async def one(
    world: World, project: UUID, ann: Caller, rev: Caller, verdict: str = "accept"
) -> dict[str, Any]:
    """An answer, its review where it was drawn, and all of it folded; returns the draw."""
    lease = await world.work(ann, project, "1")
    for review in (await world.review_pull(rev, project))["leases"]:
        await world.review(rev, review["id"], verdict)
    await world.follow()
    (row,) = await world.rows("SELECT * FROM review WHERE tenant = $1 AND lease = $2", lease["id"])
    return row


async def test_a_clean_record_falls_to_the_floor_and_an_error_there_raises_it_to_everything(
    world: World,
) -> None:
    project, ann, rev = await begun(world, 60, **RISK)
    rows = [await one(world, project, ann, rev) for _ in range(3)]
    assert {(row["rate_ppm"], row["reason"]) for row in rows} == {(1_000_000, "first_items")}
    while (row := await one(world, project, ann, rev))["reason"] != "floor":
        assert row["reason"] == "risk"
    assert (row["rate_ppm"], row["risk_ppm"] <= row["threshold_ppm"]) == (500_000, True)
    while not (row := await one(world, project, ann, rev, "reject"))["sampled"]:
        pass
    after = [await one(world, project, ann, rev) for _ in range(3)]
    assert {row["rate_ppm"] for row in after} == {1_000_000}
    assert {row["reason"] for row in after} <= {"after_error", "risk"}


async def test_every_draw_says_up_to_where_the_log_was_folded(world: World) -> None:
    project, ann, rev = await begun(world, 4, **RISK)
    first = await one(world, project, ann, rev)
    second = await one(world, project, ann, rev)
    assert 0 <= first["basis_index"] < second["basis_index"]
    (checkpoint,) = await world.rows(
        "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = 'review_control'"
    )
    assert second["basis_index"] < checkpoint["next_idx"]


async def test_a_draw_before_anything_is_folded_reviews_rather_too_much(world: World) -> None:
    project, ann, _ = await begun(world, 8, **RISK)
    for _ in range(6):
        await world.work(ann, project, "1")
    rows = await world.rows("SELECT reason, rate_ppm FROM review WHERE tenant = $1")
    assert {(row["reason"], row["rate_ppm"]) for row in rows} == {("first_items", 1_000_000)}


async def test_continuous_sampling_runs_from_screening_to_its_share_and_back(world: World) -> None:
    plan = {"review_mode": "csp1", "review_clearance": 3, "review_floor": 0.5}
    project, ann, rev = await begun(world, 60, **plan)
    assert [(await one(world, project, ann, rev))["reason"] for _ in range(3)] == ["screening"] * 3
    row = await one(world, project, ann, rev)
    assert (row["rate_ppm"], row["reason"]) == (500_000, "sampling")
    while not (await one(world, project, ann, rev, "reject"))["sampled"]:
        pass
    assert (await one(world, project, ann, rev))["reason"] == "screening"


async def test_lots_are_inspected_at_the_standards_share(world: World) -> None:
    plan = {"review_mode": "iso2859", "review_target": 0.1, "review_lot": 10}
    project, ann, rev = await begun(world, 12, **plan)
    rows = [await one(world, project, ann, rev) for _ in range(10)]
    assert {(row["reason"], row["rate_ppm"]) for row in rows} == {("normal", 500_000)}
    (lot,) = await world.rows("SELECT * FROM review_lot WHERE tenant = $1")
    assert (lot["answers"], lot["sample"], lot["accepted"]) == (10, 5, True)
    assert lot["given"] == lot["sampled"] == sum(row["sampled"] for row in rows)


async def test_a_project_that_begins_to_adapt_knows_what_was_found_before(world: World) -> None:
    project, ann, rev = await begun(world, 40, review_rate=1.0)
    for _ in range(25):
        await one(world, project, ann, rev)
    change: dict[str, Any] = {"project": project, "expected_version": 1, "plan": RISK | {"review_first": 10}}
    await world.act(projects.project_plan_update, **change)
    rows = [await one(world, project, ann, rev) for _ in range(6)]
    assert "first_items" not in {row["reason"] for row in rows}


async def test_a_fixed_rate_asks_nothing_of_the_controller(world: World) -> None:
    project, ann, rev = await begun(world, 2, review_rate=0.5)
    row = await one(world, project, ann, rev)
    assert (row["reason"], row["risk_ppm"], row["basis_index"]) == ("fixed", None, 0)


async def test_a_rejected_lot_is_reviewed_as_a_whole(world: World) -> None:
    plan = {"review_mode": "iso2859", "review_target": 0.1, "review_lot": 10}
    project, ann, rev = await begun(world, 80, **plan)
    while True:
        rows = [await one(world, project, ann, rev, "reject") for _ in range(10)]
        if 1 < sum(row["sampled"] for row in rows) < 10:
            break
    unseen = {row["review"] for row in rows if not row["sampled"]}
    passed_over = await world.rows("SELECT review FROM review_passed_over WHERE tenant = $1")
    assert unseen <= {row["review"] for row in passed_over}
    told = await world.system(rejected_lots.rejected_lots_review, most=100)
    assert told["drawn"] >= len(unseen)
    assert (await world.system(rejected_lots.rejected_lots_review, most=100))["drawn"] == 0, "once"
    await world.follow()
    drawn = await world.rows("SELECT * FROM review WHERE tenant = $1 AND review = ANY($2)", list(unseen))
    assert {(row["sampled"], row["rate_ppm"], row["reason"]) for row in drawn} == {
        (True, 1_000_000, "rejected_lot")
    }
    looked_at = 0
    while pulled := (await world.review_pull(rev, project, 20))["leases"]:
        for lease in pulled:
            await world.review(rev, lease["id"], "accept")
            looked_at += 1
    assert looked_at == told["drawn"]
    await world.follow()
    left = await world.rows("SELECT 1 FROM review_passed_over p WHERE tenant = $1")
    judged = await world.rows("SELECT accepted FROM review_lot WHERE tenant = $1 AND accepted IS NOT NULL")
    assert left == [] and judged
