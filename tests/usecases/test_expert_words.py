"""Experts say why: with the answer or later, alike on gold; managers read it, who asked is told, it is taught."""

from typing import Any
from uuid import UUID

from backend.usecases.access import access
from backend.usecases.insight.escalations import escalation_get, escalation_list
from backend.usecases.proficiency.feedback import feedback_get
from backend.usecases.projects import feedback, intake, projects
from backend.usecases.review import explaining
from backend.usecases.review.expert_calls import escalation_reasons_set
from backend.usecases.tasks import escalating, submitting
from backend.usecases.work import Caller
from tests.support import nda
from tests.support.doubled import escalated, experts
from tests.support.practised import BLURRY, begun, flagged, module, questions
from tests.support.refused import refused
from tests.support.school import attempt, publish, said
from tests.support.world import World

Json = dict[str, Any]


async def answer(world: World, who: Caller, project: UUID, what: Any = "fox", why: str | None = None) -> UUID:
    """Pull one, and answer it with these words; the lease."""
    (lease,) = (await world.pull(who, project))["leases"]
    sent: Json = {"lease": lease["id"], "answer": what, "client_seconds": 7, "explanation": why}
    await world.act(submitting.lease_submit, who, **sent)
    return UUID(str(lease["id"]))


async def explain(world: World, who: Caller, lease: UUID, words: str) -> Json:
    return await world.act(explaining.lease_explain, who, lease=lease, words=words)


async def read(world: World, by: Caller | None = None) -> Json:
    """The only escalation."""
    (opened,) = await world.facts("escalation.opened")
    return await world.act(escalation_get, by, escalation=opened.event.escalation)


async def told(world: World, who: Caller) -> list[Json]:
    """What came back of what the person asked, newest first."""
    return list((await world.act(feedback_get, who, annotator=who.subject.id))["asked"])


async def came_back(world: World, who: Caller) -> Json:
    """The only one of which there is something to tell."""
    (one,) = [row for row in await told(world, who) if row["state"] == "answered"]
    return one


async def tell(world: World, project: UUID, version: int = 1, **what: bool) -> None:
    given = {"review_notes": False, "corrections": False} | what
    await world.act(feedback.project_feedback_update, project=project, expected_version=version, **given)


async def test_an_expert_says_why_with_the_answer_and_says_it_better_later(world: World) -> None:
    project = await escalated(world, "a", double_review=0.0)
    (expert,) = await experts(world, 1)
    lease = await answer(world, expert, project, why="a red tail")
    (one,) = (await read(world))["explanations"]
    assert (one["lease"], one["words"], one["by"], one["stands"]) == (
        lease,
        "a red tail",
        expert.subject.id,
        True,
    )
    assert await explain(world, expert, lease, "a red tail") == {"lease": lease, "status": "explained"}
    assert len(await world.facts("escalation.explained")) == 1, "the same again"
    await explain(world, expert, lease, "tail and ears")
    assert (await read(world))["explanations"][0]["words"] == "tail and ears"
    escalation = (await read(world))["id"]
    better = await world.act(explaining.escalation_explain, escalation=escalation, words="See section 3.")
    assert [(one["words"], one["by"]) for one in better["explanations"]] == [
        ("See section 3.", world.admin.subject.id)
    ]
    facts = [fact.event for fact in await world.facts("escalation.explained")]
    assert [fact.version for fact in facts] == [1, 2, 3]
    assert not any(word in fact.words for fact in facts for word in (b"tail", b"section"))


async def test_managers_and_auditors_read_the_words_and_it_is_noted(world: World) -> None:
    project = await escalated(world, "a", double_review=0.0)
    (expert,) = await experts(world, 1)
    await answer(world, expert, project, why="a red tail")
    made = await world.act(access.key_create, kind="user", roles=("auditor",), scopes=("*",), days=1)
    auditor = await world.perform.authenticate(made["key"])
    assert (await read(world, auditor))["explanations"][0]["words"] == "a red tail"
    (entry,) = await world.entries(auditor)
    assert (entry["action"], entry["fields_seen"]) == ("escalation_get", ["explanation"])
    page = {"project": project, "state": None, "missed": None, "cursor": None, "limit": 10}
    assert (await world.act(escalation_list, **page))["data"] == [await read(world)]
    with refused("forbidden"):
        await read(world, expert)


