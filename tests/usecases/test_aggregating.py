"""Aggregating: results by kind of answer, the majority beside them, and confidence that keeps its word."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.projects.calibration import CALIBRATION, Calibrate
from backend.events.ids import ProjectId, uuid8
from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.statistics.boxes import Options, score
from backend.usecases.projects import scoring
from backend.usecases.quality import calibrating
from backend.usecases.quality.agreement import project_agreement
from backend.usecases.training import training
from backend.usecases.work import Answer, Caller, Work
from tests.support.flow import flow, step
from tests.support.refused import refused
from tests.support.world import World


async def crowd(world: World, n: int, name: str = "p") -> list[Caller]:
    return [await world.invite(f"{name}{k}") for k in range(n)]


async def answered(world: World, project: UUID, people: list[Caller], *answers: Any) -> dict[str, Any]:
    """One item with one answer of each; its exported row after the decision."""
    await world.items(project, "a")
    for who, one in zip(people, answers, strict=True):
        await world.work(who, project, one)
    await world.decide()
    return (await world.export(project))["a"]


async def all_of(world: World, project: UUID, who: Caller, said: dict[str, Any]) -> None:
    """The person answers whatever is offered, by external key."""
    while leases := (await world.pull(who, project, most=20))["leases"]:
        for lease in leases:
            await world.submit(who, lease["id"], said[lease["payload"]["task"]])


async def scored_by(world: World, project: UUID, kind: str, **options: Any) -> None:
    said: dict[str, Any] = {"kind": kind, "options": options}
    await world.act(scoring.project_scoring_update, project=project, expected_version=1, **said)


def box(x: float, label: str = "cell") -> dict[str, Any]:
    return {"label": label, "box": [x, 0, x + 10, 10]}


async def test_boxes_come_to_what_most_drew_where_the_median_drew_it(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    await scored_by(world, project, "boxes", iou=0.5)
    said = ([box(0), box(50)], [box(1)], [box(2), box(90)])
    row = await answered(world, project, await crowd(world, 3), *said)
    assert row["answer"] == [{"label": "cell", "box": [1, 0, 11, 10]}]
    assert (row["top"], row["majority"], row["overruled"]) == ([row["answer"]], [row["answer"]], False)
    agreement = sum(score(one, row["answer"], Options()).value for one in said) / 3
    assert row["confidence"] == pytest.approx(agreement, abs=1e-6)
    assert "raw" not in row and "claimed_ppm" not in row
    assert set(row["unreviewed"]) == {"answer", "top"}


async def test_numbers_come_to_their_median_although_none_was_given_twice(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    await scored_by(world, project, "numbers", absolute=1.0)
    row = await answered(world, project, await crowd(world, 3), 10, 11, 40)
    assert row["answer"] == 11 and row["confidence"] == pytest.approx(2 / 3, abs=1e-6)


async def test_a_single_answer_is_the_result_whatever_its_kind(world: World) -> None:
    project = await world.project(plan={"overlap": 1})
    await scored_by(world, project, "text")
    row = await answered(world, project, await crowd(world, 1), "Hello,  world.")
    assert row["answer"] == "Hello,  world." and row["majority"] == ["Hello,  world."]


async def test_what_the_kind_cannot_read_is_counted_by_equality(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await scored_by(world, project, "numbers")
    row = await answered(world, project, await crowd(world, 2), "ten", "ten")
    assert row["answer"] == "ten" and row["confidence"] > 0.8


async def test_unsure_boxes_get_another_answer_and_at_the_most_an_expert(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "overlap_max": 3, "stop_at": 0.9})
    await scored_by(world, project, "boxes")
    await world.items(project, "a")
    people = await crowd(world, 3)
    for n, who in enumerate(people):
        await world.work(who, project, [box(100.0 * n)])
        await world.decide()
        escalated = await world.rows("SELECT reason FROM escalation WHERE tenant = $1")
        assert [row["reason"] for row in escalated] == (["low_confidence"] if n == 2 else [])


async def examined(world: World, project: UUID, people: list[Caller], golds: int) -> None:
    """The first of them answers so many gold items right, the others wrong."""
    (row,) = await world.rows("SELECT skill FROM project WHERE tenant = $1 AND project = $2", project)
    exam, gold = await world.exam(project, {f"g{n}": str(n % 2) for n in range(golds)}, row["skill"])
    for n, who in enumerate(people):
        said = [{"question": str(g), "answer": str((int(k[1:]) + (n > 0)) % 2)} for k, g in gold.items()]
        await world.act(training.course_attempt, who, course=exam, version=1, answers=tuple(said))
    await world.follow()


async def test_who_is_well_known_overrules_the_majority_and_the_export_says_so(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    people = await crowd(world, 3)
    await examined(world, project, people, 12)
    row = await answered(world, project, people, "1", "0", "0")
    assert (row["answer"], row["majority"], row["overruled"]) == ("1", ["0"], True)


async def test_who_is_hardly_known_does_not(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    people = await crowd(world, 3)
    await examined(world, project, people, 4)
    row = await answered(world, project, people, "1", "0", "0")
    assert (row["answer"], row["majority"], row["overruled"]) == ("0", ["0"], False)
    assert row["confidence"] < 0.5, "the evidence there is speaks against it"


async def softened(world: World, project: UUID, temperature_ppm: int) -> None:
    """As if a night had found this temperature on a hundred audited tasks."""

    async def usecase(work: Work) -> Answer:
        work.require("project:update")
        command = Calibrate(
            project=ProjectId(project), temperature_ppm=temperature_ppm, audited=100, basis_index=0
        )
        await work.load(CALIBRATION, [uuid8(project, "calibration")])
        work.decide(CALIBRATION, uuid8(project, "calibration"), command)
        return Answer({})

    await world.act(usecase)


async def test_confidence_is_softened_by_the_temperature_in_force(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    people = await crowd(world, 3)
    plain = await answered(world, project, people, "1", "1", "0")
    other = await world.project("softer", plan={"overlap": 3})
    await softened(world, other, 500_000)
    soft = await answered(world, other, people, "1", "1", "0")
    odds = plain["confidence"] / (1 - plain["confidence"])
    assert soft["answer"] == "1" and soft["confidence"] == pytest.approx(
        odds**0.5 / (1 + odds**0.5), abs=1e-5
    )


async def reviewed(world: World, project: UUID, count: int) -> None:
    """So many items with two equal answers each, all reviewed: of every third both are corrected."""
    people, rev = await crowd(world, 2), await world.invite("rev", "reviewer")
    names = [f"i{n}" for n in range(count)]
    await world.items(project, *names)
    for who in people:
        await all_of(world, project, who, dict.fromkeys(names, "1"))
    await world.decide()
    while reviews := (await world.review_pull(rev, project, most=20))["leases"]:
        for review in reviews:
            wrong = int(review["payload"]["task"][1:]) % 3 == 0
            await world.review(rev, review["id"], *(("correct", "0") if wrong else ("accept",)))
    await world.decide()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve audited tasks are enough, so that a test need not do a hundred."""
    for module in ("backend.usecases.quality.calibrating", "backend.domain.projects.calibration"):
        monkeypatch.setattr(f"{module}.AUDITED_MIN", 12)


