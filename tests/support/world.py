"""A small world: a tenant, its administrator, and short ways to make people and projects in it."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from backend.events.ids import RequestId, TenantId, uuid7
from backend.events.store import jobs
from backend.events.store.codec import decode
from backend.events.store.database import DatabaseClock, open_pool, transaction
from backend.events.store.keyring import FileKeyring
from backend.events.store.sequencer import sequence_once
from backend.platform.postgres import EmbeddedPostgres
from backend.readmodels.registry import FOLLOWING
from backend.usecases import bootstrap
from backend.usecases.insight import reports
from backend.usecases.perform import Perform, system_caller
from backend.usecases.projects import intake, projects
from backend.usecases.review import audit_floor, reviews
from backend.usecases.tasks import holding, queue, submitting
from backend.usecases.training import training
from backend.usecases.vault import Vault
from backend.usecases.work import Answer, Caller, Meta, UseCase
from backend.usecases.workforce import inviting
from backend.workers.jobs import KINDS, TOGETHER
from backend.workers.subscriptions import follow

DAY, MORNING = timedelta(days=1), timedelta(hours=8)


class MovedClock(DatabaseClock):
    """The database's clock, moved on to the next morning and then by the test: nothing ever sleeps, and a working day
    does not depend on when the tests run."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta()
        self._to_morning: timedelta | None = None

    async def now(self, conn: asyncpg.Connection) -> datetime:
        """The database's time, as if the test had begun at eight (UTC), plus what the test added."""
        real = await super().now(conn)
        if self._to_morning is None:
            self._to_morning = (
                MORNING - (real - real.replace(hour=0, minute=0, second=0, microsecond=0))
            ) % DAY
        return real + self._to_morning + self.moved


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
        self,
        usecase: UseCase,
        caller: Caller | None = None,
        *,
        key: str | None = None,
        again: Any = None,
        **arguments: Any,
    ) -> Answer:
        """Perform a use case."""
        meta = self.meta(usecase, key, arguments)
        return await self.perform(usecase, caller or self.admin, meta, again=again, **arguments)

    def meta(self, usecase: UseCase, key: str | None, arguments: dict[str, Any]) -> Meta:
        """What the edge would know of this request."""
        request = RequestId(uuid7(0, os.urandom(10)))
        return Meta(request, usecase.__name__, "127.0.0.1", key, repr(sorted(arguments.items())).encode())

    async def invite(self, name: str, *roles: str) -> Caller:
        """A person who was invited and has claimed."""
        invited = await self.act(
            inviting.annotator_invite,
            name=name,
            email=f"{name}@example.invalid",
            roles=roles or ("annotator",),
        )
        claimer = await self.perform.authenticate(invited["claim_token"], "claim")
        claimed = await self.act(inviting.annotator_claim, claimer)
        return await self.perform.authenticate(claimed["key"])

    async def project(self, name: str = "birds", **options: Any) -> UUID:
        """A project that asks for nothing but the role."""
        plan = {"gold_share": 0.0, "review_rate": 0.0, "double_review": 0.0} | options.pop("plan", {})
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

    async def work(self, who: Caller, project: UUID, answer: Any) -> dict[str, Any]:
        """Pull one lease and submit this answer to it; returns the lease."""
        (lease,) = (await self.pull(who, project))["leases"]
        await self.submit(who, lease["id"], answer)
        return dict(lease)

    async def review_pull(self, who: Caller, project: UUID | None = None, most: int = 1) -> dict[str, Any]:
        """Pull reviews as this person."""
        return await self.act(reviews.review_pull, who, project=project, max=most)

    async def review(
        self, who: Caller, lease: UUID, verdict: str, correction: Any = None, note: str | None = None
    ) -> dict[str, Any]:
        """Give a verdict as this person."""
        said = {"verdict": verdict, "correction": correction, "note": note}
        return await self.act(reviews.review_submit, who, lease=lease, **said)

    async def submit(self, who: Caller, lease: UUID, answer: Any) -> dict[str, Any]:
        """Submit as this person."""
        return await self.act(submitting.lease_submit, who, lease=lease, answer=answer, client_seconds=None)

    async def system(self, usecase: UseCase, **arguments: Any) -> dict[str, Any]:
        """Perform as Muster itself."""
        return await self.act(usecase, system_caller(self.tenant), **arguments)

    async def decide(self) -> int:
        """Run what was announced for about now until nothing is left; returns how many decisions were asked for. Who
        waits for the fold asks for the same again and again: here it is left for the next time after a few times.
        """
        ran, reviews = 0, Counter[str]()
        async with transaction(self.perform.pool, self.tenant) as conn:
            soon = await self.clock.now(conn) + timedelta(minutes=1)
        while due := next(
            (job for job in self.woken if job.due_at <= soon and reviews[job.subject] < 3), None
        ):
            reviews[due.subject] += due.kind in ("skill_review", "gold_rekey")
            usecase, readers = KINDS[due.kind]
            if due.kind in TOGETHER:
                many = TOGETHER[due.kind]
                these = [job for job in self.woken if job.kind == due.kind and job.due_at <= soon]
                told = {many.many: [readers[many.one](job.args[many.one]) for job in these]}
                await self.system(many.usecase, **told)
            else:
                these = [due]
                await self.system(usecase, **{name: read(due.args[name]) for name, read in readers.items()})
            self.woken[:] = [job for job in self.woken if job not in these]
            ran += len(these) if due.kind == "task_decide" else 0
        return ran

    async def follow(self) -> None:
        """Put every event in its place and bring the projections that follow the log up to its end."""
        conn = await asyncpg.connect(self.dsn("muster_sequencer"))
        try:
            while (await sequence_once(conn)).placed:
                pass
        finally:
            await conn.close()
        await follow(self.perform.pool, self.tenant, *FOLLOWING)

    async def expire(self, seconds: float = 24 * 3600) -> int:
        """Let time pass, and take back the leases that are over by then; returns how many."""
        self.clock.moved += timedelta(seconds=seconds)
        return int((await self.system(holding.leases_expire, most=1_000))["expired"])

    async def export(self, project: UUID) -> dict[str, dict[str, Any]]:
        """External key -> exported item."""
        exported = await self.act(reports.project_export, project=project, cursor=None, limit=200)
        return {one["external_key"]: one for one in exported["data"]}

    async def facts(self, kind: str) -> list[Any]:
        """The events of this stored name, oldest first."""
        found = await self.rows("SELECT body FROM event WHERE tenant = $1 AND type = $2 ORDER BY seq", kind)
        return [decode(bytes(row["body"])) for row in found]

    async def entries(self, actor: Caller | None = None) -> list[dict[str, Any]]:
        """Access entries as they were written, oldest first."""
        sql = "SELECT body FROM access_entry WHERE tenant = $1 AND ($2::uuid IS NULL OR actor = $2) ORDER BY seq"
        return [from_json(row["body"]) for row in await self.rows(sql, actor.subject.id if actor else None)]

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