async def test_what_cannot_be_explained_is_refused_with_why(world: World) -> None:
    project = await escalated(world, "a", double_review=0.0)
    ann, (expert, other) = await world.invite("ann"), await experts(world, 2)
    await world.items(project, "b")
    (mine,) = (await world.pull(ann, project))["leases"]
    sent = {"lease": mine["id"], "answer": "fox", "client_seconds": 7}
    with refused("explanation_not_taken", "invalid"):
        await world.act(submitting.lease_submit, ann, **sent, explanation="why")
    await world.act(submitting.lease_submit, ann, **sent)
    with refused("explanation_not_taken", "invalid"):
        await explain(world, ann, mine["id"], "why")
    escalation = (await read(world))["id"]
    given = {"escalation": escalation, "words": "why"}
    with refused("escalation_open", "conflict"):
        await world.act(explaining.escalation_explain, **given)
    (lease,) = (await world.pull(expert, project))["leases"]
    with refused("explanation_unanswered", "conflict"):
        await explain(world, expert, lease["id"], "why")
    await world.submit(expert, lease["id"], "fox")
    with refused("not_found"):
        await explain(world, other, lease["id"], "why")
    for who in (expert, ann):
        with refused("forbidden"):
            await world.act(explaining.escalation_explain, who, **given)
    assert await world.facts("escalation.explained") == []


