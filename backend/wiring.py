"""The composition root: settings in, running processes out."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.events.store.database import DatabaseClock, open_pool
from backend.events.store.keyring import FileKeyring
from backend.settings import Settings

ADDRESSES = "MUSTER_ADDRESSES"
POOL_SIZE_MAX = 12
LISTEN_RETRY_SECONDS = 1.0
# The tenant that `muster up` makes: one instance, one organisation; others are created beside it.
FIRST_TENANT = TenantId(UUID("018f0000-0000-7000-8000-000000000001"))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are: three logins to one database, Redis, the keyring, and the certificates."""

    owner_dsn: str
    app_dsn: str
    sequencer_dsn: str
    redis_url: str
    keyring: str
    cert_file: str | None
    key_file: str | None
    ca_file: str | None = None

    def to_environment(self) -> dict[str, str]:
        """For child processes of the same user."""
        return {ADDRESSES: json.dumps(asdict(self))}


def addresses(settings: Settings) -> Addresses:
    """From the parent's environment, or from the settings when a process was started alone."""
    if given := os.environ.get(ADDRESSES):
        return Addresses(**json.loads(given))
    from backend.platform.problems import PlatformProblem
    from backend.platform.services import prepare_external
    from backend.platform.tls import ensure_tls

    if not settings.redis_url or not (settings.database_url or settings.database_url_owner):
        raise PlatformProblem(
            "A process started alone needs DATABASE_URL and REDIS_URL.",
            "At least one is missing.",
            "Set both, or start everything with `muster up`.",
        )
    owner, app, sequencer = asyncio.run(prepare_external(settings))
    tls = None if settings.insecure_loopback else ensure_tls(settings.data / "tls", settings.host)
    files = (str(tls.cert_file), str(tls.key_file)) if tls else (None, None)
    return Addresses(owner, app, sequencer, settings.redis_url, str(settings.data / "keyring.json"), *files)


RUNNING = "addresses.json"


def running(settings: Settings) -> Addresses | None:
    """The addresses that a running `muster up` left in its data folder (mode 0600), None when none runs."""
    from backend.platform.folder import FolderLock

    file = settings.data / RUNNING
    if not file.exists() or FolderLock(settings.data).holder() is None:
        return None
    return Addresses(**json.loads(file.read_text()))


@asynccontextmanager
async def performing(where: Addresses, settings: Settings, waker: Any, name: str) -> AsyncIterator[Any]:
    """A Perform over its own pool, for as long as the block runs."""
    from backend.platform.guard import networks
    from backend.platform.outgoing import Outgoing
    from backend.usecases.perform import Perform
    from backend.usecases.vault import Vault
    from backend.workers.hints import RedisHints

    pooled = settings.db_pooler == "transaction"
    pool = await open_pool(where.app_dsn, size_max=POOL_SIZE_MAX, pooler=pooled)
    # A lost keyring must be an error, not a new one that can read nothing: only the very first start makes one.
    vault = Vault(FileKeyring(Path(where.keyring), create=name == "first"))
    listening = None if pooled else asyncio.create_task(hear_destroyed_keys(where.app_dsn, vault.data_keys))
    hints = RedisHints(where.redis_url)
    outgoing = Outgoing(networks(settings.webhook_networks))
    try:
        perform = Perform(
            pool,
            vault,
            DatabaseClock(),
            waker,
            f"{name}-{os.getpid()}",
            hints,
            settings.sighting_days,
            outgoing,
        )
        yield perform
        await perform.sightings.close()
    finally:
        await hints.close()
        await outgoing.close()
        if listening is not None:
            listening.cancel()
        await pool.close()


async def hear_destroyed_keys(dsn: str, data_keys: Any) -> None:
    """Forget data keys that another process destroyed, at once instead of after the cache's five minutes."""
    from backend.events.store.datakeys import CHANNEL

    while True:
        lost = asyncio.Event()
        try:
            conn = await asyncpg.connect(dsn)
            conn.add_termination_listener(lambda _conn, lost=lost: lost.set())
            await conn.add_listener(CHANNEL, lambda _conn, _pid, _channel, payload: data_keys.heard(payload))
            await lost.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(LISTEN_RETRY_SECONDS)


async def fold_anew(where: Addresses) -> int:
    """Fold the projections anew when they were folded into another migration's tables; returns how many events."""
    from backend.events.store.database import open_pool
    from backend.events.store.migrate import head
    from backend.readmodels.refold import refold

    app, sequencer = (
        await open_pool(where.app_dsn, size_max=2),
        await open_pool(where.sequencer_dsn, size_max=1),
    )
    try:
        return await refold(app, sequencer, head())
    finally:
        await app.close()
        await sequencer.close()


async def bootstrap(where: Addresses, settings: Settings, administrators: int) -> Mapping[str, Any]:
    """Migrated database -> keyring, first tenant, and fresh keys of so many administrators, valid a day."""
    from backend.events.ids import RequestId, uuid7
    from backend.events.store.migrate import ensure_epoch
    from backend.events.store.partitions import make_years
    from backend.usecases.bootstrap import tenant_bootstrap
    from backend.usecases.perform import system_caller
    from backend.usecases.work import Meta

    conn = await asyncpg.connect(where.owner_dsn)
    await ensure_epoch(conn)
    await make_years(conn, await DatabaseClock().now(conn))
    await conn.execute(f"SELECT set_config('app.tenant', '{FIRST_TENANT}', false)")
    first = not await conn.fetchval("SELECT EXISTS (SELECT 1 FROM keys.data_key)")
    await conn.close()
    async with performing(
        where, settings, lambda _tenant, _jobs: None, "first" if first else "up"
    ) as perform:
        meta = Meta(RequestId(uuid7(0, os.urandom(10))), "tenant_bootstrap")
        caller = system_caller(FIRST_TENANT)
        answer = await perform(
            tenant_bootstrap, caller, meta, name="main", administrators=administrators, days=1
        )
    return dict(answer.body)


def version() -> str:
    """The installed release."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("muster")
    except PackageNotFoundError:
        return "0.1.0"
