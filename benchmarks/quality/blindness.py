"""Can a client tell gold from work? Thousands of leases of both kinds over HTTP, and classifiers that see all but the
payload: fields, bytes of ids, order, headers, sizes, times. quality.md 4.4: the upper bound of the AUC is at most .52.

`python -m benchmarks.quality.blindness` starts an instance of its own. Half of the leases are pulled by one person at a
time, when nothing else hides what a pull takes; half by many at once, several leases in a pull. What is known when the
answer is due (the lease) is judged by itself; with what the client sees of the submission it is judged again.
"""

import argparse
import asyncio
import json
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from backend.reenact.client import Caller, Wire
from backend.reenact.connection import Connection
from backend.reenact.keys import keys_of
from benchmarks.quality import telling
from benchmarks.server import instance

ASKED = {"upper_bound_max": 0.52, "leases_min": 4_000}
SHARE = 0.2
GOLD, BATCH, PEOPLE, MOST = 3_000, 500, 32, 3
TIMES = ("claimed_at", "expires_at", "hard_until", "start_by")
IDS = ("id", "task", "item", "project")


@dataclass
class Reply:
    """One answer as it came over the wire."""

    status: int
    head: list[tuple[str, str]]
    body: bytes
    seconds: float


@dataclass
class Line:
    """One connection of one person."""

    host: str
    key: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    spoken: int = 0

    async def post(self, path: str, body: Any) -> Reply:
        """A POST and its whole answer."""
        sent = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {uuid4()}\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        began = time.perf_counter()
        self.writer.write(head.encode() + sent)
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = [
            (name.lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines if line)
        ]
        found = await self.reader.readexactly(int(dict(named)["content-length"]))
        self.spoken += 1
        return Reply(int(first.split()[1]), named, found, time.perf_counter() - began)


@dataclass
class Seen:
    """Leases as clients saw them, which were gold, and whose they were."""

    lease: list[dict[str, Any]] = field(default_factory=list)
    whole: list[dict[str, Any]] = field(default_factory=list)
    gold: list[bool] = field(default_factory=list)
    of: list[int] = field(default_factory=list)

    def both(self) -> int:
        """As many as there are of the rarer kind."""
        return min(sum(self.gold), len(self.gold) - sum(self.gold))


def features(pulled: Reply, body: dict[str, Any], place: int, spoken: int) -> dict[str, Any]:
    """What one lease in the answer to a pull shows, its payload left out."""
    lease = dict(body["leases"][place])
    payload = lease.pop("payload")
    found: dict[str, Any] = {
        "fields": " ".join(lease),
        "size": len(json.dumps(lease)),
        "place": place,
        "of": len(body["leases"]),
        "spoken": spoken,
        "pull_seconds": pulled.seconds,
        "pull_status": pulled.status,
        "pull_rest": " ".join(body),
        "pull_hints": json.dumps(body.get("hints")),
        "pull_head": " ".join(name for name, _ in pulled.head),
        "pull_size": len(pulled.body) - sum(_length(one["payload"]) for one in body["leases"]),
        "payload_kind": type(payload).__name__,
    }
    for name, value in pulled.head:
        if name not in ("x-request-id", "content-length", "date"):
            found[f"head_{name}"] = value
    request = UUID(dict(pulled.head)["x-request-id"])
    found |= _bytes("request", request)
    found["waited_ms"] = _time_of(UUID(lease["id"])) - _time_of(request)
    claimed = datetime.fromisoformat(lease["claimed_at"])
    for name in TIMES:
        at = None if lease[name] is None else datetime.fromisoformat(lease[name])
        found[f"{name}_after"] = None if at is None else (at - claimed).total_seconds()
        found[f"{name}_microsecond"] = None if at is None else at.microsecond
        found[f"{name}_length"] = len(str(lease[name]))
    for name, value in lease.items():
        if name in IDS:
            found |= _bytes(name, UUID(value))
        elif name not in TIMES:
            found[f"field_{name}"] = value if isinstance(value, int | float) else json.dumps(value)
    return found


def _length(payload: Any) -> int:
    return len(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())


def _bytes(name: str, value: UUID) -> dict[str, int]:
    return {f"{name}_{place}": byte for place, byte in enumerate(value.bytes)}


def _time_of(value: UUID) -> int:
    return value.int >> 80


def afterwards(submitted: Reply) -> dict[str, Any]:
    """What the answer to a submission shows."""
    body = json.loads(submitted.body)
    found: dict[str, Any] = {
        "submit_seconds": submitted.seconds,
        "submit_status": submitted.status,
        "submit_size": len(submitted.body),
        "submit_head": " ".join(name for name, _ in submitted.head),
    }
    return found | {f"submit_{name}": value for name, value in body.items() if name != "lease"}


