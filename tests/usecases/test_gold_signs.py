"""Gold with a strong sign goes by itself, as the project's rule says, while the stock lasts; a person puts it back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from backend.readmodels.rebuild import rebuild_check
from backend.usecases.gold import disclosing, health, health_rule
from backend.workers.sweeps import sweep_all
from tests.support import worn
from tests.support.refused import refused
from tests.support.varied import vary
from tests.support.world import World
from tests.usecases.test_gold_edge_cases import sequencer
from tests.usecases.test_gold_hygiene import add, golden, retire, retired

__all__ = ["sequencer"]
SAID: dict[str, Any] = {
    "retire": ("able_people_miss_it", "same_answers", "risen", "hard"),
    "answers_min": 30,
    "daily_percent": 5,
}


async def looked(world: World, days: int = 1) -> int:
    """How many projects the daily look judges so many days later."""
    world.clock.moved += timedelta(days=days)
    return (await sweep_all(world.perform, world.tenant)).get("gold_signs_judge", 0)


async def tried(world: World, project: UUID, **said: Any) -> dict[str, Any]:
    return await world.act(health_rule.gold_health_rule_try, project=project, **(SAID | said))


async def gone(world: World, project: UUID, **said: Any) -> list[dict[str, Any]]:
    asked = {"since": None, "cursor": None, "limit": 50} | said
    return list((await world.act(health_rule.gold_gone, project=project, **asked))["data"])


async def test_what_has_risen_goes_after_a_day_and_says_on_what_it_rests(world: World) -> None:
    project, gold = await golden(world, 14)
    await worn.met(world, project, worn.risen(gold, 40))
    assert await looked(world, 0) == 0, "a day is given to answer in"
    (would,) = (await tried(world, project))["data"]
    assert (would["gold"], would["outcome"], would["signs"]) == (gold[0], "retire", ["risen"])
    assert await retired(world) == {} and await world.facts("gold.retired") == [], "a try does nothing"
    assert await looked(world) == 1
    assert await retired(world) == {str(gold[0]): "risen"}
    (fact,) = [one.event for one in await world.facts("gold.retired")]
    assert (fact.why, fact.sign_answers, fact.rule_version) == ("risen", 40, 0)
    assert float(fact.statistic) == would["statistic"] < float(fact.threshold) == 0.001 / 14
    assert await world.facts("score.corrected") == [], "no score changes by it"
    (told,) = await gone(world, project)
    assert (told["gold"], told["why"], told["asked"], told["rule_version"]) == (gold[0], "risen", False, 1)
    assert (told["label"], told["answers"], told["put_back_at"]) == ("a", 40, None)
    assert await looked(world, 0) == 0, "once a day"
    world.clock.moved += timedelta(days=2)
    assert await gone(world, project) == []


async def test_what_is_put_back_goes_again_only_by_new_answers(world: World) -> None:
    project, gold = await golden(world, 14)
    await worn.met(world, project, worn.risen(gold, 40))
    await looked(world)
    assert await world.act(health_rule.gold_put_back, gold=gold[0]) == {"gold": gold[0], "was": "risen"}
    assert await world.act(health_rule.gold_put_back, gold=gold[0]) == {"gold": gold[0], "was": None}
    (told,) = await gone(world, project)
    assert told["asked"] and told["put_back_by"] == world.admin.subject.id
    assert (await looked(world), await retired(world)) == (1, {})
    assert "risen" in await signs(world, project, gold[0]), "it is still shown"
    await worn.met(world, project, worn.risen(gold, 40, first=100))
    assert await looked(world) == 1
    assert await retired(world) == {str(gold[0]): "risen"}
    assert len(await gone(world, project, since=told["retired_at"])) == 1


async def test_a_family_whose_key_able_people_miss_goes_as_a_whole_or_not_at_all(world: World) -> None:
    project, gold = await golden(world, 14)
    copy = {"external_key": "copy", "transform": {"kind": "replace"}, "payload": {"task": "other"}}
    (kin,) = await vary(world, project, gold[0], copy)
    await worn.met(world, project, worn.missed(gold, 40))
    assert await looked(world) == 1
    assert await retired(world) == dict.fromkeys((str(gold[0]), str(kin)), "able_people_miss_it")
    by_sign, along = sorted(await gone(world, project), key=lambda one: one["gold"] != gold[0])
    assert by_sign["statistic"] is not None and along["statistic"] is None, "nothing was measured of it"


async def signs(world: World, project: UUID, gold: UUID) -> list[str]:
    told = await world.act(health.gold_health, project=project, limit=100)
    return next(list(one["signs"]) for one in told["data"] if one["gold"] == gold)


async def test_a_stock_that_is_small_loses_nothing_and_says_so(world: World) -> None:
    project, gold = await golden(world, 10)
    await worn.met(world, project, worn.risen(gold, 40))
    (would,) = (await tried(world, project))["data"]
    assert (would["why"], would["outcome"]) == ("risen", "low_stock")
    assert (await looked(world), await retired(world)) == (1, {})


async def test_a_rule_that_only_warns_retires_nothing(world: World) -> None:
    project, gold = await golden(world, 14)
    await worn.met(world, project, worn.risen(gold, 40))
    await worn.ruled(world, project, "hard", "same_answers")
    told = await world.act(health_rule.gold_health_rule_get, project=project)
    assert (told["version"], told["said_by"]) == (2, "project")
    assert (told["retire"], told["warn"]) == (["same_answers", "hard"], ["able_people_miss_it", "risen"])
    with refused("gold_health_rule_changed"):
        said = SAID | {"expected_version": 1}
        await world.act(health_rule.gold_health_rule_update, project=project, **said)
    assert (await looked(world), await retired(world)) == (1, {})
    (would,) = (await tried(world, project, retire=("risen",), answers_min=41))["data"]
    assert would["outcome"] == "few_answers"


async def test_a_group_that_shares_boxes_shows_with_its_people_and_takes_one_item_a_day(world: World) -> None:
    project, _ = await golden(world, 0)
    gold = await add(world, project, *(f"b{n}" for n in range(12)), truth=[{"box": [1, 2, 3, 4]}])
    ring = {UUID(int=1_000 + n) for n in range(3)}
    given: list[worn.Given] = [
        (one, who, True, f"{k}" if who in ring and k < 5 else f"{k} {who}")
        for k, one in enumerate(gold)
        for who in sorted({UUID(int=1_000 + n) for n in range(33)})
    ]
    await worn.met(world, project, given)
    told = await world.act(health.gold_health, project=project, limit=100)
    found = {one["gold"]: one["same_answers"] for one in told["data"] if one["same_answers"]}
    assert set(found) == set(gold[:5])
    one = found[gold[0]]
    assert (set(one["people"]), set(one["gold"]), one["right"]) == (ring, set(gold[1:5]), True)
    assert (one["trials"], one["agreed"]) == (11, 4.0) and one["p"] < 1e-5
    would = (await tried(world, project))["data"]
    assert [item["outcome"] for item in would] == ["retire"] + ["daily_share"] * 4
    taken = []
    for _ in range(3):
        await looked(world)
        taken.append(len(await retired(world)))
    assert taken == [1, 2, 2], "then ten are left"
    assert {one["outcome"] for one in (await tried(world, project))["data"]} == {"low_stock"}


async def test_who_met_harder_gold_is_seen_so(world: World) -> None:
    project, gold = await golden(world, 12)
    usual = [UUID(int=1_000 + n) for n in range(30)]
    given: list[worn.Given] = [
        (one, who, k < 6 or n % 3 == 0, "x") for k, one in enumerate(gold) for n, who in enumerate(usual)
    ]
    hard, easy = UUID(int=5_000), UUID(int=5_001)
    given += [(one, hard, k % 2 == 0, "x") for k, one in enumerate(gold[6:])]
    given += [(one, easy, k % 2 == 0, "x") for k, one in enumerate(gold[:6])]
    await worn.met(world, project, given)
    told = await world.act(health.gold_people, project=project, limit=100)
    by = {one["annotator"]: one for one in told["data"]}
    assert (told["people"], told["data"][0]["annotator"]) == (32, hard)
    assert by[hard]["accuracy"] == by[easy]["accuracy"]
    assert by[hard]["difficulty"] > 1 and by[easy]["difficulty"] < -1
    assert by[hard]["usual"] < 0.5 < 0.9 < by[easy]["usual"] and by[hard]["ability"] > by[easy]["ability"]
    before = by[hard]["answers"]
    await retire(world, gold[7])
    told = await world.act(health.gold_people, project=project, limit=1)
    assert told["data"][0]["answers"] == before, "what was retired was scored"
    empty = await world.project("empty")
    assert (await world.act(health.gold_people, project=empty, limit=1))["data"] == []


async def test_what_is_told_or_withdrawn_is_not_put_back_and_only_who_may_add_gold_does(world: World) -> None:
    project, (first, second) = await golden(world, 2)
    ann = await world.invite("ann")
    with refused("forbidden"):
        await world.act(health_rule.gold_put_back, ann, gold=first)
    with refused("forbidden"):
        await world.act(health_rule.gold_gone, ann, project=project, since=None, cursor=None, limit=5)
    with refused("not_found"):
        await world.act(health_rule.gold_put_back, gold=UUID(int=7))
    await retire(world, first)
    with refused("gold_not_by_sign"):
        await world.act(health_rule.gold_put_back, gold=first)
    await world.system(worn.retire_by_sign, gold=second)
    told = await world.act(disclosing.gold_disclose, gold=second, explanation="Look at the beak.")
    assert told["why"] == "hard"
    with refused("gold_not_by_sign"):
        await world.act(health_rule.gold_put_back, gold=second)


async def test_a_rebuild_tells_again_what_went_and_came_back(world: World, sequencer: asyncpg.Pool) -> None:
    await worn.lived(world)
    await world.follow()
    rows = await world.rows("SELECT put_back_at FROM gold_gone WHERE tenant = $1")
    assert sorted(row["put_back_at"] is None for row in rows) == [False, False, True]
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []
