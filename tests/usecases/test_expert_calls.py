"""Reasons for asking an expert: a project's own list, a code that is readable in the log, words that are not."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import escalations, guideline_issues
from backend.usecases.projects import intake
from backend.usecases.review import expert_calls
from backend.usecases.tasks import escalating
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_second_expert import listed

BLURRY = {"code": "blurry", "label": "Too blurry for Ada", "asks": "Where?"}
PRODUCT = ["ambiguous", "guideline_gap", "bad_data", "need_expertise", "other"]


async def flag(world: World, who: Caller, project: UUID, code: str, reason: str = "") -> dict[str, Any]:
    (lease,) = (await world.pull(who, project))["leases"]
    said = {"lease": lease["id"], "reason": reason, "note": None, "code": code}
    told = await world.act(escalating.lease_escalate, who, **said)
    return {**told, "task": lease["payload"]["task"]}


async def test_a_project_begins_with_the_products_reasons_and_sets_its_own(world: World) -> None:
    project = await world.project()
    ask: dict[str, Any] = {"project": project}
    found = await world.act(expert_calls.escalation_reasons_get, **ask)
    assert [one["code"] for one in found["reasons"]] == PRODUCT and found["said_by"] == "product"
    assert all(one["label"] and one["asks"] for one in found["reasons"])
    change = {**ask, "expected_version": 1, "reasons": (BLURRY,)}
    said = await world.act(expert_calls.escalation_reasons_set, **change)
    assert (said["version"], said["said_by"], said["reasons"]) == (2, "project", [BLURRY])
    assert await world.act(expert_calls.escalation_reasons_get, **ask) == said
    with refused("escalation_reasons_changed", "stale"):
        await world.act(expert_calls.escalation_reasons_set, **change)
    (event,) = await world.facts("escalation.reasons_set")
    assert event.event.codes == ("blurry",) and b"Ada" not in event.event.reasons
    back = await world.act(
        expert_calls.escalation_reasons_set, **change | {"expected_version": 2, "reasons": ()}
    )
    assert [one["code"] for one in back["reasons"]] == PRODUCT, "none: those of the product again"
    with refused("forbidden"):
        await world.act(
            expert_calls.escalation_reasons_set, await world.invite("ann"), **change | {"expected_version": 3}
        )


async def test_a_code_is_readable_in_the_facts_and_the_words_are_not(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    await flag(world, await world.invite("ann"), project, "guideline_gap", "Eve says nothing of owls")
    (ended,), (opened,) = await world.facts("lease.escalated"), await world.facts("escalation.opened")
    assert ended.event.code == opened.event.code == "guideline_gap"
    assert ended.event.reason and b"owls" not in ended.event.reason
    (row,) = await listed(world, project)
    assert (row["reason"], row["code"], row["state"]) == ("annotator_flagged", "guideline_gap", "open")
    found = await world.act(guideline_issues.guideline_issues_get, project=project)
    (issue,) = found["classes"]
    assert issue["label"] is None and issue["answers"] == 0
    assert issue["escalations"] == [{"reason": "annotator_flagged", "code": "guideline_gap", "n": 1}]


async def test_an_unknown_code_is_refused_with_those_that_are_known_and_the_lease_goes_on(
    world: World,
) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    said: dict[str, Any] = {"lease": lease["id"], "reason": "", "note": None}
    with refused("escalation_code_unknown", "invalid") as caught:
        await world.act(escalating.lease_escalate, ann, **said, code="boring")
    assert caught.value.extra["allowed"] == PRODUCT
    reasons: dict[str, Any] = {"project": project, "expected_version": 1, "reasons": (BLURRY,)}
    await world.act(expert_calls.escalation_reasons_set, **reasons)
    with refused("escalation_code_unknown"):
        await world.act(escalating.lease_escalate, ann, **said, code="ambiguous")
    told = await world.act(escalating.lease_escalate, ann, **said, code="blurry")
    assert told["status"] == "escalated"


async def test_asking_for_an_expert_on_gold_looks_like_asking_on_work(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0, "expert_seconds": 60})
    await world.items(project, "a")
    gold = ({"external_key": "g", "payload": {"task": "g"}, "truth": "cat"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann = await world.invite("ann")
    told = {}
    for _ in range(2):
        (lease,) = (await world.pull(ann, project))["leases"]
        about = {"lease": lease["id"], "reason": "odd", "note": None}
        with pytest.raises(Exception, match="escalation_code_unknown"):
            await world.act(escalating.lease_escalate, ann, **about, code="boring")
        said = await world.act(escalating.lease_escalate, ann, **about, code="bad_data")
        assert await world.act(escalating.lease_escalate, ann, **about, code="bad_data") == said
        told[lease["payload"]["task"]] = said
    assert set(told) == {"a", "g"}
    shapes = [
        {name: (type(value), name == "status" and value) for name, value in told[key].items()} for key in told
    ]
    assert shapes[0] == shapes[1]
    assert len(await world.facts("escalation.opened")) == 1, "gold has no expert to wait for"
    assert [fact.event.code for fact in await world.facts("lease.escalated")] == ["bad_data"] * 2
    reasons = [(await world.pull(ann, project))["reasons"][0]["code"]]
    assert reasons == ["no_tasks"], "neither comes back"


async def test_the_list_is_paged_by_state_and_only_for_who_reports(world: World) -> None:
    project = await world.project()
    await world.items(project, *(f"i{n}" for n in range(3)))
    ann = await world.invite("ann")
    for _ in range(3):
        await flag(world, ann, project, "other")
    await world.work(await world.invite("exp", "expert"), project, "cat")
    ids = [one["id"] for one in await listed(world, project)]
    page: dict[str, Any] = {"project": project, "state": None, "missed": None, "cursor": None, "limit": 2}
    first = await world.act(escalations.escalation_list, **page)
    rest = await world.act(escalations.escalation_list, **page | {"cursor": first["next_cursor"]})
    assert [one["id"] for one in first["data"] + rest["data"]] == ids and rest["next_cursor"] is None
    assert len(await listed(world, project, state="open")) == 2
    assert len(await listed(world, project, state="resolved")) == 1
    with refused("forbidden"):
        await world.act(escalations.escalation_list, ann, **page)
