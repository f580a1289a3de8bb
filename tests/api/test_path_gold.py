"""Gold over HTTP: how much is left, what is retired, and what work becomes of it."""

from typing import Any

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker

GOLD: list[dict[str, Any]] = [
    {"external_key": f"g{n}", "payload": {"item": f"g{n}"}, "truth": "xy"[n % 2]} for n in range(3)
]


async def test_gold_is_counted_retired_and_asked_no_more(admin: Speaker) -> None:
    at = await project(admin, "work", plan={"gold_share": 1.0, "live_floor": 0.0})
    gold = (await admin.do("gold_add", {"gold": GOLD}, **at))["gold"]
    stock = await admin.do("gold_stock", **at)
    assert (stock["active"], stock["unmet"], stock["lasts_days"], stock["low"]) == (3, 3, None, False)
    assert [(one["label"], one["active"]) for one in stock["classes"]] == [("x", 2), ("y", 1)]
    told = await admin.do("gold_retire", {"reason": "doubtful"}, gold=gold[0]["id"])
    assert told == {"gold": gold[0]["id"], "why": "doubtful", "key_case": None, "changes": None, "family": []}
    await admin.refused(422, "body_invalid", "gold_retire", {"reason": "dull"}, gold=gold[1]["id"])
    await admin.refused(404, "not_found", "gold_retire", {"reason": "exposed"}, gold=gold[0]["item"])
    stock = await admin.do("gold_stock", **at)
    assert (stock["active"], stock["retired"]["doubtful"]) == (2, 1)
    ann, _ = await person(admin, "ann")
    met = []
    for _ in range(3):
        lease = await pull(ann, at)
        met.append(lease["payload"]["item"])
        await ann.do("lease_submit", {"answer": "x"}, lease=lease["id"])
    assert (sorted(met[:2]), met[2]) == (["g1", "g2"], "work")
    await ann.refused(403, "forbidden", "gold_stock", **at)
    told = await admin.do("gold_health", query={"limit": 2}, **at)
    assert set(told) == {"answers", "people", "gold", "data"}
    await admin.refused(422, "query_invalid", "gold_health", query={"limit": 0}, **at)


async def test_a_wrong_key_is_said_and_what_came_of_it_is_read(admin: Speaker) -> None:
    at = await project(admin, "work", plan={"gold_share": 1.0, "live_floor": 0.0})
    gold = (await admin.do("gold_add", {"gold": GOLD[:1]}, **at))["gold"][0]["id"]
    ann, _ = await person(admin, "ann")
    await ann.do("lease_submit", {"answer": "y"}, lease=(await pull(ann, at))["id"])
    said = {"reason": "doubtful", "key": "wrong", "right": "y"}
    tried = await admin.do("gold_retire", said | {"dry_run": True}, gold=gold)
    assert (tried["changes"]["scores"], tried["changes"]["right"], tried["key_case"]) == (1, 1, None)
    await admin.refused(422, "key_missing", "gold_retire", {"reason": "doubtful", "right": "y"}, gold=gold)
    await admin.refused(409, "gold_key_stands", "gold_retire", said | {"right": "x"}, gold=gold)
    await ann.refused(403, "forbidden", "gold_retire", said, gold=gold)
    told = await admin.do("gold_retire", said, gold=gold)
    seen = await admin.do("gold_correction", gold=gold)
    assert (seen["key"], seen["key_case"], seen["data"]) == ("corrected", told["key_case"], [])
    await ann.refused(403, "forbidden", "gold_correction", gold=gold)


async def test_what_may_become_gold_is_listed_and_what_may_not_is_named(admin: Speaker) -> None:
    at = await project(admin, "work")
    assert (await admin.do("gold_candidates", **at)) == {"data": [], "next_cursor": None}
    item = (await admin.do("item_list", **at))["data"][0]["id"]
    (task,) = (await admin.do("item_get", item=item))["tasks"]
    told = await admin.do("gold_promote", {"tasks": [task]}, **at)
    assert told == {"gold": [], "left": [{"task": task, "why": "not_a_candidate"}]}
    assert (await admin.do("gold_promote", {"all": True, "limit": 5}, **at)) == {"gold": [], "left": []}
    await admin.refused(422, "promote_what", "gold_promote", {}, **at)
