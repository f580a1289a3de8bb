"""Verdicts in a workflow: a review step's answer is what its reviewer says of what the steps before came to."""

from dataclasses import replace
from typing import Any

from backend.domain.checks import one_of
from backend.domain.review import regions
from backend.domain.review import review as reviews_domain
from backend.domain.review.review import VERDICTS, correction_wrong
from backend.domain.tasks import lease as leases
from backend.events.workflows import WorkflowPublished
from backend.readmodels import claims, projects, tasks, workflows
from backend.usecases.proficiency.records import review_soon
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.projects.workflows import step_of
from backend.usecases.review.saying import Said, verdict_on
from backend.usecases.review.step_sampling import judges_answer, only_answer, review_of
from backend.usecases.tasks.designs import require_fits
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.tasks.standing import decided_steps, results, subject_of
from backend.usecases.tasks.submitting import reclaimable
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

Row = dict[str, Any]


async def step_verdict(work: Work, row: Row, sent: leases.Submit, said: Said) -> Answer:
    """Submit the verdict under the lease of `row`, a review step of a workflow; where the item goes then, its arrows
    say. `sent` is the answer as it would be kept. It is evidence about who answered where the answer was drawn at a
    rate that is known. Raises as a review's verdict, and `answer_invalid`."""
    one_of("verdict_unknown", "verdict", said.verdict, VERDICTS)
    if (said.correction is not None) != (said.verdict == "correct"):
        raise correction_wrong(said.verdict, said.correction is not None)
    workflow, about = await _about(work, row)
    await _fits(work, workflow, about, said)
    lease = row["lease"]
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
    (held,) = await work.load(leases.LEASE, [lease])
    back = await reclaimable(work, row, held, sent.answer_token)
    events = work.decide(leases.LEASE, lease, replace(sent, slot_open=back, allowed=back))
    outcome = leases.outcome(held, work.state(leases.LEASE, lease), sent.answer_token)
    if events and outcome.counted and about is not None:
        await _evidence(work, row, workflow, about, said)
    await work.flush()
    await announce_collected(work, [row["task"]])
    await sign_of_life(work, [row])
    work.saw(results=[row["item"]])
    if outcome.refusal is not None:
        return Answer({}, refusal=outcome.refusal)
    return Answer({"lease": lease, "review": None, "verdict": said.verdict})


async def _about(work: Work, row: Row) -> tuple[WorkflowPublished, Row | None]:
    """The version that the lease of `row` goes by, and the decision that it judges."""
    (task,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [row["task"]])
    workflow = await workflows.find(work.conn, work.tenant, row["project"], task["workflow_version"])
    assert workflow is not None
    decided = (await decided_steps(work, [row["item"]])).get((row["item"], row["generation"]), {})
    return workflow, subject_of(workflow, row["step"], decided)


async def _fits(work: Work, workflow: WorkflowPublished, about: Row | None, said: Said) -> None:
    """A correction is an answer: it fits the schema of the step whose answer it corrects, and names classes that there
    are. What is said of regions is said of regions that this answer has."""
    if about is not None and said.correction is not None:
        require_fits(_schema(workflow, about["step"]), said.correction)
        (project,) = await projects.find(work.conn, work.tenant, [about["project"]])
        await require_classes(work, project, said.correction, about["step"])
    if said.regions:
        standing = (await results(work, [about]))[0]["answer"] if about is not None else None
        regions.check(said.regions, standing)


async def _evidence(work: Work, row: Row, workflow: WorkflowPublished, about: Row, said: Said) -> None:
    """The verdict is one on somebody's answer, if that answer was drawn for this step; only the first one is."""
    if not judges_answer(workflow, about["step"], row["step"]):
        return
    answer = await only_answer(work, about["task"])
    if answer is None:
        return
    review = review_of(answer["lease"])
    (state,) = await work.load(reviews_domain.REVIEW, [review])
    if not isinstance(state, reviews_domain.Pending):
        return
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    compare = await scorer_of(work, project, step_of(workflow, about["step"]))
    command = await verdict_on(work, project, answer, said, compare)
    work.decide(reviews_domain.REVIEW, review, command)
    review_soon(work, answer["annotator"], project)
    work.saw(subjects=[answer["annotator"]])


def _schema(workflow: WorkflowPublished, name: str) -> str:
    """The step's own schema; a review's is that of the first step it shows, which it may have corrected."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        step = step_of(workflow, name)
        if step.stage != "review" or not step.shows:
            return step.answer_schema
        name = step.shows[0]
    return ""
