"""Pulls from one process, as many at once as there are callers; every claim is counted as a row afterwards."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.events.store.database import transaction
from backend.events.store.envelope import EnvelopeBroken
from backend.usecases.perform import Perform
from backend.usecases.tasks.claiming import claim
from backend.usecases.tasks.hands import Ask
from backend.usecases.tasks.queue import WORKING, lease_pull, lease_pull_together, pull_again
from backend.usecases.together import BATCH_MAX, Together
from backend.usecases.work import Caller
from benchmarks.cpu import Spent
from benchmarks.crowd import Crowd, meta
from benchmarks.gathered import Gathered
from benchmarks.row import quantiles, shortened
from benchmarks.stock import DRAINED_MAX, Stock

Pull = Callable[[Caller], Awaitable[int]]

WARM_SHARE_MAX = 0.25
"""So much of what may be claimed at most goes before the measure begins: a fast machine must not use it all up."""


def puller(perform: Perform) -> Pull:
    """Asks for one lease as this person and says how many they got: as the API's route serves it, whoever asks at the
    same moment together. Nothing else here knows how the product claims."""
    together = Together(perform, lease_pull, lease_pull_together, pull_again)

    async def pull(caller: Caller) -> int:
        answer = await together(caller, meta("lease_pull"), project=None, max=1)
        return len(answer.body["leases"])

    return pull


def claimer(perform: Perform) -> Pull:
    """Claims one slot for this person and says how many they got: the claim of a pull and nothing around it. People are
    locked, rights, limits and quotas checked, the lane chosen, the slot taken, the event appended, the lease there, all
    of it committed; the payload is not opened, and nobody is told. Whoever asks at one moment shares a transaction.
    """

    async def transact(callers: Sequence[Caller]) -> list[int]:
        first = callers[0]
        async with transaction(perform.pool, first.tenant) as conn:
            work = perform.work(conn, first, meta("claim"), await perform.clock.now(conn))
            works = [work, *(work.beside(one, meta("claim")) for one in callers[1:])]
            given = await claim([Ask(one, None, WORKING, 1) for one in works])
            await work.finish()
        perform.committed(work)
        return [len(given[caller.subject.id]) for caller in callers]

    return Gathered(transact, BATCH_MAX)


@dataclass(slots=True)
class Pulled:
    """What came of a measured stretch."""

    pulls: int = 0
    claimed: int = 0
    began: float = 0.0
    ended: float = 0.0
    took: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Claims per second; pulls that got nothing do not count."""
        return self.claimed / max(1e-9, self.ended - self.began)

    def told(self) -> dict[str, Any]:
        """For `detail`."""
        return {
            "claims_per_second": shortened(self.rate),
            "pulls": self.pulls,
            "claimed": self.claimed,
            "latency": quantiles(self.took) if self.took else {},
            "refused": dict(self.refused),
        }


class Stretch:
    """Callers that pull without a pause; what they do before `measured` counts for nothing."""

    def __init__(self, pull: Pull, crowd: Crowd, callers: int, room: int) -> None:
        """So many `callers`, each for a person that nobody else pulls for just now; `room` claims at most."""
        self.pull = pull
        self.crowd = crowd
        self.callers = min(callers, len(crowd.people))
        self.room = room
        self.pulled = Pulled()
        self._kept = room - int(room * WARM_SHARE_MAX)
        self._free = list(crowd.people)
        self._stop = False
        self._warm = asyncio.Event()
        self._used_up = asyncio.Event()

    async def run(self, seconds: float, warm_seconds: float) -> Pulled:
        """The stretch of `seconds`, or until the room is used up; its warm-up ends early where room would run out."""
        callers = [asyncio.create_task(self._pull_on()) for _ in range(self.callers)]
        try:
            await self._for(warm_seconds, self._warm)
            self.pulled = Pulled(began=time.perf_counter())
            await self._for(seconds, self._used_up)
            self.pulled.ended = time.perf_counter()
            measured, self.pulled = self.pulled, Pulled()
        finally:
            self._stop = True
            await asyncio.gather(*callers)
        return measured

    async def _for(self, seconds: float, or_until: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(or_until.wait(), seconds)

    async def _pull_on(self) -> None:
        while not self._stop and self.room > 0:
            place = random.randrange(len(self._free))
            self._free[place], self._free[-1] = self._free[-1], self._free[place]
            person = self._free.pop()
            await self._one(person)
            self._free.append(person)

    async def _one(self, person: UUID) -> None:
        began, claimed = time.perf_counter(), 0
        try:
            claimed = await self.pull(self.crowd.caller(person))
        except EnvelopeBroken as broken:
            raise RuntimeError(
                "what is taken should be sealed; seal more of each lane: sealed_per_lane"
            ) from broken
        except Refusal as refusal:
            self.pulled.refused[refusal.code] += 1
        self.pulled.took.append(time.perf_counter() - began)
        self.pulled.pulls += 1
        self.pulled.claimed += claimed
        self.room -= claimed
        if self.room <= self._kept:
            self._warm.set()
        if self.room <= 0:
            self._used_up.set()


Beside = Callable[[Perform], Awaitable[None]]


async def claims(
    stock: Stock,
    callers: int,
    seconds: float,
    warm_seconds: float,
    beside: Beside | None = None,
    pulls: Callable[[Perform], Pull] = puller,
    drained_max: float = DRAINED_MAX,
) -> tuple[Pulled, dict[str, float]]:
    """A measured stretch in a process state of its own, and CPU milliseconds per claim of Python and PostgreSQL.

    `beside` sees the Perform before the first pull; `pulls` says how to pull with it. RuntimeError when the rows are
    not what the callers were told.
    """
    room = await stock.room(drained_max)
    await stock.forget_leases()
    async with stock.place.performing(stock.database) as perform:
        if beside is not None:
            await beside(perform)
        stretch = Stretch(pulls(perform), stock.crowd, callers, room)
        spent = Spent(postgres=stock.place.server_pid)
        process = time.process_time()
        pulled = await stretch.run(seconds, warm_seconds)
        told = room - stretch.room
        stock.gone += told
        cpu = {"python": 1_000 * (time.process_time() - process) / max(1, told)} | spent.ms_per(told)
    if (rows := await stock.taken()) != told:
        raise RuntimeError(
            f"as many leases should be there as were handed out, {told}; there are {rows} rows"
        )
    return pulled, {name: shortened(value) for name, value in cpu.items()}
