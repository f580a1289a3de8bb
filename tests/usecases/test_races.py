"""Races on purpose: many at once, and what must hold whoever wins."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.usecases.agreements import agreements, signing
from backend.usecases.projects import guidelines, projects
from backend.usecases.tasks import deciding, holding
from backend.usecases.tasks.claiming import claim
from backend.usecases.tasks.hands import Ask
from backend.usecases.training import training
from backend.usecases.work import Answer, Caller, Work
from backend.usecases.workforce import standing
from tests.support.together import at_once
from tests.support.world import World


async def balance(world: World) -> None:
    """Every slot of every task is open, held, answered or escalated: exactly one of them."""
    rows = await world.rows("""
        SELECT t.slots, (SELECT count(*) FROM open_slot o WHERE o.tenant = t.tenant AND o.task = t.task)
             + (SELECT count(*) FROM lease l WHERE l.tenant = t.tenant AND l.task = t.task)
             + (SELECT count(*) FROM lease_ended e WHERE e.tenant = t.tenant AND e.task = t.task
                 AND (e.how = 'submitted' OR (e.how = 'escalated' AND e.stage = 'annotate'))) AS found
          FROM task t WHERE t.tenant = $1""")
    assert rows and all(row["slots"] == row["found"] for row in rows), rows


async def test_after_a_suspension_no_lease_is_held_whatever_was_pulled_meanwhile(world: World) -> None:
    project = await world.project()
    await world.items(project, *(f"i{n}" for n in range(30)))
    ann = await world.invite("ann")
    pulls = [world.pull(ann, project) for _ in range(20)]
    suspend = world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="race")
    done = await at_once(*pulls[:10], suspend, *pulls[10:])
    assert done[10]["status"] == "suspended"
    assert await world.rows("SELECT 1 FROM lease WHERE tenant = $1") == []
    given = sum(len(one["leases"]) for n, one in enumerate(done) if n != 10)
    assert len(await world.facts("lease.revoked")) == given == done[10]["leases_revoked"]
    await balance(world)


async def test_no_payload_leaves_after_a_new_agreement_is_in_force(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, *(f"i{n}" for n in range(60)))
    people = [await world.invite(f"p{n}") for n in range(6)]
    for one in people:
        signed = {"agreement": nda["id"], "version": 1, "sha256": nda["sha256"], "typed_name": "x"}
        await world.act(signing.agreement_sign, one, **signed)
    in_force = asyncio.Event()
    late: list[dict[str, Any]] = []

    async def work(who: Caller) -> None:
        for _ in range(8):
            began_after = in_force.is_set()
            pulled = await world.pull(who, project)
            for lease in pulled["leases"]:
                await world.submit(who, lease["id"], "1")
            if began_after:
                late.append(pulled)

    async def publish() -> None:
        await world.act(agreements.agreement_publish, title="NDA", text="v2", agreement=nda["id"])
        in_force.set()

    await at_once(*(work(who) for who in people), publish())
    assert late, "some pulls began after"
    assert all(not one["leases"] for one in late)
    assert {why["code"] for one in late for why in one["reasons"]} == {"agreement_required"}
    await balance(world)


async def test_twenty_people_at_once_take_every_slot_once(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    await world.items(project, *(f"i{n}" for n in range(7)))
    people = [await world.invite(f"p{n}") for n in range(20)]
    for _ in range(3):
        await at_once(*(world.pull(who, project) for who in people))
    leases = await world.rows("SELECT annotator, item, task, slot FROM lease WHERE tenant = $1")
    assert len(leases) == 21
    assert max(Counter((row["annotator"], row["item"]) for row in leases).values()) == 1
    assert max(Counter((row["task"], row["slot"]) for row in leases).values()) == 1
    await balance(world)


async def test_many_windows_of_one_person_hold_no_more_than_allowed(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, *(f"i{n}" for n in range(9)))
    ann = await world.invite("ann")
    pulled = await at_once(*(world.pull(ann, project, 2) for _ in range(8)))
    assert sum(len(one["leases"]) for one in pulled) == 3
    held = await world.rows("SELECT item FROM lease WHERE tenant = $1")
    assert len({row["item"] for row in held}) == 3
    assert {why["code"] for one in pulled for why in one["reasons"]} == {"at_capacity"}


async def test_a_batch_of_askers_gets_what_each_could_have_got_alone(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, *"abc")
    people = [await world.invite(f"p{n}") for n in range(4)]
    await world.act(standing.annotator_suspend, annotator=people[3].subject.id, reason="")

    async def together(work: Work) -> Answer:
        asks = [Ask(work.beside(who, work.meta), project, ("annotate",), 2) for who in people]
        return Answer({"given": {str(who): len(leases) for who, leases in (await claim(asks)).items()}})

    given = (await world.system(together))["given"]
    assert [given[str(who.subject.id)] for who in people] == [2, 2, 2, 0]
    rows = await world.rows("SELECT annotator, item FROM lease WHERE tenant = $1")
    assert len({(row["annotator"], row["item"]) for row in rows}) == 6
    await balance(world)


async def test_an_answer_that_meets_its_expiry_is_counted_once(world: World) -> None:
    project = await world.project(plan={"lease_seconds": 30})
    await world.items(project, *"abcdef")
    people = [await world.invite(f"p{n}") for n in range(6)]
    leases = [((await world.pull(who, project))["leases"][0], who) for who in people]
    world.clock.moved += world.clock.moved.resolution * 31_000_000
    expire = world.system(holding.leases_expire, most=100)
    await at_once(expire, *(world.submit(who, lease["id"], "1") for lease, who in leases))
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == 6
    await balance(world)


async def test_a_late_answer_and_anothers_pull_share_no_slot(world: World) -> None:
    project = await world.project()
    for n in range(6):
        await world.items(project, f"i{n}")
        ann, ben = await world.invite(f"ann{n}"), await world.invite(f"ben{n}")
        (lease,) = (await world.pull(ann, project))["leases"]
        await world.expire(400)
        said, pulled = await at_once(world.submit(ann, lease["id"], "1"), world.pull(ben, project))
        taken_back = isinstance(said, dict)
        assert taken_back != bool(pulled["leases"])
        for other in pulled["leases"]:
            await world.submit(ben, other["id"], "0")
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == 6
    await balance(world)


async def test_the_last_answers_at_once_ask_for_one_decision(world: World) -> None:
    project = await world.project(plan={"overlap": 4})
    await world.items(project, "a")
    people = [await world.invite(f"p{n}") for n in range(4)]
    leases = [((await world.pull(who, project))["leases"][0], who) for who in people]
    await at_once(*(world.submit(who, lease["id"], "1") for lease, who in leases))
    assert len(world.woken) == 1
    await world.decide()
    assert (await world.export(project))["a"]["judgments"] == 4


async def test_decisions_of_one_task_at_once_are_one(world: World) -> None:
    project = await world.project()
    (row,) = await world.items(project, "a")
    await world.work(await world.invite("ann"), project, "1")
    await at_once(*(world.system(deciding.task_decide, task=row["task"]) for _ in range(4)))
    assert len(await world.facts("task.decided")) == 1


async def test_two_reviewers_at_once_review_two_answers(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    for _ in range(2):
        await world.work(ann, project, "1")
    reviewers = [await world.invite(f"r{n}", "reviewer") for n in range(3)]
    pulled = await at_once(*(world.review_pull(who, project) for who in reviewers))
    assert sorted(len(one["leases"]) for one in pulled) == [0, 1, 1]


async def test_requirements_and_a_new_version_at_once_leave_the_gate_at_the_new_version(world: World) -> None:
    for n in range(5):
        nda = await world.act(agreements.agreement_publish, title="NDA", text=f"v1 {n}", agreement=None)
        course = {"title": "c", "content": "", "questions": (), "gold": (), "skill": None, "pass_mark": 0.0}
        quiz = await world.act(training.course_publish, course=None, **course)
        project = await world.project(f"p{n}")
        asked = {"project": project, "agreements": (nda["id"],), "courses": (quiz["id"],)}
        await at_once(
            world.act(agreements.agreement_publish, title="NDA", text=f"v2 {n}", agreement=nda["id"]),
            world.act(projects.project_requirements_update, **asked),
            world.act(training.course_publish, course=quiz["id"], **(course | {"content": "more"})),
            world.act(guidelines.guideline_publish, project=project, text="Look."),
        )
        assert await requires(world, project) >= {
            f"agreement:{nda['id']}:2",
            f"course:{quiz['id']}:2",
            f"guideline:{project}:1",
        }


async def requires(world: World, project: UUID) -> set[str]:
    rows = await world.rows(
        "SELECT requires FROM lane WHERE tenant = $1 AND project = $2 AND stage = 'annotate'", project
    )
    return set(rows[0]["requires"])


async def test_plans_changed_at_once_are_changed_one_after_the_other(world: World) -> None:
    for n in range(8):
        project = await world.project(f"p{n}")
        change = {"project": project, "expected_version": 1}
        done = await at_once(
            *(world.act(projects.project_plan_update, plan={"overlap": k}, **change) for k in (2, 3, 4, 5))
        )
        codes = sorted(one.code if isinstance(one, Refusal) else "ok" for one in done)
        assert codes == ["ok", *["plan_changed"] * 3]