async def test_at_night_over_confident_results_are_softened(world: World, few: None) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    await examined(world, project, [], 2)
    await reviewed(world, project, 15)
    waiting = [job for job in world.woken if job.kind == "confidence_calibrate"]
    assert {job.subject for job in waiting} == {str(project)}
    assert all(job.due_at.hour == calibrating.HOUR for job in waiting)
    told = await world.system(calibrating.confidence_calibrate, project=project)
    assert told["audited"] == 15 and 0.05 <= told["temperature"] < 1
    await world.system(calibrating.confidence_calibrate, project=project)
    (fact,) = await world.facts("confidence.calibrated")
    assert fact.event.audited == 15 and fact.event.temperature_ppm == round(told["temperature"] * 1e6)
    body = await world.act(project_agreement, project=project)
    assert body["confidence"]["temperature"] == told["temperature"]
    assert (body["confidence"]["audited"], body["confidence"]["result_right"]) == (15, pytest.approx(10 / 15))


async def test_too_few_audited_tasks_change_nothing(world: World) -> None:
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0})
    await reviewed(world, project, 3)
    told = await world.system(calibrating.confidence_calibrate, project=project)
    assert told["temperature"] is None and await world.facts("confidence.calibrated") == []


async def test_nobody_but_the_system_and_managers_calibrates_or_reads_agreement(world: World) -> None:
    project = await world.project()
    (ann,) = await crowd(world, 1)
    for usecase in (calibrating.confidence_calibrate, project_agreement):
        with refused("forbidden"):
            await world.act(usecase, ann, project=project)


