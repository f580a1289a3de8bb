"""Answers are compared as their project says: gold in work, exams, corrections, and the review steps of workflows."""

import hashlib
import hmac
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.insight import reports
from backend.usecases.projects import guidelines, intake, projects, scoring, targets
from backend.usecases.work import Caller
from tests.support.flow import answer, flow, judge, step
from tests.support.refused import refused
from tests.support.school import attempt, examine
from tests.support.world import World

PPM = 1_000_000
BOX = {"label": "cat", "box": [10, 10, 50, 50]}
NEAR = {"label": "cat", "box": [12, 10, 52, 50]}
FAR = {"label": "cat", "box": [200, 200, 240, 240]}
FIELDS = {
    "fields": {
        "species": {"kind": "exact", "weight": 3},
        "count": {"kind": "numbers", "options": {"absolute": 1}},
        "note": {"kind": "text", "required": False},
    }
}
TRUTH = {"species": "wren", "count": 4, "note": "two of them are young"}


async def scored_by(world: World, project: UUID, kind: str, **options: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"project": project, "kind": kind, "options": options}
    (row,) = await world.rows(
        "SELECT scoring_version AS n FROM project WHERE tenant = $1 AND project = $2", project
    )
    return await world.act(scoring.project_scoring_update, expected_version=row["n"] + 1, **asked)


async def meets_gold(world: World, project: UUID, truth: Any, said: Any, name: str) -> Any:
    """Somebody new answers a gold item with this truth; the fact of its score."""
    gold = ({"external_key": name, "payload": {}, "truth": truth},)
    (made,) = (await world.act(intake.gold_add, project=project, gold=gold, exam_only=False))["gold"]
    ann = await world.invite(f"{name}-ann")
    for _ in range(9):
        await world.work(ann, project, said)
        found = [one.event for one in await world.facts("lease.gold_scored")]
        if mine := [one for one in found if (one.annotator, one.gold) == (ann.subject.id, made["id"])]:
            return mine[0]
    raise AssertionError("expected this gold among nine leases, found others")


KINDS = [
    ("exact", {}, "cat", "cat", PPM, True),
    ("labels", {"threshold": 0.6}, ["a", "b"], ["b"], 666_667, True),
    ("boxes", {}, [BOX], [NEAR], PPM, True),
    ("boxes", {"target": "mean_iou", "threshold": 0.9}, [BOX], [NEAR], 904_762, True),
    ("boxes", {}, [BOX], [FAR], 0, False),
    ("boxes", {}, [BOX, FAR], [NEAR], 666_667, False),
    ("numbers", {"absolute": 0.5}, 40, 40.4, PPM, True),
    ("numbers", {"relative": 0.01}, 40, 41, 0, False),
    ("text", {}, "the cat sat on the mat", "The cat sat on a mat.", 833_333, False),
    ("ranking", {}, ["a", "b", "c", "d"], ["b", "a", "c", "d"], 833_333, True),
    ("fields", FIELDS, TRUTH, TRUTH | {"count": 5, "note": "two of them are old"}, 960_000, True),
    ("fields", FIELDS, TRUTH, TRUTH | {"species": "robin"}, 400_000, False),
]


@pytest.mark.parametrize(("kind", "options", "truth", "said", "score_ppm", "passed"), KINDS)
async def test_gold_in_work_is_scored_as_its_project_says(
    world: World, kind: str, options: dict[str, Any], truth: Any, said: Any, score_ppm: int, passed: bool
) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, *(f"i{n}" for n in range(9)))
    await scored_by(world, project, kind, **options)
    fact = await meets_gold(world, project, truth, said, "gold")
    assert (fact.score_ppm, fact.correct, fact.plan_version) == (score_ppm, passed, 1)


