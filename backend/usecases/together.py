"""Together: requests of one kind that wait at the same moment share a transaction (group commit).

What waits is gathered per tenant, without waiting for more; the answers go out after the commit. One transaction, one
set of statements and one flush of the log's disk serve all of them, and no use case knows. When a member spoils the
batch, all of it is rolled back, the others go again together, and the member goes alone, as if it had come alone.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from backend.domain.errors import Refusal
from backend.events.ids import TenantId
from backend.events.store.database import transaction
from backend.events.store.log import AppendConflict
from backend.usecases import leaving
from backend.usecases.perform import Again, DatabaseAway, Perform, away
from backend.usecases.work import Answer, Caller, Meta, UseCase, Work

BATCH_MAX = 64
FLIGHTS_MAX = 1

UseCaseTogether: TypeAlias = Callable[
    [Sequence[Work], Sequence[Mapping[str, Any]]], Awaitable[Sequence[Answer]]
]


@dataclass(slots=True, eq=False)
class Member:
    """A request that waits for its answer."""

    caller: Caller
    meta: Meta
    arguments: dict[str, Any]
    answer: "asyncio.Future[Answer]"


class Spoiled(Exception):
    """These members cannot be served in this transaction; the others can in another."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(f"{len(members)} of a batch go alone")
        self.members = members


class Together:
    """Of one operation: `usecase` serves one request, `together` many."""

    def __init__(
        self, perform: Perform, usecase: UseCase, together: UseCaseTogether, again: Again | None = None
    ) -> None:
        self._perform = perform
        self._usecase = usecase
        self._together = together
        self._again = again
        self._waiting: dict[TenantId, deque[Member]] = defaultdict(deque)
        self._flights: dict[TenantId, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, caller: Caller, meta: Meta, **arguments: Any) -> Answer:
        """The answer, after the commit. Raises Refusal, which has left its own access entry."""
        member = Member(caller, meta, arguments, asyncio.get_running_loop().create_future())
        self._waiting[caller.tenant].append(member)
        # Not before everybody who came in this turn of the event loop is there.
        asyncio.get_running_loop().call_soon(self._depart, caller.tenant)
        answer = await member.answer
        if answer.refusal is not None:
            raise answer.refusal
        return answer

    def _depart(self, tenant: TenantId) -> None:
        """Take off with whoever waits, unless enough are in the air: then they wait for the next to land."""
        if self._flights[tenant] >= FLIGHTS_MAX or not self._waiting[tenant]:
            return
        self._flights[tenant] += 1
        task = asyncio.create_task(self._fly(tenant, self._board(self._waiting[tenant])))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _board(self, waiting: deque[Member]) -> list[Member]:
        """Everybody who waits, each person once: their requests go one after the other."""
        aboard: dict[Any, Member] = {}
        left: list[Member] = []
        while waiting and len(aboard) < BATCH_MAX:
            member = waiting.popleft()
            if aboard.setdefault(member.caller.subject.id, member) is not member:
                left.append(member)
        waiting.extendleft(reversed(left))
        return list(aboard.values())

    async def _fly(self, tenant: TenantId, members: list[Member]) -> None:
        try:
            while members:
                try:
                    await self._transact(tenant, members)
                    members = []
                except Spoiled as spoiled:
                    alone = set(spoiled.members)
                    await self._each(spoiled.members)
                    members = [member for member in members if member not in alone]
        except DatabaseAway as error:
            _fail(members, away(error))
        except Exception:
            # Whoever it was is found out by going alone; everybody else is served.
            await self._each(members)
        finally:
            self._flights[tenant] -= 1
            self._depart(tenant)

    async def _transact(self, tenant: TenantId, members: Sequence[Member]) -> None:
        perform = self._perform
        if len(members) == 1:
            raise Spoiled(members)
        async with transaction(perform.pool, tenant) as conn:
            first = members[0]
            work = perform.work(conn, first.caller, first.meta, await perform.clock.now(conn))
            works = {work: first} | {work.beside(one.caller, one.meta): one for one in members[1:]}
            _leave_out([works[one] for one in await leaving.repeated(list(works))])
            answers = await self._decided(works)
            _leave_out([works[one] for one in await leaving.leave(answers, perform.instance)])
        perform.committed(work)
        for one, member in works.items():
            if not member.answer.done():
                member.answer.set_result(answers[one])

    async def _decided(self, works: Mapping[Work, Member]) -> dict[Work, Answer]:
        """What each is answered, decided and recorded. Raises Spoiled with whose fault it is, if that is known."""
        try:
            told = await self._together(list(works), [member.arguments for member in works.values()])
            await next(iter(works)).finish()
        except Refusal as refusal:
            culprit = works.get(refusal.culprit)  # type: ignore[call-overload]
            raise Spoiled([culprit] if culprit else list(works.values())) from refusal
        except AppendConflict as conflict:
            owners = {next(iter(works)).shared.owners.get(stream) for stream in conflict.streams}
            known = [works[owner] for owner in owners if owner is not None and owner in works]
            raise Spoiled(known or list(works.values())) from conflict
        return dict(zip(works, told, strict=True))

    async def _each(self, members: Sequence[Member]) -> None:
        await asyncio.gather(*(self._alone(member) for member in members if not member.answer.done()))

    async def _alone(self, member: Member) -> None:
        try:
            answer = await self._perform(
                self._usecase, member.caller, member.meta, again=self._again, **member.arguments
            )
        except Exception as error:
            _fail([member], error)
        else:
            if not member.answer.done():
                member.answer.set_result(answer)


def _leave_out(members: Sequence[Member]) -> None:
    """Requests that were answered before, or are being answered elsewhere, are answered from what was kept."""
    if members:
        raise Spoiled(members)


def _fail(members: Sequence[Member], error: Exception) -> None:
    for member in members:
        if not member.answer.done():
            member.answer.set_exception(error)