async def test_gold_and_second_looks_take_words_as_an_escalation_does(world: World) -> None:
    project = await escalated(world, "a", "b", gold_share=0.0)
    gold = ({"external_key": "gold", "payload": {}, "truth": "fox"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    first, second = await experts(world, 2)
    await answer(world, first, project, why="first")
    await answer(world, first, project)
    plan = {"gold_share": 1.0}
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan=plan)
    leases = [await answer(world, second, project, why="with it") for _ in range(3)]
    kinds = await world.rows(
        "SELECT lease, gold FROM answer WHERE tenant = $1 AND lease = ANY($2::uuid[])", leases
    )
    assert sorted(row["gold"] is None for row in kinds) == [False, True, True]
    for lease in leases:
        assert await explain(world, second, lease, "later") == {"lease": lease, "status": "explained"}
    facts = [fact.event for fact in await world.facts("escalation.explained")]
    assert {lease: [f.version for f in facts if f.lease == lease] for lease in leases} == {
        lease: [1, 2] for lease in leases
    }
    escalations = [one.event.escalation for one in await world.facts("escalation.opened")]
    read_ = [await world.act(escalation_get, escalation=one) for one in escalations]
    assert sorted(len(one["explanations"]) for one in read_) == [1, 2]
    assert {one["stands"] for each in read_ for one in each["explanations"] if one["words"] == "later"} == {
        False
    }


async def test_who_asked_is_told_what_stands_and_why_as_far_as_the_project_tells(world: World) -> None:
    project, asker, expert, _ = await begun(world)
    await tell(world, project, review_notes=True)
    assert {one["state"] for one in await told(world, asker)} == {"asked"}
    await answer(world, expert, project, "fox", "a red tail")
    nothing = {"state": "asked", "answer": None, "explanation": None}
    waiting = [row for row in await told(world, asker) if row["state"] == "asked"]
    assert len(waiting) == 3 and all(row.items() >= nothing.items() for row in waiting)
    answered = await came_back(world, asker)
    assert (answered["answer"], answered["explanation"]) == (None, "a red tail")
    assert str(expert.subject.id) not in str(answered)
    await tell(world, project, 2, corrections=True)
    answered = await came_back(world, asker)
    assert (answered["answer"], answered["explanation"]) == ("fox", None)
    await tell(world, project, 3)
    assert {row["state"] for row in await told(world, asker)} == {"asked"}


async def test_who_may_not_see_the_data_any_more_is_told_nothing_of_it(world: World) -> None:
    project, asker, expert, _ = await begun(world)
    await tell(world, project, review_notes=True, corrections=True)
    await answer(world, expert, project, "fox", "a red tail")
    assert (await came_back(world, asker))["explanation"] == "a red tail"
    agreement = await nda.publish(world)
    asks = {"project": project, "agreements": (agreement["id"],), "courses": ()}
    await world.act(projects.project_requirements_update, **asks)
    assert {row["state"] for row in await told(world, asker)} == {"asked"}
    await nda.sign(world, asker, agreement)
    assert (await came_back(world, asker))["answer"] == "fox"


async def test_only_words_of_what_stands_come_back(world: World) -> None:
    project = await world.project(plan={"double_review": 1.0})
    asker, (first, second, third) = await world.invite("asker"), await experts(world, 3)
    reasons = {"expected_version": 1, "reasons": (BLURRY,)}
    await world.act(escalation_reasons_set, project=project, **reasons)
    await flagged(world, asker, project, "a")
    await tell(world, project, review_notes=True, corrections=True)
    lease = await answer(world, first, project, "fox", "a tail")
    assert {row["state"] for row in await told(world, asker)} == {"asked"}, "a second look waits"
    (word,) = await world.facts("escalation.resolved")
    assert word.event.lease == lease
    await answer(world, second, project, "owl", "two eyes")
    assert {row["state"] for row in await told(world, asker)} == {"asked"}, "experts differ"
    await answer(world, third, project, "owl", "a beak")
    answered = await came_back(world, asker)
    assert (answered["answer"], answered["explanation"]) == ("owl", "a beak")
    shown = await world.act(escalation_get, escalation=word.event.escalation)
    assert [(one["words"], one["stands"]) for one in shown["explanations"]] == [
        ("a tail", False),
        ("two eyes", False),
        ("a beak", True),
    ]
    better = {"escalation": word.event.escalation, "words": "beak, section 3"}
    await world.act(explaining.escalation_explain, **better)
    answered = await came_back(world, asker)
    assert answered["explanation"] == "beak, section 3"


async def test_what_was_asked_on_gold_looks_like_what_is_kept_back(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await tell(world, project, review_notes=True, corrections=True)
    gold = ({"external_key": "gold", "payload": {}, "truth": "fox"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    await world.items(project, "a")
    ann, (expert,) = await world.invite("ann"), await experts(world, 1)
    for _ in range(2):
        (lease,) = (await world.pull(ann, project))["leases"]
        given = {"lease": lease["id"], "reason": "", "note": None}
        await world.act(escalating.lease_escalate, ann, **given)
    plan = {"gold_share": 0.0}
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan=plan)
    await answer(world, expert, project, "fox", "a tail")
    assert len(await world.facts("escalation.resolved")) == 1
    plan = {"gold_share": 1.0}
    await world.act(projects.project_plan_update, project=project, expected_version=2, plan=plan)
    both = await told(world, ann)
    assert len(both) == 2 and {(one["state"], one["answer"], one["explanation"]) for one in both} == {
        ("asked", None, None)
    }


async def test_practice_explains_in_the_experts_words_as_they_were_when_it_was_published(
    world: World,
) -> None:
    project, _, expert, _ = await begun(world)
    lease = await answer(world, expert, project, "fox", "a red tail")
    (one,) = (await questions(world, project))["data"]
    assert one["question"]["explanation"] == "Too blurry: Where?\n\na red tail"
    course = (await publish(world, modules=(module(project),)))["id"]
    await explain(world, expert, lease, "tail and ears")
    pupil = await world.invite("pupil")
    given = said(str(one["escalation"]), answer="fox")
    tried = await attempt(world, pupil, course, given, module="try")
    assert tried["results"][0]["explanation"].endswith("a red tail")
    again = await publish(world, modules=(module(project),), course=course)
    assert again["version"] == 2
    tried = await attempt(world, pupil, course, given, module="try", version=2)
    assert tried["results"][0]["explanation"].endswith("tail and ears")