async def test_nothing_said_is_equality_and_a_truth_of_another_shape_is_met_by_it(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    await world.items(project, *(f"i{n}" for n in range(30)))
    plain = await meets_gold(world, project, [BOX], [NEAR], "plain")
    assert (plain.score_ppm, plain.correct) == (0, False)
    await scored_by(world, project, "boxes")
    other = await meets_gold(world, project, "none of it", "none of it", "other")
    assert (other.score_ppm, other.correct) == (PPM, True)


async def test_what_a_step_says_goes_before_what_the_project_says(world: World) -> None:
    how = {"kind": "boxes", "options": {"target": "mean_iou", "threshold": 0.95}}
    project = await flow(world, step("label", scoring=how), gold_share=1.0)
    await world.items(project, *(f"i{n}" for n in range(9)))
    await scored_by(world, project, "boxes")
    fact = await meets_gold(world, project, [BOX], [NEAR], "gold")
    assert (fact.score_ppm, fact.correct) == (904_762, False)


async def test_an_exam_is_graded_as_the_work_of_its_gold_is(world: World) -> None:
    project = await world.project()
    await scored_by(world, project, "numbers", absolute=1)
    exam = await examine(world, project, {"near": 40, "off": 60})
    said = {40: 41, 60: 65}
    answers = tuple({"question": gold, "answer": said[truth]} for gold, truth in exam["gold"].items())
    await attempt(world, await world.invite("ann"), exam["id"], answers)
    told = [one.event.correct for one in await world.facts("course.gold_answered")]
    assert sorted(told) == [False, True]


async def corrected(world: World, said: Any, correction: Any, *verdict: Any, **more: Any) -> Any:
    """The fact of the verdict on an answer in a project that reviews boxes."""
    project = await world.project(plan={"review_rate": 1.0})
    await scored_by(world, project, "boxes", target="mean_iou", threshold=0.8)
    await world.items(project, "a")
    await world.work(await world.invite("ann"), project, said)
    rev = await world.invite("rev", "reviewer")
    (lease,) = (await world.review_pull(rev, project))["leases"]
    await world.review(rev, lease["id"], *(verdict or ("correct", correction)), **more)
    (fact,) = await world.facts("review.verdict_given")
    return fact.event


async def test_a_box_that_a_reviewer_moves_by_two_pixels_is_no_wrong_answer(world: World) -> None:
    fact = await corrected(world, [NEAR], [BOX])
    assert (fact.verdict, fact.score_ppm, fact.passed, fact.plan_version) == ("correct", 904_762, True, 1)


async def test_a_box_that_a_reviewer_moves_elsewhere_is_one(world: World) -> None:
    fact = await corrected(world, [FAR], [BOX])
    assert (fact.score_ppm, fact.passed) == (0, False)


@pytest.mark.parametrize(("verdict", "worth"), [("accept", (PPM, True)), ("reject", (0, False))])
async def test_what_is_accepted_is_right_and_what_is_rejected_wrong(
    world: World, verdict: str, worth: tuple[int, bool]
) -> None:
    fact = await corrected(world, [NEAR], None, verdict, None)
    assert (fact.score_ppm, fact.passed) == worth


async def test_settings_are_of_their_version_and_name_what_they_know(world: World) -> None:
    project = await world.project()
    shown = await world.act(scoring.project_scoring_get, project=project)
    assert (shown["version"], shown["kind"], shown["said_by"]) == (1, "exact", "product")
    told = await scored_by(world, project, "boxes", iou=0.75)
    assert (told["version"], told["options"]["iou"], told["options"]["threshold"]) == (2, 0.75, 0.8)
    again: dict[str, Any] = {"project": project, "kind": "exact", "options": {}}
    with refused("scoring_changed", "stale"):
        await world.act(scoring.project_scoring_update, expected_version=1, **again)
    with refused("scoring_invalid", "invalid") as caught:
        await scored_by(world, project, "guess")
    assert "boxes" in caught.value.extra["kinds"]
    with refused("not_found"):
        await world.act(scoring.project_scoring_get, project=world.tenant)


# --- workflows


async def reviewed_step(
    world: World, *verdict: Any, share: float = 1.0, slots: int = 1, **arrow: Any
) -> UUID:
    """An item labelled (once by each of `slots` people) and, if it comes to that, judged in the step after it."""
    project = await flow(
        world,
        step("label", "annotate", {"to": "check", "share": share, **arrow}, slots=slots),
        step("check", "review", shows=["label"]),
    )
    await scored_by(world, project, "boxes", target="mean_iou", threshold=0.8)
    for n in range(slots):
        await answer(world, await world.invite(f"p{n}"), project, [NEAR])
    rev = await world.invite("rev", "reviewer")
    if share == 1:
        await judge(world, rev, project, *verdict)
    return project


async def test_the_verdict_of_a_review_step_is_evidence_about_who_answered(world: World) -> None:
    project = await reviewed_step(world, "correct", [BOX])
    (drawn,) = await world.facts("review.drawn")
    (fact,) = await world.facts("review.verdict_given")
    assert (drawn.event.sampled, drawn.event.rate_ppm) == (True, PPM)
    assert (fact.event.author, fact.event.lease) == (drawn.event.author, drawn.event.lease)
    assert (fact.event.score_ppm, fact.event.passed, fact.event.rate_ppm) == (904_762, True, PPM)
    await world.follow()
    (row,) = await world.rows("SELECT source, correct, total FROM proficiency WHERE tenant = $1")
    assert (row["source"], row["total"]) == ("review", 1)
    shown = await world.export(project)
    assert shown["a"]["answer"] == [BOX], "what becomes of the item its arrows say, as before"
    (task,) = await world.rows("SELECT task FROM task WHERE tenant = $1 AND stage = 'annotate'")
    history = await world.act(reports.task_history, task=task["task"])
    assert {"review.drawn", "review.verdict_given"} <= {one["type"] for one in history["events"]}


async def test_a_rejection_in_a_workflow_takes_nothing_from_what_its_steps_show(world: World) -> None:
    project = await reviewed_step(world, "reject", None)
    (fact,) = await world.facts("review.verdict_given")
    assert not fact.event.passed
    assert [one["rejected"] for one in (await world.export(project))["a"]["answers"]] == [False]


@pytest.mark.parametrize(
    "how",
    [
        {"slots": 2},
        {"all": [{"field": "agreement", "op": "ge", "value": 0}]},
        {"otherwise": True},
    ],
)
async def test_where_nobody_knows_how_likely_the_review_was_its_verdict_is_no_evidence(
    world: World, how: dict[str, Any]
) -> None:
    await reviewed_step(world, "accept", None, **how)
    assert await world.facts("review.drawn") == await world.facts("review.verdict_given") == []


async def test_the_sample_of_a_review_step_is_drawn_so_that_anybody_can_check_it(world: World) -> None:
    project = await flow(
        world,
        step("label", "annotate", {"to": "check", "share": 0.5}),
        step("check", "review", shows=["label"]),
    )
    await world.items(project, *(f"i{n}" for n in range(15)))
    ann = await world.invite("ann")
    for _ in range(16):
        await answer(world, ann, project, "1")
    drawn = [one.event for one in await world.facts("review.drawn")]
    key = world.perform.vault.draw_key(world.tenant, project, 1)  # type: ignore[arg-type]
    for one in drawn:
        digest = hmac.digest(key, one.lease.bytes, hashlib.sha256)[:8]
        assert (one.rate_ppm, one.draw) == (PPM // 2, digest.hex())
        assert one.sampled == (int.from_bytes(digest, "big") * PPM < one.rate_ppm << 64)
    tasks = await world.rows("SELECT item FROM task WHERE tenant = $1 AND stage = 'review'")
    assert len(drawn) == 16 and {one["item"] for one in tasks} == {one.item for one in drawn if one.sampled}


# --- targets


async def ask(world: World, project: UUID, *asked: dict[str, Any]) -> dict[str, Any]:
    (row,) = await world.rows(
        "SELECT targets_version AS n FROM project WHERE tenant = $1 AND project = $2", project
    )
    told = {"project": project, "expected_version": row["n"] + 1, "targets": asked}
    return await world.act(targets.project_targets_update, **told)


async def review_all(world: World, project: UUID, rev: Caller, *verdicts: tuple[str, Any]) -> None:
    for verdict in verdicts:
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], *verdict)


