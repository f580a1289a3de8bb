"""Priors: once a day, at night, what is believed of somebody new in a skill is fitted to everybody's record."""

import asyncio
from uuid import UUID

from backend.domain.proficiency.prior import PRIOR, Fit
from backend.events.ids import SkillId, uuid8
from backend.readmodels import priors, proficiency
from backend.statistics.empirical_bayes import fit
from backend.usecases.work import Answer, Work

AT_ONCE = 20


def prior_stream(skill: UUID) -> UUID:
    """The stream of a skill's prior."""
    return uuid8(skill, "prior")


async def priors_fit(work: Work, *, most: int) -> Answer:
    """Fit the priors of skills that the day before brought evidence for; what they rest on is what is folded now."""
    work.require("project:update")
    basis = await priors.hold(work.conn, work.tenant)
    skills = await priors.due(work.conn, work.tenant, work.now, min(most, AT_ONCE))
    await work.load(PRIOR, [prior_stream(skill) for skill in skills])
    done = 0
    for skill in skills:
        each = await proficiency.each(work.conn, work.tenant, skill)
        believed = await asyncio.to_thread(fit, each)
        command = Fit(skill=SkillId(skill), a=believed.a, b=believed.b, people=len(each), basis_index=basis)
        done += len(work.decide(PRIOR, prior_stream(skill), command))
    return Answer({"fitted": done})
