"""Worn gold in a test: answers that make an item's health, and a history in which a sign retires and a person mends."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.domain.projects import gold as domain
from backend.events.store.database import transaction
from backend.usecases.gold import health_rule
from backend.usecases.projects import intake
from backend.usecases.work import Answer, Work
from tests.support.world import World

# What everybody would have answered, as the folds keep it: a thousand pulls would show no more than these rows do.
MET = """
INSERT INTO gold_met (tenant, gold, annotator, project, shown_at, exam, correct, lease)
SELECT $1, gold, annotator, $2, at, false, correct, lease
  FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::bool[], $7::uuid[]) n(gold, annotator, at, correct, lease)
"""
SAID = """
INSERT INTO answer (tenant, lease, annotator, project, task, item, stage, gold, answer, answer_token, guideline_version,
                    reclaimed, submitted_at)
SELECT $1, n.lease, n.annotator, $2, n.lease, n.lease, 'annotate', n.gold, '', n.said, 1, false, n.at
  FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::uuid[], $7::text[]) n(gold, annotator, at, lease, said)
"""
Given = tuple[UUID, UUID, bool, str]
"""Gold, person, right or not, and what was said."""


async def met(world: World, project: UUID, given: list[Given]) -> None:
    """These answers are given one after the other, within seconds."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        now = await world.clock.now(conn)
        at = [now + timedelta(milliseconds=n) for n in range(len(given))]
        gold, people, right, said = (list(column) for column in zip(*given, strict=True))
        leases = [uuid4() for _ in given]
        await conn.execute(MET, world.tenant, project, gold, people, at, right, leases)
        await conn.execute(SAID, world.tenant, project, gold, people, at, leases, said)


def risen(gold: list[UUID], people: int, first: int = 0) -> list[Given]:
    """People of different ability have most right, but item 0: the first half is wrong there, the second right."""
    dice = random.Random(first)
    given = []
    for n in range(people):
        able = dice.uniform(0.6, 0.95)
        for k, one in enumerate(gold):
            right = 2 * n >= people if k == 0 else dice.random() < able
            given.append((one, UUID(int=1_000 + first + n), right, str(right)))
    return given


def missed(gold: list[UUID], people: int) -> list[Given]:
    """Half of the people are able, and they alone have item 0 wrong."""
    dice = random.Random(3)
    given = []
    for n in range(people):
        able = 2 * n < people
        for k, one in enumerate(gold):
            right = not able if k == 0 else dice.random() < (0.95 if able else 0.5)
            given.append((one, UUID(int=5_000 + n), right, str(right)))
    return given


async def retire_by_sign(work: Work, *, gold: UUID) -> Answer:
    """As the daily look does it."""
    work.require("gold:add")
    await work.load(domain.GOLD, [gold])
    sign = domain.Sign(statistic=1.5, threshold=1.25, answers=31, rule_version=0)
    command = domain.RetireGold(why="hard", answers=31, disagreed=20, basis_index=1, sign=sign)
    work.decide(domain.GOLD, gold, command)
    return Answer({})


async def ruled(world: World, project: UUID, *retire: str, **numbers: Any) -> None:
    """The project's rule from now on."""
    before = await world.act(health_rule.gold_health_rule_get, project=project)
    said = {"retire": retire, "answers_min": 30, "daily_percent": 5} | numbers
    await world.act(
        health_rule.gold_health_rule_update, project=project, expected_version=before["version"], **said
    )


async def lived(world: World, here: str = "") -> None:
    """Signs retire two items; one of them is put back, retired once more and put back again."""
    project = await world.project(f"{here}worn")
    items = tuple({"external_key": key, "payload": key, "truth": "a"} for key in ("one", "two"))
    added = await world.act(intake.gold_add, project=project, gold=items, exam_only=False)
    one, two = (UUID(str(gold["id"])) for gold in added["gold"])
    await ruled(world, project, "hard")
    await world.system(retire_by_sign, gold=two)
    for _ in range(2):
        await world.system(retire_by_sign, gold=one)
        await world.act(health_rule.gold_put_back, gold=one)
