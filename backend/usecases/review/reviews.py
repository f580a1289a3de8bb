"""Reviews: a reviewer pulls a drawn answer and gives a verdict; a rejected answer opens its slot anew."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.review import review as reviews_domain
from backend.domain.tasks import lease as leases
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import LaneId, LeaseId
from backend.readmodels import claims, projects, tasks
from backend.readmodels.reviews import REVIEWS_OF_LEASES
from backend.usecases.proficiency.records import review_soon
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.quality.calibrating import calibrate_tonight
from backend.usecases.review.label_showing import count_shown
from backend.usecases.review.planted_verdicts import planted_verdict
from backend.usecases.review.saying import Said, regions_of, submission, verdict_on
from backend.usecases.review.verdicts import step_verdict
from backend.usecases.tasks.escalating import escalate_all
from backend.usecases.tasks.queue import my_lease, pull
from backend.usecases.tasks.stages import ord_now
from backend.usecases.tasks.submitting import reclaimable
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

REVIEWING = ("review",)


async def review_pull(work: Work, *, project: UUID | None, max: int) -> Answer:
    """The next answers drawn for review that this person may review: never own work."""
    work.require("review:pull", owner=work.me)
    (answer,) = await pull([work], [(project, max)], REVIEWING)
    return answer


async def review_submit(
    work: Work,
    *,
    lease: UUID,
    verdict: str,
    correction: Any,
    note: str | None,
    regions: Sequence[Mapping[str, Any]] = (),
) -> Answer:
    """accept, correct (with the right answer) or reject, and the same of regions or fields of the answer."""
    work.require("review:work", owner=work.me)
    row = await my_lease(work, lease)
    if row["stage"] != "review":
        raise not_found("a review")
    said = Said(verdict, correction, note, regions_of(regions))
    keys = await work.keys(("project", row["project"]))
    sent = submission(work, row["project"], keys, lease, said)
    if row["gold"] is not None:
        return await planted_verdict(work, row, sent, said)
    found = await tasks.by_ids(work.conn, tasks.SUBJECTS, work.tenant, [row["task"]])
    if not found:
        return await step_verdict(work, row, sent, said)
    subject = found[0]
    (review,) = await tasks.by_ids(work.conn, REVIEWS_OF_LEASES, work.tenant, [subject["lease"]])
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    (task,) = await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [subject["task"]])
    (held,) = await work.load(leases.LEASE, [lease])
    await work.load(reviews_domain.REVIEW, [review["review"]])
    await work.load(tasks_domain.TASK, [subject["task"]])
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    back = await reclaimable(work, row, held, sent.answer_token)
    if back or not isinstance(held, leases.Ended):
        if said.corrects:
            await require_classes(work, project, correction)
        command = await verdict_on(work, project, subject, said, await scorer_of(work, project))
        command = replace(command, labels_shown=await count_shown(work, project, lease))
        if work.decide(reviews_domain.REVIEW, review["review"], command):
            # An audit of a workflow's answer is an observation: where its item goes, the arrows say.
            if not task["workflow_version"]:
                await _follow_up(work, project, subject, verdict)
            review_soon(work, subject["annotator"], project)
            calibrate_tonight(work, row["project"])
    work.decide(leases.LEASE, lease, replace(sent, slot_open=back, allowed=back))
    await sign_of_life(work, [row])
    work.saw(subjects=[subject["annotator"]], results=[row["item"]])
    outcome = leases.outcome(held, work.state(leases.LEASE, lease), sent.answer_token)
    if outcome.refusal is not None:
        return Answer({}, refusal=outcome.refusal)
    return Answer({"lease": lease, "review": review["review"], "verdict": verdict})


async def _follow_up(work: Work, project: dict[str, Any], subject: dict[str, Any], verdict: str) -> None:
    if verdict == "reject":
        await open_again(work, project, [subject])
    work.enqueue("task_decide", str(subject["task"]), {"task": str(subject["task"])})


async def open_again(work: Work, project: dict[str, Any], subjects: Sequence[dict[str, Any]]) -> None:
    """The slot of each rejected answer opens for another person, until the plan's limit sends the item to an expert;
    their tasks are loaded. What an expert has decided already needs no other answer."""
    place, over = ord_now(work), {}
    for subject in subjects:
        state = work.state(tasks_domain.TASK, subject["task"])
        assert not isinstance(state, tasks_domain.Unopened)
        under = state.before if isinstance(state, tasks_domain.Held) else state
        if isinstance(under, tasks_domain.Decided) and under.by == "expert":
            continue
        if sum(reason == "rejected" for reason, _ in state.about.added) >= project["plan"].rework_max:
            over[subject["task"]] = subject
            continue
        cause = LeaseId(subject["lease"])
        lane = LaneId(state.about.lane)
        slot = tasks_domain.AddSlot(lane=lane, ord=place, reason="rejected", cause=cause)
        work.decide(tasks_domain.TASK, subject["task"], slot)
        place += 1
    if over:
        await escalate_all(work, list(over.values()), "rework_limit", None)
