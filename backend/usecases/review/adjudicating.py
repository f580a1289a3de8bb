"""Adjudicating: what an expert answers is compared with all answers before it, stands for the item, or is contested."""

from typing import Any
from uuid import UUID

from backend.domain.projects.iteration import HELD
from backend.domain.review import escalation as escalations
from backend.domain.review.escalation import Compared
from backend.events.ids import AnnotatorId, LeaseId, SkillId
from backend.readmodels import claims, projects, tasks
from backend.readmodels.escalations import OF_ITEMS, expert_task
from backend.readmodels.reviews import REVIEWS_OF_TASKS
from backend.usecases.models.comparing import compare_with_expert
from backend.usecases.models.predicting import let_go
from backend.usecases.projects.scoring import Compare, ppm, scorer_of
from backend.usecases.review.double_reviewing import draw_double, look_again
from backend.usecases.review.measuring import source_of
from backend.usecases.tasks.onward import PPM, Outcome, settle
from backend.usecases.tasks.results import Weighed, decide_task
from backend.usecases.tasks.stages import open_task
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def resolve_by_expert(work: Work, row: Row, answer: Any, answer_class: str | None) -> None:
    """The expert's answer under the lease of `row` resolves the escalation that asked for it and decides its task, or
    sends it to a second expert, or is a second look at what resolved it; an expert step of a workflow is decided like
    any other."""
    found = await tasks.by_ids(work.conn, OF_ITEMS, work.tenant, [row["item"]])
    if await look_again(work, row, found, answer, answer_class):
        return
    about = [one for one in found if row["task"] in _tasks_of(one["escalation"])]
    if not about:
        work.enqueue("task_decide", str(row["task"]), {"task": str(row["task"])})
    # Where the item belongs to a round that is not open, the answer counts when it opens.
    for one in (one for one in about if one["resolved_at"] is None and one["held_code"] != HELD):
        await work.conn.fetch(claims.LOCK_LEASES_OF_TASK, work.tenant, one["task"])
        (state,) = await work.load(escalations.ESCALATION, [one["escalation"]])
        (project,) = await projects.working(work.conn, work.tenant, [row["project"]])
        command = await _command(work, project, row, one, answer, answer_class)
        work.decide(escalations.ESCALATION, one["escalation"], command)
        now = work.state(escalations.ESCALATION, one["escalation"])
        if isinstance(now, escalations.Resolved):
            await _decide(work, one["task"], answer)
            let_go(work, one["task"])
            await compare_with_expert(work, one["item"])
            if now.contested is None:
                await draw_double(work, project, row, one, answer_class)
        elif now != state:
            open_task(work, expert_task(one["escalation"], second=True), row, "expert", None)


def _tasks_of(escalation: UUID) -> tuple[UUID, UUID]:
    """The tasks in which its experts answer."""
    return expert_task(escalation), expert_task(escalation, second=True)


async def _command(
    work: Work, project: Row, row: Row, about: Row, answer: Any, answer_class: str | None
) -> escalations.Resolve:
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "escalation", about["escalation"], "answer", answer)
    return escalations.Resolve(
        expert=AnnotatorId(row["annotator"]),
        lease=LeaseId(row["lease"]),
        answer=sealed,
        answer_class=answer_class,
        skill=SkillId(project["skill"]),
        plan_version=project["plan_version"],
        experts_max=project["plan"].experts_max,
        before=await _before(work, project, about["task"], answer),
    )


# --- what was said before


async def _before(work: Work, project: Row, task: UUID, truth: Any) -> tuple[Compared, ...]:
    """Every answer to the task, or to what it judged where it is a review step, and every correction of one, compared
    with the expert's. What was rejected, and corrections, count as opinions and not as evidence."""
    source, step = await source_of(work, task)
    if source is None:
        return ()
    answers = await tasks.by_ids(work.conn, tasks.ANSWERS_OF_TASK, work.tenant, [source])
    reviews = await tasks.by_ids(work.conn, REVIEWS_OF_TASKS, work.tenant, [source])
    corrected = [one for one in reviews if one["verdict"] == "correct"]
    about = project["project"]
    places = [Sealed("project", about, "lease", one["lease"], "answer", one["answer"]) for one in answers]
    places += [
        Sealed("project", about, "review", one["review"], "correction", one["correction"])
        for one in corrected
    ]
    said = await work.open(places)
    compare = await scorer_of(work, project, step)
    theirs = [
        await _compared(compare, one, answer, truth)
        for one, answer in zip(answers, said[: len(answers)], strict=True)
    ]
    others = [
        await _corrected(compare, one, answer, truth)
        for one, answer in zip(corrected, said[len(answers) :], strict=True)
    ]
    return (*theirs, *others)


async def _compared(compare: Compare, row: Row, answer: Any, truth: Any) -> Compared:
    score = await compare.score(answer, truth)
    return Compared(
        lease=LeaseId(row["lease"]),
        annotator=AnnotatorId(row["annotator"]),
        answer_class=row["answer_class"],
        same=score.passed,
        score_ppm=ppm(score),
        counts=row["stage"] == "annotate" and not row["rejected"],
    )


async def _corrected(compare: Compare, row: Row, answer: Any, truth: Any) -> Compared:
    score = await compare.score(answer, truth)
    return Compared(
        lease=LeaseId(row["lease"]),
        annotator=AnnotatorId(row["reviewer"]),
        answer_class=None,
        same=score.passed,
        score_ppm=ppm(score),
        counts=False,
    )


# --- what stands


async def _decide(work: Work, task: UUID, answer: Any) -> None:
    """The expert's answer stands for the task, and sends the item on where it is a step of a workflow."""
    (row,) = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [task])
    result = {"answer": answer, "top": [answer]}
    if not row["workflow_version"]:
        sure = Weighed(result=result, confidence_ppm=PPM, judgments=1, basis=0)
        await decide_task(work, row["project"], task, sure, "expert")
        return
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    said = {"verdict": "correct", "correction": answer} if row["stage"] == "review" else answer
    verdict = {"verdict": "correct", "note": None} if row["stage"] == "review" else {}
    outcome = Outcome(
        result=result | verdict,
        said=said,
        confidence_ppm=PPM,
        agreement_ppm=PPM,
        judgments=1,
        basis=0,
        by="expert",
    )
    await settle(work, project, row, outcome)
