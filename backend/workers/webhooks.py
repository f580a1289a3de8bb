"""Webhooks brought: each process serves many at a time, each webhook is served by one process, in turns.

A turn takes the webhook's row for a while, reads the log, sends (outside of any transaction), and settles. A process
that dies between sending and settling leaves the deliveries due: they are sent again under the same `webhook-id`.

The rule of order: the oldest goes first, and nothing overtakes it while it fails. When it has failed
`HEAD_TRIES` times, the one behind it is tried in the same turn; if that arrives, the trouble is with the message: it
steps aside, is tried by itself, and the others go on. An endpoint that takes several at a time has given up the order:
what fails beside one that arrives steps aside at once.
"""

import asyncio
import logging
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from backend.domain.access import webhook_signature as signature
from backend.domain.access.webhook import DECIDED, EVERY
from backend.domain.access.webhook_retries import GIVEN_UP_AFTER, HEAD_TRIES, Told, over, retry_at
from backend.domain.errors import Refusal
from backend.events.base import Recorded, name_of
from backend.events.ids import RequestId, TenantId, uuid7, uuid8
from backend.events.store import outbox
from backend.events.store.codec import decode
from backend.events.store.database import transaction
from backend.events.store.subscription import read
from backend.readmodels import webhooks as rows
from backend.usecases.perform import DatabaseAway, Perform, system_caller
from backend.usecases.webhooks import serving
from backend.usecases.webhooks.telling import KINDS, projects_of, told
from backend.usecases.work import Caller, Meta

log = logging.getLogger("muster.webhooks")

IN_ALL = 32
"""So many webhooks a process serves at a time."""
TURNS_MAX = 50
"""Then the next webhook has its turn."""
READ_INDEXES, READS_MAX = 1_000, 20
Row = dict[str, Any]
Place = tuple[TenantId, UUID]


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery as it is to be sent."""

    row: Row
    event: Mapping[str, Any]
    project: UUID | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What is sent now: `due` in their order, `beside` by itself; `why` is set when the webhook has to be paused."""

    webhook: Row
    outbox: Row
    url: str
    secrets: Sequence[str]
    sponsor: Caller | None
    due: Sequence[Message]
    beside: Sequence[Message]
    now: datetime
    why: str | None = None

    @property
    def probing(self) -> bool:
        """The first one failed so often that the second is tried as well."""
        return bool(self.outbox["failures"] >= HEAD_TRIES)


class Withdrawn(Exception):
    """An answer may no longer be opened for this webhook."""


Came = list[tuple[Message, Told]]


