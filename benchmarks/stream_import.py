"""One long import over HTTP, cut in the middle and taken up again: `python -m benchmarks.stream_import --items N`.

It starts an instance as `muster up` does, with one API process, on servers of its own in a temporary folder, and
streams so many lines of NDJSON into one import over verified TLS. After half of them, in the middle of a line, the
connection breaks while the server is still busy with what it was sent. The client asks how far the import has come, as
any client would, and goes on at the line that it is told. Then the rows are counted in the database. JSON on the last
line, progress on standard error:

- `items`, `seconds` (first byte to last answer, the cut and what was sent twice included), `items_per_second`;
- `cut_after_line` (the last whole line that was sent), `resumed_at_line` (what the server named), `resumed`;
- `api_mb`: resident memory of the API process in MB, `before` the first line and at its `peak` (VmHWM in /proc);
- `cpu_seconds` of each part of the instance, `found` (what the database holds), `machine`.

It ends with an error unless there are exactly as many items, keys and open slots as lines, each line created once.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import uvloop

from backend.api.stream import CHUNK_LINES_MAX
from backend.wiring import FIRST_TENANT, RUNNING
from benchmarks.cpu import children_named
from benchmarks.machine import described
from benchmarks.row import shortened
from benchmarks.server import Instance, instance, workplace

# Half of half of them is a chunk, which the server takes before the cut.
ITEMS_MIN = 4 * CHUNK_LINES_MAX
LINES_PER_PIECE = 500
SAY_EVERY_LINES = 50_000
# The answer comes when the last chunk is committed; while the server writes one it reads nothing.
PATIENCE_SECONDS = 300.0
ASK_AGAIN_SECONDS = 0.02
COUNT = """
SELECT (SELECT count(*) FROM item WHERE tenant = $1) AS items,
       (SELECT count(DISTINCT external_key_index) FROM item WHERE tenant = $1) AS keys,
       (SELECT count(*) FROM open_slot WHERE tenant = $1) AS open_slots
"""


class Cut(Exception):
    """The connection breaks here."""


@dataclass(frozen=True, slots=True)
class Importing:
    """One import: how to reach it, and how many lines it is to have."""

    http: httpx2.AsyncClient
    project: str
    items: int

    async def begin(self) -> str:
        """A new import of the project; its path."""
        headers = {"Idempotency-Key": "stream-import"}
        body = {"form": "ndjson"}
        made = _whole(
            await self.http.post(f"/v1/projects/{self.project}/intakes", json=body, headers=headers)
        )
        return f"/v1/intakes/{made['id']}"

    async def send(self, intake: str, first: int, cut_after: int | None = None) -> dict[str, Any]:
        """How far the import is after the lines from `first` on. With `cut_after` it raises Cut behind that line."""
        return _whole(
            await self.http.put(
                f"{intake}/stream",
                params={"from_line": first},
                content=self._pieces(intake, first, cut_after),
                headers={"Content-Type": "application/x-ndjson"},
            )
        )

    async def _pieces(self, intake: str, first: int, cut_after: int | None) -> AsyncIterator[bytes]:
        last = cut_after or self.items
        for at in range(first, last + 1, LINES_PER_PIECE):
            numbers = range(at, min(last + 1, at + LINES_PER_PIECE))
            yield b"".join(line(n) + b"\n" for n in numbers)
            if at // SAY_EVERY_LINES != numbers.stop // SAY_EVERY_LINES:
                _say(f"{numbers.stop - 1:,} lines sent")
        if cut_after is not None:
            yield line(cut_after + 1)[:20]
            # Or all of a short stream would still lie in the sockets' buffers, and go down with them.
            while True:
                if await self.next_line(intake) > cut_after // 2:
                    raise Cut
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    async def next_line(self, intake: str) -> int:
        """Where the import goes on."""
        return int(_whole(await self.http.get(intake))["next_line"])

    async def run(self) -> dict[str, Any]:
        """Begin, send, lose the connection half-way, ask, go on. RuntimeError when the end is not the whole."""
        intake, middle, began = await self.begin(), self.items // 2, time.perf_counter()
        try:
            await self.send(intake, 1, middle)
        except Cut:
            _say(f"cut in line {middle + 1:,}")
        at = await self.next_line(intake)
        done = await self.send(intake, at)
        seconds = time.perf_counter() - began
        if (done["finished"], done["lines"], done["created"]) != (True, self.items, self.items):
            raise RuntimeError(f"{self.items} lines should have been created and no other; found {done}")
        return {
            "items": self.items,
            "seconds": shortened(seconds),
            "items_per_second": shortened(self.items / seconds),
            "cut_after_line": middle,
            "resumed_at_line": at,
            "resumed": 1 < at <= middle + 1,
        }


def line(n: int) -> bytes:
    """Line `n`: an item with a key of its own and a payload of some hundred bytes, as a sentence has."""
    text = f"sentence {n}: " + "what is to be labelled here is of usual length " * 3
    return json.dumps({"external_key": f"i{n}", "payload": {"text": text}}).encode()


def memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of a process in MB: now, and at its highest since it began. Linux alone."""
    status = Path(f"/proc/{pid}/status").read_text()
    kib = {
        name: int(rest.split()[0])
        for name, _, rest in (one.partition(":") for one in status.split("\n"))
        if name in ("VmRSS", "VmHWM")
    }
    return {"now": round(kib["VmRSS"] / 1_024, 1), "peak": round(kib["VmHWM"] / 1_024, 1)}


