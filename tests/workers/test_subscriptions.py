"""Projections that follow the log: together where they stand together, alone where one lags or fails."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from backend.events import projects
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store import codec
from backend.events.store.database import transaction
from backend.events.store.log import APPEND
from backend.readmodels.projection import Projection
from backend.workers.subscriptions import FAILED_RETRY_SECONDS, CannotFold, Followers, follow
from tests.support.following import sequence_all
from tests.support.notes import note
from tests.support.world import World

CHECKPOINTS = "SELECT name, next_idx FROM subscription WHERE tenant = $1"


class Taker:
    """A projection without tables that remembers which events it was given, and fails when told to."""

    def __init__(self, name: str, *types: type[Any]) -> None:
        self.projection = Projection(name, (), dict.fromkeys(types, self._take))
        self.batches: list[list[int]] = []
        self.fails = False

    @property
    def taken(self) -> list[int]:
        """Indexes of the events, in the order in which they came."""
        return [index for batch in self.batches for index in batch]

    async def _take(self, conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
        if self.fails:
            raise ZeroDivisionError(self.projection.name)
        self.batches.append([int(fact.index or 0) for fact in facts])


class Log:
    """A world's log in its order, with a hand on the followers' clock."""

    def __init__(self, world: World, *takers: Taker, batch_max: int = 100) -> None:
        self.world = world
        self.now = 0.0
        self.takers = takers
        self.followers = Followers(
            world.perform.pool, [one.projection for one in takers], lambda: self.now, batch_max
        )

    async def grow(self, n: int = 1) -> int:
        """This many skills and as many projects' names, sequenced; returns the log's end."""
        for _ in range(n):
            await self.world.project(f"p{uuid4()}")
        return await self.sequence()

    async def sequence(self) -> int:
        """Every event gets its place; returns the log's end."""
        conn = await asyncpg.connect(self.world.dsn("muster_sequencer"))
        await sequence_all(conn)
        await conn.close()
        (row,) = await self.world.rows("SELECT next_idx FROM log_head WHERE tenant = $1")
        return int(row["next_idx"])

    async def follow(self, head: int, most: int = 1) -> bool:
        """At most so many passes of the followers; True when they say there is more to do at once."""
        more = True
        for _ in range(most):
            if more:
                more = await self.followers.follow_all([(self.world.tenant, head)])
        return more

    async def places(self) -> dict[str, int]:
        """Where each subscription stands."""
        return {row["name"]: row["next_idx"] for row in await self.world.rows(CHECKPOINTS)}


@pytest.fixture
def one() -> Taker:
    """Takes skills."""
    return Taker("one", projects.SkillDefined)


@pytest.fixture
def both() -> Taker:
    """Takes skills and projects."""
    return Taker("both", projects.SkillDefined, projects.ProjectCreated)


