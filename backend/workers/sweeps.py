"""Sweeps: what time alone brings about. Each says when it is due, so that nothing is written for nothing."""

import logging
import os
from dataclasses import dataclass

from backend.domain.errors import Refusal
from backend.events.ids import RequestId, TenantId, uuid7
from backend.events.store.database import transaction
from backend.readmodels import (
    disputes,
    flags,
    gold_health,
    gold_record,
    leases,
    pilots,
    priors,
    review_control,
    routines,
    sightings,
)
from backend.readmodels.escalations import LATE_DUE
from backend.readmodels.task_selection import PROMOTION_DUE
from backend.usecases.agreements.enforcing import signatures_expire
from backend.usecases.gold.health_judging import gold_signs_judge
from backend.usecases.gold.hygiene import gold_review
from backend.usecases.perform import Perform, system_caller
from backend.usecases.proficiency.priors import priors_fit
from backend.usecases.proficiency.skills import skills_lapse
from backend.usecases.projects.pilots import pilots_judge
from backend.usecases.quality.flags_gone import flags_close
from backend.usecases.quality.routine_judging import routines_judge
from backend.usecases.quality.sighted import sightings_tell
from backend.usecases.review.dispute_deciding import disputes_return
from backend.usecases.review.expert_deadlines import escalations_miss
from backend.usecases.review.rejected_lots import rejected_lots_review
from backend.usecases.tasks.holding import leases_expire
from backend.usecases.tasks.promoting import tasks_promote
from backend.usecases.training.curriculum import courses_lapse
from backend.usecases.training.examining import exams_close
from backend.usecases.work import Meta, UseCase
from backend.usecases.workforce.compliance import compliance_expire
from backend.usecases.workforce.counting import work_count
from backend.usecases.workforce.screening import checks_expire
from backend.usecases.workforce.standing import annotators_resume

log = logging.getLogger("muster.sweeps")

BATCH = 500


@dataclass(frozen=True, slots=True)
class Sweep:
    """A use case that takes `most` and answers first how many it did; `due` is SQL that is true when there are any.

    In it $1 is the tenant and $2 is now.
    """

    usecase: UseCase
    due: str

    @property
    def name(self) -> str:
        """The operation's name in the access log."""
        return self.usecase.__name__


def _ended(source: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM holding WHERE tenant = $1 AND until <= $2"
        f" AND starts_with(source, '{source}'))"
    )


PAUSED = "EXISTS (SELECT 1 FROM person WHERE tenant = $1 AND status = 'paused' AND paused_until <= $2)"
RECORDED = "EXISTS (SELECT 1 FROM compliance WHERE tenant = $1 AND ended_at IS NULL AND until <= $2)"
EXAMS = """EXISTS (SELECT 1 FROM enrolment e JOIN person p USING (tenant, annotator)
         WHERE e.tenant = $1 AND e.open_until < $2 AND p.status <> 'erased')"""
# What an exam gave lapses with the course.
SKILLS = """EXISTS (SELECT 1 FROM holding WHERE tenant = $1 AND until <= $2
            AND starts_with(source, 'skill:') AND source <> 'skill:exam')"""
WORKED = """EXISTS (SELECT 1 FROM work_pending WHERE tenant = $1 AND begins IS NOT NULL
            AND (begins <= $2 - interval '5 min' OR seen_at <= $2 - interval '180 s'))"""

SWEEPS = (
    Sweep(leases_expire, leases.DUE),
    Sweep(annotators_resume, PAUSED),
    Sweep(checks_expire, _ended("check")),
    Sweep(compliance_expire, RECORDED),
    Sweep(signatures_expire, _ended("signature")),
    Sweep(courses_lapse, _ended("course")),
    Sweep(exams_close, EXAMS),
    Sweep(skills_lapse, SKILLS),
    Sweep(work_count, WORKED),
    Sweep(tasks_promote, PROMOTION_DUE),
    Sweep(gold_review, gold_record.DUE),
    Sweep(gold_signs_judge, gold_health.DUE),
    Sweep(escalations_miss, LATE_DUE),
    Sweep(disputes_return, disputes.DUE),
    Sweep(pilots_judge, pilots.JUDGEABLE),
    Sweep(rejected_lots_review, review_control.REJECTED_DUE),
    Sweep(priors_fit, priors.DUE),
    Sweep(routines_judge, routines.DUE),
    Sweep(sightings_tell, sightings.DUE),
    Sweep(flags_close, flags.GONE_DUE),
)
DUE = "SELECT " + ", ".join(f"{sweep.due} AS {sweep.name}" for sweep in SWEEPS)


async def sweep_all(perform: Perform, tenant: TenantId) -> dict[str, int]:
    """Do what is due in this tenant, batch by batch; returns how many by sweep. One that is refused does not stop the
    others: it is logged and tried again next time."""
    done: dict[str, int] = {}
    for sweep in await _due(perform, tenant):
        try:
            done[sweep.name] = await _run(perform, tenant, sweep)
        except Refusal as refusal:
            log.error("sweep %s was refused: %s", sweep.name, refusal.code)
    return done


async def _due(perform: Perform, tenant: TenantId) -> list[Sweep]:
    async with transaction(perform.pool, tenant) as conn:
        now = await perform.clock.now(conn)
        row = await conn.fetchrow(DUE, tenant, now)
        return [sweep for sweep in SWEEPS if row[sweep.name]]


async def _run(perform: Perform, tenant: TenantId, sweep: Sweep) -> int:
    total, more = 0, True
    while more:
        meta = Meta(RequestId(uuid7(0, os.urandom(10))), sweep.name)
        answer = await perform(sweep.usecase, system_caller(tenant), meta, most=BATCH)
        count = int(next(iter(answer.body.values())))
        total += count
        more = count > 0 and sweep in await _due(perform, tenant)
    return total
