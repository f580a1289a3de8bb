"""The health of gold: a wrong key and an item that has become known show among those that are sound."""

from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.gold import health
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_gold_hygiene import golden, retire

# What everybody would have answered, as the fold keeps it: a thousand pulls would show no more than these rows do.
LIVED = """
INSERT INTO gold_met (tenant, gold, annotator, project, shown_at, exam, correct)
SELECT $1, gold, annotator, $2, at, false, correct
  FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::bool[]) n(gold, annotator, at, correct)
"""


async def answered(world: World, project: UUID, gold: list[UUID], people: int) -> None:
    """Able people (two of three) are right on all but the item 0, where the others are; item 1 is known from the
    middle on; item 2 is missed by three of four, whoever they are."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        now = await world.clock.now(conn)
        rows = []
        for n in range(people):
            able, who = n % 3 > 0, UUID(int=1_000 + n)
            for k, one in enumerate(gold):
                usual = able or (n + k) % 4 == 0
                right = {0: not able, 1: 2 * n >= people or n % 5 == 0, 2: n % 4 == 1}.get(k, usual)
                rows.append((one, who, now.replace(microsecond=n), right))
        await conn.execute(LIVED, world.tenant, project, *map(list, zip(*rows, strict=True)))


async def test_what_is_doubtful_comes_first_with_its_signs(world: World) -> None:
    project, gold = await golden(world, 14)
    empty = await world.act(health.gold_health, project=project, limit=5)
    assert empty == {"answers": 0, "people": 0, "gold": 0, "data": []}
    await answered(world, project, gold, 60)
    told = await world.act(health.gold_health, project=project, limit=100)
    assert (told["answers"], told["people"], told["gold"], len(told["data"])) == (840, 60, 14, 14)
    signs = {one["gold"]: one["signs"] for one in told["data"]}
    assert "able_people_miss_it" in signs[gold[0]] and signs[gold[1]] == ["risen"]
    assert all(signs[one] == [] for one in gold[3:])
    assert {told["data"][0]["gold"], told["data"][1]["gold"]} == set(gold[:2])
    by = {one["gold"]: one for one in told["data"]}
    wrong, hard, sound = by[gold[0]], by[gold[2]], by[gold[5]]
    assert wrong["discrimination"]["high"] < 0 < sound["discrimination"]["low"]
    assert hard["difficulty"]["logits"] > sound["difficulty"]["logits"] + 1
    assert by[gold[1]]["rise"]["later"] == 1.0 and by[gold[1]]["rise"]["p"] < 1e-6
    assert sound["accuracy"]["low"] < sound["accuracy"]["value"] < sound["accuracy"]["high"]
    assert (sound["label"], sound["origin"], sound["answers"]) == ("a", "authored", 60)
    assert len((await world.act(health.gold_health, project=project, limit=2))["data"]) == 2


async def test_what_is_retired_is_told_no_more_and_nobody_else_may_read(world: World) -> None:
    project, gold = await golden(world, 3)
    await answered(world, project, gold, 12)
    await retire(world, gold[0])
    told = await world.act(health.gold_health, project=project, limit=100)
    assert {one["gold"] for one in told["data"]} == set(gold[1:])
    assert all(one["rise"] is None for one in told["data"])
    ann = await world.invite("ann")
    with refused("forbidden"):
        await world.act(health.gold_health, ann, project=project, limit=5)
    with refused("not_found"):
        await world.act(health.gold_health, project=UUID(int=5), limit=5)
