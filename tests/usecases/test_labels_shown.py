"""Reviewers and experts see an item's other labels where a project wants it; gold among their work looks the same."""

from typing import Any
from uuid import UUID

import pytest

from backend.usecases.gold import stock
from backend.usecases.review import planting, reviews
from backend.usecases.tasks import handing, holding, queue
from backend.usecases.work import Answer, Caller, Work
from tests.support.foretold import bring, register, routed
from tests.support.labelled import answered, gold, predict, stocked
from tests.support.refused import refused
from tests.support.world import World

PPM = 1_000_000
OWN = {"id", "task", "item", "payload", "answer", "claimed_at", "expires_at", "hard_until", "limits"}


def plant(monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    monkeypatch.setattr(planting, "SHARE_PPM", share)


async def reviewed(world: World, who: Caller, project: UUID) -> dict[str, Any] | None:
    leases = (await world.review_pull(who, project))["leases"]
    if not leases:
        return None
    await world.review(who, leases[0]["id"], "accept")
    return dict(leases[0])


def shape(lease: dict[str, Any]) -> tuple[Any, ...]:
    """All that can be seen of a lease but what is its own: fields, their order, and those of each label."""
    alike = {name: lease[name] for name in lease if name not in OWN | {"shown"}}
    return tuple(lease), tuple(sorted(map(repr, alike.items()))), tuple(tuple(one) for one in lease["shown"])


async def test_planted_and_real_reviews_show_labels_of_the_same_shape(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, 0)
    project, _ = await stocked(world, ("a", "1"), ("b", "1"), ("c", "1"), people=("1", "1", "1"))
    rev = await world.invite("rev", "reviewer")
    planted, real = [], []
    for share, found in ((PPM, planted), (0, real), (PPM, planted), (0, real)):
        plant(monkeypatch, share)
        one = await reviewed(world, rev, project)
        assert one is not None
        found.append(one)
    assert all(one["payload"]["task"].startswith("g") for one in planted)
    assert not any(one["payload"]["task"].startswith("g") for one in real)
    shapes = {shape(one) for one in (*planted, *real)}
    assert len(shapes) == 1, shapes
    assert [len(one["shown"]) for one in (*planted, *real)] == [2, 2, 2, 2], (
        "another person's label, and the model's"
    )
    assert all(one.keys() == {"step", "answer", "verdict", "note"} for one in planted[0]["shown"])
    facts = [fact.event for fact in await world.facts("labels.shown")]
    assert [(len(e.answers), len(e.predictions)) for e in facts] == [(1, 1)] * 4
    assert [fact.event.labels_shown for fact in await world.facts("review.planted_scored")] == [2, 2]
    assert [fact.event.labels_shown for fact in await world.facts("review.verdict_given")] == [2, 2]


async def test_where_the_model_differs_only_gold_where_it_differs_is_planted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, 0)
    project, model = await stocked(world, ("a", "0"), ("b", "0"), golden=("g0", "g1"), predicted=1)
    plant(monkeypatch, PPM)
    rev = await world.invite("rev", "reviewer")
    one = await reviewed(world, rev, project)
    assert one is not None and one["payload"]["task"] in ("a", "b"), "in all of the gold the model agrees"
    items = await world.rows(
        "SELECT g.item FROM gold g LEFT JOIN prediction p USING (tenant, item) "
        "WHERE g.tenant = $1 AND p.item IS NULL"
    )
    await predict(world, items[0]["item"], model, "0")
    found = None
    for _ in range(2):
        found = await reviewed(world, rev, project)
        if found is not None and found["payload"]["task"].startswith("g"):
            break
    assert found is not None and {label["answer"] for label in found["shown"]} == {"0", "1"}


async def test_the_lease_shows_the_same_when_it_is_looked_at_again_and_when_it_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PPM)
    project, _ = await stocked(world, ("a", "1"), people=("1", "1"))
    rev = await world.invite("rev", "reviewer")
    for _ in range(2):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        assert await world.act(queue.lease_get, rev, lease=lease["id"]) == lease
        await world.act(holding.lease_release, rev, lease=lease["id"], reason="")
        (again,) = (await world.review_pull(rev, project))["leases"]
        assert (again["payload"], again["shown"]) == (lease["payload"], lease["shown"])
        await world.review(rev, again["id"], "accept")
        plant(monkeypatch, 0)


async def test_only_gold_with_a_models_label_is_planted_among_work_that_shows_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PPM)
    project, model = await stocked(world, ("a", "1"), ("b", "1"), predicted=0)
    rev = await world.invite("rev", "reviewer")
    told = await world.act(stock.gold_stock, project=project)
    assert told["labels"] == {
        "shown_to": "both",
        "active": 3,
        "predicted": 0,
        "answered": 3,
        "both": 0,
        "untested": True,
    }
    first = await reviewed(world, rev, project)
    assert first is not None and first["payload"] == {"task": "a"} and len(first["shown"]) == 2
    items = await world.rows("SELECT item FROM gold WHERE tenant = $1 ORDER BY gold")
    await predict(world, items[0]["item"], model, "1")
    assert not (await world.act(stock.gold_stock, project=project))["labels"]["untested"]
    second = await reviewed(world, rev, project)
    assert second is not None and second["payload"]["task"].startswith("g")
    await routed(world, project, model)
    assert (await world.act(stock.gold_stock, project=project))["labels"] is None
    third = await reviewed(world, rev, project)
    assert third is not None and third["shown"] == [] and third["payload"]["task"].startswith("g")


