"""Bring a database to this release's tables, and know whether it is there."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"

CLUSTER = """
SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid
  FROM pg_database WHERE datname = current_database()
"""
NEXT_EPOCH = "CREATE OR REPLACE FUNCTION current_epoch() RETURNS integer LANGUAGE sql STABLE AS 'SELECT {}'"


def _config(dsn: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # asyncpg speaks for SQLAlchemy too; a percent sign would be read as interpolation.
    config.set_main_option(
        "sqlalchemy.url", dsn.replace("postgresql://", "postgresql+asyncpg://", 1).replace("%", "%%")
    )
    return config


def head() -> str:
    """The revision this release needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def migrate(owner_dsn: str) -> None:
    """Run what is missing, as the schema's owner; two starters at once do it once. Blocks, outside any event loop."""
    command.upgrade(_config(owner_dsn), "head")


async def revision(conn: asyncpg.Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    if await conn.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    return str(await conn.fetchval("SELECT version_num FROM alembic_version"))


async def ensure_epoch(conn: asyncpg.Connection) -> int:
    """Raise the epoch when the data came from another cluster: a dump's transaction ids mean nothing here.

    Runs as the owner. Without it the sequencer would wait for ids that the new cluster reaches in years.
    """
    async with conn.transaction():
        here = await conn.fetchval(CLUSTER)
        known = await conn.fetchval("SELECT cluster FROM sequencer WHERE one = 1 FOR UPDATE")
        epoch = int(await conn.fetchval("SELECT current_epoch()"))
        if known != here:
            if known:
                epoch += 1
                await conn.execute(NEXT_EPOCH.format(epoch))
            await conn.execute("UPDATE sequencer SET cluster = $1 WHERE one = 1", here)
        return epoch