async def test_the_agreement_of_classes_names_labels_pairs_and_spread(world: World) -> None:
    project = await world.project(plan={"overlap": 3})
    people = await crowd(world, 3)
    await world.items(project, *(f"i{n}" for n in range(4)))
    # Each row is an item: three agree twice, two do twice.
    said = {"i0": "111", "i1": "000", "i2": "110", "i3": "001"}
    for n, who in enumerate(people):
        await all_of(world, project, who, {name: each[n] for name, each in said.items()})
    body = await world.act(project_agreement, project=project)
    assert (body["items"], body["answers"], body["annotators"], body["answers_left_out"]) == (4, 12, 3, 0)
    assert body["annotators_per_item"] == {"least": 3, "mean": 3.0, "most": 3}
    # 16 of 24 ordered pairs are equal; of 12 answers 6 are each: alpha = 1 - 11 * (8 / 2) / 72.
    assert body["pairwise"] == pytest.approx(2 / 3) and body["alpha"] == pytest.approx(1 - 44 / 72)
    assert body["fleiss"]["kappa"] == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert {one["label"]: one["agreement"] for one in body["classes"]} == {
        "0": pytest.approx(2 / 3),
        "1": pytest.approx(2 / 3),
    }
    first, second = (UUID(str(one.subject.id)) for one in people[:2])
    both = [pair for pair in body["pairs"] if set(pair["annotators"]) == {first, second}]
    assert [(pair["kappa"], pair["items"]) for pair in both] == [(1.0, 4)]
    assert body["model"]["agrees_with_majority"] == 1.0 and body["dimensions"] == []


async def test_the_agreement_of_boxes_is_by_overlap_and_per_label(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await scored_by(world, project, "boxes")
    await world.items(project, "a", "b")
    said = {"a": [[box(0)], [box(0)]], "b": [[box(5)], [box(10)]]}
    for n, who in enumerate(await crowd(world, 2)):
        await all_of(world, project, who, {name: each[n] for name, each in said.items()})
    body = await world.act(project_agreement, project=project)
    # IoU 1 and 50 / 150.
    assert body["measure"] == "overlap" and body["pairwise"] == pytest.approx(2 / 3)
    assert body["dimensions"] == [{"name": "cell", "agreement": pytest.approx(2 / 3), "answers": 4}]
    assert body["model"] is None and -1 <= body["alpha"] < 1


async def unsure_step(world: World, *then: Any) -> list[str]:
    """Two people disagree in the first step, which takes two answers at the most; the reasons of escalations."""
    steps = (step("boxes", "annotate", *then), step("check", "custom", slots=1))
    project = await flow(world, *steps, overlap=2, overlap_max=2, stop_at=0.9)
    for who, said in zip(await crowd(world, 2), ("1", "0"), strict=True):
        await world.work(who, project, said)
    await world.decide()
    rows = await world.rows("SELECT reason FROM escalation WHERE tenant = $1")
    return [row["reason"] for row in rows]


async def test_a_step_that_stays_unsure_waits_for_an_expert_who_sends_the_item_on(world: World) -> None:
    assert await unsure_step(world, "check") == ["low_confidence"]
    open_steps = "SELECT step FROM task WHERE tenant = $1 AND state = 'open' ORDER BY step"
    assert [row["step"] for row in await world.rows(open_steps)] == ["boxes", "expert"]
    exp = await world.invite("exp", "expert")
    (lease,) = (await world.pull(exp))["leases"]
    await world.submit(exp, lease["id"], "1")
    await world.decide()
    assert "check" in [row["step"] for row in await world.rows(open_steps)]


async def test_a_step_whose_arrows_look_at_confidence_says_itself_what_becomes_of_it(world: World) -> None:
    doubtful = {"to": "check", "all": [{"field": "confidence", "op": "lt", "value": 0.9}]}
    assert await unsure_step(world, doubtful) == []


async def test_a_rebuild_gives_the_same_calibration(world: World) -> None:
    project = await world.project()
    await softened(world, project, 700_000)
    await softened(world, project, 800_000)
    await world.follow()
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    try:
        told = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    finally:
        await sequencer.close()
    assert told["differences"] == [] and told["projections"]["calibration"]["rows"] == 1
