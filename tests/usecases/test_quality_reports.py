"""Reports of quality: known numbers on a small world, and every number can be computed again from what is behind it."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import UUID, uuid4

from backend.statistics.wilson import wilson
from backend.usecases.access import access
from backend.usecases.projects import intake, projects, scoring
from backend.usecases.quality.reports.accuracy import project_accuracy, project_accuracy_answers
from backend.usecases.quality.reports.labels import project_labels
from backend.usecases.quality.reports.mislabels import project_mislabels
from backend.usecases.quality.reports.scorecard import vendor_quality
from backend.usecases.work import Caller
from backend.usecases.workforce import standing, vendors
from tests.support import disputed
from tests.support.refused import refused
from tests.support.skilled import answer_gold, settle
from tests.support.world import World

EVERYTHING: dict[str, Any] = {"as_of": None, "cursor": None, "limit": 50}


async def review_all(world: World, reviewer: Caller, wrong: str = "wolf") -> None:
    """Everything that was drawn is judged: answers that say `wrong` are rejected."""
    while leases := (await world.review_pull(reviewer, None, 20))["leases"]:
        for one in leases:
            await world.review(reviewer, one["id"], "reject" if one["answer"] == wrong else "accept")


async def worked(world: World, said: str, *, rate: float = 1.0, name: str = "ann") -> tuple[UUID, Caller]:
    """A project in which somebody gave these answers, words one after the other, and reviews are done."""
    project = await world.project(plan={"overlap": 1, "review_rate": rate})
    ann = await world.invite(name)
    await answer(world, project, ann, said)
    await review_all(world, await world.invite("rev", "reviewer"))
    await world.decide()
    await world.follow()
    return project, ann


async def answer(world: World, project: UUID, who: Caller, said: str) -> None:
    words = said.split()
    await world.items(project, *(f"{who.subject.id}-{uuid4()}-{n}" for n in range(len(words))))
    for word in words:
        await world.work(who, project, word)


async def by(world: World, project: UUID, what: str, who: Caller | None = None) -> dict[Any, dict[str, Any]]:
    told = await world.act(project_accuracy, who, project=project, by=what, **EVERYTHING)
    return {one["group"]: one for one in told["data"]}


async def behind(world: World, link: str, who: Caller | None = None) -> list[dict[str, Any]]:
    """Every answer behind a number, page by page, as the link says."""
    url = urlparse(link)
    asked = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
    project = UUID(url.path.split("/")[4])
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await world.act(
            project_accuracy_answers,
            who,
            project=project,
            by=asked["by"],
            group=asked["group"],
            as_of=None,
            cursor=cursor,
            limit=3,
        )
        found += page["data"]
        if (cursor := page["next_cursor"]) is None:
            return found


async def test_accuracy_is_told_in_all_and_by_class_and_person(world: World) -> None:
    project, ann = await worked(world, "dog dog wolf dog wolf dog")
    told = await world.act(project_accuracy, project=project, by="class", **EVERYTHING)
    total = told["total"]
    assert (total["n"], total["errors"], total["n_effective"], total["value"]) == (6, 2, 6.0, 0.666666667)
    assert (total["low"], total["high"]) == tuple(round(one, 9) for one in wilson(4, 6))
    found = {one["label"]: (one["n"], one["errors"], one["value"]) for one in told["data"]}
    assert found == {"dog": (4, 0, 1.0), "wolf": (2, 2, 0.0)}
    people = await by(world, project, "annotator")
    assert people[str(ann.subject.id)]["errors"] == 2
    assert list(await by(world, project, "week")) != [None]
    assert list(await by(world, project, "guideline")) == ["0"]
    assert list(await by(world, project, "vendor")) == [None]


async def test_a_number_is_computed_again_exactly_from_the_answers_behind_it(world: World) -> None:
    project, ann = await worked(world, "dog wolf dog")
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"review_rate": 0.4}
    )
    await answer(world, project, ann, "dog wolf dog dog wolf dog dog wolf dog dog wolf dog dog dog dog")
    rev = await world.invite("rev2", "reviewer")
    await review_all(world, rev)
    await world.decide()
    await world.follow()
    made = await world.act(access.key_create, kind="user", roles=("auditor",), scopes=("*",), days=1)
    auditor = await world.perform.authenticate(made["key"])
    for what in ("project", "annotator", "class"):
        for group in (await by(world, project, what, auditor)).values():
            rows = await behind(world, group["behind"], auditor)
            weights = [1.0 / row["rate"] for row in rows]
            right = sum(w for w, row in zip(weights, rows, strict=True) if row["passed"])
            total, squares = sum(weights), sum(w * w for w in weights)
            assert len(rows) == group["n"]
            assert round(right / total, 9) == group["value"]
            assert round(total * total / squares, 6) == group["n_effective"]
            size = total * total / squares
            low, high = wilson(min(size, size * right / total), size)
            assert (round(low, 6), round(high, 6)) == (round(group["low"], 6), round(group["high"], 6))
    rates = {
        row["rate"] for row in await behind(world, (await by(world, project, "project"))[None]["behind"])
    }
    assert 1.0 in rates


async def test_each_answer_leads_to_the_event_that_judged_it(world: World) -> None:
    project, _ = await worked(world, "dog wolf")
    rows = await behind(world, (await by(world, project, "project"))[None]["behind"])
    logged = {one.event.lease: one for one in await world.facts("review.verdict_given")}
    for row in rows:
        (event,) = row["events"]
        fact = logged[row["lease"]]
        assert (event["type"], event["stream"], event["version"]) == (
            "review.verdict_given",
            fact.stream,
            fact.version,
        )
        (place,) = await world.rows(
            "SELECT idx FROM event_log WHERE tenant = $1 AND stream = $2 AND version = $3",
            event["stream"],
            event["version"],
        )
        assert event["index"] == place["idx"]


async def test_gold_met_in_work_is_judged_too_and_leads_to_its_score(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    gold = ({"external_key": "g", "payload": {}, "truth": "dog"},)
    await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    ann = await world.invite("ann")
    await answer(world, project, ann, "wolf wolf wolf wolf wolf wolf wolf wolf wolf")
    await world.follow()
    (row,) = await behind(world, (await by(world, project, "project"))[None]["behind"])
    assert (row["source"], row["passed"], row["rate"]) == ("gold", False, 1.0)
    assert [one["type"] for one in row["events"]] == ["lease.gold_scored"]


async def test_an_answer_counts_in_each_tag_of_its_item(world: World) -> None:
    project = await world.project(plan={"overlap": 1, "review_rate": 1.0})
    items = (
        {"external_key": "a", "payload": {}, "tags": ["night", "rain"]},
        {"external_key": "b", "payload": {}, "tags": ["night"]},
        {"external_key": "c", "payload": {}},
    )
    await world.act(intake.item_import, project=project, items=items)
    ann = await world.invite("ann")
    said = {"a": "wolf", "b": "dog", "c": "dog"}
    names = {
        row["item"]: key
        for row, key in zip(
            await world.rows("SELECT item FROM item WHERE tenant = $1 ORDER BY item"), "abc", strict=True
        )
    }
    for _ in items:
        (lease,) = (await world.pull(ann, project))["leases"]
        (row,) = await world.rows("SELECT item FROM lease WHERE tenant = $1 AND lease = $2", lease["id"])
        await world.submit(ann, lease["id"], said[names[row["item"]]])
    await review_all(world, await world.invite("rev", "reviewer"))
    await world.follow()
    found = {tag: (one["n"], one["errors"]) for tag, one in (await by(world, project, "tag")).items()}
    assert found == {None: (1, 0), "night": (2, 1), "rain": (1, 1)}
    total = (await world.act(project_accuracy, project=project, by="tag", **EVERYTHING))["total"]
    assert total["n"] == 3
    assert len(await behind(world, (await by(world, project, "tag"))["night"]["behind"])) == 2


async def test_groups_come_page_by_page(world: World) -> None:
    project, _ = await worked(world, "dog cat wolf ant")
    seen, cursor = [], None
    while True:
        page = await world.act(
            project_accuracy, project=project, by="class", as_of=None, cursor=cursor, limit=3
        )
        seen += [one["group"] for one in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len(set(seen)) == 4


async def test_what_was_judged_later_is_not_in_an_earlier_number(world: World) -> None:
    project, _ = await worked(world, "dog wolf")
    told = await world.act(project_accuracy, project=project, by="project", **EVERYTHING)
    before = told["as_of"] - timedelta(days=1)
    asked = EVERYTHING | {"as_of": before}
    earlier = await world.act(project_accuracy, project=project, by="project", **asked)
    assert (told["total"]["n"], earlier["total"]["n"], earlier["total"]["value"]) == (2, 0, None)


async def two_vendors(world: World) -> tuple[UUID, UUID, UUID, Caller]:
    """A project in which the people of Acme are wrong and Bolt's right; the project, both, and Acme's manager."""
    project = await world.project(plan={"overlap": 1, "review_rate": 1.0})
    acme, bolt = [(await world.act(vendors.vendor_register, name=n))["id"] for n in ("Acme", "Bolt")]
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who, vendor in ((ann, acme), (ben, bolt)):
        move: dict[str, Any] = {"annotator": who.subject.id, "origin": None, "vendor": vendor, "team": None}
        await world.act(standing.annotator_move, **move)
    await answer(world, project, ann, " ".join(["wolf"] * 8 + ["dog"] * 2))
    await answer(world, project, ben, " ".join(["dog"] * 10))
    await review_all(world, await world.invite("rev", "reviewer"))
    await world.follow()
    made = await world.act(
        access.key_create, kind="user", roles=("vendor_manager",), scopes=("*",), days=9, vendor=acme
    )
    return project, acme, bolt, await world.perform.authenticate(made["key"])


async def test_a_vendor_is_compared_with_everybody_in_the_same_place(world: World) -> None:
    project, acme, bolt, _ = await two_vendors(world)
    (place,) = (await world.act(vendor_quality, vendor=acme, months=12, as_of=None))["data"]
    assert (place["project"], place["stage"], place["kind"], place["floor"]) == (
        project,
        "annotate",
        "exact",
        0.7,
    )
    assert (place["accuracy"]["value"], place["others"]["value"]) == (0.2, 1.0)
    assert place["minus_others"]["difference"] == -0.8
    assert place["minus_others"]["certain"] and place["below"]
    assert place["seconds"]["answers"] == 10 and place["seconds"]["median"] > 0.0
    found = {one["label"]: one["accuracy"]["value"] for one in place["classes"]}
    assert found == {"wolf": 0.0, "dog": 1.0}
    (month,) = place["months"]
    assert (month["accuracy"]["n"], month["seconds"]["answers"]) == (10, 10)
    (other,) = (await world.act(vendor_quality, vendor=bolt, months=1, as_of=None))["data"]
    assert (other["accuracy"]["value"], other["below"]) == (1.0, False)
    with refused("not_found"):
        await world.act(vendor_quality, vendor=uuid4(), months=1, as_of=None)


async def test_a_vendors_manager_sees_own_people_of_days_that_are_over_and_nobody_else(world: World) -> None:
    project, acme, bolt, manager = await two_vendors(world)
    with refused("not_found"):
        await world.act(vendor_quality, manager, vendor=bolt, months=12, as_of=None)
    # A number that moves at once with an answer would tell that it was gold.
    assert (await world.act(vendor_quality, manager, vendor=acme, months=12, as_of=None))["data"] == []
    assert await by(world, project, "annotator", manager) == {}
    world.clock.moved += timedelta(days=1)
    (place,) = (await world.act(vendor_quality, manager, vendor=acme, months=12, as_of=None))["data"]
    assert (place["accuracy"]["value"], place["others"], place["minus_others"]) == (0.2, None, None)
    assert {one["label"] for one in place["classes"]} == {None}
    (person,) = (await by(world, project, "annotator", manager)).values()
    assert (person["n"], person["value"], person["behind"]) == (10, 0.2, None)
    assert list(await by(world, project, "vendor", manager)) == [str(acme)]
    for what in ("project", "class", "tag"):
        with refused("forbidden"):
            await by(world, project, what, manager)
    with refused("forbidden"):
        await world.act(
            project_accuracy_answers, manager, project=project, by="annotator", group="", **EVERYTHING
        )


async def test_probable_mislabels_are_counted_per_class_and_the_least_sure_named(world: World) -> None:
    project, ann = await worked(world, "dog dog wolf wolf dog wolf")
    await world.act(
        projects.project_plan_update, project=project, expected_version=1, plan={"review_rate": 0.0}
    )
    await answer(world, project, ann, "wolf dog wolf")
    await world.decide()
    told = await world.act(project_mislabels, project=project, worst=1)
    assert told["sampled"]["read"] == told["sampled"]["of"]
    found = {one["label"]: one for one in told["data"]}
    wolf, dog = found["wolf"], found["dog"]
    # Of the rejected ones nobody said what is true, so that only the new results say wolf.
    assert (wolf["at_risk"], dog["at_risk"], dog["items"]) == (2, 1, 4)
    assert dog["error"]["value"] == 0.0 and dog["expected"] == 0.0
    assert 0.0 < dog["error"]["high"] < 1.0
    assert len(wolf["worst"]) == 1
    assert wolf["review_with"]["body"] == {"selection": {"labels": ["wolf"]}}
    (only,) = (await world.act(project_mislabels, project=project, of_class=wolf["class"], worst=9))["data"]
    assert len(only["worst"]) == 2
    sure = [one["confidence"] for one in only["worst"]]
    assert sure == sorted(sure)
    (none,) = (
        await world.act(project_mislabels, project=project, of_class=wolf["class"], worst=9, below=0.0)
    )["data"]
    assert none["worst"] == []


async def test_labels_are_counted_together_and_located(world: World) -> None:
    project = await world.project(plan={"overlap": 1})
    how: dict[str, Any] = {"kind": "boxes", "options": {}}
    await world.act(scoring.project_scoring_update, project=project, expected_version=1, **how)
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    cat, dog = {"label": "cat", "box": [0, 0, 20, 20]}, {"label": "dog", "box": [80, 140, 100, 160]}
    await world.work(ann, project, [cat, cat | {"box": [0, 0, 10, 10]}, dog])
    await world.work(ann, project, [cat])
    await world.decide()
    told = await world.act(project_labels, project=project)
    assert (told["kind"], told["sampled"], told["per_item"]) == ("boxes", {"read": 2, "of": 2}, 2.0)
    assert [(one["label"], one["count"], one["items"], one["most_per_item"]) for one in told["classes"]] == [
        ("cat", 3, 2, 2),
        ("dog", 1, 1, 1),
    ]
    assert told["together"] == [{"first": "cat", "second": "dog", "items": 1, "lift": 1.0}]
    places = told["places"]
    assert (places["width"], places["height"], places["size"]) == (100.0, 160.0, "furthest_corner")
    maps = {one["label"]: one["grid"] for one in places["classes"]}
    assert maps["dog"][15][14] == 1 and sum(map(sum, maps["dog"])) == 1
    assert maps["cat"][1][1] == 2 and maps["cat"][0][0] == 1
    assert sum(map(sum, places["everything"])) == 4
    with refused("forbidden"):
        await world.act(project_labels, ann, project=project)


async def test_an_answer_that_a_dispute_changed_leads_to_both_facts(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await disputed.begun(world, ann)
    await answer_gold(world, ann, project, *["yes"] * 9)
    await disputed.judge(world, rev, project, "correct", "other", "see the guideline")
    await settle(world)
    before = (await by(world, project, "project"))[None]
    about = await disputed.dispute(world, ann, (await disputed.leases(world, ann))[0])
    eve = await world.invite("eve", "reviewer")
    await disputed.pull(world, eve)
    await disputed.resolve(world, eve, about, "reversed", reason="both are fine")
    await settle(world)
    after = (await by(world, project, "project"))[None]
    assert (before["errors"], after["errors"], after["n"]) == (1, 0, 10)
    (row,) = [one for one in await behind(world, after["behind"]) if one["source"] == "review"]
    assert row["passed"]
    assert [one["type"] for one in row["events"]] == ["review.verdict_given", "score.corrected"]
