"""Verdicts in a workflow: a review step's answer is what its reviewer says of what the steps before came to."""

from typing import Any

from backend.domain.checks import one_of
from backend.domain.review.review import VERDICTS, correction_wrong
from backend.domain.tasks import lease as leases
from backend.events.workflows import WorkflowPublished
from backend.readmodels import claims, tasks, workflows
from backend.usecases.projects.workflows import step_of
from backend.usecases.tasks.designs import require_fits
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.tasks.standing import decided_steps, subject_of
from backend.usecases.tasks.submitting import reclaimable
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

Row = dict[str, Any]


async def step_verdict(work: Work, row: Row, sent: leases.Submit, verdict: str, correction: Any) -> Answer:
    """Submit the verdict under the lease of `row`, a review step of a workflow; where the item goes then, its arrows
    say. `sent` is the answer as it would be kept. Raises as a review's verdict, and `answer_invalid`."""
    one_of("verdict_unknown", "verdict", verdict, VERDICTS)
    if (correction is not None) != (verdict == "correct"):
        raise correction_wrong(verdict, correction is not None)
    await _fits(work, row, correction)
    lease = row["lease"]
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [row["task"]])
    (held,) = await work.load(leases.LEASE, [lease])
    back = await reclaimable(work, row, held, sent.answer_token)
    told = leases.Submit(
        annotator=sent.annotator,
        answer=sent.answer,
        answer_class=None,
        answer_token=sent.answer_token,
        client_seconds=None,
        slot_open=back,
        allowed=back,
        late_answer=sent.late_answer,
    )
    work.decide(leases.LEASE, lease, told)
    await work.flush()
    await announce_collected(work, [row["task"]])
    await sign_of_life(work, [row])
    work.saw(results=[row["item"]])
    outcome = leases.outcome(held, work.state(leases.LEASE, lease), sent.answer_token)
    if outcome.refusal is not None:
        return Answer({}, refusal=outcome.refusal)
    return Answer({"lease": lease, "review": None, "verdict": verdict})


async def _fits(work: Work, row: Row, correction: Any) -> None:
    """A correction is an answer: it fits the schema of the step whose answer it corrects."""
    if correction is None:
        return
    (task,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [row["task"]])
    workflow = await workflows.find(work.conn, work.tenant, row["project"], task["workflow_version"])
    assert workflow is not None
    decided = (await decided_steps(work, [row["item"]])).get((row["item"], row["generation"]), {})
    about = subject_of(workflow, row["step"], decided)
    if about is not None:
        require_fits(_schema(workflow, about["step"]), correction)


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
