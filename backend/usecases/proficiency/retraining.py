"""Retraining: who falls in a skill is assigned the course that the skill names, once, until it is passed or they have
recovered. Nothing else follows from it."""

from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency import retraining as domain
from backend.domain.projects import skill as skills_domain
from backend.events.ids import AnnotatorId, CourseId, SkillId, uuid8
from backend.events.retraining import RetrainingBegun
from backend.readmodels import proficiency, retraining, training
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta
from backend.usecases.training.curriculum import assign
from backend.usecases.work import Answer, Work

LOWER = 0.20
"""The quantile of what is believed of the accuracy that stands for the estimate; proficiency_get shows it as q20."""


def retraining_stream(annotator: UUID, skill: UUID) -> UUID:
    """The stream of one person's episodes in one skill."""
    return uuid8(annotator, "retraining", str(skill))


async def skill_retraining_get(work: Work, *, skill: UUID) -> Answer:
    """Which course the skill assigns to who falls."""
    work.require("skill:read")
    (state,) = await work.load(skills_domain.SKILL, [skill])
    if isinstance(state, skills_domain.Undefined):
        raise not_found("a skill")
    return await _rule_shown(work, skill)


async def skill_retraining_update(work: Work, *, skill: UUID, course: UUID | None, below: float) -> Answer:
    """From now on assign this course (None: none any more) to who falls. What was assigned stays."""
    work.require("skill:define")
    (state,) = await work.load(skills_domain.SKILL, [skill])
    if isinstance(state, skills_domain.Undefined):
        raise not_found("a skill")
    await _teaches(work, course)
    command = skills_domain.SetRetraining(
        skill=SkillId(skill), course=CourseId(course) if course else None, below_ppm=round(below * PPM)
    )
    work.decide(skills_domain.SKILL, skill, command)
    await work.flush()
    return await _rule_shown(work, skill)


async def _rule_shown(work: Work, skill: UUID) -> Answer:
    course, below = await retraining.rule(work.conn, work.tenant, skill)
    return Answer({"skill": skill, "course": course, "below": below / PPM})


async def _teaches(work: Work, course: UUID | None) -> None:
    """Refuse what is no course, and exams: they measure, and their gold can be asked once."""
    if course is None:
        return
    rows = await training.courses(work.conn, work.tenant, [course])
    if not rows or rows[0]["exam_gold"]:
        raise Refusal(
            "invalid",
            "retraining_invalid" if rows else "course_unknown",
            expected="a course that is published and teaches: modules or a quiz",
            found=f"{course}, an exam" if rows else f"{course}, which is not published",
            mend="publish a course of modules or questions, and use the id in its answer",
        )


async def look(work: Work, who: tuple[UUID, UUID], seen: Record, prior: Beta, *, closed: bool) -> None:
    """The person's record in the skill was looked at; `closed`: a rule closes the skill on it. Where it is low or
    closed and the skill says so, the course is assigned; where it has recovered, the episode is over."""
    annotator, skill = who
    course, below, learning = await retraining.asked(work.conn, work.tenant, annotator, skill)
    if course is None and not learning:
        return
    stream = retraining_stream(annotator, skill)
    (state,) = await work.load(domain.RETRAINING, [stream])
    basis, total = seen.state.index + 1, seen.state.total
    since = state.basis if isinstance(state, domain.Steady) else 0
    fresh = await retraining.fresh(work.conn, work.tenant, who, since, seen.state.index) if since else total
    command = domain.Look(
        annotator=AnnotatorId(annotator),
        skill=SkillId(skill),
        rule=domain.Rule(course=CourseId(course), below_ppm=below) if course else None,
        closed=closed,
        lower_ppm=round(PPM * seen.posterior(prior).quantile(LOWER)),
        correct=seen.state.right,
        total=total,
        fresh=fresh,
        basis_index=basis,
    )
    for event in work.decide(domain.RETRAINING, stream, command):
        if isinstance(event, RetrainingBegun):
            (row,) = await training.courses(work.conn, work.tenant, [event.course])
            await assign(work, row, [annotator], "proficiency", None)


async def passed(work: Work, annotator: UUID, course: UUID) -> None:
    """The person passed this course: what was asked for it is done, and evidence from before asks for nothing more."""
    rows = await retraining.of_person(work.conn, work.tenant, annotator)
    ending = [row["skill"] for row in rows if row["course"] == course]
    if not ending:
        return
    basis = await proficiency.basis(work.conn, work.tenant)
    await work.load(domain.RETRAINING, [retraining_stream(annotator, skill) for skill in ending])
    for skill in ending:
        command = domain.Pass(
            annotator=AnnotatorId(annotator),
            skill=SkillId(skill),
            course=CourseId(course),
            basis_index=basis,
        )
        work.decide(domain.RETRAINING, retraining_stream(annotator, skill), command)
