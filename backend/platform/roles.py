"""The three logins of Muster's database: one owns it, one works in it, one puts events in order."""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from backend.platform.folder import write_private
from backend.platform.problems import PlatformProblem

OWNER = "muster_owner"
APP = "muster_app"
SEQUENCER = "muster_sequencer"
DATABASE = "muster"
SERVER_MAJOR_MIN = 15

_RIGHTS = {OWNER: "NOBYPASSRLS", APP: "NOBYPASSRLS", SEQUENCER: "BYPASSRLS"}
_COMMON = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"

Answer = TypeVar("Answer")


def passwords_in(folder: Path, *names: str) -> dict[str, str]:
    """The passwords kept in `folder`/passwords.json (mode 0600); names not yet there get a random one (256
    bits).
    """
    file = folder / "passwords.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    fresh = {name: secrets.token_urlsafe(32) for name in names if name not in known}
    if fresh:
        known |= fresh
        write_private(file, json.dumps(known, indent=1) + "\n")
    return {name: known[name] for name in names}


def with_login(dsn: str, role: str, password: str) -> str:
    """The same server and database as `dsn`, another login."""
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))


async def ensure_roles(dsn_admin: str, passwords: Mapping[str, str]) -> None:
    """Create the three roles that are missing and hand them the database of `dsn_admin`. Asked twice is asked
    once.

    `passwords` maps the three role names to their passwords; a role that exists keeps the password it has.
    PlatformProblem if the server is unreachable or older than 15, or the login may not create roles; the
    problem then spells out the statements for somebody who may.
    """
    connection = await _connect(dsn_admin)
    try:
        _check_version(connection.get_server_version().major)
        try:
            async with connection.transaction():
                await _create_missing(connection, passwords)
                await _hand_over(connection)
        except asyncpg.InsufficientPrivilegeError as error:
            raise _not_allowed(error, str(await connection.fetchval("SELECT current_database()"))) from None
    finally:
        await connection.close()


async def ensure_database(dsn_superuser: str, name: str = DATABASE) -> None:
    """Create the database `name` if it is missing; `dsn_superuser` names another database of the same
    server.
    """
    connection = await _connect(dsn_superuser)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    finally:
        await connection.close()


async def check_login(dsn: str) -> str:
    """The server's version if `dsn` can sign in; PlatformProblem if not, or if the server is older than
    15.
    """
    connection = await _connect(dsn)
    try:
        _check_version(connection.get_server_version().major)
        return str(connection.get_settings().server_version)
    finally:
        await connection.close()


def run_now(work: Callable[[], Coroutine[object, object, Answer]]) -> Answer:
    """Run a coroutine to its end from ordinary code, in a thread of its own: this one may already run a
    loop.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="muster-run-now") as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


async def _connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(dsn, timeout=10, statement_cache_size=0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise PlatformProblem(
            f"PostgreSQL should answer at {without_password(dsn)}.",
            f"{type(error).__name__}: {error}.",
            "Check that the server runs and that all parts of the URL are right.",
        ) from None


def without_password(dsn: str) -> str:
    """`dsn` fit for a log line."""
    parts = urlsplit(dsn)
    login, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}{at}{place}"))


def _check_version(major: int) -> None:
    if major < SERVER_MAJOR_MIN:
        raise PlatformProblem(
            f"Muster needs PostgreSQL {SERVER_MAJOR_MIN} or newer.",
            f"The server of DATABASE_URL is PostgreSQL {major}.",
            "Upgrade the server, or unset DATABASE_URL to use the embedded one.",
        )


async def _create_missing(
    connection: "asyncpg.Connection[asyncpg.Record]", passwords: Mapping[str, str]
) -> None:
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(_RIGHTS))
    present = {row["rolname"] for row in rows}
    for role, rights in _RIGHTS.items():
        if role not in present:
            literal = await connection.fetchval("SELECT quote_literal($1::text)", passwords[role])
            await connection.execute(f"CREATE ROLE {role} {_COMMON} {rights} PASSWORD {literal}")


async def _hand_over(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Ownership of the database also gives the schema `public`, which belongs to pg_database_owner
    since 15.
    """
    row = await connection.fetchrow(
        "SELECT current_database() AS name, pg_get_userbyid(datdba) AS owner,"
        " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super"
        " FROM pg_database WHERE datname = current_database()"
    )
    assert row is not None
    name = str(row["name"]).replace('"', '""')
    if row["owner"] != OWNER:
        if not row["super"]:
            await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
        await connection.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {APP}, {SEQUENCER}')


def _not_allowed(error: Exception, database: str) -> PlatformProblem:
    statements = "; ".join(
        f"CREATE ROLE {role} {_COMMON} {rights} PASSWORD '...'" for role, rights in _RIGHTS.items()
    )
    return PlatformProblem(
        f"The login of DATABASE_URL should be able to create the roles {', '.join(_RIGHTS)}.",
        f"The server says: {error}.",
        f"Have a superuser run: {statements}; ALTER DATABASE {database} OWNER TO {OWNER}; "
        "and give their passwords in MUSTER_OWNER_PASSWORD, MUSTER_APP_PASSWORD, MUSTER_SEQUENCER_PASSWORD.",
    )
