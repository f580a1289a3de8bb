"""Races about signatures: whoever wins, no payload leaves after the act that took the right away has committed.

How it is kept: every pull locks its person's row, every read of a payload shares it, and whatever takes a right away
locks it first and changes it. So each read is wholly before the act, or sees what the act left. The log proves it:
events and access entries draw their numbers while the row is locked, so those of an earlier lock are smaller.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.domain.errors import Refusal
from backend.usecases.agreements import signing
from backend.usecases.projects import projects
from backend.usecases.tasks import holding, queue
from backend.usecases.training import training
from backend.usecases.work import Answer, Caller, Work
from tests.support.nda import DAY, asking, now, publish, revoke, sign
from tests.support.school import skill_of
from tests.support.world import World

ENTRIES = """
SELECT seq, action, convert_from(body, 'UTF8')::jsonb AS body FROM access_entry WHERE tenant = $1 ORDER BY seq
"""
SHOWN = f"""
SELECT count(*) AS n, max(seq) AS last FROM ({ENTRIES}) e WHERE e.body->'fields_seen' ? 'payload'
"""
ACT = f"SELECT max(seq) AS seq FROM ({ENTRIES}) e WHERE e.action = $2"
CLAIMED = "SELECT count(*) AS n, max(seq) AS last FROM event WHERE tenant = $1 AND type = 'lease.claimed'"
EVENT = "SELECT min(seq) AS seq FROM event WHERE tenant = $1 AND type = $2"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
SOME = 4


class Reader:
    """Somebody who pulls, reads again and gives back, and remembers what was shown after the act was over."""

    def __init__(self, world: World, who: Caller, project: UUID, over: asyncio.Event) -> None:
        self.world, self.who, self.project, self.over = world, who, project, over
        self.seen_some = asyncio.Event()
        self.late: list[Any] = []
        self.shown = 0
        self.asked_late = 0

    async def once(self) -> None:
        """A pull, and for what it gave a read and a release."""
        after = self.over.is_set()
        pulled = await self.world.pull(self.who, self.project)
        self._note(after, [lease["payload"] for lease in pulled["leases"]])
        for lease in pulled["leases"]:
            after = self.over.is_set()
            self._note(after, [await self._read(lease["id"])])
            try:
                await self.world.act(holding.lease_release, self.who, lease=lease["id"], reason="")
            except Refusal as refusal:
                assert refusal.code == "lease_revoked"

    async def _read(self, lease: UUID) -> Any:
        try:
            return (await self.world.act(queue.lease_get, self.who, lease=lease))["payload"]
        except Refusal as refusal:
            assert refusal.code == "agreement_required"
            return None

    def _note(self, after: bool, payloads: list[Any]) -> None:
        self.asked_late += after
        self.shown += sum(payload is not None for payload in payloads)
        if self.shown >= SOME:
            self.seen_some.set()
        if after:
            self.late += [payload for payload in payloads if payload is not None]


async def together(acts: list[Awaitable[Any]]) -> None:
    """All of them at once; whatever any of them raises ends the others and fails the test."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for act in acts:
            group.create_task(_awaited(act))


async def _awaited(act: Awaitable[Any]) -> None:
    await act


async def nothing_after(world: World, readers: list[Reader], action: str, event: str) -> None:
    """By what was answered, and by the log: every claim and every shown payload came before the act."""
    assert sum(one.shown for one in readers) > 0, "nobody ever saw anything: the race was no race"
    assert sum(one.asked_late for one in readers) > 0, "nobody asked after the act"
    assert [payload for one in readers for payload in one.late] == []
    (claims,), (act,) = await world.rows(CLAIMED), await world.rows(EVENT, event)
    assert claims["n"] > 0 and claims["last"] < act["seq"], "a lease was claimed after the act"
    (shown,), (entry,) = await world.rows(SHOWN), await world.rows(ACT, action)
    assert shown["n"] == sum(one.shown for one in readers)
    assert shown["last"] < entry["seq"], "an access entry shows a payload after the act's own entry"
    assert await world.rows("SELECT 1 FROM lease WHERE tenant = $1") == []


async def test_no_payload_leaves_after_a_revoke_whatever_a_hundred_pulls_do_at_once(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda, items=30), await world.invite("ann")
    await sign(world, ann, nda)
    over = asyncio.Event()
    reader = Reader(world, ann, project, over)

    async def stop() -> None:
        await reader.seen_some.wait()
        await revoke(world, ann, nda)
        over.set()

    await together([*(reader.once() for _ in range(60)), stop(), *(reader.once() for _ in range(40))])
    await together([reader.once() for _ in range(10)])
    await nothing_after(world, [reader], "signature_revoke", "signature.revoked")


