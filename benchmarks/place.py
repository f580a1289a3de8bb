"""Where it is measured: a PostgreSQL and a Valkey of this run's own, durable as shipped, in a temporary folder."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import redis

from backend.events.store.migrate import migrate
from backend.platform.postgres import EmbeddedPostgres
from backend.platform.problems import PlatformProblem
from backend.platform.services import Services, start_services
from backend.settings import Settings
from backend.usecases.perform import Perform
from backend.wiring import Addresses, bootstrap, performing

Connection = asyncpg.Connection
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
TEMPLATE = "muster"


@dataclass
class Place:
    """The servers of one run; databases are clones of one that is migrated and has a tenant."""

    folder: Path
    settings: Settings
    services: Services
    made: dict[str, Any] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def server(self) -> EmbeddedPostgres:
        """The database server."""
        assert self.services.postgres is not None
        return self.services.postgres

    @property
    def server_pid(self) -> int | None:
        """The postmaster; everything that PostgreSQL does runs below it."""
        return self.server.child.pid

    def owner_dsn(self, database: str) -> str:
        """A login that row-level security does not bind: what is seeded is written by it."""
        return self.server.superuser_dsn(database)

    async def database(self, name: str) -> None:
        """A fresh clone under this name, once; asking again changes nothing."""
        if name in self._numbers:
            return
        await self.statement("postgres", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER muster_owner")
        self._numbers[name] = max(self._numbers.values(), default=0) + 1

    async def drop(self, name: str) -> None:
        """A database and the room it took are gone; asked for again, it is a fresh clone."""
        await self.statement("postgres", f"DROP DATABASE {name} WITH (FORCE)")
        del self._numbers[name]

    async def statement(self, database: str, sql: str) -> None:
        """Run one statement as the superuser, in a session of its own."""
        conn = await asyncpg.connect(self.owner_dsn(database))
        try:
            await conn.execute(sql)
        finally:
            await conn.close()

    def addresses(self, database: str) -> Addresses:
        """The same servers, another database on each of them: hints of one must not be taken for another's."""
        server, services = self.server, self.services
        number = self._numbers.get(database, 0)
        return Addresses(
            owner_dsn=server.dsn("muster_owner", database),
            app_dsn=server.dsn("muster_app", database),
            sequencer_dsn=server.dsn("muster_sequencer", database),
            redis_url=services.redis_url.replace("db=0", f"db={number}"),
            keyring=str(self.folder / "keyring.json"),
            cert_file=None,
            key_file=None,
        )

    @asynccontextmanager
    async def performing(self, database: str) -> AsyncIterator[Perform]:
        """The one door as a process of ours opens it, over this database; nobody is woken."""
        async with performing(
            self.addresses(database), self.settings, lambda _tenant, _jobs: None, "bench"
        ) as perform:
            yield perform

    def forget_hints(self, database: str) -> None:
        """Redis of this database emptied: slots that were put back are no longer behind any hint."""
        with redis.Redis.from_url(self.addresses(database).redis_url) as client:
            client.flushdb()

    async def setting(self, name: str) -> str:
        """A setting as the server has it."""
        conn = await asyncpg.connect(self.owner_dsn("postgres"))
        try:
            return str(await conn.fetchval("SELECT current_setting($1)", name))
        finally:
            await conn.close()


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """Started, migrated, with a tenant; everything is gone afterwards. PlatformProblem when it is not durable."""
    folder = temporary_folder()
    # The environment may name real servers: a benchmark never touches them.
    settings = Settings.model_construct(data=folder, host="127.0.0.1", insecure_loopback=True)
    services = await asyncio.to_thread(start_services, settings)
    try:
        made = Place(folder, settings, services)
        for name, wanted in DURABLE.items():
            if (found := await made.setting(name)) != wanted:
                raise PlatformProblem(f"{name} should be {wanted}.", f"It is {found}.", "Set it and repeat.")
        await asyncio.to_thread(migrate, services.owner_dsn)
        first = replace(made.addresses(TEMPLATE), redis_url=services.redis_url)
        await asyncio.to_thread(lambda: asyncio.run(_first(first, settings)))
        yield made
    finally:
        await asyncio.to_thread(_discard, services, folder)


async def _first(where: Addresses, settings: Settings) -> None:
    await bootstrap(where, settings, administrators=1)


def temporary_folder() -> Path:
    """A folder of our own straight below the temporary one, which a dropped user can walk through."""
    return Path(tempfile.mkdtemp(prefix="muster-bench-"))


def _discard(services: Services, folder: Path) -> None:
    for server in (services.valkey, services.postgres):
        if server is not None:
            server.discard()
    shutil.rmtree(folder, ignore_errors=True)
