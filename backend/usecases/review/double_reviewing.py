"""Double reviewing: of what an expert settled alone a share is drawn, answered again by a second expert who is told of
no first one, and where they differ by a third, whose word corrects the result.

The tasks look like any other expert's: one slot in the project's expert lane, the item's payload and nothing else.
Whoever answered, reviewed or decided the item has met it and is never given it again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.review import double_review as domain
from backend.domain.review.sampling import draw
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, SkillId, TaskId
from backend.readmodels import projects, tasks
from backend.readmodels.double_reviews import ANSWERS, stream_of, task_of
from backend.usecases.models.comparing import compare_with_expert
from backend.usecases.projects.scoring import Compare, ppm, scorer_of
from backend.usecases.review.measuring import source_of
from backend.usecases.tasks.results import PPM, Weighed, decide_task, token_of
from backend.usecases.tasks.stages import open_task
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


async def draw_double(work: Work, project: Row, row: Row, about: Row, answer_class: str | None) -> None:
    """Draw the word that the expert gave under the lease of `row`, which resolved the escalation `about`; a drawn one
    waits for a second expert. `project` is a row of projects.working."""
    rate_ppm = project["plan"].double_review_ppm
    if not rate_ppm:
        return
    escalation, lease, of = EscalationId(about["escalation"]), LeaseId(row["lease"]), stream_of
    key = work.vault.draw_key(work.tenant, ProjectId(row["project"]), project["sampling_period"])
    await work.load(domain.DOUBLE_REVIEW, [of(escalation)])
    command = domain.Draw(
        escalation=escalation,
        task=TaskId(about["task"]),
        item=ItemId(row["item"]),
        project=ProjectId(row["project"]),
        expert=AnnotatorId(row["annotator"]),
        lease=lease,
        answer_class=answer_class,
        period=project["sampling_period"],
        rate_ppm=rate_ppm,
        draw=draw(key, lease),
    )
    work.decide(domain.DOUBLE_REVIEW, of(escalation), command)
    if isinstance(work.state(domain.DOUBLE_REVIEW, of(escalation)), domain.Waiting):
        open_task(work, task_of(escalation), row, "expert", None)


async def look_again(
    work: Work, row: Row, escalations: Sequence[Row], answer: Any, answer_class: str | None
) -> bool:
    """Whether the answer under the lease of `row` is a second or third expert's on one of these escalations of its
    item; then it is compared, and where experts differ the next one is asked or the result corrected."""
    for about in escalations:
        one = about["escalation"]
        if row["task"] in (task_of(one), task_of(one, third=True)):
            await _answered(work, row, about, answer, answer_class)
            return True
    return False


async def _answered(work: Work, row: Row, about: Row, answer: Any, answer_class: str | None) -> None:
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [about["task"]])
    escalation = about["escalation"]
    (state,) = await work.load(domain.DOUBLE_REVIEW, [stream_of(escalation)])
    (project,) = await projects.working(work.conn, work.tenant, [row["project"]])
    _, step = await source_of(work, about["task"])
    compare = await scorer_of(work, project, step)
    told: dict[str, Any] = {
        "expert": AnnotatorId(row["annotator"]),
        "lease": LeaseId(row["lease"]),
        "answer_class": answer_class,
        "skill": SkillId(project["skill"]),
        "plan_version": project["plan_version"],
    }
    if isinstance(state, domain.Differed):
        said = await _said(work, [state.drawn.lease, state.second.lease])
        first, second = [await _like(compare, one, answer) for one in said]
        command: domain.Command = domain.HaveLastWord(
            first=first, second=second, correctable=await _stands(work, about, said[0]), **told
        )
    else:
        said = await _said(work, [about["lease"]])
        command = domain.LookAgain(first=await _like(compare, said[0], answer), **told)
    events = work.decide(domain.DOUBLE_REVIEW, stream_of(escalation), command)
    if isinstance(work.state(domain.DOUBLE_REVIEW, stream_of(escalation)), domain.Differed):
        open_task(work, task_of(escalation, third=True), row, "expert", None)
    if any(getattr(one, "corrected", False) for one in events):
        await _correct(work, about, answer)


async def _said(work: Work, leases: Sequence[UUID]) -> list[Any]:
    """What was answered under these leases, in their order."""
    rows = {row["lease"]: row for row in await tasks.by_ids(work.conn, ANSWERS, work.tenant, leases)}
    return await work.open(
        [
            Sealed("project", rows[one]["project"], "lease", one, "answer", rows[one]["answer"])
            for one in leases
        ]
    )


async def _like(compare: Compare, answer: Any, truth: Any) -> domain.Likeness:
    score = await compare.score(answer, truth)
    return domain.Likeness(same=score.passed, score_ppm=ppm(score))


async def _stands(work: Work, about: Row, first: Any) -> bool:
    """Whether the item's result is still what the first expert said. In a workflow it is not where the item went on
    from there; a won dispute or a later generation may have changed it, too."""
    result = await tasks.rows(work.conn, tasks.RESULT_OF_ITEM, work.tenant, about["item"])
    if not result or result[0]["task"] != about["task"]:
        return False
    (state,) = await work.load(tasks_domain.TASK, [about["task"]])
    now = state.before if isinstance(state, tasks_domain.Held) else state
    theirs = token_of(work, about["task"], _whole(first), final=True)
    return isinstance(now, tasks_domain.Decided) and (now.by, now.result_token) == ("expert", theirs)


async def _correct(work: Work, about: Row, answer: Any) -> None:
    """The last word is the item's result from now on."""
    sure = Weighed(result=_whole(answer), confidence_ppm=PPM, judgments=1, basis=0)
    await decide_task(work, about["project"], about["task"], sure, "expert")
    await compare_with_expert(work, about["item"])


def _whole(answer: Any) -> Row:
    return {"answer": answer, "top": [answer]}
