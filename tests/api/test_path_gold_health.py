"""Health of gold over HTTP: its rule is read, tried and changed; what went by itself is listed and put back."""

from uuid import UUID

from tests.api.people import person, project
from tests.api.speaker import Speaker
from tests.support import worn
from tests.support.world import World

GOLD = [{"external_key": f"g{n}", "payload": {"item": f"g{n}"}, "truth": "x"} for n in range(12)]


async def test_signs_retire_gold_by_a_rule_and_a_manager_puts_it_back(world: World, admin: Speaker) -> None:
    at = await project(admin, "work")
    added = (await admin.do("gold_add", {"gold": GOLD}, **at))["gold"]
    gold = [UUID(one["id"]) for one in added]
    await worn.met(world, UUID(at["project"]), worn.risen(gold, 40))
    rule = await admin.do("gold_health_rule_get", **at)
    assert (rule["version"], rule["warn"], rule["said_by"]) == (1, [], "product")
    said = {"retire": ["risen"], "answers_min": 20}
    told = await admin.do("gold_health_rule_update", said, if_match='"1"', **at)
    assert (told["version"], told["retire"], told["daily_percent"]) == (2, ["risen"], 5)
    stale = {"if_match": '"1"', **at}
    await admin.refused(412, "gold_health_rule_changed", "gold_health_rule_update", said, **stale)
    await admin.refused(422, "body_invalid", "gold_health_rule_try", {"retire": ["dull"]}, **at)
    tried = await admin.do("gold_health_rule_try", said, **at)
    assert [(one["gold"], one["outcome"]) for one in tried["data"]] == [(str(gold[0]), "retire")]
    health = await admin.do("gold_health", query={"limit": 2}, **at)
    assert (health["gold"], health["data"][0]["signs"]) == (12, ["risen"])
    await admin.refused(422, "query_invalid", "gold_health", query={"limit": 0}, **at)
    people = await admin.do("gold_people", query={"limit": 2}, **at)
    assert (people["people"], len(people["data"])) == (40, 2)
    await world.system(worn.retire_by_sign, gold=gold[1])
    (went,) = (await admin.do("gold_gone", query={"limit": 1}, **at))["data"]
    assert (went["gold"], went["why"], went["statistic"]) == (str(gold[1]), "hard", 1.5)
    back = await admin.do("gold_put_back", gold=went["gold"])
    assert back == {"gold": went["gold"], "was": "hard"}
    await admin.do("gold_retire", {"reason": "withdrawn"}, gold=went["gold"])
    await admin.refused(409, "gold_not_by_sign", "gold_put_back", gold=went["gold"])
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "gold_people", **at)
    await ann.refused(403, "forbidden", "gold_put_back", gold=went["gold"])
