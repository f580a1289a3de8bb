"""Rates, the score's weights, what a rule stops, diversity asked and the heat map over HTTP."""

from typing import Any

from tests.api.people import NOBODY, person, project, pull
from tests.api.speaker import Speaker
from tests.api.test_path_quality_reports import judged
from tests.support.world import World

RATE = {"per": "answer", "amount_minor": 12, "currency": "EUR", "effective": "2020-01-01"}


async def test_rates_and_weights_make_the_cards_costs_and_score(world: World, admin: Speaker) -> None:
    _, vendor, ann = await judged(world, admin)
    told = await admin.do("vendor_rates_update", RATE, vendor=vendor)
    assert told == await admin.do("vendor_rates_get", vendor=vendor)
    assert (told["data"][0]["digits"], told["data"][0]["effective"]) == (2, "2020-01-01")
    weights = await admin.do("vendor_score_update", {"accuracy": 1.0, "speed": 0.0, "cost": 1.0})
    assert weights == {"accuracy": 0.5, "speed": 0.0, "cost": 0.5, "version": 1}
    assert await admin.do("vendor_score_get") == weights
    card = await admin.do("vendor_quality", vendor=vendor)
    (cost,) = card["data"][0]["costs"]["data"]
    assert (cost["per_answer"], cost["per_right_answer"]["value"]) == (12.0, 18.0)
    assert card["score"]["value"] == 1.0, "the only vendor is as all vendors are"
    wrong: dict[str, Any] = RATE | {"effective": "yesterday"}
    await admin.refused(422, "body_invalid", "vendor_rates_update", wrong, vendor=vendor)
    await admin.refused(
        422, "currency_unknown", "vendor_rates_update", RATE | {"currency": "ABC"}, vendor=vendor
    )
    await admin.refused(404, "not_found", "vendor_rates_update", RATE, vendor=NOBODY)
    await ann.refused(403, "forbidden", "vendor_rates_get", vendor=vendor)
    nothing = {"accuracy": 0.0, "speed": 0.0, "cost": 0.0}
    await admin.refused(422, "vendor_score_invalid", "vendor_score_update", nothing)


async def test_what_a_rule_stops_is_said_per_skill(admin: Speaker) -> None:
    skill = (await admin.do("skill_define", {"name": "birds"}))["id"]
    assert (await admin.do("skill_below_floor_update", {"mode": "suspend"}, skill=skill))["mode"] == "suspend"
    (listed,) = (await admin.do("skill_list"))["data"]
    assert listed["below_floor"] == "suspend"
    await admin.refused(422, "body_invalid", "skill_below_floor_update", {"mode": "x"}, skill=skill)
    await admin.refused(404, "not_found", "skill_below_floor_update", {"mode": "suspend"}, skill=NOBODY)


async def test_a_delivery_says_which_items_lack_diversity(world: World, admin: Speaker) -> None:
    at, _, _ = await judged(world, admin)
    asked = {"targets": [], "diversity": {"least": 2, "share": 0.9}}
    told = await admin.do("project_targets_update", asked, if_match='"1"', **at)
    assert told["diversity"] == {"by": "annotator", "least": 2, "share": 0.9}
    lot = await admin.do("delivery_prepare", {}, key="k", **at)
    assert (lot["state"], lot["diversity"]["outcome"]) == ("held", "not_met")
    assert lot["diversity"]["behind"].endswith(f"/diversity?by=annotator&least=2&delivery={lot['id']}")
    query = {"by": "annotator", "least": 2, "delivery": lot["id"]}
    below = await admin.do("project_diversity", **at, query=query)
    assert below["below"] == lot["items"] == len(below["data"])
    await admin.refused(409, "delivery_held", "delivery_export", delivery=lot["id"])
    wrong = {"targets": [], "diversity": {"by": "shoe size"}}
    await admin.refused(422, "body_invalid", "project_targets_update", wrong, if_match='"2"', **at)


async def test_the_heat_map_is_an_image_under_a_strict_policy(world: World, admin: Speaker) -> None:
    at, (ann, _) = await project(admin, "a", plan={"review_rate": 0.0}), await person(admin, "ann")
    await admin.do("project_scoring_update", {"kind": "boxes"}, if_match='"1"', **at)
    await admin.refused(409, "labels_not_located", "project_labels_heatmap", **at)
    lease = (await pull(ann, at))["id"]
    await ann.do("lease_submit", {"answer": [{"label": "car", "box": [0, 0, 20, 10]}]}, lease=lease)
    await world.decide()
    for form, kind, begins in (("svg", "image/svg+xml", b"<svg "), ("png", "image/png", b"\x89PNG")):
        image = await admin.send("project_labels_heatmap", **at, query={"format": form, "size": 128})
        assert (image.status_code, image.headers["content-type"]) == (200, kind)
        assert image.content.startswith(begins)
        assert image.headers["content-security-policy"].startswith("default-src 'none'")
        assert image.headers["x-content-type-options"] == "nosniff"
    told = await admin.do("project_labels_heatmap", **at, query={"format": "json", "label": "car"})
    assert (told["width"], told["maps"][0]["n"], told["maps"][0]["most"]) == (20.0, 1, 1)
    await admin.refused(422, "query_invalid", "project_labels_heatmap", **at, query={"size": 5_000})
