"""Variants of gold on the whole path: derived, asked at their distance, and fallen together."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.gold import disclosing, families, health_rule, hygiene, stock, variants
from backend.usecases.projects import intake, projects, scoring
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support import varied, worn
from tests.support.mistaken import corrected, evidence, wrong
from tests.support.refused import refused
from tests.support.school import skill_of
from tests.support.skilled import settle
from tests.support.varied import boxed, mirrored, pairs, said_of, swapped, vary
from tests.support.world import World


@pytest_asyncio.fixture
async def sequencer(world: World) -> AsyncIterator[asyncpg.Pool]:
    """The role that sees all tenants and no keys."""
    pool = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    yield pool
    await pool.close()


async def met(world: World, who: Caller) -> list[dict[str, Any]]:
    """What gold this person was handed, in its order: the item and its family."""
    sql = """SELECT l.gold, coalesce(g.family, g.gold) AS family FROM lease_ended l JOIN gold g USING (tenant, gold)
              WHERE l.tenant = $1 AND l.annotator = $2 ORDER BY l.claimed_at, l.lease"""
    return await world.rows(sql, who.subject.id)


async def work_gold(world: World, who: Caller, project: UUID, most: int) -> int:
    """Answer gold with B until work comes, which is answered, too; how much gold there was."""
    for n in range(most):
        (lease,) = (await world.pull(who, project))["leases"]
        await world.submit(who, lease["id"], "B")
        if "a" not in lease["payload"]:
            return n
    return most


@pytest.mark.parametrize("gap", [0, 30])
async def test_nobody_meets_an_item_twice_nor_two_of_a_family_within_the_gap_and_low_stock_is_said_before(
    world: World, gap: int
) -> None:
    parents = 6
    project, gold = await pairs(world, parents, family_gap_days=gap)
    for n, one in enumerate(gold):
        await vary(world, project, one, swapped(f"swapped {n}"))
    await world.items(project, *(f"work {n}" for n in range(4)))
    ann = await world.invite("ann")
    seen = await world.act(stock.gold_stock, project=project)
    assert (seen["active"], seen["families"], seen["unmet"]) == (2 * parents, parents, parents)
    low = []
    for _ in range(parents):
        low.append((await world.act(stock.gold_stock, project=project))["low"])
        assert await work_gold(world, ann, project, 1) == 1
        await settle(world)
    # One a pull and all on one day: the warning is there while there is still gold to be given.
    assert low[0] is False and low[-2] is True
    told = await world.act(stock.gold_stock, project=project)
    assert (told["unmet"], told["low"]) == (0, True)
    assert await work_gold(world, ann, project, 9) == 0
    world.clock.moved += timedelta(days=31)
    assert await work_gold(world, ann, project, 99) == (parents if gap else 0)
    found = await met(world, ann)
    assert len({row["gold"] for row in found}) == len(found)
    assert set(Counter(row["family"] for row in found).values()) == {2 if gap else 1}


async def test_two_of_a_family_are_not_given_at_once_nor_to_who_made_or_reviewed_one(world: World) -> None:
    project, gold = await pairs(world, 2, family_gap_days=1)
    for n, one in enumerate(gold):
        await vary(world, project, one, swapped(f"swapped {n}"))
    await world.items(project, *(f"work {n}" for n in range(9)))
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.pull(ann, project, 3)
    held = "SELECT count(*) AS n, count(DISTINCT g.family) AS f FROM lease JOIN gold g USING (tenant, gold)"
    (row,) = await world.rows(held + " WHERE tenant = $1")
    assert row["n"] == row["f"] > 0
    # Ben met a parent in another way than as gold: its family is closed to him for good.
    item = (await world.rows("SELECT item FROM gold WHERE tenant = $1 AND gold = $2", gold[0]))[0]["item"]
    sql = "INSERT INTO worked (tenant, annotator, item, generation, as_reviewer) VALUES ($1, $2, $3, 1, true)"
    await world.rows(sql, ben.subject.id, item)
    world.clock.moved += timedelta(days=3)
    assert await work_gold(world, ben, project, 9) == 1
    assert {row["family"] for row in await met(world, ben)} == {gold[1]}


async def test_the_product_computes_the_key_and_shows_it_before_anything_is_written(world: World) -> None:
    project, gold = await boxed(world)
    about = {"project": project, "gold": gold, "variants": (mirrored("m"),)}
    told = (await world.act(variants.gold_variants_preview, **about))["variants"]
    assert told[0]["truth"] == [{"label": "cat", "box": [70, 10, 90, 40]}]
    assert told[0]["payload"]["url"] == "https://a.invalid/2"
    assert len(await world.rows("SELECT gold FROM gold WHERE tenant = $1")) == 1
    (made,) = await vary(world, project, gold, mirrored("m"))
    assert await vary(world, project, gold, mirrored("m")) == [made]
    await world.items(project, "work")
    ann = await world.invite("ann")
    answers = {"https://a.invalid/1": [10, 10, 30, 40], "https://a.invalid/2": [70, 10, 90, 40]}
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], [{"label": "cat", "box": answers[lease["payload"]["url"]]}])
    await settle(world)
    assert [right for right, _ in await evidence(world, ann)] == [True]
    # Whoever looked at the key and the payload is in the access log.
    (entry,) = [one for one in await world.entries() if one["action"] == "gold_variants_preview"]
    assert set(entry["fields_seen"]) == {"payload", "truth"}
    shown = await world.act(families.gold_family, project=project, gold=made)
    assert (shown["family"], shown["active"], shown["people"]) == (gold, 2, 1)
    assert [one["transform"] for one in shown["data"]] == [None, mirrored("m")["transform"]]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("gold_variant_exists", {"external_key": "other"}),
        ("variant_unlike", {"external_key": "n", "payload": {"url": "x"}}),
        ("variant_invalid", {"payload": None}),
        ("variant_unfit", {"payload": said_of(9) | {"width": 50, "height": 100}}),
        ("variant_same", {"payload": said_of(1)}),
        ("variant_leaves", {"transform": {"kind": "crop", "window": (20, 0, 80, 50)}}),
        ("item_exists", {"payload": said_of(3)}),
    ],
)
async def test_what_is_no_variant_of_this_gold_is_refused(
    world: World, code: str, change: dict[str, Any]
) -> None:
    project, gold = await boxed(world)
    (made,) = await vary(world, project, gold, mirrored("m"))
    said = {k: v for k, v in (mirrored("m") | change).items() if v is not None}
    if code == "variant_leaves":
        said["payload"] |= {"width": 80}
    with refused(code):
        await vary(world, project, gold, said)
    with refused("gold_of_family"):
        await vary(world, project, made, mirrored("of a variant") | {"payload": said_of(3)})


async def test_a_wrong_key_takes_the_family_along_and_what_is_right_is_right_everywhere(world: World) -> None:
    project, gold = await pairs(world, 1, family_gap_days=1)
    made = await vary(world, project, gold[0], swapped("swapped"))
    await world.items(project, "work", "more")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who in (ann, ben):
        (lease,) = (await world.pull(who, project))["leases"]
        # What is right in the parent's order is the second.
        said = "B" if lease["payload"]["a"].endswith("good") else "A"
        await world.submit(who, lease["id"], said)
        await settle(world)
    tried = await wrong(world, made[0], "A", dry_run=True)
    assert (tried["family"], tried["changes"]["scores"], tried["changes"]["right"]) == ([gold[0]], 2, 2)
    told = await wrong(world, made[0], "A")
    assert told["family"] == [gold[0]]
    await corrected(world)
    assert [await evidence(world, who) for who in (ann, ben)] == [[(True, 1_000_000)]] * 2
    keys = await world.rows("SELECT key, why FROM gold WHERE tenant = $1")
    assert [tuple(row.values()) for row in keys] == [("corrected", "doubtful")] * 2
    again = ({"external_key": "pairs0", "payload": {"a": "0 good", "b": "0 bad"}, "truth": "B"},)
    await world.act(intake.gold_add, project=project, gold=again, exam_only=False)
    byhand = ({"external_key": "swapped", "payload": {"a": "0 bad", "b": "0 good"}, "truth": "B"},)
    with refused("gold_of_family"):
        await world.act(intake.gold_add, project=project, gold=byhand, exam_only=False)
    assert await vary(world, project, gold[0], swapped("swapped")) == made
    assert (await world.act(stock.gold_stock, project=project))["active"] == 2


async def test_doubt_and_disclosure_end_the_family_and_withdrawing_one_ends_one(world: World) -> None:
    project, gold = await pairs(world, 3)
    made = [(await vary(world, project, one, swapped(f"s{n}")))[0] for n, one in enumerate(gold)]
    assert (await world.act(hygiene.gold_retire, gold=gold[0], reason="withdrawn"))["family"] == []
    assert (await world.act(hygiene.gold_retire, gold=made[1], reason="doubtful"))["family"] == [gold[1]]
    await world.act(disclosing.gold_disclose, gold=made[2], explanation="known")
    rows = await world.rows("SELECT gold, why FROM gold WHERE tenant = $1")
    whys = {row["gold"]: row["why"] for row in rows}
    assert [whys[one] for one in gold] == ["withdrawn", "doubtful", "withdrawn"]
    assert [whys[one] for one in made] == [None, "doubtful", "withdrawn"]


async def test_how_a_variant_was_made_anew_is_how_its_key_follows(world: World) -> None:
    project, gold = await boxed(world)
    strict = {"kind": "boxes", "options": {"same_class": True}}
    await world.act(scoring.project_scoring_update, project=project, expected_version=2, **strict)
    (made,) = await vary(world, project, gold, mirrored("m"))
    await world.act(hygiene.gold_retire, gold=made, reason="withdrawn")
    named = mirrored("m")
    named["transform"] |= {"swap_labels": [["cat", "dog"]]}
    assert await vary(world, project, gold, named) == [made]
    shown = await world.act(families.gold_family, project=project, gold=gold)
    assert [one["transform"] for one in shown["data"]] == [None, named["transform"]]
    await world.act(hygiene.gold_retire, gold=gold, reason="withdrawn")
    await world.items(project, "work")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], [{"label": "dog", "box": [92, 10, 100, 40]}])
    await settle(world)
    assert [right for right, _ in await evidence(world, ann)] == [False]
    await wrong(world, gold, [{"label": "cat", "box": [0, 10, 8, 40]}])
    await corrected(world)
    assert [right for right, _ in await evidence(world, ann)] == [True]


async def test_two_variants_show_two_pictures_and_who_withdrew_one_may_show_its_picture_again(
    world: World,
) -> None:
    project, gold = await boxed(world)
    (made,) = await vary(world, project, gold, mirrored("m"))
    turned = {"external_key": "t", "transform": {"kind": "rotate", "degrees": 180}, "payload": said_of(2)}
    other = mirrored("n") | {"transform": {"kind": "mirror", "axis": "vertical"}, "payload": said_of(4)}
    for some in ([turned], [other, turned | {"payload": said_of(4)}]):
        with refused("variant_same"):
            await vary(world, project, gold, *some)
    await world.act(hygiene.gold_retire, gold=made, reason="withdrawn")
    assert len(await vary(world, project, gold, turned)) == 1


async def test_doubt_about_gold_that_went_before_ends_what_was_derived_from_it(world: World) -> None:
    project, gold = await pairs(world, 1)
    (made,) = await vary(world, project, gold[0], swapped("s"))
    assert (await world.act(hygiene.gold_retire, gold=gold[0], reason="exposed"))["family"] == []
    told = await world.act(hygiene.gold_retire, gold=gold[0], reason="doubtful")
    assert (told["why"], told["family"]) == ("exposed", [made])


async def test_a_variant_is_not_put_back_with_a_key_that_its_parent_has_no_more(world: World) -> None:
    project, gold = await pairs(world, 2)
    made = [(await vary(world, project, one, swapped(f"s{n}")))[0] for n, one in enumerate(gold)]
    for one in made:
        await world.system(worn.retire_by_sign, gold=one)
    await world.act(hygiene.gold_retire, gold=gold[0], reason="doubtful")
    with refused("gold_of_family"):
        await world.act(health_rule.gold_put_back, gold=made[0])
    again = ({"external_key": "pairs0", "payload": {"a": "0 good", "b": "0 bad"}, "truth": "B"},)
    await world.act(intake.gold_add, project=project, gold=again, exam_only=False)
    with refused("gold_of_family"):
        await world.act(health_rule.gold_put_back, gold=made[0])
    assert await vary(world, project, gold[0], swapped("s0")) == [made[0]]
    assert (await world.act(health_rule.gold_put_back, gold=made[1]))["was"] == "hard"


async def test_an_exam_asks_one_of_a_family_and_its_plan_says_the_gap(world: World) -> None:
    project, gold = await pairs(world, 1)
    made = await vary(world, project, gold[0], swapped("swapped"))
    said: dict[str, Any] = {
        "title": "exam",
        "content": None,
        "questions": (),
        "pass_mark": 0.0,
        "course": None,
    }
    said |= {"gold": (gold[0], made[0]), "skill": await skill_of(world, project)}
    with refused("course_invalid"):
        await world.act(training.course_publish, **said)
    shown = await world.act(projects.project_get, project=project)
    assert (shown["plan"]["family_gap_days"], shown["plan_said_by"]["family_gap_days"]) == (30, "product")


async def test_what_became_of_families_is_folded_alike_again(world: World, sequencer: asyncpg.Pool) -> None:
    await varied.lived(world)
    project, gold = await boxed(world)
    for n in range(3):
        named = mirrored("m")
        named["transform"] |= {"swap_labels": [["left", f"right {n}"]]}
        await vary(world, project, gold, named)
    shown = await world.act(families.gold_family, project=project, gold=gold)
    assert shown["data"][1]["transform"] == named["transform"], "the last word counts"
    await world.follow()
    assert (await rebuild_check(world.perform.pool, sequencer, [world.tenant]))["differences"] == []


async def test_what_is_right_may_be_what_a_variant_said_all_along(world: World) -> None:
    project, gold = await pairs(world, 1)
    (made,) = await vary(world, project, gold[0], swapped("s"))
    await world.act(hygiene.gold_retire, gold=gold[0], reason="doubtful")
    again = ({"external_key": "pairs0", "payload": {"a": "0 good", "b": "0 bad"}, "truth": "B"},)
    await world.act(intake.gold_add, project=project, gold=again, exam_only=False)
    told = await wrong(world, gold[0], "A")
    assert told["key_case"] is not None
    await corrected(world)
    keys = {
        row["gold"]: row["key"] for row in await world.rows("SELECT gold, key FROM gold WHERE tenant = $1")
    }
    assert keys == {gold[0]: "corrected", made: "trusted"}


async def test_a_variant_stays_in_the_family_in_which_it_was_made(world: World) -> None:
    project, gold = await pairs(world, 1)
    twin = ({"external_key": "twin", "payload": {"a": "0 good", "b": "0 bad"}, "truth": "A"},)
    added = await world.act(intake.gold_add, project=project, gold=twin, exam_only=False)
    other = UUID(str(added["gold"][0]["id"]))
    (made,) = await vary(world, project, gold[0], swapped("s"))
    for _ in range(2):
        with refused("gold_of_family"):
            await vary(world, project, other, swapped("s"))
        await world.act(hygiene.gold_retire, gold=made, reason="withdrawn")
