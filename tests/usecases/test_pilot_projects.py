"""Pilot projects on the real database: a seeded share of a project is worked on in a copy of it, and what was tried
there is brought back once it has met the project's targets."""

from asyncio import gather
from hashlib import sha256
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.insight import reports
from backend.usecases.projects import feedback, intake, iterations, pilots, scoring, targets
from backend.usecases.projects import pilot_projects as use
from backend.usecases.projects import projects as projects_use
from backend.usecases.projects.pilot_promoting import pilot_project_promote
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

PLAN = {"overlap": 1, "gold_share": 0.0, "review_rate": 0.0, "rework_max": 0}
SEED = "a seed of the test"
TOLD = {"review_notes": True, "corrections": True, "dispute_days": 7}


async def ready(world: World, items: int = 20, least: float = 0.6) -> UUID:
    """A project with items and a target that eight answers can meet."""
    project = await world.project("herons", plan=PLAN)
    await world.items(project, *(f"i{n}" for n in range(items)))
    wanted = [{"measure": "accuracy", "least": least, "confidence": 0.8}]
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=wanted)
    return project


async def begun(world: World, project: UUID, **asked: Any) -> dict[str, Any]:
    pilot = await world.act(
        use.pilot_project_begin, project=project, name="herons tried", **{"share": 0.4, "seed": SEED} | asked
    )
    await world.decide()
    return pilot


async def worked(world: World, who: Caller, project: UUID, rev: Caller, verdict: str) -> int:
    """Everything offered is answered, everything drawn reviewed; how much of the latter."""
    while leases := (await world.pull(who, project))["leases"]:
        for lease in leases:
            await world.submit(who, lease["id"], "heron")
    n = 0
    while leases := (await world.review_pull(rev, project))["leases"]:
        for lease in leases:
            await world.review(rev, lease["id"], verdict)
            n += 1
    await world.follow()
    await world.decide()
    return n


def by_lot(tasks: list[UUID], n: int) -> list[UUID]:
    """What anybody computes from the seed and the ids."""
    head = sha256(SEED.encode()).digest()
    return sorted(tasks, key=lambda task: sha256(head + task.bytes).digest())[:n]


async def test_what_was_tried_on_a_share_of_the_items_is_brought_back_once_it_passed(world: World) -> None:
    project = await ready(world)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    pilot = await begun(world, project)
    one = {"project": project, "pilot": pilot["id"]}
    row = await world.act(use.pilot_project_get, **one)
    assert (row["matched"], row["drawn"], row["copied"], row["refused"], row["state"]) == (
        20,
        8,
        8,
        0,
        "running",
    )
    assert (await world.pull(ann, project))["leases"] == [], "production waits"
    await world.items(project, "late")
    await world.items(pilot["id"], "beyond the sample")
    assert (await world.pull(ann, project))["leases"] == [], "what comes in waits too"
    with refused("pilot_not_passed", "conflict"):
        await world.act(iterations.iteration_open, project=project, iteration=row["waiting"])
    with refused("pilot_running", "conflict"):
        await world.act(pilots.pilot_begin, project=project, items=2, seed=None)

    await world.act(feedback.project_feedback_update, project=pilot["id"], expected_version=1, **TOLD)
    await world.act(
        scoring.project_scoring_update, project=project, expected_version=1, kind="text", options={}
    )
    assert await worked(world, ann, pilot["id"], rev, "accept") == 8, "every answer is looked at"
    with refused("pilot_project_not_passed", "conflict"):
        await world.act(pilot_project_promote, **one)
    judged = await world.act(use.pilot_project_judge, **one)
    assert (judged["judged"]["outcome"], judged["judged"]["targets"][0]["n"]) == ("met", 8)

    now = await world.act(use.pilot_project_get, **one)
    assert now["now"]["outcome"] == "met"
    assert {w["kind"]: w["pieces"] for w in now["took"]["work"]} == {"answers": 8, "reviews": 8}
    assert {s["area"]: s["changed_in"] for s in now["settings"]} == {
        "feedback": "pilot",
        "scoring": "project",
    }
    dry = await world.act(pilot_project_promote, **one, dry_run=True)
    assert ([s["area"] for s in dry["settings"]], dry["hindered_by"]) == (["feedback"], None)
    assert (await world.act(feedback.project_feedback_get, project=project))["dispute_days"] != 7

    done = await world.act(pilot_project_promote, **one)
    await world.decide()
    assert (done["pilot"]["state"], [s["area"] for s in done["settings"]]) == ("promoted", ["feedback"])
    assert (await world.act(feedback.project_feedback_get, project=project))["dispute_days"] == 7
    assert (await world.act(scoring.project_scoring_get, project=project))["kind"] == "text"
    assert await worked(world, ann, project, rev, "accept") == 0, "reviews are as the plan says again"
    assert len(await world.export(project)) == 21
    with refused("project_closed", "conflict"):
        await world.items(pilot["id"], "more")
    again = await world.act(pilot_project_promote, **one)
    assert (again["pilot"]["state"], again["settings"]) == ("promoted", [])
    assert again["hindered_by"] == "pilot_project_promoted", "who asks twice is told that nothing more came"


