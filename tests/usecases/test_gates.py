"""Gates: who gets work, and what the answer to an empty pull says is missing."""

import hashlib
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.agreements import agreements, signing
from backend.usecases.proficiency import records, skills
from backend.usecases.projects import guidelines, projects
from backend.usecases.tasks import queue
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

NDA = "Say nothing."


async def publish(world: World, text: str = NDA, agreement: UUID | None = None) -> dict[str, Any]:
    return await world.act(agreements.agreement_publish, title="NDA", text=text, agreement=agreement)


async def sign(world: World, who: Caller, made: dict[str, Any], **other: Any) -> dict[str, Any]:
    exact = {"version": made["version"], "sha256": made["sha256"], "typed_name": "Ann"} | other
    return await world.act(signing.agreement_sign, who, agreement=made["id"], **exact)


async def course(world: World, **other: Any) -> dict[str, Any]:
    questions = ({"id": "q1", "prompt": "1+1?", "answer": "2"}, {"id": "q2", "prompt": "1+2?", "answer": "3"})
    asked = {"title": "sums", "content": "Count.", "questions": questions, "gold": (), "skill": None}
    return await world.act(training.course_publish, **(asked | {"pass_mark": 1.0, "course": None} | other))


async def codes(world: World, who: Caller, project: UUID | None = None) -> list[str]:
    pulled = await world.pull(who, project)
    assert pulled["leases"] == []
    return [reason["code"] for reason in pulled["reasons"]]


async def test_work_waits_for_the_signature(world: World) -> None:
    nda = await publish(world)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    pulled = await world.pull(ann, project)
    (why,) = pulled["reasons"]
    said = {"code": "agreement_required", "agreement": str(nda["id"]), "version": 1, "count": 1}
    assert said.items() <= why.items()
    shown = await world.act(agreements.agreement_get, ann, agreement=nda["id"])
    assert shown["text"] == NDA and shown["sha256"] == hashlib.sha256(NDA.encode()).hexdigest()
    await sign(world, ann, shown)
    (lease,) = (await world.pull(ann, project))["leases"]
    assert lease["payload"] == {"task": "a"}


async def test_only_the_exact_bytes_in_force_can_be_signed(world: World) -> None:
    nda = await publish(world)
    ann = await world.invite("ann")
    with refused("agreement_changed", "stale"):
        await sign(world, ann, nda, sha256=hashlib.sha256(b"Say something.").hexdigest())
    second = await publish(world, "Say nothing at all.", nda["id"])
    assert second["version"] == 2
    with refused("agreement_changed", "stale") as caught:
        await sign(world, ann, nda)
    assert caught.value.extra["current_version"] == 2
    assert await world.facts("agreement.signed") == []


async def test_nobody_signs_for_another(world: World) -> None:
    nda = await publish(world)
    with refused("forbidden"):
        await sign(world, world.admin, nda)


async def test_a_signature_is_kept_once_and_unreadable(world: World) -> None:
    nda = await publish(world)
    ann = await world.invite("ann")
    for _ in range(2):
        await sign(world, ann, nda, typed_name="Ann Annabella")
    (signed,) = await world.facts("agreement.signed")
    assert signed.event.sha256 == nda["sha256"]
    assert b"Annabella" not in signed.event.typed_name and b"127.0.0.1" not in signed.event.address


async def test_the_same_text_published_again_is_no_new_version(world: World) -> None:
    nda = await publish(world)
    assert (await publish(world, NDA, nda["id"]))["version"] == 1


