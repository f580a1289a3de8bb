"""Taxonomies through the use cases: published whole or not, searched, compared, and asked of every answer."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.projects import class_checks, intake, projects, taxonomies
from backend.usecases.projects.taxonomy_known import HELD
from backend.usecases.work import Caller
from tests.support.classed import ANIMALS, RULE, numbered, taxonomy, use
from tests.support.flow import publish, step
from tests.support.world import World

PAGE = {"prefix": None, "parent": None, "code": None, "cursor": None, "limit": 50}


async def kennel(world: World, **rule: object) -> tuple[UUID, UUID, Caller]:
    """A project whose answers are checked by version 1 of the animals; and somebody who works in it."""
    project, about = await world.project(), await taxonomy(world)
    await use(world, project, about, 1, **rule)
    return project, about, await world.invite("ann")


async def refusal(world: World, who: Caller, project: UUID, answer: object) -> Refusal:
    """How this answer to the next item is refused; the item is given back."""
    (lease,) = (await world.pull(who, project))["leases"]
    with pytest.raises(Refusal) as refused:
        await world.submit(who, lease["id"], answer)
    return refused.value


async def test_what_is_published_again_as_it_stands_is_no_new_version(world: World) -> None:
    about = await taxonomy(world, ANIMALS, ANIMALS)
    told = await world.act(taxonomies.taxonomy_get, taxonomy=about)
    assert (told["version"], len(told["versions"]), told["versions"][0]["classes"]) == (1, 1, 7)


async def test_nothing_is_kept_of_classes_that_do_not_fit_together(world: World) -> None:
    about = await taxonomy(world)
    bad = [*ANIMALS, {"code": "dog", "label": "Again"}]
    with pytest.raises(Refusal) as refused:
        await world.act(taxonomies.taxonomy_publish, taxonomy=about, classes=numbered(bad))
    assert refused.value.extra["problems"][0]["where"] == "line 8"
    assert (await world.act(taxonomies.taxonomy_get, taxonomy=about))["version"] == 1
    assert len(await world.facts("taxonomy.classes_kept")) == 1


async def test_no_fact_holds_a_readable_class(world: World) -> None:
    await kennel(world)
    found = await world.rows("SELECT body FROM event WHERE tenant = $1 AND type LIKE '%taxonomy%'")
    assert len(found) == 4
    assert not any(word in bytes(row["body"]) for row in found for word in (b"poodle", b"Poodle"))


async def test_an_unknown_class_is_refused_with_classes_like_it(world: World) -> None:
    project, _, ann = await kennel(world)
    await world.items(project, "a")
    said = await refusal(world, ann, project, "pood")
    assert said.code == "class_unknown"
    assert said.extra["nearest"][0] == {"code": "poodle", "label": "Poodle"}
    assert said.extra["problems"] == [
        {"where": "/", "rule": "class_unknown", "says": "a code that the taxonomy does not have"}
    ]


async def test_a_deprecated_class_is_refused_or_accepted_as_the_project_says(world: World) -> None:
    project, about, ann = await kennel(world)
    await world.items(project, "a")
    said = await refusal(world, ann, project, "moggy")
    assert (said.code, said.extra["nearest"]) == ("class_deprecated", [{"code": "tabby", "label": "Tabby"}])
    await use(world, project, about, 1, deprecated="accept")
    await world.items(project, "b")
    await world.work(ann, project, "moggy")


async def test_an_answer_says_by_which_setting_it_was_checked(world: World) -> None:
    project, about, ann = await kennel(world)
    await world.items(project, "a", "b", "c")
    await world.work(ann, project, "poodle")
    await use(world, project, about, 1, leaves_only=True)
    await world.work(ann, project, "beagle")
    await use(world, project, None)
    await world.work(ann, project, "anything")
    assert [fact.event.taxonomy_setting for fact in await world.facts("lease.submitted")] == [1, 2, 0]


async def test_codes_are_looked_for_where_the_setting_says(world: World) -> None:
    project, _, ann = await kennel(world, at=("/*/label", "/scene"))
    await world.items(project, "a")
    assert (await refusal(world, ann, project, "dog")).code == "class_unknown"
    project, _, ann = await kennel_at(world, "/*/label", "second")
    await world.items(project, "b", "c")
    await world.work(ann, project, [])
    said = await refusal(world, ann, project, [{"label": "dog"}, {"label": "wolf"}])
    assert said.extra["problems"][0]["where"] == "/1/label"


async def kennel_at(world: World, place: str, name: str) -> tuple[UUID, UUID, Caller]:
    project, about = await world.project(name), await taxonomy(world, name=name)
    await use(world, project, about, 1, at=(place,))
    return project, about, await world.invite(f"{name} ann")


async def test_truths_corrections_and_models_answers_are_checked_alike(world: World) -> None:
    project, _, ann = await kennel(world)
    gold = ({"external_key": "g", "payload": {}, "truth": "wolf"},)
    with pytest.raises(Refusal, match="class_unknown"):
        await world.act(intake.gold_add, project=project, gold=gold, exam_only=False)
    plan = {"review_rate": 1.0}
    await world.act(projects.project_plan_update, project=project, expected_version=1, plan=plan)
    await world.items(project, "a")
    await world.work(ann, project, "dog")
    rev = await world.invite("rev", "reviewer")
    (review,) = (await world.review_pull(rev, project))["leases"]
    with pytest.raises(Refusal, match="class_unknown"):
        await world.review(rev, review["id"], "correct", "wolf")
    await world.review(rev, review["id"], "correct", "poodle")


async def test_only_steps_that_a_workflow_has_or_had_may_be_named(world: World) -> None:
    project, about, _ = await kennel(world)
    with pytest.raises(Refusal, match="taxonomy_step_unknown"):
        await use(world, project, about, 1, steps=("name",))
    await publish(world, project, step("name"))
    await publish(world, project, step("label", "annotate", "look"), step("look", "review", shows=("label",)))
    with pytest.raises(Refusal, match="taxonomy_step_unknown") as refused:
        await use(world, project, about, 1, steps=("label", "nostep"))
    assert (refused.value.found, refused.value.extra["allowed"]) == ("'nostep'", ["label", "look"])
    told = await use(world, project, about, 1, steps=("label", "name"))
    assert told["steps"] == ["label", "name"], "work begun by the earlier version goes on by it"


@pytest.mark.parametrize("left_out", ["taxonomy", "version"])
async def test_a_taxonomy_is_named_with_its_version_or_neither_is(world: World, left_out: str) -> None:
    project = await world.project()
    asked: dict[str, Any] = {"taxonomy": await taxonomy(world), "version": 1}
    asked |= RULE | {left_out: None, "expected_version": 1}
    with pytest.raises(Refusal, match="taxonomy_version_unclear") as refused:
        await world.act(class_checks.project_taxonomy_update, project=project, **asked)
    said = {"taxonomy": "version 1 of no taxonomy", "version": "a taxonomy without a version"}
    assert refused.value.found == said[left_out]


async def test_a_process_that_has_met_the_version_asks_nothing_for_it(world: World) -> None:
    project, about, ann = await kennel(world)
    await world.items(project, "a", "b")
    HELD.trees.clear()
    await world.work(ann, project, "dog")
    assert (world.tenant, about, 1) in HELD.trees


async def test_classes_are_found_by_what_they_begin_with(world: World) -> None:
    project, about, ann = await kennel(world)
    found = await world.act(
        class_checks.project_taxonomy_classes, ann, project=project, **PAGE | {"prefix": "HOU"}
    )
    assert [(one["code"], one["path"], one["children"]) for one in found["data"]] == [("dog", ["animal"], 2)]
    asked = {"taxonomy": about, "version": 1}
    below = await world.act(taxonomies.taxonomy_classes, **asked, **PAGE | {"parent": "animal", "limit": 1})
    assert ([one["code"] for one in below["data"]], below["next_cursor"]) == (["dog"], "1")
    exported = await world.answer(taxonomies.taxonomy_export, **asked)
    assert exported.media is not None and exported.media[1].count(b"\n") == 7


async def test_two_versions_are_compared_class_by_class(world: World) -> None:
    newer = [
        {"code": "animal", "label": "Beast"},
        {"code": "dog", "label": "Dog", "parent": "animal", "synonyms": ["Hound", "Canis familiaris"]},
        {"code": "cat", "label": "Cat", "parent": "animal"},
        {"code": "poodle", "label": "Poodle", "parent": "animal", "deprecated": True, "replaced_by": "dog"},
        {"code": "moggy", "label": "Moggy", "parent": "cat"},
        {"code": "wolf", "label": "Wolf", "parent": "animal"},
        {"code": "tabby", "label": "Tabby", "parent": "cat"},
    ]
    about = await taxonomy(world, ANIMALS, newer)
    asked = {"taxonomy": about, "version": 2, "before": None, "cursor": None, "limit": 50}
    told = await world.act(taxonomies.taxonomy_diff, **asked, kind=None)
    kinds = {(one["kind"], one["code"]) for one in told["data"]}
    assert {("added", "wolf"), ("removed", "beagle"), ("renamed", "animal"), ("moved", "poodle")} <= kinds
    assert {("deprecated", "poodle"), ("restored", "moggy")} <= kinds
    assert told["changes"]["changed"] == 2
