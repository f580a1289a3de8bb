"""Over HTTP: a project says how boxes are compared and what it asks; gold, corrections, regions are judged so."""

from typing import Any

import pytest

from tests.api.people import At, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

BOX = {"label": "cat", "box": [10, 10, 50, 50]}
NEAR = {"label": "cat", "box": [12, 10, 52, 50]}
FAR = {"label": "dog", "box": [200, 200, 240, 240]}
MEAN = {"kind": "boxes", "options": {"target": "mean_iou", "threshold": 0.8}}


async def boxes(admin: Speaker, *items: str, **plan: Any) -> At:
    """A project whose answers are boxes."""
    at = await project(admin, *items, plan=plan)
    await admin.do("project_scoring_update", MEAN, if_match='"1"', **at)
    return at


async def history(world: World, admin: Speaker, kind: str) -> list[dict[str, Any]]:
    """What the history of the annotated task tells of events of a kind."""
    (row,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND stage = 'annotate'")
    told = await admin.do("task_history", task=str(row["task"]))
    return [one["data"] for one in told["events"] if one["type"] == kind]


async def test_how_boxes_are_compared_is_said_read_and_changed_as_it_was_read(admin: Speaker) -> None:
    at = await project(admin)
    shown = await admin.send("project_scoring_get", **at)
    assert shown.headers["etag"] == '"1"' and shown.json()["said_by"] == "product"
    told = await admin.do("project_scoring_update", MEAN, if_match='"1"', **at)
    assert (told["kind"], told["version"], told["said_by"]) == ("boxes", 2, "project")
    assert told["options"] == {"iou": 0.5, "target": "mean_iou", "threshold": 0.8, "same_class": False}
    assert await admin.do("project_scoring_get", **at) == told
    await admin.refused(412, "scoring_changed", "project_scoring_update", MEAN, if_match='"1"', **at)
    whole = {"kind": told["kind"], "options": told["options"]}
    same = await admin.do("project_scoring_update", whole, if_match='"2"', **at)
    assert same["version"] == 2, "what was read says the same again"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"kind": "guess"}, "boxes, exact, fields, keypoints"),
        ({"kind": "boxes", "options": {"iuo": 0.5}}, "iou, target, threshold, same_class"),
        ({"kind": "boxes", "options": {"iou": 7}}, "iou, target, threshold, same_class"),
        ({"kind": "fields", "options": {"fields": {"a": {"kind": "guess"}}}}, "fields"),
    ],
)
async def test_what_cannot_compare_is_refused_with_what_there_is(
    admin: Speaker, body: dict[str, Any], named: str
) -> None:
    at = await project(admin)
    told = await admin.refused(422, "scoring_invalid", "project_scoring_update", body, if_match='"1"', **at)
    assert named in told["expected"]
    assert (await admin.do("project_scoring_get", **at))["version"] == 1


async def test_a_workflow_says_it_per_step_and_is_refused_where_it_is_wrong(admin: Speaker) -> None:
    at = await project(admin)
    steps = [{"name": "label", "stage": "annotate", "scoring": {"kind": "boxes", "options": {"iou": 7}}}]
    body = {"first": ["label"], "steps": steps}
    told = await admin.refused(422, "scoring_invalid", "workflow_publish", body, if_match='"1"', **at)
    assert told["at"] == "label.scoring"
    steps[0]["scoring"] = MEAN
    await admin.do("workflow_publish", body, if_match='"1"', **at)


async def test_boxes_of_gold_are_scored_by_how_they_overlap(world: World, admin: Speaker) -> None:
    at = await boxes(admin, *"abcdefgh", gold_share=1.0)
    gold = [{"external_key": f"g{n}", "payload": {}, "truth": [BOX]} for n in range(2)]
    await admin.do("gold_add", {"gold": gold}, **at)
    ann, _ = await person(admin, "ann")
    told: list[Any] = []
    for _ in range(8):
        lease = await pull(ann, at)
        await ann.do("lease_submit", {"answer": [FAR] if told else [NEAR]}, lease=lease["id"])
        told = [one.event for one in await world.facts("lease.gold_scored")]
        if len(told) == 2:
            break
    assert [(one.score_ppm, one.correct) for one in told] == [(904_762, True), (0, False)]


