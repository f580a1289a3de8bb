"""A small world: a tenant, its administrator, and short ways to make people and projects in it."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import RequestId, TenantId, uuid7
from backend.events.store import jobs
from backend.events.store.database import DatabaseClock, open_pool, transaction
from backend.events.store.keyring import FileKeyring
from backend.platform.postgres import EmbeddedPostgres
from backend.usecases import bootstrap, intake, projects, queue, submitting, training, workforce
from backend.usecases.perform import Perform, system_caller
from backend.usecases.vault import Vault
from backend.usecases.work import Answer, Caller, Meta, UseCase


class MovedClock(DatabaseClock):
    """The database's clock, moved on by the test: nothing ever sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta()

    async def now(self, conn: asyncpg.Connection) -> datetime:
        """The database's time plus what the test added."""
        return await super().now(conn) + self.moved


@dataclass
class World:
    """Everything a test needs to act as somebody."""

    perform: Perform
    clock: MovedClock
    tenant: TenantId
    admin: Caller
    postgres: EmbeddedPostgres
    database: str
    woken: list[jobs.Job] = field(default_factory=list)

    def dsn(self, role: str) -> str:
        """The connection string of a role in this test's database."""
        return self.postgres.dsn(role, self.database)

    async def act(self, usecase: UseCase, caller: Caller | None = None, **arguments: Any) -> dict[str, Any]:
        """Perform a use case and return its body. `key` is the idempotency key, `again` the replay."""
        return (await self.answer(usecase, caller, **arguments)).body

    async def answer(
        self, usecase: UseCase, caller: Caller | None = None, *, key: str | None = None, again: Any = None, **arguments: Any
    ) -> Answer:
        """Perform a use case."""
        request = RequestId(uuid7(0, os.urandom(10)))
        meta = Meta(request, usecase.__name__, "127.0.0.1", key, repr(sorted(arguments.items())).encode())
        return await self.perform(usecase, caller or self.admin, meta, again=again, **arguments)

    async def invite(self, name: str, *roles: str) -> Caller:
        """A person who was invited and has claimed."""
        invited = await self.act(
            workforce.annotator_invite, name=name, email=f"{name}@example.invalid", roles=roles or ("annotator",)
        )
        claimer = await self.perform.authenticate(invited["claim_token"], "claim")
        claimed = await self.act(workforce.annotator_claim, claimer)
        return await self.perform.authenticate(claimed["key"])

    async def project(self, name: str = "birds", **options: Any) -> UUID:
        """A project that asks for nothing but the role."""
        plan = {"gold_share": 0.0, "review_rate": 0.0} | options.pop("plan", {})
        gates = {"agreements": (), "courses": ()} | options
        made = await self.act(projects.project_create, name=name, skill=name, plan=plan, **gates)
        return UUID(str(made["id"]))

    async def items(self, project: UUID, *names: str) -> list[dict[str, Any]]:
        """Import items under these external keys."""
        items = tuple({"external_key": name, "payload": {"task": name}} for name in names)
        return list((await self.act(intake.item_import, project=project, items=items))["results"])

    async def pull(self, who: Caller, project: UUID | None = None, most: int = 1) -> dict[str, Any]:
        """Pull as this person."""
        return await self.act(queue.lease_pull, who, project=project, max=most)

    async def submit(self, who: Caller, lease: UUID, answer: Any) -> dict[str, Any]:
        """Submit as this person."""
        return await self.act(submitting.lease_submit, who, lease=lease, answer=answer, client_seconds=None)

    async def system(self, usecase: UseCase, **arguments: Any) -> dict[str, Any]:
        """Perform as Muster itself."""
        return await self.act(usecase, system_caller(self.tenant), **arguments)

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """A query over this tenant's rows; $1 is the tenant."""
        async with transaction(self.perform.pool, self.tenant) as conn:
            return [dict(row) for row in await conn.fetch(sql, self.tenant, *args)]

    async def exam(self, project: UUID, truths: dict[str, Any], skill: UUID) -> tuple[UUID, dict[str, UUID]]:
        """An exam over gold items with these truths; returns the course and external key -> gold id."""
        gold = tuple({"external_key": k, "payload": {"task": k}, "truth": v} for k, v in truths.items())
        added = (await self.act(intake.gold_add, project=project, gold=gold, exam_only=True))["gold"]
        course = await self.act(
            training.course_publish,
            title="exam",
            content=None,
            questions=(),
            gold=tuple(one["id"] for one in added),
            skill=skill,
            pass_mark=0.0,
            course=None,
        )
        return course["id"], {one["external_key"]: one["id"] for one in added}


@asynccontextmanager
async def open_world(postgres: EmbeddedPostgres, database: str, folder: Path) -> AsyncIterator[World]:
    """A world over a fresh database, with a keyring of its own."""
    pool = await open_pool(postgres.dsn("muster_app", database), size_max=16)
    clock = MovedClock()
    woken: list[jobs.Job] = []

    def wake(_: TenantId, new: Sequence[jobs.Job]) -> None:
        woken.extend(new)

    perform = Perform(pool, Vault(FileKeyring(folder / "keyring.json")), clock, wake, "test")
    tenant = TenantId(uuid7(0, os.urandom(10)))
    world = World(perform, clock, tenant, system_caller(tenant), postgres, database, woken)
    made = await world.act(bootstrap.tenant_bootstrap, name="acme", administrators=2, days=1)
    world.admin = await perform.authenticate(made["keys"][0])
    try:
        yield world
    finally:
        await pool.close()
