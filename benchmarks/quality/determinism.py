"""Is a rebuild the same to the bit? Two histories, each folded anew twice, by two processes that hash differently.

One history is a real crowd re-enacted through the API of an instance as `muster up` starts it; the other is that of the
tests, in which every event there is happens. Live, first and second rebuild are compared row by row in the binary form
of PostgreSQL. Servers are started for it on the loopback and end with it. quality.md 4.4, last row.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from backend.events.store.database import open_pool
from backend.events.store.migrate import ensure_epoch, migrate
from backend.platform.instance import Instance
from backend.platform.postgres import EmbeddedPostgres
from backend.platform.services import start_services
from backend.platform.valkey import EmbeddedValkey
from backend.readmodels.rebuild import tenants
from backend.readmodels.registry import FOLLOWING, INLINE
from backend.reenact.options import AUTO, Options
from backend.reenact.run import reenact
from backend.settings import Settings
from backend.usecases.review import planting
from backend.workers.subscriptions import follow
from benchmarks.place import temporary_folder
from benchmarks.quality.sets import SETS
from benchmarks.server import ROOT, instance
from tests.support.following import sequence_all, settle
from tests.support.history import live_through
from tests.support.world import open_world

SEED = 1
SET = "snow_rte"
HASH_SEEDS = ("1", "2")
"""Of the two processes: what hangs on the order of a Python set would come out differently."""
ASKED = {"rows that differ": 0}
SCORES = {
    "proficiency": ("proficiency", "proficiency_shown", "proficiency_state", "evidence"),
    "risk": ("review_project", "review_skill", "review_class", "review_person", "review_stratum"),
    "confidence of aggregates": ("result", "step_result"),
}
"""Tables of scores. The confidence of an aggregate is in the event of its decision: a rebuild reads it there."""
TABLES = [table for one in (*INLINE, *FOLLOWING) for table in one.tables]
DOUBLES = {table.name: sum("DOUBLE" in str(one.type) for one in table.columns) for table in TABLES}

Found = dict[str, Any]


async def reenacted(folder: Path) -> Found:
    """A real crowd through the API, gold, dynamic overlap and review by risk; the instance ends, and of its folder only
    the database is started again."""
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    asked = Options(dataset=SETS / SET, gold=20, overlap=AUTO, review=AUTO, seed=SEED)
    async with instance(keep=True) as server:
        played = await reenact(asked, server.connection)
    try:
        settings = Settings.model_construct(data=server.data, host="127.0.0.1", insecure_loopback=True)
        with Instance(settings.data):
            services = await asyncio.to_thread(start_services, settings)
            try:
                await settled(services.app_dsn, services.sequencer_dsn)
                found = await twice(services.app_dsn, services.sequencer_dsn)
            finally:
                await asyncio.to_thread(services.stop)
    finally:
        for one in (EmbeddedPostgres(server.data / "postgres"), EmbeddedValkey(server.data / "valkey")):
            one.discard()
        shutil.rmtree(server.data, ignore_errors=True)
    told = {name: played[name] for name in ("answers_submitted", "reviews", "http_errors")}
    return {"history": f"{SET} re-enacted", **told, **found}


async def lived(folder: Path) -> Found:
    """What the tests live through: every event that a projection folds is in it."""
    server = EmbeddedPostgres(folder / "postgres")
    await asyncio.to_thread(server.start)
    # As in the tests: a reviewer is shown a planted answer where the history says so, not by lot.
    planting.SHARE_PPM = 0
    try:
        await asyncio.to_thread(migrate, server.dsn("muster_owner"))
        conn = await asyncpg.connect(server.dsn("muster_owner"))
        await ensure_epoch(conn)
        await conn.close()
        async with open_world(server, "muster", folder) as world:
            await live_through(world)
            await settle(world)
        return {
            "history": "everything once",
            **await twice(server.dsn("muster_app"), server.dsn("muster_sequencer")),
        }
    finally:
        await asyncio.to_thread(server.discard)


async def settled(app_dsn: str, sequencer_dsn: str) -> None:
    """Every event has its place, and what follows the log has come to its end: no server does it any more."""
    conn = await asyncpg.connect(sequencer_dsn)
    await sequence_all(conn)
    await conn.close()
    app, sequencer = await open_pool(app_dsn, size_max=2), await open_pool(sequencer_dsn, size_max=1)
    for tenant in await tenants(sequencer):
        await follow(app, tenant, *FOLLOWING)
    await app.close()
    await sequencer.close()


async def twice(app_dsn: str, sequencer_dsn: str) -> Found:
    """Two rebuilds, and how they compare with each other and with what is live."""
    first, second = [await rebuilt(app_dsn, sequencer_dsn, seed) for seed in HASH_SEEDS]
    live, folded = first["live"], first["folded"]
    if live != second["live"]:
        raise RuntimeError("between two rebuilds nothing should change what is live; it did")
    differing = {
        one.name: different(live[one.name], folded[one.name])
        + different(first["whole"][one.name], second["whole"][one.name])
        for one in TABLES
    }
    return {
        "events": first["events"],
        "projections": len(INLINE) + len(FOLLOWING),
        "tables": len(TABLES),
        "empty": sorted(name for name, rows in live.items() if not rows),
        "rows": sum(map(len, live.values())),
        "doubles": sum(DOUBLES[name] * len(rows) for name, rows in live.items()),
        "scores": {
            name: {"rows": sum(len(live[one]) for one in of), "differ": sum(differing[one] for one in of)}
            for name, of in SCORES.items()
        },
        "differ": sum(differing.values()),
        "differing": {name: count for name, count in differing.items() if count},
        "digests": {
            "live": digest(live),
            "first": digest(folded),
            "second": digest(second["folded"]),
        },
    }


async def rebuilt(app_dsn: str, sequencer_dsn: str, hash_seed: str) -> Found:
    """`benchmarks.quality.rebuilt` in a process of its own. RuntimeError when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.quality.rebuilt",
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said = json.dumps({"app_dsn": app_dsn, "sequencer_dsn": sequencer_dsn}).encode()
    told, _ = await process.communicate(said)
    if process.returncode:
        raise RuntimeError(f"a rebuild should end well; it ended with {process.returncode}, see above")
    found: Found = json.loads(told)
    return found


def different(one: list[str], other: list[str]) -> int:
    """Rows that only one side has; a changed row once."""
    left, right = Counter(one), Counter(other)
    return max((left - right).total(), (right - left).total())


def digest(rows: dict[str, list[str]]) -> str:
    """One number for all rows of all tables: the beginning of its SHA-256."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


async def measured() -> Found:
    """Both histories, one after the other."""
    rows = []
    for history in (lived, reenacted):
        folder = temporary_folder()
        try:
            rows.append(await history(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    shown = ("events", "projections", "rows")
    return {
        "name": "determinism",
        "seed": SEED,
        "rows": rows,
        "asked": ASKED,
        "reached": {
            row["history"]: {
                **{name: row[name] for name in shown},
                "rows that differ": row["differ"],
                "digest": sorted(set(row["digests"].values())),
            }
            for row in rows
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object (always the case)")
    parser.parse_args()
    print(json.dumps(asyncio.run(measured())))