async def found(
    perform: Perform, clock: MovedClock, woken: list[jobs.Job], where: tuple[EmbeddedPostgres, str]
) -> World:
    """A new tenant behind an open door; `where` is its server and database."""
    tenant = TenantId(uuid7(0, os.urandom(10)))
    world = World(perform, clock, tenant, system_caller(tenant), *where, woken)
    made = await world.act(bootstrap.tenant_bootstrap, name="acme", administrators=2, days=1)
    # Nothing is drawn but what a test asks for: with the usual floor every hundredth answer would be.
    await world.act(audit_floor.audit_floor_set, expected_version=1, floor=0.0)
    world.admin = await perform.authenticate(made["keys"][0])
    return world


@asynccontextmanager
async def open_world(postgres: EmbeddedPostgres, database: str, folder: Path) -> AsyncIterator[World]:
    """A world over a fresh database, with a keyring of its own."""
    pool = await open_pool(postgres.dsn("muster_app", database), size_max=16)
    clock = MovedClock()
    woken: list[jobs.Job] = []

    def wake(_: TenantId, new: Sequence[jobs.Job]) -> None:
        woken.extend(new)

    perform = Perform(pool, Vault(FileKeyring(folder / "keyring.json")), clock, wake, "test")
    try:
        yield await found(perform, clock, woken, (postgres, database))
    finally:
        await pool.close()
