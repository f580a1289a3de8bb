"""What a model came to: how much it decides, how right it is, which threshold keeps an error; and done again."""

from typing import Any
from uuid import UUID

from backend.usecases.models import reporting
from backend.usecases.tasks import reworking
from backend.usecases.work import Caller
from tests.support.foretold import bring, register, routed
from tests.support.refused import refused
from tests.support.world import World


async def report(world: World, project: UUID, **more: Any) -> dict[str, Any]:
    asked = {"model": None, "error": 0.05, "confidence": 0.95} | more
    return await world.act(reporting.model_routing_report, project=project, **asked)


async def answer_all(world: World, who: Caller, project: UUID, of: dict[str, Any], otherwise: Any) -> int:
    """Answer all there is: these items so, the others otherwise; how many there were."""
    n = 0
    while leases := (await world.pull(who, project))["leases"]:
        await world.submit(who, leases[0]["id"], of.get(leases[0]["payload"]["task"], otherwise))
        n += 1
    await world.decide()
    return n


async def test_a_report_says_what_stood_how_right_audits_are_and_which_threshold_keeps_an_error(
    world: World,
) -> None:
    project, model = await world.project(), await register(world)
    await routed(world, project, model, default_threshold=0.9, audit_share=1.0)
    await bring(world, project, model, [(f"audit{n}", "cat", 0.96) for n in range(8)])
    await bring(world, project, model, [(f"low{n}", "cat", 0.75) for n in range(4)])
    await routed(world, project, model, default_threshold=0.9, classes=({"class": "owl", "threshold": 0.5},))
    await bring(world, project, model, [(f"sure{n}", "cat", 0.96) for n in range(30)])
    await bring(world, project, model, [("owl", "owl", 0.6)])
    ann = await world.invite("ann")
    await answer_all(world, ann, project, {"audit0": "dog", "low0": "dog", "low1": "dog"}, "cat")
    told = await report(world, project, error=0.15)
    cat, owl = told["classes"]
    assert (cat["label"], cat["items"], cat["machine"], cat["audit"], cat["human"]) == ("cat", 42, 30, 8, 4)
    assert (cat["audited"], cat["agreed"], cat["agreement"]) == (8, 7, 0.875)
    assert (cat["decided"], cat["deflected"], cat["deflection"]) == (42, 30, 30 / 42)
    assert (cat["answered"], cat["differed"], cat["disagreement"]) == (12, 3, 0.25)
    assert cat["deflection_low"] < 30 / 42 < cat["deflection_high"] and cat["disagreement_low"] < 0.25
    assert cat["agreement_low"] < 0.875 < cat["agreement_high"] < 1
    assert cat["wrong_let_through"] == 30 * 0.125 < cat["wrong_let_through_high"]
    assert (cat["threshold"], cat["threshold_for_error"], cat["threshold_for_error_surely"]) == (
        0.9,
        0.96,
        None,
    )
    assert [(one["from"], one["items"], one["compared"], one["right"]) for one in cat["bins"]] == [
        (0.7, 4, 4, 2),
        (0.96, 38, 8, 7),
    ]
    assert abs(cat["bins"][0]["error_from_here"] - (2 + 38 / 8) / 42) < 1e-9
    assert (owl["label"], owl["machine_share"], owl["agreement"], owl["threshold"]) == ("owl", 1.0, None, 0.5)
    assert told["all"]["items"] == 43 and told["all"]["machine"] == 31
    nobody = await report(world, project, model=await register(world, version="2"))
    assert nobody["classes"] == [] and nobody["all"]["machine_share"] is None


async def test_everything_a_model_decided_is_found_counted_and_done_again_once(world: World) -> None:
    project, model = await world.project(), await register(world)
    await routed(world, project, model, default_threshold=0.9)
    await bring(world, project, model, [(f"sure{n}", "cat", 0.96) for n in range(5)])
    await bring(world, project, model, [("low", "cat", 0.3)])
    ann = await world.invite("ann")
    await world.work(ann, project, "cat")
    await world.decide()
    about: dict[str, Any] = {"project": project, "selection": {"annotators": [model]}}
    plan = await world.act(reworking.rework_plan, **about)
    assert (plan["items"], plan["decided"], plan["keeps_away"]) == (5, 5, 0)
    for _ in range(2):
        done = await world.act(reworking.rework_execute, project=project, rework=plan["id"])
    assert done["progress"]["requeued"] == 5
    assert await answer_all(world, ann, project, {}, "dog") == 5
    told = (await world.export(project))["sure0"]
    assert (told["answer"], told["decided_by"], told["generation"]) == ("dog", "aggregate", 2)
    compared = [fact.event for fact in await world.facts("model.audited")]
    assert [one.correct for one in compared if one.routed == "machine"] == [False] * 5
    whole = (await report(world, project))["all"]
    assert (whole["audited"], whole["agreement"]) == (0, None), "what somebody doubted is no sample"
    people = await world.act(
        reworking.rework_plan, project=project, selection={"annotators": [ann.subject.id]}
    )
    assert people["items"] == 6
    with refused("not_found"):
        unknown = {"annotators": [UUID(int=9)]}
        await world.act(reworking.rework_plan, project=project, selection=unknown)
