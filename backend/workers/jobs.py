"""Running jobs: counted before they run, finished with their effects in one transaction, quarantined after five."""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.events.ids import RequestId, TenantId, uuid7
from backend.events.store import jobs
from backend.events.store.database import transaction
from backend.usecases.agreements.enforcing import agreement_enforce
from backend.usecases.gold.rekeying import gold_rekey
from backend.usecases.models.measuring import model_classes_measure
from backend.usecases.perform import Perform, system_caller
from backend.usecases.proficiency.records import skill_review
from backend.usecases.projects.pilot_filling import pilot_project_close, pilot_project_fill
from backend.usecases.projects.pilots import pilot_arrange
from backend.usecases.projects.recertifying import recertification_enforce
from backend.usecases.quality.calibrating import confidence_calibrate
from backend.usecases.quality.flag_scan import flags_scan
from backend.usecases.tasks.deciding import task_decide, tasks_decide
from backend.usecases.tasks.reworking import rework_run
from backend.usecases.tasks.selection import tasks_bulk_step
from backend.usecases.work import Answer, Meta, UseCase, Work
from backend.usecases.workforce.vendor_floors import vendor_judge

log = logging.getLogger("muster.jobs")

BACKOFF_SECONDS = 2


class JobOvertaken(Exception):
    """The attempt number is the fencing token: a later attempt has this job."""


KINDS: dict[str, tuple[UseCase, dict[str, Any]]] = {
    "task_decide": (task_decide, {"task": UUID}),
    "rework_run": (rework_run, {"rework": UUID}),
    "tasks_bulk_step": (tasks_bulk_step, {"bulk": UUID}),
    "skill_review": (skill_review, {"annotator": UUID, "skill": UUID, "floor_ppm": int}),
    "pilot_arrange": (pilot_arrange, {"pilot": UUID, "after": lambda text: UUID(text) if text else None}),
    "pilot_project_fill": (
        pilot_project_fill,
        {"trial": UUID, "phase": str, "after": lambda text: UUID(text) if text else None},
    ),
    "pilot_project_close": (
        pilot_project_close,
        {"trial": UUID, "after": lambda text: UUID(text) if text else None},
    ),
    "confidence_calibrate": (confidence_calibrate, {"project": UUID}),
    "flags_scan": (flags_scan, {"skill": UUID}),
    "gold_rekey": (
        gold_rekey,
        {"gold": UUID, "key_case": UUID, "after": str, "second": bool, "settled": int},
    ),
    "model_classes_measure": (model_classes_measure, {"project": UUID}),
    "vendor_judge": (vendor_judge, {"vendor": UUID, "skill": UUID}),
    "recertification_enforce": (recertification_enforce, {"project": UUID}),
    "agreement_enforce": (agreement_enforce, {"agreement": UUID, "version": int}),
}
"""Job kind -> use case, and how each argument is read."""


@dataclass(frozen=True, slots=True)
class Many:
    """The use case that does many jobs of a kind at once: its argument `many` lists what each job's `one` is."""

    usecase: UseCase
    many: str
    one: str


TOGETHER: dict[str, Many] = {"task_decide": Many(tasks_decide, "tasks", "task")}
"""Of the kinds that jobs.TOGETHER names."""


async def run_job(perform: Perform, tenant: TenantId, job: UUID) -> bool:
    """Run a due job once; False when somebody else has it or it is done. Never raises for the job's own failure.

    Of a kind that runs together all that is due runs with it, so many at a time.
    """
    claimed = await _claim(perform, tenant, job)
    ran = bool(claimed)
    while claimed:
        await _run(perform, claimed)
        full = len(claimed) == jobs.TOGETHER_MAX
        claimed = await _gather(perform, tenant, claimed[0].kind) if full else []
    return ran


async def _claim(perform: Perform, tenant: TenantId, job: UUID) -> list[jobs.Claimed]:
    async with transaction(perform.pool, tenant) as conn:
        now = await perform.clock.now(conn)
        first = await jobs.claim(conn, tenant, job, now)
        if first is None:
            return []
        if first.kind not in TOGETHER or first.attempt > 1:
            return [first]
        return [first, *await jobs.gather(conn, tenant, first.kind, now, jobs.TOGETHER_MAX - 1)]


async def _gather(perform: Perform, tenant: TenantId, kind: str) -> list[jobs.Claimed]:
    async with transaction(perform.pool, tenant) as conn:
        return await jobs.gather(conn, tenant, kind, await perform.clock.now(conn), jobs.TOGETHER_MAX)


async def _run(perform: Perform, claimed: Sequence[jobs.Claimed]) -> None:
    """Each is finished or has failed afterwards, whatever became of the others."""
    left = list(claimed)
    try:
        await asyncio.wait_for(_run_all(perform, left), jobs.RUN_SECONDS_MAX - 5)
    except (Exception, asyncio.CancelledError) as error:
        for one in left:
            await _failed(perform, one, error)
        if isinstance(error, asyncio.CancelledError):
            raise


async def _run_all(perform: Perform, left: list[jobs.Claimed]) -> None:
    """Run these, of one kind, together; or one by one when one of them spoils it. What is through is no longer left."""
    if len(left) > 1:
        try:
            await run_together(perform, left)
            left.clear()
        except Exception as error:
            log.info("%d jobs %s run one by one: %s", len(left), left[0].kind, type(error).__name__)
    while left:
        try:
            await run_claimed(perform, left[0])
        except Exception as error:
            await _failed(perform, left[0], error)
        del left[0]


async def run_claimed(perform: Perform, claimed: jobs.Claimed) -> None:
    """The job's effects and its end in one transaction. Raises JobOvertaken, and leaves nothing, when a later
    attempt has begun meanwhile."""
    usecase, readers = KINDS[claimed.kind]
    await _perform(perform, [claimed], usecase, _arguments(claimed, readers))


async def run_together(perform: Perform, claimed: Sequence[jobs.Claimed]) -> None:
    """The effects and the ends of jobs of one kind in one transaction. Raises what any of them raises, and JobOvertaken
    when a later attempt at one has begun, and leaves nothing then."""
    kind = claimed[0].kind
    together, (_, readers) = TOGETHER[kind], KINDS[kind]
    each = [_arguments(one, readers)[together.one] for one in claimed]
    await _perform(perform, claimed, together.usecase, {together.many: each})


def _arguments(claimed: jobs.Claimed, readers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read(claimed.args[name]) for name, read in readers.items()}


async def _perform(
    perform: Perform, claimed: Sequence[jobs.Claimed], usecase: UseCase, arguments: Mapping[str, Any]
) -> None:
    first = claimed[0]

    async def finishing(work: Work) -> Answer:
        answer = await usecase(work, **arguments)
        if not await jobs.finish(work.conn, work.tenant, claimed):
            raise JobOvertaken
        return answer

    meta = Meta(RequestId(uuid7(0, os.urandom(10))), first.kind)
    await perform(finishing, system_caller(first.tenant), meta)


async def _failed(perform: Perform, claimed: jobs.Claimed, error: BaseException) -> None:
    """The reason without its data: a refusal's code, otherwise the kind of error."""
    told = error.code if isinstance(error, Refusal) else type(error).__name__
    log.warning("job %s %s failed in attempt %d: %s", claimed.kind, claimed.job, claimed.attempt, told)
    async with transaction(perform.pool, claimed.tenant) as conn:
        now = await perform.clock.now(conn)
        retry_at = now + timedelta(seconds=BACKOFF_SECONDS * 2**claimed.attempt)
        await jobs.fail(conn, claimed, told, retry_at)