class Deliverer:
    """One per process. `perform.outgoing` sends."""

    def __init__(self, perform: Perform, in_all: int = IN_ALL) -> None:
        self._perform = perform
        self._places = asyncio.Semaphore(in_all)
        self._running: dict[Place, asyncio.Task[None]] = {}
        self._again: set[Place] = set()

    def nudge(self, tenant: TenantId, webhook: UUID) -> None:
        """Serve it as soon as there is a place; once more if it is being served already."""
        place = (tenant, webhook)
        if place in self._running:
            self._again.add(place)
            return
        self._running[place] = asyncio.create_task(self._served(place))

    async def idle(self) -> None:
        """Wait until nothing is being served."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _served(self, place: Place) -> None:
        try:
            async with self._places:
                more = await self.serve(*place)
        except DatabaseAway as error:
            log.warning("the database is away (%s); the sweeper tries again", type(error).__name__)
            more = False
        except Exception:
            log.exception("webhook %s could not be served; the sweeper tries again", place[1])
            more = False
        finally:
            del self._running[place]
        if more or place in self._again:
            self._again.discard(place)
            self.nudge(*place)

    async def serve(self, tenant: TenantId, webhook: UUID) -> bool:
        """Turn after turn until nothing is due, it rests, or others have waited long enough; True: there is more."""
        holder = uuid7(0, os.urandom(10))
        for _ in range(TURNS_MAX):
            turn = await self._turn(tenant, webhook, holder)
            if turn is None:
                return False
            if turn.why is not None:
                await self._stop(tenant, webhook, turn.why, holder)
                return False
            try:
                came = await self._send(turn)
            except Withdrawn:
                await self._stop(tenant, webhook, "right_withdrawn", holder)
                return False
            if not await self._settle(tenant, turn, came, holder):
                return False
        await self._let_go(tenant, webhook, holder)
        return True

    # --- what is sent now

    async def _turn(self, tenant: TenantId, webhook: UUID, holder: UUID) -> Turn | None:
        """None, and the row let go, when there is nothing to send."""
        async with transaction(self._perform.pool, tenant) as conn:
            now = await self._perform.clock.now(conn)
            held = await outbox.take(conn, tenant, webhook, holder, now)
            row = await rows.find(conn, tenant, webhook) if held else None
            if held is None or row is None or row["retired"]:
                await conn.execute(outbox.LET_GO, tenant, webhook, holder, None)
                return None
            work = self._perform.work(conn, system_caller(tenant), _meta("webhook_serve"), now)
            sponsor, why = await serving.sponsor(work, row)
            if why is not None:
                return Turn(row, held, "", (), None, (), (), now, why)
            due, beside, behind = await self._collected(conn, tenant, held, row, now)
            if not due and not beside:
                wake_at = now if behind else await conn.fetchval(outbox.NEXT_ASIDE, tenant, webhook)
                await conn.execute(outbox.LET_GO, tenant, webhook, holder, wake_at)
                return None
            url, secrets = await serving.address(work, row)
            messages = await _messages(conn, tenant, [*due, *beside])
            cut = len(due)
            return Turn(row, held, url, secrets, sponsor, messages[:cut], messages[cut:], now)

    async def _collected(
        self, conn: asyncpg.Connection, tenant: TenantId, held: Row, row: Row, now: datetime
    ) -> tuple[list[Row], list[Row], bool]:
        """What is due, what stands aside and is due, and whether the log is not read to its end."""
        webhook, at = row["webhook"], held["next_idx"]
        head = int(await conn.fetchval(outbox.HEAD, tenant))
        most = 2 if held["failures"] >= HEAD_TRIES else row["at_once"] if not held["failures"] else 1
        beside = await outbox.rows(conn, outbox.BESIDE, tenant, webhook, now)
        due = await outbox.rows(conn, outbox.IN_TURN, tenant, webhook, most)
        for _ in range(READS_MAX):
            if len(due) >= most or at >= head:
                break
            end = min(head, at + READ_INDEXES)
            found = await _wanted(conn, tenant, row, at, end)
            await outbox.collect(conn, tenant, webhook, found, end, now)
            at = end
            due = await outbox.rows(conn, outbox.IN_TURN, tenant, webhook, most) if found else due
        return due, beside, at < head

    # --- sending, outside of any transaction

    async def _send(self, turn: Turn) -> Came:
        """Raises Withdrawn."""
        if not turn.probing:
            each = [self._bring(turn, one) for one in (*turn.due, *turn.beside)]
            return list(zip((*turn.due, *turn.beside), await _all(each), strict=True))
        came: Came = []
        for one in (*turn.due, *turn.beside):
            came.append((one, await self._bring(turn, one)))
            if one in turn.due and came[-1][1].what == "delivered":
                break
        return came

    async def _bring(self, turn: Turn, message: Message) -> Told:
        outgoing = self._perform.outgoing
        assert outgoing is not None, "who serves webhooks may send"
        event = dict(message.event)
        if turn.webhook["with_answers"] and event["type"] == DECIDED:
            event["data"] = {**event["data"], **await self._disclosed(turn, message)}
        body = to_json(event)
        headers = signature.signed(turn.secrets, event["id"], int(turn.now.timestamp()), body)
        answered: serving.Answered = await outgoing.post(turn.url, headers, body)
        return Told(answered.status, answered.error, answered.retry_after)

    async def _disclosed(self, turn: Turn, message: Message) -> Mapping[str, Any]:
        """The answer, opened on behalf of who registered the webhook. Raises Withdrawn."""
        assert turn.sponsor is not None, "who has no right any more was paused"
        meta = _meta("webhook_disclose", turn.webhook["webhook"])
        about = {"project": message.project, "index": message.row["idx"]}
        try:
            return (await self._perform(serving.webhook_disclose, turn.sponsor, meta, **about)).body
        except Refusal as refusal:
            if refusal.kind == "forbidden":
                raise Withdrawn from refusal
            raise

    # --- what came of it

    async def _settle(self, tenant: TenantId, turn: Turn, came: Came, holder: UUID) -> bool:
        """Write down what came; False when this turn was the last one."""
        webhook = turn.webhook["webhook"]
        async with transaction(self._perform.pool, tenant) as conn:
            now = await self._perform.clock.now(conn)
            if not await conn.fetch(outbox.HOLDS, tenant, webhook, holder):
                return False
            in_turn = [(one, what) for one, what in came if one in turn.due]
            arrived = any(what.what == "delivered" for _, what in in_turn)
            for one, what in came:
                aside = one in turn.beside or arrived
                await conn.execute(outbox.SETTLE, tenant, webhook, *_settled(one, what, aside, now))
            rests = bool(in_turn) and not arrived
            if in_turn:
                failures = turn.outbox["failures"] + 1 if rests else 0
                until = max(_again(what, failures, now) for _, what in in_turn) if rests else None
                await conn.execute(outbox.RESTS, tenant, webhook, failures, until)
            if rests:
                await conn.execute(outbox.LET_GO, tenant, webhook, holder, until)
        if any(what.what == "gone" for _, what in came):
            await self._stop(tenant, webhook, "gone", holder)
            return False
        await self._park(tenant, turn, came, rests, now)
        return not rests

    async def _park(self, tenant: TenantId, turn: Turn, came: Came, rests: bool, now: datetime) -> None:
        """Give up what has failed for 72 hours: what stands aside by itself; when the endpoint itself fails, all that
        has waited so long behind it."""
        failed = [(one, what) for one, what in came if what.what != "delivered"]
        late = tuple(one.row["delivery"] for one, _ in failed if over(one.row["since"], now))
        if not late:
            return
        said: dict[str, Any] = {
            "webhook": turn.webhook["webhook"],
            "before": now - GIVEN_UP_AFTER,
            "beside": late,
            "in_turn": rests,
            "why": failed[-1][1].why,
        }
        while (await self._as_system(serving.webhook_park, tenant, said))["parked"]:
            pass

    async def _let_go(self, tenant: TenantId, webhook: UUID, holder: UUID) -> None:
        """Whoever comes next finds everything as it is now."""
        async with transaction(self._perform.pool, tenant) as conn:
            now = await self._perform.clock.now(conn)
            await conn.execute(outbox.LET_GO, tenant, webhook, holder, now)

    async def _stop(self, tenant: TenantId, webhook: UUID, why: str, holder: UUID) -> None:
        await self._let_go(tenant, webhook, holder)
        log.warning("webhook %s is paused: %s", webhook, why)
        await self._as_system(serving.webhook_stop, tenant, {"webhook": webhook, "why": why})

    async def _as_system(self, usecase: Any, tenant: TenantId, said: Mapping[str, Any]) -> Mapping[str, Any]:
        meta = _meta(usecase.__name__, said["webhook"])
        return (await self._perform(usecase, system_caller(tenant), meta, **said)).body


async def _all(each: Sequence[Any]) -> list[Told]:
    """All of them to their end, whatever one of them raises: none may go on behind the turn's back."""
    came = await asyncio.gather(*each, return_exceptions=True)
    for one in came:
        if isinstance(one, BaseException):
            raise one
    return [one for one in came if isinstance(one, Told)]


