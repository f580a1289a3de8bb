"""Variants of gold over HTTP: previewed, made, read as a family, and refused with a code."""

from typing import Any
from uuid import uuid4

from tests.api.people import person, project
from tests.api.speaker import Speaker

GOLD: list[dict[str, Any]] = [
    {"external_key": "g", "payload": {"text": "A cat sat.", "ask": "Who?"}, "truth": [[2, 5]]}
]
AFFIX = {"external_key": "v", "transform": {"kind": "affix", "at": "/text", "before": "Once. "}}


async def test_gold_is_varied_previewed_and_read_as_a_family(admin: Speaker) -> None:
    at = await project(admin, "work")
    await admin.do("project_scoring_update", {"kind": "spans"}, if_match='"1"', **at)
    gold = (await admin.do("gold_add", {"gold": GOLD}, **at))["gold"][0]["id"]
    at |= {"gold": gold}
    seen = await admin.do("gold_variants_preview", {"variants": [AFFIX]}, **at)
    shown = {"external_key": "v", "kind": "affix", "payload": {"text": "Once. A cat sat.", "ask": "Who?"}}
    assert seen == {"gold": gold, "compared_as": "spans", "variants": [shown | {"truth": [[8, 11]]}]}
    made = (await admin.do("gold_variants_add", {"variants": [AFFIX]}, **at))["variants"]
    assert [one["external_key"] for one in made] == ["v"]
    family = await admin.do("gold_family", **at)
    assert [one["transform"] for one in family["data"]] == [None, AFFIX["transform"]]
    assert (family["family"], family["active"], family["gap_days"]) == (gold, 2, 30)
    again = {"variants": [AFFIX | {"external_key": "w"}]}
    await admin.refused(409, "gold_variant_exists", "gold_variants_add", again, **at)
    mirror = {"external_key": "m", "transform": {"kind": "mirror", "axis": "vertical"}, "payload": {}}
    await admin.refused(422, "variant_size_missing", "gold_variants_add", {"variants": [mirror]}, **at)
    sized = mirror | {
        "transform": mirror["transform"] | {"size": [9, 9]},
        "payload": GOLD[0]["payload"] | {"ask": "?"},
    }
    await admin.refused(409, "variant_unfit", "gold_variants_preview", {"variants": [sized]}, **at)
    dull = {"variants": [{"external_key": "d", "transform": {"kind": "shear"}}]}
    await admin.refused(422, "body_invalid", "gold_variants_add", dull, **at)
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "gold_family", **at)
    await admin.refused(404, "not_found", "gold_family", **at | {"gold": str(uuid4())})
