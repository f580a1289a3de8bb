"""Folders that the servers' user can walk to, and ways to see whether a process still lives."""

import contextlib
import os
import select
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend.platform.postgres import EmbeddedPostgres
from backend.platform.roles import run_now

DEADLINE_SECONDS = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder directly below /tmp: pytest's own are closed to every user but the one who runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="muster-test-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One running embedded PostgreSQL per test file."""
    postgres = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="muster-test-", dir="/tmp")))
    postgres.start()
    yield postgres
    postgres.discard()


def fetch(dsn: str, query: str) -> list[tuple[object, ...]]:
    """Run one statement and return its rows as tuples."""

    async def ask() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return run_now(ask)


def wait_for_end(pid: int) -> bool:
    """True once the process (not necessarily our child) is gone; False after the deadline."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with contextlib.closing(os.fdopen(handle)) as watched:
        return bool(select.select([watched], [], [], DEADLINE_SECONDS)[0])
