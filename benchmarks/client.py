"""The client of the HTTP rows: a process of its own, one connection per person, requests without a pause.

It speaks plain HTTP/1.1 over verified TLS and reads only what it needs, so that it takes little from the server beside
it. The job comes as JSON on standard input, what was measured goes to standard output.
"""

import asyncio
import json
import resource
import ssl
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop
from pydantic_core import from_json

from benchmarks.row import quantiles, shortened

HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length:"
EMPTY_MAX, EMPTY_SECONDS = 5, 0.02
REFUSED_MAX = 100


class Gone(Exception):
    """The server closed the connection."""


class Line(asyncio.Protocol):
    """One connection: a request, its whole answer, the next request."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of the protocol."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Part of the protocol: an answer is complete when its body is as long as its header says."""
        self._buffer += data
        head = self._buffer.find(HEADERS_END)
        if head < 0 or self._waiting is None:
            return
        lower = bytes(self._buffer[:head]).lower()
        at = lower.index(LENGTH) + len(LENGTH)
        end = lower.find(b"\r\n", at)
        length = int(lower[at : end if end >= 0 else head])
        if len(self._buffer) < head + 4 + length:
            return
        status, body = int(lower[9:12]), bytes(self._buffer[head + 4 : head + 4 + length])
        del self._buffer[: head + 4 + length]
        waiting, self._waiting = self._waiting, None
        waiting.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of the protocol."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Gone(str(exc)))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises Gone."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting


@dataclass
class Measured:
    """What happened since it was made."""

    requests: int = 0
    cycles: int = 0
    took: list[float] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


class Run:
    """All people of one job, working at once until the time is over or there is nothing left."""

    def __init__(self, job: dict[str, Any]) -> None:
        """`url ca_file keys project mode seconds warm_seconds cycles_max`; mode is `cycle` or `empty`."""
        self.job = job
        self.host = urlsplit(job["url"]).netloc
        self.now = Measured()
        self.total = Measured()
        self.items: Counter[str] = Counter()
        self.stop = False
        self.dry = 0

    def request(self, path: str, key: str, body: bytes) -> bytes:
        """A POST under an idempotency key of its own."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def send(self, line: Line, request: bytes) -> tuple[int, bytes, float]:
        """One request, counted and timed: status, body, seconds."""
        began = time.perf_counter()
        status, body = await line.send(request)
        took = time.perf_counter() - began
        for counted in (self.now, self.total):
            counted.requests += 1
            counted.statuses[status] += 1
        self.now.took.append(took)
        return status, body, took

    async def work(self, line: Line, key: str) -> None:
        """Pull and submit, again and again."""
        pull = json.dumps({"project": self.job["project"], "max": 1}).encode()
        answer, empty = b'{"answer": "cat"}', 0
        while not self.stop and empty < EMPTY_MAX:
            status, body, pulled = await self.send(line, self.request("/v1/leases/pull", key, pull))
            leases = self._leases(status, body)
            if not leases:
                # Nothing for this person at this moment, or for good.
                self.dry, empty = self.dry + 1, empty + 1
                await asyncio.sleep(EMPTY_SECONDS)
                continue
            empty = 0
            self.items[leases[0]["payload"]["text"]] += 1
            path = f"/v1/leases/{leases[0]['id']}/submit"
            status, _, submitted = await self.send(line, self.request(path, key, answer))
            if status == 200:
                self.total.cycles += 1
                self.now.cycles += 1
                self.now.pulls.append(pulled)
                self.now.submits.append(submitted)
            if self.total.cycles >= self.job.get("cycles_max", 1 << 60):
                self.stop = True

    def _leases(self, status: int, body: bytes) -> list[dict[str, Any]]:
        """RuntimeError when refusals are all there is: a rate of refusals would look like speed."""
        if status == 200:
            found: list[dict[str, Any]] = from_json(body)["leases"]
            return found
        if self.total.requests - self.total.statuses[200] > REFUSED_MAX:
            raise RuntimeError(f"a pull should be answered with 200; found {status}: {body[:500]!r}")
        return []

    async def nothing(self, line: Line, key: str) -> None:
        """The same requests to the empty endpoint."""
        pull = json.dumps({"project": self.job["project"], "max": 1}).encode()
        while not self.stop:
            await self.send(line, self.request("/empty", key, pull))

    async def measure(self) -> dict[str, Any]:
        """Connect everybody, warm up, measure."""
        trust = ssl.create_default_context(cafile=self.job["ca_file"]) if self.job["ca_file"] else None
        place = urlsplit(self.job["url"])
        loop = asyncio.get_running_loop()
        act = self.work if self.job["mode"] == "cycle" else self.nothing
        people = []
        for key in self.job["keys"]:
            _, line = await loop.create_connection(Line, place.hostname, place.port, ssl=trust)
            people.append((line, key))
        working = [asyncio.create_task(act(line, key)) for line, key in people]
        if self.job["warm_seconds"]:
            await asyncio.wait(working, timeout=self.job["warm_seconds"])
        self.now = Measured()
        began, spent = time.perf_counter(), _cpu()
        await asyncio.wait(working, timeout=self.job["seconds"])
        seconds, measured, cpu = time.perf_counter() - began, self.now, _cpu() - spent
        self.stop = True
        await asyncio.gather(*working)
        return self._told(measured, seconds, cpu)

    def _told(self, measured: Measured, seconds: float, cpu: float) -> dict[str, Any]:
        return {
            "requests_per_second": measured.requests / seconds,
            "cycles_per_second": measured.cycles / seconds,
            "seconds": seconds,
            "latency": quantiles(measured.took) if measured.took else {},
            "latency_of": _by_request(measured),
            "statuses": {str(status): n for status, n in self.total.statuses.items()},
            "client_cpu_share": shortened(cpu / seconds),
            "total_requests": self.total.requests,
            "total_cycles": self.total.cycles,
            "duplicates": sum(n - 1 for n in self.items.values()),
            "empty_pulls": self.dry,
        }


def _by_request(measured: Measured) -> dict[str, dict[str, float]]:
    if not measured.cycles:
        return {}
    both = [pull + submit for pull, submit in zip(measured.pulls, measured.submits, strict=True)]
    return {
        "next_task": quantiles(measured.pulls),
        "submit": quantiles(measured.submits),
        "cycle": quantiles(both),
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read the job, run it, print what was measured."""
    print(json.dumps(uvloop.run(Run(json.load(sys.stdin)).measure())))


if __name__ == "__main__":
    main()
