"""A receiver of webhooks in the test process: real HTTP on loopback, with answers that the test decides."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from backend.platform.guard import networks
from backend.platform.outgoing import Outgoing
from backend.usecases.webhooks import serving
from backend.usecases.webhooks import webhooks as use
from backend.usecases.work import Caller
from backend.workers.webhooks import Deliverer
from tests.support.following import sequence_all
from tests.support.world import World

LOOPBACK = networks("127.0.0.0/8")
Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def signed_by(self, secret: str) -> bool:
        """As the standard has a receiver check it."""
        said = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        mac = hmac.digest(b64decode(secret.removeprefix("whsec_")), said, hashlib.sha256)
        return f"v1,{b64encode(mac).decode()}" in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """`says` answers each request; what was answered with 2xx is `taken`."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    says: Callable[[Got], Awaitable[Reply] | Reply] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def kinds(self) -> list[str]:
        return [one.event["type"] for one in self.taken]

    async def _answer(self, got: Got) -> Reply:
        said = self.says(got) if self.says else (self.status, self.headers, b"thank you")
        return said if isinstance(said, tuple) else await said

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")[1:-2]
                headers = {
                    name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
                }
                got = Got(headers, await reader.readexactly(int(headers["content-length"])))
                self.got.append(got)
                status, more, body = await self._answer(got)
                if 200 <= status < 300:
                    self.taken.append(got)
                told = {"content-length": str(len(body)), **more}
                text = "".join(f"{name}: {value}\r\n" for name, value in told.items())
                writer.write(f"HTTP/1.1 {status} So\r\n{text}\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(world: World | None = None) -> AsyncIterator[Receiver]:
    """A receiver on loopback; the world may send to it and to nothing else that is not public."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    outgoing = Outgoing(LOOPBACK, seconds_max=2.0)
    if world is not None:
        world.perform.outgoing = outgoing
    try:
        yield receiver
    finally:
        await outgoing.close()
        server.close()


async def registered(world: World, url: str, caller: Caller | None = None, **said: Any) -> dict[str, Any]:
    """A webhook that tells decisions, unless said otherwise."""
    given: dict[str, Any] = {
        "name": "front",
        "url": url,
        "events": ("task.decided",),
        "project": None,
        "with_answers": False,
        "at_once": 1,
    }
    return await world.act(use.webhook_create, caller, **given | said)


async def placed(world: World) -> None:
    """Every event gets its place, as the sequencer does it."""
    sequencer = await asyncpg.connect(world.dsn("muster_sequencer"))
    await sequence_all(sequencer)
    await sequencer.close()


async def brought(world: World, webhook: UUID) -> None:
    """Place what happened and serve this webhook until nothing more can be sent now."""
    await placed(world)
    deliverer = Deliverer(world.perform)
    deliverer.nudge(world.tenant, webhook)
    await deliverer.idle()


async def deliveries(world: World, webhook: UUID, state: str | None = None) -> list[dict[str, Any]]:
    """The delivery log, the oldest event first."""
    page = await world.act(
        serving.webhook_delivery_list, webhook=webhook, state=state, cursor=None, limit=200
    )
    return list(reversed(page["data"]))


async def decided(world: World, project: UUID, who: Caller, *names: str) -> None:
    """So many items are answered and decided, one after the other."""
    for name in names:
        await world.items(project, name)
        await world.work(who, project, f"answer {name}")
        await world.decide()


async def lived(world: World, here: str = "") -> None:
    """A webhook's whole life, without anybody who receives."""
    url = "https://hooks.example.org/in"
    project = await world.project(f"{here}told outside")
    made = await registered(world, url, project=project, with_answers=True)
    said = {"name": "new name", "url": url, "events": ("task.decided", "task.opened"), "at_once": 4}
    await world.act(use.webhook_update, webhook=made["id"], expected_version=1, **said)
    await world.act(use.webhook_secret_rotate, webhook=made["id"], hours=2)
    await world.act(use.webhook_pause, webhook=made["id"])
    await world.act(use.webhook_resume, webhook=made["id"])
    await world.system(serving.webhook_stop, webhook=made["id"], why="gone")
    other = await registered(world, url, events=("*",))
    await world.act(use.webhook_retire, webhook=other["id"])
