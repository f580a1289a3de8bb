"""Cloning on the real database: a copy says what its origin says, nobody's rights come along, nothing is forgotten."""

from dataclasses import replace
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from backend.events import catalog
from backend.events.base import EVENTS
from backend.events.ids import ProjectId
from backend.usecases.projects import cloning, projects, queueing
from backend.usecases.projects.settings_copied import AREAS, BY_NAME, token
from backend.usecases.projects.settings_left import LEFT
from backend.usecases.work import Answer, Work
from tests.support.cloned import settled
from tests.support.refused import refused
from tests.support.world import World


async def said(world: World, project: UUID) -> dict[str, Any]:
    """Area -> the token of what it says, and what it says."""

    async def settings_read(work: Work) -> Answer:
        found = {area.name: await area.read(work, project) for area in AREAS}
        return Answer({name: (token(work, name, one), dict(one.told)) for name, one in found.items()})

    return await world.act(settings_read)


async def test_a_copy_says_in_every_area_what_its_origin_says(world: World) -> None:
    project = await settled(world)
    nothing = await said(world, await world.project("plain"))
    before = await said(world, project)
    assert [name for name in before if before[name] == nothing[name]] == [], (
        "every area is set in the original"
    )

    made = await world.act(cloning.project_clone, project=project, name="again", with_people_quotas=True)
    after = await said(world, made["project"])
    assert after == before
    assert {one["area"] for one in made["copied"]} == set(BY_NAME)
    assert await world.act(cloning.project_origin_get, project=made["project"]) == made
    fact = (await world.facts("project.copied"))[0].event
    assert (fact.project, fact.copied_from, len(fact.settings)) == (made["project"], project, len(AREAS))
    assert b"Look closely" not in repr(fact).encode()
    one, other = [await world.act(projects.project_get, project=p) for p in (project, made["project"])]
    assert one["skill"] == other["skill"], "levels and evidence hold in both"


async def test_what_is_left_out_is_told_and_what_people_sign_never_is(world: World) -> None:
    project = await settled(world)
    every = tuple(area.name for area in AREAS)
    made = await world.act(cloning.project_clone, project=project, name="bare", leave_out=every)
    assert [one["area"] for one in made["copied"]] == ["requirements"]
    left = {one["what"]: one["why"] for one in made["not_copied"]}
    assert set(left) >= {*every, "gold", "webhooks", "staff"} - {"requirements"} and all(left.values())
    copy = await world.act(projects.project_get, project=made["project"])
    assert len(copy["agreements_asked"]) == 1 and copy["data_class"] == "secret"


async def test_a_copy_is_whole_or_there_is_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    project = await settled(world)
    before = len(await world.facts("project.created"))

    async def fails(work: Work, about: UUID, what: Any) -> None:
        raise LookupError("the last area")

    broken = (*AREAS[:-1], type(AREAS[-1])(AREAS[-1].name, AREAS[-1].facts, AREAS[-1].read, fails))
    monkeypatch.setattr(cloning, "AREAS", broken)
    with pytest.raises(LookupError):
        await world.act(cloning.project_clone, project=project, name="again")
    assert len(await world.facts("project.created")) == before


async def test_the_same_request_makes_one_copy(world: World) -> None:
    project = await world.project("once")
    made = [await world.act(cloning.project_clone, project=project, name="again", key="k") for _ in range(2)]
    assert made[0]["project"] == UUID(str(made[1]["project"]))
    assert len(await world.facts("project.copied")) == 1


async def test_what_follows_the_tenant_follows_it_in_the_copy_too(world: World) -> None:
    project = await world.project("follows")
    made = await world.act(cloning.project_clone, project=project, name="again")
    await world.act(queueing.queue_defaults_update, expected_version=1, settings={"weight": 3.0})
    shown = await world.act(queueing.project_queue_get, project=made["project"])
    assert (shown["settings"]["weight"], shown["said_by"]["weight"]) == (3.0, "tenant")


async def test_a_key_that_is_limited_to_a_project_makes_no_copy_of_it(world: World) -> None:
    project = await world.project("fenced")
    fenced = replace(world.admin, subject=replace(world.admin.subject, project=ProjectId(project)))
    with refused("forbidden", "forbidden"):
        await world.act(cloning.project_clone, fenced, project=project, name="mine")


async def test_who_may_not_read_a_project_makes_no_copy_of_it(world: World) -> None:
    project = await world.project("unseen")
    blind = replace(world.admin, subject=replace(world.admin.subject, scopes=frozenset({"project:create"})))
    every = tuple(area.name for area in AREAS)
    with refused("forbidden", "forbidden"):
        await world.act(cloning.project_clone, blind, project=project, name="mine", leave_out=every)


async def test_an_unknown_project_has_no_copy(world: World) -> None:
    with refused("not_found", "not_found"):
        await world.act(cloning.project_clone, project=UUID(int=1), name="again")


def test_every_fact_about_a_project_is_copied_or_left_for_a_reason() -> None:
    """A new setting is a line in settings_copied.AREAS; what is none, a word in settings_left.LEFT."""
    assert catalog
    about = {name for name, (_, cls) in EVENTS.items() if _of_a_project(get_type_hints(cls).get("project"))}
    copied = {name for area in AREAS for name in area.facts}
    left = [name for one in LEFT for name in one.facts]
    assert len(left) == len(set(left)) and not copied & set(left)
    assert sorted(about - copied - set(left)) == []
    assert sorted((copied | set(left)) - about) == [], "names of events that there are"


def _of_a_project(hint: Any) -> bool:
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return ProjectId in set(options) - {NoneType}
