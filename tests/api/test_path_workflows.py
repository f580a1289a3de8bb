"""Workflows over HTTP: published, read, followed by an item; what is wrong is refused and changes nothing."""

from typing import Any

from tests.api.people import At, events, key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

REJECT = {"field": "answer.verdict", "op": "eq", "value": "reject"}
LABEL = {"name": "label", "stage": "annotate", "slots": 1, "then": [{"to": "check"}]}
CHECK = {
    "name": "check",
    "stage": "review",
    "shows": ["label"],
    "then": [{"to": "label", "all": [REJECT], "loops_max": 2, "to_author": True}],
}
TWO = {"first": ["label"], "steps": [LABEL, CHECK]}


async def published(admin: Speaker, at: At, workflow: dict[str, Any], version: int = 0) -> dict[str, Any]:
    return dict(await admin.do("workflow_publish", workflow, if_match=f'"{version + 1}"', **at))


async def test_an_item_follows_the_workflow_that_was_published(admin: Speaker, world: World) -> None:
    at = await project(admin)
    boss = await key(admin, "manager")
    before = await boss.do("workflow_get", **at)
    assert (before["version"], before["steps"]) == (0, [])
    made = await published(boss, at, TWO)
    assert made["version"] == 1 and made["steps"][1]["then"][0]["to_author"] is True
    assert await boss.do("workflow_get", query={"version": 1}, **at) == made
    await admin.do("item_import", {"items": [{"external_key": "a", "payload": 1}]}, **at)

    ann, _ = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    (review,) = (await rev.do("review_pull", at))["leases"]
    assert (review["stage"], review["answer"]) == ("review", "1")
    verdict = {"verdict": "correct", "correction": "0", "note": "a gull"}
    assert (await rev.do("review_submit", verdict, lease=review["id"]))["review"] is None
    await world.decide()
    (row,) = (await admin.do("project_export", **at))["data"]
    assert (row["answer"], row["decided_by"]) == ("0", "review")

    await published(boss, at, {"first": ["label"], "steps": [LABEL | {"then": []}]}, 1)
    listed = await boss.do("workflow_list", **at)
    assert [(one["version"], one["steps"], one["open_tasks"]) for one in listed["data"]] == [
        (2, 1, 0),
        (1, 2, 0),
    ]


async def test_a_workflow_that_cannot_be_is_refused_and_nothing_changes(admin: Speaker, world: World) -> None:
    at = await project(admin)
    count = await events(world)
    endless = {"first": ["label"], "steps": [LABEL, CHECK | {"then": [{"to": "label"}]}]}
    told = await admin.refused(422, "workflow_cyclic", "workflow_publish", endless, if_match='"1"', **at)
    assert told["cycle"] == ["label", "check", "label"] and told["action"] == "fix and resend"
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("step_unknown", {"first": ["other"]}),
        ("workflow_unreachable", {"steps": [LABEL | {"then": []}, CHECK]}),
        ("workflow_invalid", {"steps": [LABEL | {"shows": ["label"]}, CHECK]}),
        ("arrow_condition_invalid", {"steps": [LABEL, CHECK | {"then": [{"to": "label", "all": [
            {"field": "mood", "op": "eq", "value": 1}], "loops_max": 1}]}]}),
        ("answer_schema_invalid", {"steps": [LABEL | {"answer_schema": {"type": 1}}, CHECK]}),
        ("body_invalid", {"steps": [LABEL | {"slots": 51}, CHECK]}),
    ]  # fmt: skip
    for code, change in wrong:
        await admin.refused(422, code, "workflow_publish", TWO | change, if_match='"1"', **at)
    await admin.refused(412, "workflow_changed", "workflow_publish", TWO, if_match='"7"', **at)
    await admin.refused(404, "not_found", "workflow_get", query={"version": 1}, **at)
    assert await events(world) == count
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "workflow_publish", TWO, if_match='"1"', **at)
