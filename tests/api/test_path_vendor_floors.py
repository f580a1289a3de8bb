"""Standards of vendors, slices, diversity, items by sureness and the n worst over HTTP."""

from tests.api.people import NOBODY
from tests.api.speaker import Speaker
from tests.api.test_path_quality_reports import judged
from tests.support.world import World


async def test_vendors_are_held_slices_are_read_and_the_worst_is_done_again(
    world: World, admin: Speaker
) -> None:
    at, vendor, ann = await judged(world, admin)
    rule = await admin.do("vendor_floor_set", {"vendor": vendor, "floor": 0.8})
    assert (rule["version"], rule["confidence"], rule["mode"], rule["skill"]) == (1, 0.95, "flag", None)
    assert (await admin.do("vendor_floor_list"))["data"] == [rule]
    await admin.refused(404, "not_found", "vendor_floor_set", {"vendor": NOBODY, "floor": 0.8})
    await ann.refused(403, "forbidden", "vendor_floor_list")
    card = await admin.do("vendor_quality", vendor=vendor, query={"by": "week"})
    assert (card["fell_below"], card["skills"][0]["accuracy"]["n"]) == ([], 3)
    told = await admin.do("project_slices", **at, query={"by": "class", "people_min": 3})
    assert (told["data"], told["hidden"]) == ([], {"slices": 2, "n": 3})
    await admin.refused(422, "query_invalid", "project_slices", **at, query={"people_min": 1})
    diverse = await admin.do("project_diversity", **at, query={"by": "people"})
    assert (diverse["items"], diverse["below"]) == (2, 2)
    first = await admin.do("item_list", **at, query={"sort": "confidence", "limit": 1})
    second = await admin.do(
        "item_list", **at, query={"sort": "confidence", "cursor": first["next_cursor"], "label": "dog"}
    )
    listed = [one["id"] for one in (*first["data"], *second["data"])]
    assert len(set(listed)) == 2
    await admin.refused(422, "cursor_invalid", "item_list", **at, query={"cursor": first["next_cursor"]})
    look = await admin.do("mislabels_sample", {"n": 1, "dry_run": True}, **at)
    assert (look["drawn"], look["rework"], look["open"]) == (0, None, 0), "a reviewer accepted them"
    await ann.refused(403, "forbidden", "mislabels_sample", {"n": 1}, **at)
    plan = await admin.do("rework_plan", {"selection": {"items": [listed[0]]}}, **at)
    assert (plan["items"], plan["selection"]["items"]) == (1, [listed[0]])
