"""Running a job: counted before it runs, finished with its effects in one transaction, quarantined after five."""

import asyncio
import logging
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.events.ids import RequestId, TenantId, uuid7
from backend.events.store import jobs
from backend.events.store.database import transaction
from backend.usecases.agreements.enforcing import agreement_enforce
from backend.usecases.perform import Perform, system_caller
from backend.usecases.proficiency.records import skill_review
from backend.usecases.tasks.deciding import task_decide
from backend.usecases.tasks.reworking import rework_run
from backend.usecases.tasks.selection import tasks_bulk_step
from backend.usecases.work import Answer, Meta, UseCase, Work

log = logging.getLogger("muster.jobs")

BACKOFF_SECONDS = 2


class JobOvertaken(Exception):
    """The attempt number is the fencing token: a later attempt has this job."""


KINDS: dict[str, tuple[UseCase, dict[str, Any]]] = {
    "task_decide": (task_decide, {"task": UUID}),
    "rework_run": (rework_run, {"rework": UUID}),
    "tasks_bulk_step": (tasks_bulk_step, {"bulk": UUID}),
    "skill_review": (skill_review, {"annotator": UUID, "skill": UUID, "floor_ppm": int}),
    "agreement_enforce": (agreement_enforce, {"agreement": UUID, "version": int}),
}
"""Job kind -> use case, and how each argument is read."""


async def run_job(perform: Perform, tenant: TenantId, job: UUID) -> bool:
    """Run a due job once; False when somebody else has it or it is done. Never raises for the job's own failure."""
    async with transaction(perform.pool, tenant) as conn:
        now = await perform.clock.now(conn)
        claimed = await jobs.claim(conn, tenant, job, now)
    if claimed is None:
        return False
    try:
        await asyncio.wait_for(run_claimed(perform, claimed), jobs.RUN_SECONDS_MAX - 5)
    except (Exception, asyncio.CancelledError) as error:
        await _failed(perform, claimed, error)
        if isinstance(error, asyncio.CancelledError):
            raise
    return True


async def run_claimed(perform: Perform, claimed: jobs.Claimed) -> None:
    """The job's effects and its end in one transaction. Raises JobOvertaken, and leaves nothing, when a later
    attempt has begun meanwhile."""
    usecase, readers = KINDS[claimed.kind]
    arguments = {name: read(claimed.args[name]) for name, read in readers.items()}

    async def finishing(work: Work) -> Answer:
        answer = await usecase(work, **arguments)
        if not await jobs.finish(work.conn, claimed):
            raise JobOvertaken
        return answer

    meta = Meta(RequestId(uuid7(0, os.urandom(10))), claimed.kind)
    await perform(finishing, system_caller(claimed.tenant), meta)


async def _failed(perform: Perform, claimed: jobs.Claimed, error: BaseException) -> None:
    """The reason without its data: a refusal's code, otherwise the kind of error."""
    told = error.code if isinstance(error, Refusal) else type(error).__name__
    log.warning("job %s %s failed in attempt %d: %s", claimed.kind, claimed.job, claimed.attempt, told)
    async with transaction(perform.pool, claimed.tenant) as conn:
        now = await perform.clock.now(conn)
        retry_at = now + timedelta(seconds=BACKOFF_SECONDS * 2**claimed.attempt)
        await jobs.fail(conn, claimed, told, retry_at)
