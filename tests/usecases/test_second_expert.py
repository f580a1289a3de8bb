"""Second experts: who disagrees with everybody is looked over by another; both answers are kept, and answers scored."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import escalations, reports
from backend.usecases.tasks import assigning, escalating
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World

ALL: dict[str, Any] = {"state": None, "missed": None, "cursor": None, "limit": 50}


async def torn(world: World, here: str = "", **plan: Any) -> tuple[UUID, list[Caller]]:
    """An item that two people answered differently, which an expert is to decide; a second one where they disagree."""
    asked = {"overlap": 2, "escalate_below": 0.6, "experts_max": 2} | plan
    project = await world.project(f"torn{here}", plan=asked)
    await world.items(project, "a")
    people = [await world.invite(f"{here}{name}") for name in ("ann", "ben")]
    for who, answer in zip(people, ("cat", "dog"), strict=True):
        await world.work(who, project, answer)
    await world.decide()
    return project, people


async def listed(world: World, project: UUID, **asked: Any) -> list[dict[str, Any]]:
    found = await world.act(escalations.escalation_list, project=project, **ALL | asked)
    return list(found["data"])


async def test_an_expert_unlike_everybody_is_looked_over_by_a_second_who_has_the_last_word(
    world: World,
) -> None:
    project, _ = await torn(world)
    one, two = await world.invite("one", "expert"), await world.invite("two", "expert")
    first = await world.work(one, project, "fox")
    row = (await world.export(project))["a"]
    assert row["decided_by"] == "aggregate", "contested: nothing is settled yet"
    assert (await listed(world, project))[0]["state"] == "contested"
    assert (await world.pull(one, project))["leases"] == [], "never the same person"
    second = await world.work(two, project, "cat")
    assert second["stage"] == first["stage"] == "expert"
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == ("cat", "expert")
    assert sorted(answer["answer"] for answer in row["answers"] if answer["stage"] == "expert") == [
        "cat",
        "fox",
    ]
    (told,) = await listed(world, project)
    assert told["state"] == "resolved"
    assert [(e["annotator"], e["lease"], e["stands"]) for e in told["experts"]] == [
        (one.subject.id, first["id"], False),
        (two.subject.id, second["id"], True),
    ]


async def test_the_history_shows_both_experts_and_no_answer(world: World) -> None:
    project, _ = await torn(world)
    for name, answer in (("one", "fox"), ("two", "owl")):
        await world.work(await world.invite(name, "expert"), project, answer)
    (task,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND stage = 'annotate'")
    history = (await world.act(reports.task_history, task=task["task"]))["events"]
    kinds = [event["type"] for event in history if event["type"].startswith("escalation.")]
    assert kinds == ["escalation.opened", "escalation.contested", "escalation.resolved"]
    said = [event["data"] for event in history if event["type"] in kinds]
    assert not any("answer" in data for data in said) and said[1]["expert"] != said[2]["expert"]
    (contested,) = await world.facts("escalation.contested")
    assert b"fox" not in contested.event.answer


async def test_who_met_the_item_is_never_the_second_expert(world: World) -> None:
    asked = {"overlap": 2, "escalate_below": 0.6, "experts_max": 2}
    project = await world.project(plan=asked)
    await world.items(project, "a")
    ann, ben = [await world.invite(name, "annotator", "expert") for name in ("ann", "ben")]
    await world.work(ann, project, "cat")
    await world.work(ben, project, "dog")
    await world.decide()
    one = await world.invite("one", "expert")
    await world.work(one, project, "fox")
    assert [(await world.pull(who, project))["leases"] for who in (ann, ben, one)] == [[], [], []]
    (row,) = await world.rows("SELECT expert_task FROM escalation WHERE tenant = $1")
    for who in (ann, one):
        with refused("already_worked"):
            await world.act(assigning.lease_assign, task=row["expert_task"], annotator=who.subject.id)


@pytest.mark.parametrize(("experts_max", "answer"), [(1, "fox"), (2, "dog")])
async def test_one_expert_is_enough_where_the_plan_says_one_or_somebody_agrees(
    world: World, experts_max: int, answer: str
) -> None:
    project, _ = await torn(world, experts_max=experts_max)
    await world.work(await world.invite("one", "expert"), project, answer)
    row = (await world.export(project))["a"]
    assert (row["answer"], row["decided_by"]) == (answer, "expert")
    assert await world.facts("escalation.contested") == []
    assert (await world.pull(await world.invite("two", "expert"), project))["leases"] == []


async def test_where_nobody_has_answered_there_is_nothing_to_contest(world: World) -> None:
    project = await world.project(plan={"experts_max": 2})
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(escalating.lease_escalate, ann, lease=lease["id"], reason="", note=None)
    await world.work(await world.invite("one", "expert"), project, "fox")
    assert (await world.export(project))["a"]["answer"] == "fox"
    assert await world.facts("adjudication.scored") == []


async def test_every_answer_that_counted_is_scored_by_the_last_word(world: World) -> None:
    project, (ann, ben) = await torn(world)
    await world.work(await world.invite("one", "expert"), project, "fox")
    assert await world.facts("adjudication.scored") == [], "not by what is contested"
    await world.work(await world.invite("two", "expert"), project, "cat")
    scored = [fact.event for fact in await world.facts("adjudication.scored")]
    assert {(one.annotator, one.correct, one.score_ppm) for one in scored} == {
        (ann.subject.id, True, 1_000_000),
        (ben.subject.id, False, 0),
    }
    by = {one.annotator: one for one in scored}
    assert by[ann.subject.id].truth_class == by[ann.subject.id].answer_class
    assert by[ben.subject.id].truth_class not in (None, by[ben.subject.id].answer_class)
    assert {one.plan_version for one in scored} == {1}
