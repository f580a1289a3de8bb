"""Errors by slice: told apart where people are enough, compared by people; and how diverse answers to an item are."""

from typing import Any
from uuid import UUID, uuid4

from backend.statistics.clusters import Cluster
from backend.usecases.quality.reports.diversity import project_diversity
from backend.usecases.quality.reports.scorecard import vendor_quality
from backend.usecases.quality.reports.slices import Slice, project_slices, told_apart, without
from backend.usecases.work import Caller
from tests.support import people as way
from tests.support.refused import refused
from tests.support.reporting import manager_of, report
from tests.support.skilled import define, grant
from tests.support.world import World


def sliced(name: str, *who: str) -> Slice:
    return Slice(name, ({"n": len(who), "passed": True},), {one: Cluster(1.0, 1.0, 1.0) for one in who})


def test_a_slice_of_few_people_is_hidden_with_as_many_others_as_hide_it() -> None:
    small, larger, large = sliced("s", "a"), sliced("m", "b", "c", "d"), sliced("l", "e", "f", "g", "h")
    shown, hidden = told_apart([small, larger, large], 3)
    assert [one.name for one in shown] == ["l"]
    assert [one.name for one in hidden] == ["s", "m"], "the total would tell the one that is missing"
    assert told_apart([larger, large], 3) == ([large, larger], [])
    three = [sliced(name, name) for name in "xyz"]
    assert [one.name for one in told_apart([large, *three], 3)[0]] == ["l"]
    assert told_apart([sliced("x", "a"), sliced("y", "a", "b")], 3)[0] == []


def test_the_rest_is_everything_but_the_slice_person_by_person() -> None:
    everybody = {"a": Cluster(3.0, 4.0, 4.0), "b": Cluster(1.0, 2.0, 2.0)}
    rest = without(everybody, {"a": Cluster(1.0, 2.0, 2.0), "b": Cluster(1.0, 2.0, 2.0)})
    assert rest == {"a": Cluster(2.0, 2.0, 2.0)}


async def worked(world: World) -> tuple[UUID, list[UUID], dict[str, list[Caller]]]:
    """Two vendors of three people; the second one's are wrong half of the time, and every answer is reviewed."""
    project = await world.project(plan={"overlap": 2, "review_rate": 1.0, "rework_max": 0})
    employers = [await way.vendor(world, name) for name in ("Good", "Poor")]
    people = {
        name: [await way.join(world, f"{name}{n}", vendor=one) for n in range(3)]
        for name, one in zip(("good", "poor"), employers, strict=True)
    }
    made = await world.items(project, *(f"i{n}" for n in range(6)))
    assert len(made) == 6
    for name, said in (("good", ("dog", "dog")), ("poor", ("wolf", "dog"))):
        for who in people[name]:
            for lease, answer in zip((await world.pull(who, project, most=2))["leases"], said, strict=True):
                await world.submit(who, lease["id"], answer)
    rev = await world.invite("rev", "reviewer")
    while leases := (await world.review_pull(rev, None, 20))["leases"]:
        for one in leases:
            await world.review(rev, one["id"], "reject" if one["answer"] == "wolf" else "accept")
    await world.decide()
    await world.follow()
    return project, employers, people


async def slices(world: World, project: UUID, by: str, people_min: int = 3) -> dict[str, Any]:
    return await report(world, project_slices, project=project, by=by, people_min=people_min)


async def test_errors_are_told_by_slice_beside_the_rest(world: World) -> None:
    project, (good, poor), people = await worked(world)
    told = await slices(world, project, "vendor")
    assert [(one["group"], one["errors"], one["n"], one["people"]) for one in told["data"]] == [
        (str(poor), 3, 6, 3),
        (str(good), 0, 6, 3),
    ]
    worst = told["data"][0]
    assert (worst["error"], worst["rest"], worst["difference"]) == (0.5, 0.0, 0.5)
    assert worst["low"] < 0.5 < worst["high"]
    assert worst["p"] <= worst["p_adjusted"]
    assert f"group={poor}" in worst["behind"]
    assert (told["total"]["n"], told["total"]["errors"]) == (12, 3)
    hidden = await slices(world, project, "vendor", 4)
    assert (hidden["data"], hidden["hidden"]) == ([], {"slices": 2, "n": 12})
    polish = await define(world, "polish", "language")
    for who in people["poor"]:
        await grant(world, who, polish)
    spoken = await slices(world, project, "language")
    assert {one["group"]: one["errors"] for one in spoken["data"]} == {"polish": 3, None: 0}
    for by in ("origin", "level", "edge_case", "class", "guideline", "tag", "team"):
        assert sum(one["n"] for one in (await slices(world, project, by))["data"]) in (0, 3, 9, 12), by
    assert (await slices(world, project, "edge_case"))["data"][0]["group"] == "false"
    with refused("forbidden", "forbidden"):
        await world.act(
            project_slices,
            await manager_of(world, good),
            project=project,
            by="vendor",
            people_min=3,
            as_of=None,
        )
    await diverse(world, project)
    await over_time(world, poor)


async def diverse(world: World, project: UUID) -> None:
    """Items that two people answered of one vendor are below two vendors."""
    people = await report(world, project_diversity, project=project, by="people", least=2)
    vendors = await report(world, project_diversity, project=project, by="vendor", least=2)
    assert people["items"] == vendors["items"] > 0
    assert sum(one["items"] for one in vendors["counts"]) == vendors["items"]
    assert [one["item"] for one in vendors["data"]] == sorted(one["item"] for one in vendors["data"])
    assert len(vendors["data"]) == vendors["below"] >= people["below"]
    first = await report(world, project_diversity, project=project, by="vendor", least=2, limit=1)
    assert first["next_cursor"] == (str(first["data"][0]["item"]) if vendors["below"] > 1 else None)
    with refused("not_found", "not_found"):
        await world.act(project_diversity, project=uuid4(), by="team", least=2, cursor=None, limit=5)


async def over_time(world: World, poor: UUID) -> None:
    """A vendor's series stands beside all vendors; its own manager is told of no others."""
    card = await report(world, vendor_quality, vendor=poor, by="week", months=1)
    (skill,) = card["skills"]
    assert (skill["accuracy"]["n"], skill["accuracy"]["errors"], skill["accuracy"]["people"]) == (6, 3, 3)
    assert (skill["all_vendors"]["n"], skill["gold"]["n"]) == (12, 0)
    (week,) = skill["periods"]
    assert week["accuracy"] == skill["accuracy"]
    assert week["accuracy"]["low"] < 0.5 < week["accuracy"]["high"]
    mine = await report(world, vendor_quality, await manager_of(world, poor), vendor=poor, months=1)
    assert all(one["all_vendors"] is None for one in mine["skills"])