async def test_targets_are_told_with_estimate_interval_and_outcome(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    await world.items(project, *(f"i{n}" for n in range(10)))
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    for n in range(10):
        await world.work(ann, project, "cat" if n < 6 else "dog")
    said: dict[str, list[Any]] = {
        "cat": [("accept", None)] * 5 + [("correct", "dog")],
        "dog": [("accept", None)] * 3 + [("reject", None)],
    }
    for _ in range(10):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], *said[lease["answer"]].pop())
    await ask(
        world,
        project,
        {"measure": "accuracy", "least": 0.3},
        {"measure": "precision", "class": "cat", "least": 0.99},
        {"measure": "recall", "least": 0.9},
    )
    await world.follow()
    told = (await world.act(reports.project_quality, project=project))["targets"]
    by = {(one["measure"], one["class"]): one for one in told}
    assert set(by) == {("accuracy", None), ("precision", "cat"), ("recall", "cat"), ("recall", "dog")}
    whole = by["accuracy", None]
    # 8 of 10: Wilson's 95 % interval is .490..0.943.
    assert (whole["value"], whole["n"], whole["n_effective"], whole["outcome"]) == (0.8, 10, 10.0, "met")
    assert (round(whole["low"], 3), round(whole["high"], 3)) == (0.490, 0.943)
    cat = by["precision", "cat"]
    assert (round(cat["value"], 6), cat["n"], cat["outcome"]) == (0.833333, 6, "not_met")
    # Of the dogs that are known as such 3 were called so, and 1 was called a cat.
    assert (by["recall", "dog"]["value"], by["recall", "dog"]["n"]) == (0.75, 4)