async def test_those_that_stand_together_read_every_event_once(
    world: World, one: Taker, both: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: Counter[int | None] = Counter()

    def decode(body: bytes, index: int | None = None) -> Recorded:
        decoded[index] += 1
        return codec.decode(body, index)

    monkeypatch.setattr("backend.events.store.subscription.decode", decode)
    log = Log(world, one, both)
    head = await log.grow(3)
    assert not await log.follow(head)
    assert await log.places() == {"one": head, "both": head}
    assert len(one.taken) == 3
    assert len(both.taken) == 6
    assert set(decoded) == set(both.taken), "what nobody folds is not decoded"
    assert set(decoded.values()) == {1}
    assert both.batches == [both.taken], "neighbours that have one step go to it together"


async def test_nothing_is_asked_twice_of_a_log_that_has_not_grown(world: World, one: Taker) -> None:
    log = Log(world, one)
    head = await log.grow()
    await log.follow(head)
    assert not await log.follow(head)
    assert not log.followers.waiting
    assert len(one.batches) == 1


async def test_one_that_lags_is_brought_up_alone_and_then_goes_on_with_the_others(
    world: World, one: Taker, both: Taker
) -> None:
    before = Log(world, one)
    first = await before.grow(2)
    await before.follow(first)
    log = Log(world, one, both)
    head = await log.grow(2)
    assert await log.follow(head), "they stand together now and go on at once"
    assert await log.places() == {"one": first, "both": first}
    assert (len(one.taken), len(both.taken)) == (2, 4)
    assert not await log.follow(head)
    assert await log.places() == {"one": head, "both": head}
    assert (len(one.taken), len(both.taken)) == (4, 8)
    assert both.taken == sorted(set(both.taken))


async def test_one_that_lags_far_behind_does_not_hold_up_the_others(
    world: World, one: Taker, both: Taker
) -> None:
    before = Log(world, one)
    first = await before.grow(5)
    await before.follow(first)
    log = Log(world, one, both, batch_max=6)
    head = await log.grow()
    assert head - first <= 6 < first
    assert await log.follow(head)
    assert await log.places() == {"one": head, "both": 6}
    assert not await log.follow(head, most=head)
    assert await log.places() == {"one": head, "both": head}
    assert (len(one.taken), len(both.taken)) == (6, 12)


async def test_one_that_fails_stands_still_alone_and_is_tried_again_later(
    world: World, one: Taker, both: Taker, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log(world, one, both)
    first = await log.grow()
    await log.follow(first)
    one.fails = True
    second = await log.grow()
    assert not await log.follow(second, most=3)
    assert await log.places() == {"one": first, "both": second}
    assert "one stands still" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    head = await log.grow()
    assert not await log.follow(head, most=3)
    assert await log.places() == {"one": first, "both": head}
    assert log.followers.waiting, "somebody has to be tried again"

    log.now += FAILED_RETRY_SECONDS
    assert not await log.follow(head, most=3)
    assert await log.places() == {"one": first, "both": head}, "tried again in vain"
    one.fails = False
    log.now += FAILED_RETRY_SECONDS
    assert not await log.follow(head, most=3)
    assert await log.places() == {"one": head, "both": head}
    assert not log.followers.waiting
    assert (len(one.taken), len(both.taken)) == (3, 6)


async def test_an_event_of_a_later_release_stops_only_those_who_fold_it(
    world: World, one: Taker, both: Taker
) -> None:
    other = Taker("other", projects.ProjectCreated)
    log = Log(world, one, both, other)
    await log.grow()
    fact = note(world.tenant, uuid4(), 1)
    body = re.sub(rb'"v":\d+', b'"v":99', codec.encode(fact, bytes(16)))
    async with transaction(world.perform.pool, world.tenant) as conn:
        await conn.fetch(APPEND, world.tenant, [fact.stream], [1], [1], ["skill.defined"], [body])
    head = await log.grow()
    assert not await log.follow(head, most=3)
    assert await log.places() == {"other": head}, "the others have not begun: never skipped"


async def test_what_another_process_has_in_hand_is_left_to_it(world: World, one: Taker, both: Taker) -> None:
    log = Log(world, one, both)
    first = await log.grow()
    await log.follow(first)
    head = await log.grow()
    async with transaction(world.perform.pool, world.tenant) as conn:
        await conn.execute(
            "SELECT 1 FROM subscription WHERE tenant = $1 AND name = 'one' FOR UPDATE", world.tenant
        )
        assert not await log.follow(head)
        assert log.followers.waiting
    assert await log.places() == {"one": first, "both": head}
    assert not await log.follow(head)
    assert await log.places() == {"one": head, "both": head}


async def test_who_follows_on_purpose_hears_of_the_failure(world: World, one: Taker, both: Taker) -> None:
    log = Log(world, one, both)
    await log.grow()
    one.fails = True
    with pytest.raises(CannotFold, match="one, both"):
        await follow(world.perform.pool, world.tenant, one.projection, both.projection)
    assert await log.places() == {}, "what failed together was written by none"
