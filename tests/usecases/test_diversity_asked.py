"""Deliveries and pilots are held while too few items have answers of different people; the numbers are in the facts."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from backend.usecases.projects import deliveries, pilots, targets
from backend.usecases.quality.reports.diversity import project_diversity
from backend.usecases.work import Caller
from tests.support import people as way
from tests.support.refused import refused
from tests.support.world import World

PLAN = {"gold_share": 0.0, "review_rate": 0.0, "overlap": 1}
TWO = {"gold_share": 0.0, "review_rate": 0.0, "overlap": 2}


async def asked(world: World, project: UUID, version: int = 1, **diversity: Any) -> dict[str, Any]:
    said = {"project": project, "expected_version": version, "targets": (), "diversity": diversity}
    return await world.act(targets.project_targets_update, **said)


async def answered(world: World, project: UUID, *who: Caller) -> None:
    """Everybody answers all that they are given."""
    for one in who:
        while (await world.pull(one, project))["leases"]:
            held = await world.rows(
                "SELECT lease FROM lease WHERE tenant = $1 AND annotator = $2", one.subject.id
            )
            for row in held:
                await world.submit(one, row["lease"], "owl")
    await world.decide()


async def delivered(world: World, project: UUID) -> dict[str, Any]:
    return await world.act(deliveries.delivery_prepare, project=project, iteration=None, items=None)


async def listed(world: World, behind: str) -> list[UUID]:
    """What the request that a delivery names lists."""
    asked_for = {name: one[0] for name, one in parse_qs(urlsplit(behind).query).items()}
    told = {"by": asked_for["by"], "least": int(asked_for["least"]), "cursor": None, "limit": 100}
    of = {name: UUID(asked_for[name]) for name in ("delivery", "iteration") if name in asked_for}
    project = UUID(urlsplit(behind).path.split("/")[4])
    return [
        row["item"] for row in (await world.act(project_diversity, project=project, **told, **of))["data"]
    ]


async def test_a_delivery_of_one_persons_answers_is_held_and_says_which_items(world: World) -> None:
    project = await world.project(plan=TWO)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    made = await world.items(project, "a", "b", "c")
    told = await asked(world, project)
    assert told["diversity"] == {"by": "annotator", "least": 2, "share": 1.0}
    await answered(world, project, ann, ben)
    good = await delivered(world, project)
    assert good["targets_version"] == told["version"] == 2
    assert (good["state"], good["diversity"]["diverse"], good["diversity"]["missed"]) == ("released", 3, None)

    alone = await world.project("alone", plan=PLAN)
    made = await world.items(alone, "d", "e")
    await asked(world, alone, least=2, share=0.5)
    await answered(world, alone, ann)
    bad = await delivered(world, alone)
    for unknown in ({"delivery": good["id"]}, {"delivery": uuid4()}, {"iteration": uuid4()}):
        with refused("not_found", "not_found"):
            said = {"by": "people", "least": 2, "cursor": None, "limit": 9} | unknown
            await world.act(project_diversity, project=alone, **said)
    assert (bad["state"], bad["outcome"]) == ("held", "not_met")
    assert (bad["diversity"]["items"], bad["diversity"]["diverse"], bad["diversity"]["without"]) == (2, 0, 0)
    assert bad["diversity"]["missed"].startswith("0 of 2 items have counting answers of 2 or more different")
    assert sorted(await listed(world, bad["diversity"]["behind"])) == sorted(one["item"] for one in made)
    with refused("delivery_held") as caught:
        await world.act(deliveries.delivery_export, delivery=bad["id"], cursor=None, limit=10)
    assert "0 of 2 items" in caught.value.found
    fact = (await world.facts("delivery.prepared"))[-1].event
    kept = json.loads(fact.diversity)
    assert (kept["diverse"], kept["items"], kept["share"], kept["outcome"]) == (0, 2, 0.5, "not_met")
    freed = await world.act(deliveries.delivery_release, delivery=bad["id"], reason="the customer knows")
    assert freed["state"] == "released"


async def test_people_of_one_vendor_are_two_annotators_and_one_vendor(world: World) -> None:
    project = await world.project(plan=TWO)
    works = await way.vendor(world)
    who = [await way.join(world, name, vendor=works) for name in ("ann", "ben")]
    await world.items(project, "a")
    await asked(world, project, by="vendor")
    await answered(world, project, *who)
    assert (await delivered(world, project))["state"] == "held"
    (first,) = (await world.act(deliveries.delivery_list, project=project))["data"]
    await world.act(deliveries.delivery_withdraw, delivery=first["id"], reason="other terms")
    await asked(world, project, version=2, by="annotator")
    assert (await delivered(world, project))["state"] == "released"


async def test_discounted_answers_are_nobodys(world: World) -> None:
    project = await world.project(plan=TWO)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.items(project, "a")
    await asked(world, project)
    await answered(world, project, ann, ben)
    await world.rows(
        "INSERT INTO answers_discounted (tenant, annotator, skill, flag, since)"
        " SELECT $1, $2, skill, gen_random_uuid(), now() - interval '1 day' FROM project WHERE tenant = $1"
        " RETURNING skill",
        ann.subject.id,
    )
    held = await delivered(world, project)
    assert (held["state"], held["diversity"]["diverse"], held["diversity"]["without"]) == ("held", 0, 0)


async def test_a_pilot_meets_its_targets_only_with_diverse_answers(world: World) -> None:
    project = await world.project(plan=PLAN)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.items(project, *(f"i{n}" for n in range(4)))
    await asked(world, project)
    pilot = await world.act(pilots.pilot_begin, project=project, items=2, seed="s")
    await world.decide()
    await answered(world, project, ann)
    while leases := (await world.review_pull(rev, project))["leases"]:
        for lease in leases:
            await world.review(rev, lease["id"], "accept")
    await world.decide()
    judged = await world.act(pilots.pilot_judge, project=project, pilot=pilot["id"])
    told = judged["judged"]["diversity"]
    assert (judged["state"], told["outcome"], told["items"], told["diverse"]) == ("running", "not_met", 2, 0)
    assert len(await listed(world, told["behind"])) == 2
    assert json.loads((await world.facts("pilot.judged"))[-1].event.diversity)["items"] == 2


async def test_what_a_project_does_not_ask_is_not_counted(world: World) -> None:
    project = await world.project(plan=PLAN)
    ann = await world.invite("ann")
    await world.items(project, "a")
    await answered(world, project, ann)
    assert (await delivered(world, project))["diversity"] is None
    assert (await world.facts("delivery.prepared"))[-1].event.diversity == ""