def _again(what: Told, failures: int, now: datetime) -> datetime:
    return retry_at(what, failures, now, random.random())


def _settled(one: Message, what: Told, aside: bool, now: datetime) -> tuple[Any, ...]:
    """As SETTLE takes it: delivery, state, when it is due by itself, when it was tried, and what came."""
    delivery, attempts = one.row["delivery"], one.row["attempts"] + 1
    if what.what == "delivered":
        return delivery, "delivered", None, now, what.status, None
    state, due_at = ("aside", _again(what, attempts, now)) if aside else ("due", None)
    return delivery, state, due_at, now, what.status, what.why


async def _wanted(
    conn: asyncpg.Connection, tenant: TenantId, row: Row, first: int, end: int
) -> list[tuple[UUID, int, str]]:
    """The events of this stretch that the webhook is told, as deliveries."""
    kinds = sorted(KINDS) if EVERY in row["kinds"] else row["kinds"]
    facts = await read(conn, tenant, first, end, kinds)
    about = await projects_of(conn, tenant, facts) if row["project"] else [None] * len(facts)
    return [
        (uuid8(row["webhook"], "delivery", str(fact.index)), int(fact.index or 0), name_of(fact.event))
        for fact, project in zip(facts, about, strict=True)
        if row["project"] is None or project == row["project"]
    ]


async def _messages(conn: asyncpg.Connection, tenant: TenantId, found: Sequence[Row]) -> list[Message]:
    kept = await outbox.rows(conn, outbox.AT, tenant, [row["idx"] for row in found])
    facts: list[Recorded] = [decode(row["body"], row["idx"]) for row in kept]
    about = await projects_of(conn, tenant, facts)
    by_index = {
        fact.index: (told(fact, project), project) for fact, project in zip(facts, about, strict=True)
    }
    return [Message(row, *by_index[row["idx"]]) for row in found]


def _meta(operation: str, webhook: UUID | None = None) -> Meta:
    named = ("webhook", str(webhook)) if webhook else None
    return Meta(RequestId(uuid7(0, os.urandom(10))), operation, resource=named)