async def test_the_share_is_drawn_by_lot_and_every_copy_names_its_origin(world: World) -> None:
    project = await ready(world, items=12)
    made = await world.rows("SELECT task, item FROM task WHERE tenant = $1")
    task_of = {row["task"]: row["item"] for row in made}
    pilot = await begun(world, project, share=0.25, items_min=5, items_max=8)
    assert (pilot["drawn"], pilot["asked"]) == (5, {"share": 0.25, "items_min": 5, "items_max": 8})
    one = {"project": project, "pilot": pilot["id"]}
    first = await world.act(use.pilot_project_items, **one, cursor=None, limit=3)
    rest = await world.act(use.pilot_project_items, **one, cursor=first["next_cursor"], limit=3)
    copies = first["data"] + rest["data"]
    assert {c["origin"] for c in copies} == {task_of[task] for task in by_lot(list(task_of), 5)}
    theirs, ours = await world.export(project), await world.export(pilot["id"])
    keys = {row["item"]: key for key, row in theirs.items()}
    assert {keys[c["origin"]] for c in copies} == set(ours)
    read = await world.act(intake.item_get, item=copies[0]["item"])
    assert read["payload"] == {"task": keys[copies[0]["origin"]]}
    seen = [e for e in await world.entries() if e["action"] == "pilot_project_fill"]
    assert {str(c["origin"]) for c in copies} <= {one for entry in seen for one in entry["result_ids"]}


async def test_one_that_fell_short_is_followed_by_another_or_overruled(world: World) -> None:
    project = await ready(world, least=0.9)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    one = await begun(world, project)
    at = {"project": project, "pilot": one["id"]}
    with refused("pilot_project_running", "conflict"):
        await begun(world, project)
    await worked(world, ann, one["id"], rev, "reject")
    assert (await world.act(use.pilot_project_judge, **at))["judged"]["outcome"] == "not_met"
    two = await begun(world, project, share=None, items=3)
    assert (two["number"], two["matched"], two["waiting"]) == (2, 20, one["waiting"])
    with refused("pilot_project_overtaken", "conflict"):
        await world.act(use.pilot_project_overrule, **at, reason="why")
    all_ = (await world.act(use.pilot_project_list, project=project))["data"]
    assert [(p["number"], p["state"]) for p in all_] == [(2, "running"), (1, "ended")]
    assert await world.export(one["id"]), "what was answered stays"
    with refused("project_closed", "conflict"):
        await world.items(one["id"], "more")
    at["pilot"] = two["id"]
    over = await world.act(use.pilot_project_overrule, **at, reason="the customer knows")
    assert (over["state"], over["reason"]) == ("overruled", "the customer knows")
    done = await world.act(pilot_project_promote, **at, areas=())
    await world.decide()
    assert done["settings"] == [] and (await world.pull(ann, two["id"]))["leases"] == []
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_what_both_changed_is_overwritten_only_by_a_word_and_what_was_not_judged_never(
    world: World,
) -> None:
    project = await ready(world)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    pilot = await begun(world, project, production_waits=False)
    assert len((await world.pull(ann, project))["leases"]) == 1, "production goes on"
    one = {"project": project, "pilot": pilot["id"]}
    await worked(world, ann, pilot["id"], rev, "accept")
    await world.act(use.pilot_project_judge, **one)
    for about, overlap in ((pilot["id"], 2), (project, 3)):
        version = (await world.act(projects_use.project_get, project=about))["plan_version"]
        await world.act(
            projects_use.project_plan_update,
            project=about,
            expected_version=version,
            plan={"overlap": overlap},
        )
    with refused("pilot_settings_changed", "conflict"):
        await world.act(pilot_project_promote, **one)
    await world.act(use.pilot_project_judge, **one)
    with refused("pilot_settings_conflict", "conflict"):
        await world.act(pilot_project_promote, **one)
    await world.act(pilot_project_promote, **one, overwrite=True)
    assert (await world.act(projects_use.project_get, project=project))["plan"]["overlap"] == 2
    assert (await world.act(reports.project_throughput, project=pilot["id"]))["hours"]