async def test_labels_come_in_an_order_that_says_of_none_whose_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, 0)
    work = [(f"w{n}", "model") for n in range(12)]
    project, _ = await stocked(world, *work, golden=(), people=("1", "1"))
    rev = await world.invite("rev", "reviewer")
    shown = [one["shown"] for _ in range(24) if (one := await reviewed(world, rev, project))]
    assert len(shown) == 24
    first = [labels[0]["answer"] for labels in shown]
    # One chance in eight million that a fair lot puts all models on one side.
    assert set(first) == {"model", "1"}


async def test_in_a_project_that_shows_none_nothing_is_asked_or_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, 0)
    asked: list[str] = []

    async def review_pull(work: Work, **given: Any) -> Answer:
        work.conn.add_query_logger(lambda record: asked.append(record.query))
        return await reviews.review_pull(work, **given)

    project, _ = await stocked(world, ("a", "1"), ("b", "1"), show="none")
    rev = await world.invite("rev", "reviewer")
    (one,) = (await world.act(review_pull, rev, project=project, max=1))["leases"]
    await world.review(rev, one["id"], "accept")
    assert one["shown"] == [] and asked
    assert not [sql for sql in asked if "labels_shown" in sql and "FROM project" not in sql]
    assert await world.facts("labels.shown") == []
    (fact,) = await world.facts("review.verdict_given")
    assert fact.event.labels_shown == 0


async def escalated(world: World, *, predicted: bool, show: str) -> tuple[UUID, Caller]:
    """Two gold items that two people answered, unlike in one of them; work on which they and the model differ."""
    plan = {"escalate_below": 0.9, "review_rate": 0.0}
    project = await world.project("doubted", plan={"gold_share": 1.0, "overlap": 2, "live_floor": 0.0} | plan)
    model = await register(world)
    await routed(world, project, model, show_labels=show)
    for item in await gold(world, project, "g-same", "g-differ"):
        if predicted:
            await predict(world, item, model, "1")
    await bring(world, project, model, [("a", "1", 0.5), ("b", "1", 0.5)])
    for name, other in (("ann", "1"), ("ben", "0")):
        who = await world.invite(name)
        while leases := (await world.pull(who, project))["leases"]:
            same = leases[0]["payload"]["task"] == "g-same"
            await world.submit(who, leases[0]["id"], "1" if same else other)
    await world.decide()
    await world.follow()
    return project, await world.invite("exp", "expert")


async def test_an_experts_gold_shows_labels_like_those_of_what_was_escalated(world: World) -> None:
    project, exp = await escalated(world, predicted=True, show="experts")
    found = []
    for _ in range(3):
        (lease,) = (await world.pull(exp, project))["leases"]
        assert await world.act(queue.lease_get, exp, lease=lease["id"]) == lease
        await world.submit(exp, lease["id"], "1")
        found.append(lease)
    assert sorted(one["payload"]["task"] for one in found) == ["a", "b", "g-differ"], (
        "where all agree nothing waits"
    )
    assert len({shape(one) for one in found}) == 1
    assert {tuple(sorted(label["answer"] for label in one["shown"])) for one in found} == {("0", "1", "1")}
    audited = [fact.event for fact in await world.facts("model.audited")]
    assert {e.anchored for e in audited if e.by == "expert"} == {True}, (
        "the expert had seen what the model says"
    )


async def test_experts_are_given_no_gold_that_could_not_be_shown_like_work(world: World) -> None:
    project, exp = await escalated(world, predicted=False, show="both")
    assert await answered(world, exp, project) == 2
    assert [
        fact for fact in await world.facts("lease.gold_scored") if fact.event.annotator == exp.subject.id
    ] == []


async def test_what_is_handed_on_shows_the_next_person_the_same_whether_it_is_gold_or_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = await stocked(world, ("a", "1"), ("b", "1"), people=("1", "1"))
    rev, other = await world.invite("rev", "reviewer"), await world.invite("other", "reviewer")
    for share in (PPM, 0):
        plant(monkeypatch, share)
        (lease,) = (await world.review_pull(rev, project))["leases"]
        given = {"annotator": other.subject.id, "keep_draft": False, "reason": "yours"}
        await world.act(handing.lease_delegate, rev, lease=lease["id"], **given)
        (mine,) = (await world.review_pull(other, project))["leases"]
        assert mine["payload"] == lease["payload"] and len(mine["shown"]) == 2
        said = [sorted(label["answer"] for label in one["shown"]) for one in (lease, mine)]
        assert said[0] == said[1]
        await world.review(other, mine["id"], "accept")


async def test_whoever_sends_a_models_answers_does_not_learn_which_items_are_gold(world: World) -> None:
    project, model = await world.project(), await register(world)
    await routed(world, project, model, default_threshold=0.9, audit_share=0.0)
    golden = await gold(world, project, "g0", "g1")
    work = [UUID(str(one["item"])) for one in await world.items(project, "w0", "w1")]
    for sure, to, *pair in ((0.95, "machine", golden[0], work[0]), (0.3, "human", golden[1], work[1])):
        said = [await predict(world, one, model, "1", sure) for one in pair]
        own = {"id", "item", "task", "draw", "predicted_at"}
        alike = [{name: one[name] for name in one if name not in own} for one in said]
        assert list(said[0]) == list(said[1]) and alike[0] == alike[1] and alike[0]["routed"] == to
        assert {UUID(str(one["task"])).version for one in said} == {8}
        assert await predict(world, pair[0], model, "1", sure) == said[0], "the same again is the same"
    decided = await world.rows("SELECT item FROM result WHERE tenant = $1")
    assert [row["item"] for row in decided] == [work[0]], "of gold nothing follows"


async def test_a_setting_that_is_none_is_refused(world: World) -> None:
    project, model = await world.project(), await register(world)
    with refused("model_routing_invalid", "invalid"):
        await routed(world, project, model, show_labels="everybody")