async def measure(items: int) -> dict[str, Any]:
    """The import as the file says. RuntimeError when what is there afterwards is not what was sent."""
    async with instance() as server:
        place = await workplace(server.connection, people=0, items=0)
        api = children_named(server.process.pid, "backend.cli", "api")
        if api is None:
            raise RuntimeError("an API process should run below `muster up`; found none")
        spent, before = server.spent(), memory_mb(api)
        async with _client(server) as http:
            told = await Importing(http, place.project, items).run()
        told["api_mb"] = {"before": before["now"], "peak": memory_mb(api)["peak"]}
        told["cpu_seconds"] = {name: round(seconds, 2) for name, seconds in spent.seconds().items()}
        told["found"] = await _counted(server)
    if set(told["found"].values()) != {items} or not told["resumed"]:
        raise RuntimeError(f"{items} items, keys and open slots should be there after a cut; found {told}")
    return told | {"machine": described()}


def _client(server: Instance) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=server.connection.url,
        verify=ssl.create_default_context(cafile=str(server.connection.ca_file)),
        headers={"Authorization": f"Bearer {server.connection.admin_key}"},
        timeout=httpx2.Timeout(PATIENCE_SECONDS),
        trust_env=False,
    )


async def _counted(server: Instance) -> dict[str, int]:
    """Rows, not what the import says of itself."""
    conn = await asyncpg.connect(json.loads((server.data / RUNNING).read_text())["app_dsn"])
    try:
        await conn.fetchval("SELECT set_config('app.tenant', $1, false)", str(FIRST_TENANT))
        return dict(await conn.fetchrow(COUNT, FIRST_TENANT))
    finally:
        await conn.close()


def _whole(response: httpx2.Response) -> dict[str, Any]:
    if not response.is_success:
        raise RuntimeError(f"a success was expected; found {response.status_code}: {response.text[:500]}")
    return dict(response.json())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Read the options, import, print JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument(
        "--items", type=int, default=100_000, help=f"lines in the stream, at least {ITEMS_MIN}"
    )
    items = parser.parse_args().items
    if items < ITEMS_MIN:
        parser.error(
            f"--items should be at least {ITEMS_MIN}, or nothing is taken before the cut; it is {items}"
        )
    print(json.dumps(uvloop.run(measure(items))))


if __name__ == "__main__":
    main()
