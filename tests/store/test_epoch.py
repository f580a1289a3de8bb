"""A dump in a new cluster: its transaction ids mean nothing there, and the raised epoch says so."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from backend.events.ids import TenantId
from backend.events.store.database import open_pool, transaction
from backend.events.store.migrate import ensure_epoch, migrate
from backend.events.store.sequencer import Pass, sequence_once
from backend.platform.binaries import find_postgres
from backend.platform.postgres import EmbeddedPostgres
from tests.support.following import sequence_all
from tests.support.notes import append, new_tenant, note, notes, places

BURN = """
DO $$ BEGIN FOR n IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$
"""
BEYOND_HORIZON = "SELECT count(*) FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"


@pytest.fixture
def new_cluster() -> Iterator[EmbeddedPostgres]:
    """A second server, whose transaction ids begin anew."""
    server = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="muster-test-")))
    server.start()
    yield server
    server.discard()


def run(program: str, server: EmbeddedPostgres, *arguments: str) -> None:
    """One of PostgreSQL's own programs, as the superuser of that server."""
    info = server.info
    where = ["--host", str(info.host), "--port", str(info.port), "--username", info.user]
    command = [str(find_postgres() / program), *where, *arguments]
    done = subprocess.run(
        command, env={**os.environ, "PGPASSWORD": info.password}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def fill(old: EmbeddedPostgres, database: str, tenant: TenantId) -> int:
    """Five streams with two versions each, half of them sequenced; returns the epoch they are of."""
    owner = await asyncpg.connect(old.dsn("muster_owner", database))
    epoch = await ensure_epoch(owner)
    await owner.close()
    burner = await asyncpg.connect(old.superuser_dsn(database))
    await burner.execute(BURN)
    await burner.close()
    app = await open_pool(old.dsn("muster_app", database))
    sequencer = await asyncpg.connect(old.dsn("muster_sequencer", database))
    for version in (1, 2):
        async with transaction(app, tenant) as conn:
            await append(conn, tenant, [note(tenant, stream, version) for stream in STREAMS])
        if version == 1:
            await sequence_all(sequencer)
    await sequencer.close()
    await app.close()
    return epoch


STREAMS = [uuid4() for _ in range(5)]


async def test_events_of_a_restored_dump_are_sequenced_before_the_new_ones(
    postgres: EmbeddedPostgres, database: str, new_cluster: EmbeddedPostgres, tmp_path: Path
) -> None:
    tenant, fresh = new_tenant(), uuid4()
    epoch = await fill(postgres, database, tenant)
    dump = str(tmp_path / "dump")
    await asyncio.to_thread(run, "pg_dump", postgres, "--format=custom", f"--file={dump}", database)
    await asyncio.to_thread(run, "pg_restore", new_cluster, "--dbname=muster", "--exit-on-error", dump)

    sequencer = await asyncpg.connect(new_cluster.dsn("muster_sequencer"))
    assert await sequencer.fetchval(BEYOND_HORIZON) == 10
    assert await sequence_once(sequencer) == Pass(0, 0), "without a new epoch nothing would ever be seen"
    before = await places(sequencer, tenant)
    assert len(before) == 5

    await asyncio.to_thread(migrate, new_cluster.dsn("muster_owner"))
    owner = await asyncpg.connect(new_cluster.dsn("muster_owner"))
    assert await ensure_epoch(owner) == epoch + 1
    assert await ensure_epoch(owner) == epoch + 1, "asked twice is asked once"
    await owner.close()

    app = await open_pool(new_cluster.dsn("muster_app"))
    async with transaction(app, tenant) as conn:
        await append(conn, tenant, [*notes(tenant, STREAMS[0], 3), *notes(tenant, fresh, 1, 2)])
    await app.close()
    await sequence_all(sequencer)
    after = await places(sequencer, tenant)
    assert after[:5] == before
    assert set(after[5:10]) == {(stream, 2) for stream in STREAMS}
    assert after[10:] == [(STREAMS[0], 3), (fresh, 1), (fresh, 2)]
    await sequencer.close()
