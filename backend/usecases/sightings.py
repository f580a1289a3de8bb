"""Sightings: who works from which address and device, noted in memory and written down in the background.

Nothing is asked of the database where somebody waits: a note is an entry in a dictionary, and every few seconds one
statement per tenant adds what is new. What a killed process had not written is lost; that is a few seconds of a day.
"""

import asyncio
import ipaddress
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.database import DatabaseClock, transaction
from backend.readmodels import sightings as rows
from backend.usecases.vault import Vault
from backend.usecases.work import Caller

log = logging.getLogger("muster.sightings")

FLUSH_SECONDS = 15.0
KEPT_MAX = 20_000
"""So many people, addresses and devices are in memory at once; beyond that some are not noted."""
WRITTEN_MAX = 200_000
SLOT_SECONDS = 900
DAYS = 90
V4_NETWORK, V6_NETWORK = 24, 64


class Whence(NamedTuple):
    """Where a request came from: the address as text, and what the device said of itself; empty where not known.
    `weak`: only the browser's description."""

    address: str = ""
    device: bytes = b""
    weak: bool = False


class _Who(NamedTuple):
    tenant: TenantId
    annotator: UUID
    whence: Whence


Span = tuple[float, float]
"""When first and last, by the monotonic clock."""
Row = tuple[UUID, datetime, str, str, str, bool, int, datetime]


class Sightings:
    """One per process. `days`: so long sightings are looked at; 0: nothing is noted at all."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, clock: DatabaseClock, days: int = DAYS) -> None:
        self._pool = pool
        self._vault = vault
        self._clock = clock
        self._days = days
        self._fresh: dict[_Who, Span] = {}
        self._written: set[tuple[Any, ...]] = set()
        self._left_out = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, caller: Caller, whence: Whence) -> None:
        """This person is at work from there now. Never raises, and nothing waits for it."""
        if not self._days or caller.subject.kind != "annotator" or not (whence.address or whence.device):
            return
        who, at = _Who(caller.tenant, caller.subject.id, whence), time.monotonic()
        known = self._fresh.get(who)
        if known is None and len(self._fresh) >= KEPT_MAX:
            self._left_out += 1
            return
        self._fresh[who] = (at if known is None else known[0], at)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        task = asyncio.create_task(self.flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def flush(self) -> None:
        """Write down what was noted. While the database is away it stays noted for the next time."""
        fresh, self._fresh = self._fresh, {}
        if self._left_out:
            log.warning("%d sighting(s) were not noted: more than %d at once", self._left_out, KEPT_MAX)
            self._left_out = 0
        of: dict[TenantId, dict[_Who, Span]] = defaultdict(dict)
        for who, span in fresh.items():
            of[who.tenant][who] = span
        for tenant, some in of.items():
            try:
                await self._write(tenant, some)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("sightings were not written: %s", type(error).__name__)
                self._keep(some)

    async def close(self) -> None:
        """Write down the last ones."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()

    def _keep(self, some: Mapping[_Who, Span]) -> None:
        for who, (first, last) in some.items():
            if who in self._fresh or len(self._fresh) < KEPT_MAX:
                self._fresh[who] = (first, max(last, self._fresh.get(who, (first, last))[1]))

    async def _write(self, tenant: TenantId, some: Mapping[_Who, Span]) -> None:
        async with transaction(self._pool, tenant) as conn:
            now, here = await self._clock.now(conn), time.monotonic()
            new = {
                (who, day, slot)
                for who, span in some.items()
                for day, slot in _slots(now, [here - at for at in span])
            } - self._written
            told = [row for one in new if (row := self._row(*one)) is not None]
            if told:
                await rows.note(conn, tenant, told)
        if len(self._written) + len(new) > WRITTEN_MAX:
            self._written.clear()
        self._written |= new

    def _row(self, who: _Who, day: datetime, slot: int) -> Row | None:
        tenant, annotator, whence = who
        address, network = _address(whence.address)
        if not (address or whence.device):
            return None
        until = day + timedelta(days=self._days)
        tokens = (
            self._token(tenant, "address-token", address),
            self._token(tenant, "device-token", whence.device.decode("latin-1")),
            self._token(tenant, "network-token", network),
        )
        return (annotator, day, *tokens, whence.weak, slot, until)

    def _token(self, tenant: TenantId, purpose: str, value: str) -> str:
        return self._vault.token(tenant, purpose, value) if value else ""


def _slots(now: datetime, ago: Iterable[float]) -> set[tuple[datetime, int]]:
    """The day (its midnight, UTC) and the quarter of an hour of moments so many seconds ago."""
    found = set()
    for seconds in ago:
        at = (now - timedelta(seconds=seconds)).astimezone(UTC)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        found.add((day, int((at - day).total_seconds()) // SLOT_SECONDS))
    return found


def _address(text: str) -> tuple[str, str]:
    """The address in its one spelling and its network, /24 or /64; two empty texts for what is none."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "", ""
    mapped = getattr(found, "ipv4_mapped", None)
    address = mapped or found
    bits = V4_NETWORK if address.version == 4 else V6_NETWORK
    return str(address), str(ipaddress.ip_network((address, bits), strict=False))