async def test_no_payload_leaves_after_a_new_material_version_whatever_a_hundred_pulls_do_at_once(
    world: World,
) -> None:
    nda = await publish(world)
    project = await asking(world, nda, items=30)
    over = asyncio.Event()
    readers = [Reader(world, await world.invite(f"p{n}"), project, over) for n in range(10)]
    for reader in readers:
        await sign(world, reader.who, nda)

    async def replace() -> None:
        await readers[0].seen_some.wait()
        await publish(world, "v2", nda)
        over.set()

    pulls = [reader.once() for _ in range(10) for reader in readers]
    await together([*pulls[:60], replace(), *pulls[60:]])
    await together([reader.once() for reader in readers])
    await world.decide()
    published = "SELECT max(seq) AS seq FROM event WHERE tenant = $1 AND type = $2"
    (act,) = await world.rows(published, "agreement.published")
    (claims,) = await world.rows(CLAIMED)
    assert claims["last"] < act["seq"]
    await nothing_after(world, readers, "agreement_publish", "agreement.enforced")


@pytest.mark.parametrize("lapsed", [False, True], ids=["", "although another right of theirs lapsed before"])
async def test_a_read_that_meets_a_revoke_waits_for_it_and_shows_nothing(world: World, lapsed: bool) -> None:
    nda, other = await publish(world), await publish(world, "other", valid_days=1)
    project, ann = await asking(world, nda), await world.invite("ann")
    await sign(world, ann, nda)
    await sign(world, ann, other)
    if lapsed:
        # Nobody swept: from now on what counts is read from the rows of rights themselves.
        world.clock.moved += DAY
    (lease,) = (await world.pull(ann, project))["leases"]
    reading = await during_a_revoke(world, nda, ann, world.act(queue.lease_get, ann, lease=lease["id"]))
    assert (await reading)["payload"] is None


@pytest.mark.parametrize("lapsed", [False, True])
async def test_an_exam_opened_during_a_revoke_waits_for_it_and_shows_no_question(
    world: World, lapsed: bool
) -> None:
    nda, other = await publish(world), await publish(world, "other", valid_days=1)
    project, ann = await asking(world, nda), await world.invite("ann")
    exam, _ = await world.exam(project, {"g1": "a bird", "g2": "no bird"}, await skill_of(world, project))
    asked = {"agreements": (nda["id"],), "courses": (exam,)}
    await world.act(projects.project_requirements_update, project=project, **asked)
    await sign(world, ann, nda)
    await sign(world, ann, other)
    if lapsed:
        world.clock.moved += DAY
    assert len((await world.act(training.course_get, ann, course=exam))["questions"]) == 2
    reading = await during_a_revoke(world, nda, ann, world.act(training.course_get, ann, course=exam))
    with pytest.raises(Refusal, match="agreement_required"):
        await reading


async def during_a_revoke(
    world: World, nda: dict[str, Any], ann: Caller, read: Coroutine[Any, Any, Any]
) -> "asyncio.Task[Any]":
    """Begin to read while a revocation is decided and not yet committed; it waits, and goes on after the commit."""
    done, go = asyncio.Event(), asyncio.Event()

    async def slow_revoke(work: Work) -> Answer:
        answer = await signing.signature_revoke(
            work, agreement=nda["id"], annotator=ann.subject.id, reason="x"
        )
        await work.flush()
        done.set()
        await go.wait()
        return answer

    revoking = asyncio.create_task(world.act(slow_revoke))
    await done.wait()
    reading = asyncio.create_task(read)
    conn = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    while not await conn.fetchval(WAITING):
        assert not reading.done(), "it did not wait"
    await conn.close()
    go.set()
    await revoking
    return reading


async def test_signing_and_publishing_at_once_never_leave_a_right_that_outlives_its_end(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, nda, items=30)
    people = [await world.invite(f"p{n}") for n in range(8)]
    until = await now(world) + DAY

    async def later() -> None:
        await publish(world, "v2", nda, resign_by=until)

    async def try_to_sign(who: Caller) -> None:
        try:
            await sign(world, who, nda)
        except Refusal as refusal:
            assert refusal.code == "agreement_changed"

    acts: list[Awaitable[Any]] = [try_to_sign(who) for who in people]
    await together([*acts[:4], later(), *acts[4:]])
    rows = await world.rows("SELECT DISTINCT until FROM holding WHERE tenant = $1 AND source = 'signature'")
    assert [row["until"] for row in rows] in ([], [until]), (
        "whoever signed the first version holds it until then"
    )
    world.clock.moved += DAY + timedelta(seconds=1)
    assert [lease for who in people for lease in (await world.pull(who, project))["leases"]] == []
