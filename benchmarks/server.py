"""A whole instance as `muster up` starts it, in a folder of its own, and a small project in it over HTTP."""

import asyncio
import json
import os
import shutil
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.platform.instance import listen
from backend.platform.spawn import Process, spawn
from backend.reenact.client import Caller, Wire
from backend.reenact.connection import Connection, read
from backend.reenact.keys import keys_of
from benchmarks.cpu import Spent, children_named
from benchmarks.place import temporary_folder

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 120
STOP_SECONDS = 90
BATCH = 500
LOG = "up.log"
# The environment may name real servers or other settings: a benchmark takes the defaults.
OURS = ("MUSTER_", "DATABASE_URL", "REDIS_URL", "DB_POOLER")


@dataclass
class Instance:
    """A running instance: its folder, its process, how to reach it."""

    data: Path
    process: Process
    connection: Connection

    def spent(self, **more: int | None) -> Spent:
        """CPU seconds of its parts from now on."""
        pid = self.process.pid
        return Spent(
            api=children_named(pid, "backend.cli", "api"),
            worker=children_named(pid, "backend.cli", "worker"),
            scheduler=children_named(pid, "backend.cli", "scheduler"),
            postgres=_postmaster(self.data),
            **more,
        )


@dataclass
class Workplace:
    """One project, people with keys, and items; how many items were imported so far."""

    project: str
    keys: list[str]
    admin_key: str
    items: int = 0
    spare: dict[str, Any] = field(default_factory=dict)


def environment() -> dict[str, str]:
    """Ours without what names other servers or settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


@asynccontextmanager
async def instance(*, keep: bool = False) -> AsyncIterator[Instance]:
    """`muster up --no-demo` on a free port with one API process; stopped and removed afterwards, or kept
    for the caller to remove when all went well."""
    data = temporary_folder()
    options = ["--data", str(data), "--port", "0", "--workers", "1", "--no-demo"]
    with (data / LOG).open("ab") as output:
        process = spawn(
            [sys.executable, "-m", "backend.cli", "up", *options],
            env={**environment(), "MUSTER_LOG_LEVEL": "warning"},
            output=output,
            death_signal=signal.SIGTERM,
        )
    keeping = False
    try:
        yield Instance(data, process, await _ready(process, data / "connection.json"))
        keeping = keep
    finally:
        # As Ctrl-C would: it drains, and what it wrote is on disk.
        process.terminate()
        await asyncio.to_thread(process.wait, STOP_SECONDS)
        if not keeping:
            shutil.rmtree(data, ignore_errors=True)


async def _ready(process: Process, file: Path) -> Connection:
    async with asyncio.timeout(READY_SECONDS):
        while not await asyncio.to_thread(file.exists):
            if process.poll() is not None:
                said = file.with_name(LOG).read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"muster up should run; it ended with {process.returncode}: {said}")
            await asyncio.sleep(0.1)
    return read(file)


def _postmaster(data: Path) -> int | None:
    """The process id of the instance's PostgreSQL, from the note it keeps in its own folder."""
    home = data / "postgres"
    note = home / "location"
    cluster = (Path(note.read_text().strip()) if note.exists() else home) / "cluster"
    return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])


async def workplace(connection: Connection, people: int, items: int) -> Workplace:
    """A project without gold and reviews, so many people who may work in it, and so many items."""
    async with Wire(connection, connections=8) as wire:
        admin, keys = wire.as_principal(connection.admin_key), keys_of("bench")
        plan = {"gold_share": 0.0, "review_rate": 0.0, "overlap": 1}
        body = {"name": "bench", "skill": "bench", "plan": plan}
        project = (await admin.post("/v1/projects", body, keys("project")))["id"]
        # What is measured is answering, not the review of every hundredth answer that a tenant asks for by default.
        floor = await admin.get("/v1/audit-floor")
        if floor["floor"]:
            await admin.put("/v1/audit-floor", {"floor": 0.0}, f'"{floor["version"]}"')
        door = asyncio.Semaphore(8)

        async def person(n: int) -> str:
            async with door:
                who = {"name": f"Bench {n}", "email": f"bench{n}@bench.invalid", "roles": ["annotator"]}
                token = (await admin.post("/v1/annotators", who, keys("invite", n)))["claim_token"]
                claimed = await wire.as_principal(None).post(
                    "/v1/annotators/claim", {"claim_token": token}, keys("claim", n)
                )
            return str(claimed["key"])

        made = Workplace(project, await asyncio.gather(*map(person, range(people))), connection.admin_key)
        await _items(admin, made, items)
    return made


async def stocked(connection: Connection, place: Workplace, items: int) -> None:
    """At least so many items imported in all."""
    async with Wire(connection, connections=2) as wire:
        await _items(wire.as_principal(connection.admin_key), place, items)


async def _items(admin: Caller, place: Workplace, items: int) -> None:
    keys = keys_of("bench")
    while place.items < items:
        names = range(place.items, min(items, place.items + BATCH))
        rows = [{"external_key": f"i{n}", "payload": {"text": f"item {n}"}} for n in names]
        await admin.post(f"/v1/projects/{place.project}/items", {"items": rows}, keys("items", place.items))
        place.items += len(rows)


@asynccontextmanager
async def empty_endpoint(of: Instance) -> AsyncIterator[tuple[str, Process]]:
    """The reference server: a bare FastAPI app with one empty endpoint, on the instance's own certificate."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    tls = of.data / "tls"
    process = spawn(
        [
            sys.executable,
            "-m",
            "benchmarks.empty",
            str(listener.fileno()),
            str(tls / "server.pem"),
            str(tls / "server-key.pem"),
        ],
        env=environment(),
        cwd=ROOT,
        output=sys.stderr.fileno(),
        death_signal=signal.SIGTERM,
        pass_fds=(listener.fileno(),),
    )
    try:
        await _answers(port, of.connection)
        yield f"https://127.0.0.1:{port}", process
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, STOP_SECONDS)
        listener.close()


async def _answers(port: int, connection: Connection) -> None:
    """Block until a TLS handshake succeeds: the kernel accepts before the process does."""
    trust = ssl.create_default_context(cafile=str(connection.ca_file))
    async with asyncio.timeout(READY_SECONDS):
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname="127.0.0.1")
    writer.close()


async def client(job: dict[str, Any]) -> dict[str, Any]:
    """Run `benchmarks.client` in a process of its own and return what it tells. RuntimeError when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.client",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate(json.dumps(job).encode())
    if process.returncode:
        raise RuntimeError(f"the client should have measured; it ended with {process.returncode}, see above")
    found: dict[str, Any] = json.loads(told)
    return found