async def test_a_review_stands_for_as_many_answers_as_its_rate_says_and_gold_for_itself(world: World) -> None:
    project = await world.project(plan={"gold_share": 0.0, "review_rate": 1.0})
    await world.items(project, *(f"i{n}" for n in range(200)))
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.work(ann, project, "cat")
    await review_all(world, project, rev, ("reject", None))
    change = {"review_rate": 0.25, "review_mode": "fixed"}
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan=change)
    for _ in range(40):
        await world.work(ann, project, "cat")
    sampled = sum(one.event.sampled for one in await world.facts("review.drawn")) - 1
    assert sampled, "of 40 drawn at 1 in 4 none is one in 100,000 runs"
    await review_all(world, project, rev, *[("accept", None)] * sampled)
    await ask(world, project, {"measure": "accuracy", "least": 0.9})
    await world.follow()
    (told,) = (await world.act(reports.project_quality, project=project))["targets"]
    rates = [one.event.rate_ppm / PPM for one in await world.facts("review.verdict_given")]
    weights = [1 / rate for rate in rates]
    assert told["value"] == pytest.approx(1 - weights[0] / sum(weights), abs=1e-6)
    assert told["n"] == sampled + 1
    assert told["n_effective"] == pytest.approx(sum(weights) ** 2 / sum(w * w for w in weights), abs=1e-5)


async def test_a_target_of_what_is_no_class_is_refused_and_labels_are_no_readable_facts(world: World) -> None:
    project = await world.project()
    with refused("quality_target_invalid", "invalid"):
        await ask(world, project, {"measure": "recall", "class": [1], "least": 0.9})
    with refused("quality_target_invalid", "invalid"):
        await ask(world, project, {"measure": "accuracy", "class": "cat", "least": 0.9})
    told = await ask(world, project, {"measure": "recall", "class": "a cat of ours", "least": 0.9})
    assert told["targets"] == [
        {"measure": "recall", "class": "a cat of ours", "least": 0.9, "confidence": 0.95}
    ]
    (fact,) = await world.facts("targets.set")
    assert "cat" not in fact.event.targets
    with refused("quality_targets_changed", "stale"):
        await world.act(targets.project_targets_update, project=project, expected_version=1, targets=())
    assert (await ask(world, project))["targets"] == []


async def test_without_targets_quality_tells_none(world: World) -> None:
    project = await world.project()
    await world.act(guidelines.guideline_publish, project=project, text="Look.")
    assert (await world.act(reports.project_quality, project=project))["targets"] == []