async def test_targets_are_those_of_the_project_whatever_the_pilot_says_of_itself(world: World) -> None:
    project = await ready(world, least=0.99)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    pilot = await begun(world, project)
    lower = [{"measure": "accuracy", "least": 0.01, "confidence": 0.8}]
    await world.act(targets.project_targets_update, project=pilot["id"], expected_version=2, targets=lower)
    await worked(world, ann, pilot["id"], rev, "accept")
    judged = await world.act(use.pilot_project_judge, project=project, pilot=pilot["id"])
    assert (judged["judged"]["outcome"], judged["judged"]["targets"][0]["least"]) == ("unclear", 0.99)


async def test_without_targets_or_a_clear_size_there_is_no_pilot(world: World) -> None:
    project = await world.project("herons", plan=PLAN)
    await world.items(project, "a")
    with refused("targets_missing", "conflict"):
        await begun(world, project)
    for version, asked in ((1, [{"measure": "accuracy", "least": 0.5}]), (2, [])):
        about = {"project": project, "expected_version": version}
        await world.act(targets.project_targets_update, **about, targets=asked)
    with refused("targets_missing", "conflict"):
        await begun(world, project)
    with refused("targets_missing", "conflict"):
        await world.act(pilots.pilot_begin, project=project, items=1, seed=None)
    for wrong in ({"items": 1}, {"share": None}, {"items_min": 9, "items_max": 8}):
        with refused("pilot_size_unclear", "invalid"):
            await begun(world, project, **wrong)
    assert len(await world.facts("project.created")) == 1, "nothing was left behind"


async def test_of_pilots_that_are_begun_at_once_there_is_one(world: World) -> None:
    project = await ready(world, items=6)
    asked = {"project": project, "name": "herons tried", "items": 2, "seed": SEED}
    acts = [world.act(use.pilot_project_begin, **asked) for _ in range(3)]
    acts.append(world.act(pilots.pilot_begin, project=project, items=2, seed=SEED))
    answers = await gather(*acts, return_exceptions=True)
    refusals = [one for one in answers if isinstance(one, Refusal)]
    assert len(refusals) == 3 and {one.code for one in refusals} <= {"pilot_running", "pilot_project_running"}
    begun_ = [*await world.facts("pilot_project.begun"), *await world.facts("pilot.begun")]
    assert len(begun_) == 1
    assert len(await world.facts("project.created")) <= 2, "no copy of what was refused is left"


async def test_an_iteration_that_somebody_made_under_the_name_stands_in_no_pilots_way(world: World) -> None:
    project = await ready(world, items=3)
    ann = await world.invite("ann")
    made = await world.act(
        iterations.iteration_plan, project=project, name="after pilot project 1", targets={"items": 3}
    )
    await world.act(iterations.iteration_open, project=project, iteration=made["id"])
    pilot = await begun(world, project, share=None, items=1)
    assert pilot["waiting"] != made["id"]
    assert (await world.pull(ann, project))["leases"] == [], "production waits"


async def test_what_was_sent_by_hand_in_place_of_a_copy_is_counted(world: World) -> None:
    project = await ready(world, items=4)
    asked = {"project": project, "name": "herons tried", "share": 1.0, "seed": SEED}
    pilot = await world.act(use.pilot_project_begin, **asked)
    await world.items(pilot["id"], "i2")
    await world.decide()
    row = await world.act(use.pilot_project_get, project=project, pilot=pilot["id"])
    assert (row["drawn"], row["copied"], row["refused"], row["state"]) == (4, 3, 1, "running")


async def test_a_promoted_pilot_project_has_no_pilots_of_its_own(world: World) -> None:
    project = await ready(world, items=3)
    pilot = await begun(world, project)
    one = {"project": project, "pilot": pilot["id"]}
    await world.act(use.pilot_project_overrule, **one, reason="the customer knows")
    await world.act(pilot_project_promote, **one)
    with refused("project_closed", "conflict"):
        await begun(world, pilot["id"])
    with refused("project_closed", "conflict"):
        await world.act(pilots.pilot_begin, project=pilot["id"], items=1, seed=None)


async def test_what_waits_for_a_pilot_is_not_closed_by_hand(world: World) -> None:
    project = await ready(world, items=3)
    asked = {"project": project, "name": "herons tried", "items": 1, "seed": SEED}
    pilot = await world.act(use.pilot_project_begin, **asked)
    why = {"anyway": True, "reason": "a slip"}
    beyond = await world.rows("SELECT beyond FROM trial WHERE tenant = $1")
    with refused("pilot_not_passed", "conflict"):
        await world.act(iterations.iteration_close, project=project, iteration=pilot["waiting"], **why)
    with refused("pilot_not_passed", "conflict"):
        await world.act(iterations.iteration_close, project=pilot["id"], iteration=beyond[0]["beyond"], **why)
    await world.decide()
    row = await world.act(use.pilot_project_get, project=project, pilot=pilot["id"])
    assert (row["copied"], row["state"]) == (1, "running")