async def test_a_correction_and_its_regions_are_read_by_a_manager_in_the_history(
    world: World, admin: Speaker
) -> None:
    at = await boxes(admin, "a", review_rate=1.0)
    (ann, _), (rev, who) = await person(admin, "ann"), await person(admin, "rev", "reviewer")
    lease = await pull(ann, at)
    await ann.do("lease_submit", {"answer": [NEAR, FAR]}, lease=lease["id"])
    (review,) = (await rev.do("review_pull", at))["leases"]
    moved = {"verdict": "correct", "correction": [BOX, FAR], "note": "two pixels"}
    regions = [
        {"at": "/0/box", "verdict": "correct", "code": "too_far_right"},
        {"at": "/1", "verdict": "accept"},
    ]
    for wrong, code in (
        ([{"at": "/2", "verdict": "reject"}], "region_unknown"),
        ([{"at": "/0/size", "verdict": "reject"}], "region_unknown"),
        ([{"at": "0", "verdict": "reject"}], "region_invalid"),
        ([*regions, regions[0]], "region_invalid"),
    ):
        body = moved | {"regions": wrong}
        told = await rev.refused(422, code, "review_submit", body, lease=review["id"])
        assert told["at"] == wrong[-1]["at"]
    many = moved | {"regions": [{"at": f"/{n}", "verdict": "reject"} for n in range(501)]}
    await rev.refused(422, "body_invalid", "review_submit", many, lease=review["id"])
    given = await rev.do("review_submit", moved | {"regions": regions}, lease=review["id"])
    assert await rev.do("review_submit", moved | {"regions": regions}, lease=review["id"]) == given
    (told,) = await history(world, admin, "review.verdict_given")
    assert told["regions"] == [regions[0], regions[1] | {"code": ""}]
    assert (told["score_ppm"], told["passed"], told["reviewer"]) == (952_381, True, who)
    assert "two pixels" not in str(told) and "correction" not in told, "ciphertext stays where it is"


async def test_regions_of_a_review_step_are_judged_too(world: World, admin: Speaker) -> None:
    at = await project(admin)
    steps = [
        {"name": "label", "stage": "annotate", "then": [{"to": "check"}], "scoring": MEAN},
        {"name": "check", "stage": "review", "shows": ["label"]},
    ]
    await admin.do("workflow_publish", {"first": ["label"], "steps": steps}, if_match='"1"', **at)
    await admin.do("item_import", {"items": [{"external_key": "a", "payload": {}}]}, **at)
    (ann, _), (rev, _) = await person(admin, "ann"), await person(admin, "rev", "reviewer")
    await ann.do("lease_submit", {"answer": [NEAR]}, lease=(await pull(ann, at))["id"])
    await world.decide()
    (review,) = (await rev.do("review_pull", at))["leases"]
    body = {"verdict": "correct", "correction": [BOX], "regions": [{"at": "/1", "verdict": "correct"}]}
    await rev.refused(422, "region_unknown", "review_submit", body, lease=review["id"])
    body["regions"] = [{"at": "/0", "verdict": "correct", "code": "moved"}]
    await rev.do("review_submit", body, lease=review["id"])
    (told,) = await history(world, admin, "review.verdict_given")
    assert told["regions"] == [{"at": "/0", "verdict": "correct", "code": "moved"}]
    assert (told["score_ppm"], told["passed"]) == (904_762, True)


async def test_what_is_asked_of_the_answers_is_told_beside_what_they_reach(
    world: World, admin: Speaker
) -> None:
    at = await boxes(admin, *"abcd", review_rate=1.0)
    asked = {"targets": [{"measure": "accuracy", "least": 0.99}]}
    shown = await admin.send("project_targets_get", **at)
    assert (shown.headers["etag"], shown.json()["targets"]) == ('"1"', [])
    told = await admin.do("project_targets_update", asked, if_match='"1"', **at)
    assert told["targets"] == [{"measure": "accuracy", "class": None, "least": 0.99, "confidence": 0.95}]
    assert await admin.do("project_targets_get", **at) == told
    wrong = {"targets": [{"measure": "accuracy", "least": 0.9, "class": "cat"}]}
    update = "project_targets_update"
    await admin.refused(422, "quality_target_invalid", update, wrong, if_match='"2"', **at)
    await admin.refused(412, "quality_targets_changed", update, asked, if_match='"1"', **at)
    before = (await admin.do("project_quality", **at))["targets"]
    assert [(one["value"], one["n"], one["outcome"]) for one in before] == [(None, 0, "unclear")]
    (ann, _), (rev, _) = await person(admin, "ann"), await person(admin, "rev", "reviewer")
    for _ in "abcd":
        await ann.do("lease_submit", {"answer": [NEAR]}, lease=(await pull(ann, at))["id"])
    for correction in (BOX, FAR, FAR, FAR):
        (review,) = (await rev.do("review_pull", at))["leases"]
        await rev.do("review_submit", {"verdict": "correct", "correction": [correction]}, lease=review["id"])
    await world.follow()
    (after,) = (await admin.do("project_quality", **at))["targets"]
    assert (after["value"], after["n"], after["outcome"]) == (0.25, 4, "not_met"), (
        "a box moved by two pixels is right all the same"
    )


async def test_only_who_may_change_a_project_says_how_it_is_judged(admin: Speaker) -> None:
    at = await project(admin)
    ann, _ = await person(admin, "ann")
    for operation, body in (
        ("project_scoring_update", MEAN),
        ("project_targets_update", {"targets": []}),
    ):
        await ann.refused(403, "forbidden", operation, body, if_match='"1"', **at)
