"""The database, the queue's transport and the certificates: embedded ones unless the settings name real
servers.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.platform.child import Child
from backend.platform.folder import make_folder
from backend.platform.identity import open_for, server_identity
from backend.platform.postgres import EmbeddedPostgres
from backend.platform.problems import PlatformProblem
from backend.platform.roles import (
    APP,
    OWNER,
    SEQUENCER,
    check_login,
    ensure_roles,
    passwords_in,
    run_now,
    with_login,
    without_password,
)
from backend.platform.tls import TlsFiles, ensure_tls
from backend.platform.valkey import EmbeddedValkey
from backend.settings import Settings

_REDIS_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Services:
    """What the rest of Muster needs to start: three logins to one database, a Redis URL, certificates.

    `postgres` and `valkey` are None where the settings name a server; `tls` is None with
    MUSTER_INSECURE_LOOPBACK.
    """

    owner_dsn: str
    app_dsn: str
    sequencer_dsn: str
    redis_url: str
    postgres: EmbeddedPostgres | None
    valkey: EmbeddedValkey | None
    tls: TlsFiles | None

    @property
    def children(self) -> list[Child]:
        """The embedded servers, for a Supervisor."""
        return [server.child for server in (self.valkey, self.postgres) if server is not None]

    def stop(self) -> None:
        """Stop the embedded servers and let go of their folders. Harmless when they are stopped."""
        _stop(self.postgres, self.valkey)


def start_services(settings: Settings) -> Services:
    """Bring up all three at the same time; when it returns they answer. PlatformProblem, with all stopped, if
    not.
    """
    data = settings.data
    _open_data_folder(settings)
    postgres = (
        None if settings.database_url or settings.database_url_owner else EmbeddedPostgres(data / "postgres")
    )
    valkey = None if settings.redis_url else EmbeddedValkey(data / "valkey")
    pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="muster-services")
    try:
        database = pool.submit(_start_database, settings, postgres)
        queue = pool.submit(_start_redis, settings, valkey)
        tls = pool.submit(_start_tls, settings)
        owner, app, sequencer = database.result()
        return Services(owner, app, sequencer, queue.result(), postgres, valkey, tls.result())
    except BaseException:  # Ctrl-C too: a server that is still recovering is asked to end, then waited for
        _stop(postgres, valkey)
        pool.shutdown()
        _stop(postgres, valkey)
        raise
    finally:
        pool.shutdown()


def _stop(postgres: EmbeddedPostgres | None, valkey: EmbeddedValkey | None) -> None:
    for server in (valkey, postgres):
        if server is not None:
            server.stop()


@asynccontextmanager
async def embedded(data: Path) -> AsyncIterator[Services]:
    """`async with embedded(folder) as services:` gives embedded servers for the length of the block."""
    settings = Settings.model_construct(data=data)
    services = await asyncio.to_thread(start_services, settings)
    try:
        yield services
    finally:
        await asyncio.to_thread(services.stop)


async def prepare_external(settings: Settings) -> tuple[str, str, str]:
    """The three DSNs on the server of DATABASE_URL, each one signed in once. PlatformProblem if one cannot.

    DATABASE_URL names a login that may create the three roles (or they exist). With DATABASE_URL_OWNER
    nothing is created: the roles must be there, with the passwords of the settings.
    """
    passwords = _passwords(settings)
    base = settings.database_url_owner or settings.database_url
    assert base is not None
    owner = settings.database_url_owner or with_login(base, OWNER, passwords[OWNER])
    if settings.database_url_owner is None:
        await ensure_roles(base, passwords)
    app = with_login(base, APP, passwords[APP])
    sequencer = with_login(base, SEQUENCER, passwords[SEQUENCER])
    for dsn in (owner, app, sequencer):
        await check_login(dsn)
    return owner, app, sequencer


def check_redis(url: str) -> str:
    """The version of the Redis or Valkey behind `url`. PlatformProblem if it does not answer."""
    import redis  # costs 0.1 s, and the embedded default does not need it here

    try:
        client = redis.Redis.from_url(
            url, socket_connect_timeout=_REDIS_TIMEOUT_SECONDS, socket_timeout=_REDIS_TIMEOUT_SECONDS
        )
        with client:
            info = client.info("server")
    except (redis.RedisError, OSError, ValueError) as error:
        raise PlatformProblem(
            f"Redis should answer at {without_password(url)}.",
            f"{error}.",
            "Check that the server runs and that REDIS_URL is right, or unset it to use the embedded one.",
        ) from None
    return str(info.get("valkey_version") or info.get("redis_version"))


def _open_data_folder(settings: Settings) -> None:
    """Root's servers run as another user, who must be able to walk through our folder (and only that)."""
    make_folder(settings.data)
    if not (settings.database_url or settings.database_url_owner):
        open_for(server_identity(settings.data / "postgres", "cluster"), settings.data)
    if not settings.redis_url:
        open_for(server_identity(settings.data / "valkey", "data"), settings.data)


def _start_database(settings: Settings, postgres: EmbeddedPostgres | None) -> tuple[str, str, str]:
    if postgres is None:
        return run_now(lambda: prepare_external(settings))
    postgres.start()
    return postgres.dsn(OWNER), postgres.dsn(APP), postgres.dsn(SEQUENCER)


def _start_redis(settings: Settings, valkey: EmbeddedValkey | None) -> str:
    if valkey is None:
        assert settings.redis_url is not None
        check_redis(settings.redis_url)
        return settings.redis_url
    valkey.start()
    return valkey.url


def _start_tls(settings: Settings) -> TlsFiles | None:
    return None if settings.insecure_loopback else ensure_tls(settings.data / "tls", settings.host)


def _passwords(settings: Settings) -> dict[str, str]:
    given = {
        OWNER: settings.owner_password,
        APP: settings.app_password,
        SEQUENCER: settings.sequencer_password,
    }
    known = {role: password for role, password in given.items() if password is not None}
    missing = [role for role in given if role not in known]
    return known | (passwords_in(settings.data, *missing) if missing else {})