async def test_a_new_version_closes_the_gate_and_empties_payload_reads(world: World) -> None:
    nda = await publish(world)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    await sign(world, ann, nda)
    (lease,) = (await world.pull(ann, project))["leases"]
    second = await publish(world, "Say nothing at all.", nda["id"])
    with refused("agreement_required", "forbidden"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    assert await codes(world, ann, project) == ["agreement_required"]
    await sign(world, ann, second)
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"] == {"task": "a"}
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_work_done_before_the_gate_closed_still_counts(world: World) -> None:
    nda = await publish(world)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    await sign(world, ann, nda)
    (lease,) = (await world.pull(ann, project))["leases"]
    await publish(world, "Say nothing at all.", nda["id"])
    assert (await world.submit(ann, lease["id"], "1"))["status"] == "submitted"


async def test_reviewers_and_experts_sign_too(world: World) -> None:
    nda = await publish(world)
    project = await world.project(agreements=(nda["id"],), plan={"review_rate": 1.0})
    await world.items(project, "a")
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await sign(world, ann, nda)
    await world.submit(ann, (await world.pull(ann, project))["leases"][0]["id"], "1")
    assert (await world.review_pull(rev, project))["reasons"][0]["code"] == "agreement_required"
    await sign(world, rev, nda)
    assert len((await world.review_pull(rev, project))["leases"]) == 1


async def test_work_waits_for_the_passed_course(world: World) -> None:
    made = await course(world)
    project = await world.project(courses=(made["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    (why,) = (await world.pull(ann, project))["reasons"]
    said = {"code": "training_required", "course": str(made["id"]), "version": 1, "count": 1}
    assert said.items() <= why.items()
    shown = await world.act(training.course_get, ann, course=made["id"])
    assert [set(q) for q in shown["questions"]] == [{"id", "prompt"}] * 2, "answers stay hidden"
    wrong = ({"question": "q1", "answer": "2"},)
    tried = await world.act(training.course_attempt, ann, course=made["id"], version=1, answers=wrong)
    assert (tried["passed"], tried["answered"], tried["question_count"]) == (False, 1, 2)
    assert await codes(world, ann, project) == ["training_required"]
    right = (*wrong, {"question": "q2", "answer": "3"})
    assert (await world.act(training.course_attempt, ann, course=made["id"], version=1, answers=right))[
        "passed"
    ]
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_a_new_version_of_the_course_must_be_passed_again(world: World) -> None:
    made = await course(world, pass_mark=0.0)
    project = await world.project(courses=(made["id"],))
    await world.items(project, "a")
    ann = await world.invite("ann")
    await world.act(training.course_attempt, ann, course=made["id"], version=1, answers=())
    second = await course(world, course=made["id"], content="Count twice.", pass_mark=0.0)
    assert second["version"] == 2
    assert await codes(world, ann, project) == ["training_required"]
    with refused("course_changed", "stale"):
        await world.act(training.course_attempt, ann, course=made["id"], version=1, answers=())


async def test_work_waits_for_the_exam(world: World) -> None:
    project = await world.project()
    skill = (await world.act(skills.skill_list))["data"][0]["id"]
    exam, gold = await world.exam(project, {"g1": "1", "g2": "0"}, skill)
    await world.act(projects.project_requirements_update, project=project, agreements=(), courses=(exam,))
    await world.items(project, "a")
    ann = await world.invite("ann")
    (why,) = (await world.pull(ann, project))["reasons"]
    said = {"code": "not_qualified", "course": str(exam), "version": 1, "count": 1}
    assert said.items() <= why.items()
    asked = await world.act(training.course_get, ann, course=exam)
    assert {q["id"]: q["prompt"] for q in asked["questions"]} == {
        str(g): {"task": k} for k, g in gold.items()
    }
    answers = tuple({"question": str(g), "answer": "1"} for g in gold.values())
    taken = await world.act(training.course_attempt, ann, course=exam, version=1, answers=answers)
    assert taken["passed"] and taken["answered"] == 2
    assert len((await world.pull(ann, project))["leases"]) == 1
    with refused("exam_taken", "conflict"):
        await world.act(training.course_attempt, ann, course=exam, version=1, answers=answers)
    await world.follow()
    (mine,) = (await world.act(records.proficiency_get, annotator=ann.subject.id))["skills"]
    assert (mine["correct"], mine["total"]) == (1, 2)
    assert mine["sources"] == {"exam": {"correct": 1, "total": 2, "weight": 0.5}}
    own = await world.act(records.proficiency_get, ann, annotator=ann.subject.id)
    assert own["skills"] == [], "shown to oneself per ten pieces of evidence"


async def test_an_exam_shows_no_data_before_the_signature(world: World) -> None:
    nda = await publish(world)
    project = await world.project(agreements=(nda["id"],))
    skill = (await world.act(skills.skill_list))["data"][0]["id"]
    exam, _ = await world.exam(project, {"g1": "1"}, skill)
    requirements = {"project": project, "agreements": (nda["id"],), "courses": (exam,)}
    await world.act(projects.project_requirements_update, **requirements)
    ann = await world.invite("ann")
    for usecase, more in (
        (training.course_get, {}),
        (training.course_attempt, {"version": 1, "answers": ()}),
    ):
        with refused("agreement_required", "forbidden"):
            await world.act(usecase, ann, course=exam, **more)
    await sign(world, ann, nda)
    assert (await world.act(training.course_get, ann, course=exam))["questions"]


async def test_work_waits_for_the_acknowledged_guideline(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    made = await world.act(guidelines.guideline_publish, project=project, text="Look closely.")
    (why,) = (await world.pull(ann, project))["reasons"]
    said = {"code": "guideline_required", "project": str(project), "version": 1, "count": 1}
    assert said.items() <= why.items()
    shown = await world.act(guidelines.guideline_get, ann, project=project)
    assert (shown["text"], shown["sha256"]) == ("Look closely.", made["sha256"])
    await world.act(guidelines.guideline_acknowledge, ann, project=project, version=1)
    (lease,) = (await world.pull(ann, project))["leases"]
    assert lease["guideline_version"] == 1
    await world.act(guidelines.guideline_publish, project=project, text="Look twice.")
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"] == {"task": "a"}
    with refused("guideline_changed", "stale"):
        await world.act(guidelines.guideline_acknowledge, ann, project=project, version=1)


async def test_requirements_added_later_close_the_gate(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    nda, ann = await publish(world), await world.invite("ann")
    await world.act(
        projects.project_requirements_update, project=project, agreements=(nda["id"],), courses=()
    )
    assert await codes(world, ann, project) == ["agreement_required"]
    await world.act(projects.project_requirements_update, project=project, agreements=(), courses=())
    assert len((await world.pull(ann, project))["leases"]) == 1


async def test_every_missing_thing_is_named_with_its_count(world: World) -> None:
    nda, made, ann = await publish(world), await course(world), await world.invite("ann")
    for name in ("one", "two"):
        project = await world.project(
            name, agreements=(nda["id"],), courses=(made["id"],) if name == "two" else ()
        )
        await world.items(project, "a")
    pulled = await world.pull(ann)
    assert {why["code"]: why["count"] for why in pulled["reasons"]} == {
        "agreement_required": 2,
        "training_required": 1,
    }


async def test_a_full_hand_says_at_capacity(world: World) -> None:
    project = await world.project()
    await world.items(project, *"abcde")
    ann = await world.invite("ann")
    assert len((await world.pull(ann, project, 20))["leases"]) == 3
    pulled = await world.pull(ann, project)
    assert pulled["leases"] == []
    (why,) = pulled["reasons"]
    assert why["code"] == "at_capacity" and why["retry_after_s"] > 0


async def test_no_work_says_when_to_ask_again(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    (why,) = (await world.pull(ann, project))["reasons"]
    assert why["code"] == "no_tasks" and why["retry_after_s"] > 0


async def test_a_reviewer_gets_no_annotation(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    assert await codes(world, await world.invite("rev", "reviewer"), project) == ["no_tasks"]


async def test_an_annotator_gets_no_reviews(world: World) -> None:
    with refused("forbidden"):
        await world.review_pull(await world.invite("ann"))


@pytest.mark.parametrize("gate", ["agreements", "courses"])
async def test_a_project_cannot_ask_for_what_does_not_exist(world: World, gate: str) -> None:
    with refused(f"{gate[:-1]}_unknown", "invalid"):
        await world.project(**{gate: (UUID(int=7),)})