async def person(line: Line, who: int, project: str, most: int, seen: Seen, wanted: int) -> None:
    """Pull and submit until enough was seen of both kinds."""
    while seen.both() < wanted:
        pulled = await line.post("/v1/leases/pull", {"project": project, "max": most})
        body = json.loads(pulled.body)
        if pulled.status != 200 or not body["leases"]:
            raise RuntimeError(f"a pull should bring leases; found {pulled.status}: {pulled.body[:300]!r}")
        for place, lease in enumerate(body["leases"]):
            if place:
                await line.post(f"/v1/leases/{lease['id']}/start", {})
            lease_seen = features(pulled, body, place, line.spoken)
            submitted = await line.post(f"/v1/leases/{lease['id']}/submit", {"answer": "cat"})
            if submitted.status != 200:
                raise RuntimeError(f"a submission should be taken; found {submitted.body[:300]!r}")
            seen.lease.append(lease_seen)
            seen.whole.append(lease_seen | afterwards(submitted))
            seen.gold.append(lease["payload"]["text"].startswith("gold"))
            seen.of.append(who)


async def set_up(connection: Connection, people: int, items: int, review: float) -> tuple[str, list[str]]:
    """A project with gold and items that look alike, and the keys of its people."""
    async with Wire(connection, connections=8) as wire:
        admin, keys = wire.as_principal(connection.admin_key), keys_of("blind")
        plan = {"gold_share": SHARE, "review_rate": review, "overlap": 1, "live_floor": 0.0}
        body = {"name": "blind", "skill": "blind", "plan": plan}
        project = (await admin.post("/v1/projects", body, keys("project")))["id"]
        for first in range(0, GOLD, BATCH):
            gold = [
                {
                    "external_key": f"g{n}",
                    "payload": {"text": f"gold {n:06}"},
                    "truth": ("cat", "dog")[n % 4 == 0],
                }
                for n in range(first, first + BATCH)
            ]
            await admin.post(f"/v1/projects/{project}/gold", {"gold": gold}, keys("gold", first))
        for first in range(0, items, BATCH):
            rows = [
                {"external_key": f"w{n}", "payload": {"text": f"work {n:06}"}}
                for n in range(first, first + BATCH)
            ]
            await admin.post(f"/v1/projects/{project}/items", {"items": rows}, keys("items", first))
        return project, [await _person(wire, admin, keys, n) for n in range(people)]


async def _person(wire: Wire, admin: Caller, keys: Any, n: int) -> str:
    who = {"name": f"Blind {n}", "email": f"blind{n}@bench.invalid", "roles": ["annotator"]}
    token = (await admin.post("/v1/annotators", who, keys("invite", n)))["claim_token"]
    claimed = await wire.as_principal(None).post(
        "/v1/annotators/claim", {"claim_token": token}, keys("claim", n)
    )
    return str(claimed["key"])


async def _lines(connection: Connection, keys: Sequence[str]) -> list[Line]:
    trust, place = ssl.create_default_context(cafile=str(connection.ca_file)), urlsplit(connection.url)
    opened = [await asyncio.open_connection(place.hostname, place.port, ssl=trust) for _ in keys]
    return [Line(place.netloc, key, *streams) for key, streams in zip(keys, opened, strict=True)]


async def collect(wanted: int, review: float) -> dict[str, Seen]:
    """Leases seen one person at a time, and by many at once; at least `wanted` of each kind in both together."""
    alone, together = Seen(), Seen()
    async with instance() as server:
        project, keys = await set_up(server.connection, 2 * PEOPLE, int(wanted * 8), review)
        lines = await _lines(server.connection, keys)
        for turn, line in enumerate(lines[:PEOPLE], 1):
            await person(line, turn, project, 1, alone, wanted // 2 * turn // PEOPLE)
        workers = lines[PEOPLE:]
        await asyncio.gather(
            *(
                person(one, -n, project, 1 + n % MOST, together, wanted - wanted // 2)
                for n, one in enumerate(workers)
            )
        )
    joined = Seen(
        *(getattr(alone, name) + getattr(together, name) for name in ("lease", "whole", "gold", "of"))
    )
    return {"alone": alone, "together": together, "all": joined}


def report(found: dict[str, Seen], seed: int) -> dict[str, Any]:
    """How well gold is told in each part, by the lease and by all that is seen, and whether that is little enough."""
    parts: dict[str, Any] = {}
    for name, seen in found.items():
        views = {"lease": seen.lease, "with_submission": seen.whole}
        parts[name] = {"gold": sum(seen.gold), "work": len(seen.gold) - sum(seen.gold)} | {
            view: {
                **{one: told.shown() for one, told in telling.judge(rows, seen.gold, seen.of, seed).items()},
                "strongest": telling.strongest(rows, seen.gold),
            }
            for view, rows in views.items()
        }
    whole = parts["all"]
    high = {
        view: max(whole[view][one]["high"] for one in ("stumps", "logistic"))
        for view in ("lease", "with_submission")
    }
    enough = min(whole["gold"], whole["work"]) >= ASKED["leases_min"]
    met = enough and max(high.values()) <= ASKED["upper_bound_max"]
    return {"asked": ASKED, "seed": seed, "share": SHARE, "upper_bound": high, "met": met, "parts": parts}


def main() -> None:
    """Collect, judge, print one JSON object on the last line."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--leases", type=int, default=ASKED["leases_min"], help="of each kind, at least")
    said.add_argument("--review", type=float, default=0.1, help="the share of work that is drawn for review")
    said.add_argument("--seed", type=int, default=1)
    asked = said.parse_args()
    print(json.dumps(report(asyncio.run(collect(asked.leases, asked.review)), asked.seed)))


if __name__ == "__main__":
    main()
