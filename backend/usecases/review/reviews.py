"""Reviews: a reviewer pulls a drawn answer and gives a verdict; a rejected answer opens its slot anew."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.review import review as reviews_domain
from backend.domain.tasks import lease as leases
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import AnnotatorId, LaneId, LateAnswerId, LeaseId, SkillId
from backend.readmodels import claims, projects, tasks
from backend.readmodels.reviews import REVIEWS_OF_LEASES
from backend.usecases.proficiency.records import review_soon
from backend.usecases.review.verdicts import step_verdict
from backend.usecases.tasks.escalating import escalate
from backend.usecases.tasks.queue import my_lease, pull
from backend.usecases.tasks.stages import ord_now
from backend.usecases.tasks.submitting import reclaimable
from backend.usecases.tokens import answer_token, class_token
from backend.usecases.vault import SealingKeys
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

REVIEWING = ("review",)


async def review_pull(work: Work, *, project: UUID | None, max: int) -> Answer:
    """The next answers drawn for review that this person may review: never own work."""
    work.require("review:pull", owner=work.me)
    (answer,) = await pull([work], [(project, max)], REVIEWING)
    return answer


async def review_submit(
    work: Work, *, lease: UUID, verdict: str, correction: Any, note: str | None
) -> Answer:
    """accept, correct (with the right answer) or reject."""
    work.require("review:work", owner=work.me)
    row = await my_lease(work, lease)
    if row["stage"] != "review":
        raise not_found("a review")
    found = await tasks.by_ids(work.conn, tasks.SUBJECTS, work.tenant, [row["task"]])
    if not found:
        keys = await work.keys(("project", row["project"]))
        sent = _submit(work, row["project"], keys, lease, verdict, correction, note)
        return await step_verdict(work, row, sent, verdict, correction)
    subject = found[0]
    (review,) = await tasks.by_ids(work.conn, REVIEWS_OF_LEASES, work.tenant, [subject["lease"]])
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [lease])
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, [subject["task"]])
    (held,) = await work.load(leases.LEASE, [lease])
    await work.load(reviews_domain.REVIEW, [review["review"]])
    await work.load(tasks_domain.TASK, [subject["task"]])
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    keys = await work.keys(("project", row["project"]))
    sent = _submit(work, project["project"], keys, lease, verdict, correction, note)
    back = await reclaimable(work, row, held, sent.answer_token)
    if back or not isinstance(held, leases.Ended):
        command = _verdict(work, project, keys, review, subject, verdict, correction, note)
        if work.decide(reviews_domain.REVIEW, review["review"], command):
            await _follow_up(work, project, subject, verdict)
            review_soon(work, subject["annotator"], project)
    work.decide(leases.LEASE, lease, replace(sent, slot_open=back, allowed=back))
    await sign_of_life(work, [row])
    work.saw(subjects=[subject["annotator"]], results=[row["item"]])
    outcome = leases.outcome(held, work.state(leases.LEASE, lease), sent.answer_token)
    if outcome.refusal is not None:
        return Answer({}, refusal=outcome.refusal)
    return Answer({"lease": lease, "review": review["review"], "verdict": verdict})


async def _follow_up(work: Work, project: dict[str, Any], subject: dict[str, Any], verdict: str) -> None:
    if verdict == "reject":
        await _open_again(work, project, subject)
    work.enqueue("task_decide", str(subject["task"]), {"task": str(subject["task"])})


def _verdict(
    work: Work,
    project: dict[str, Any],
    keys: SealingKeys,
    review: dict[str, Any],
    subject: dict[str, Any],
    verdict: str,
    correction: Any,
    note: str | None,
) -> reviews_domain.GiveVerdict:
    about, given = project["project"], review["review"]
    corrects = verdict == "correct" and correction is not None
    truth = subject["answer_class"] if verdict == "accept" else None
    return reviews_domain.GiveVerdict(
        reviewer=AnnotatorId(work.me),
        skill=SkillId(project["skill"]),
        verdict=verdict,
        correction=keys.seal_json("project", about, "review", given, "correction", correction)
        if corrects
        else None,
        correction_token=answer_token(work, project["project"], correction) if corrects else None,
        truth_class=class_token(work, project["skill"], correction) if corrects else truth,
        answer_class=subject["answer_class"],
        note=keys.seal_json("project", about, "review", given, "note", note) if note else None,
    )


def _submit(
    work: Work, project: UUID, keys: SealingKeys, lease: UUID, verdict: str, correction: Any, note: str | None
) -> leases.Submit:
    """The review lease ends like any other: with an answer, which is the verdict; or it is kept as too late."""
    answer = {"verdict": verdict, "correction": correction}
    return leases.Submit(
        annotator=AnnotatorId(work.me),
        answer=keys.seal_json("project", project, "lease", lease, "answer", {**answer, "note": note}),
        answer_class=None,
        answer_token=answer_token(work, project, answer),
        client_seconds=None,
        slot_open=False,
        allowed=False,
        late_answer=LateAnswerId(work.new_id()),
    )


async def _open_again(work: Work, project: dict[str, Any], subject: dict[str, Any]) -> None:
    """A rejected answer's slot opens for another person, until the plan's limit sends the item to an expert.

    What an expert has decided already needs no other answer.
    """
    task = subject["task"]
    state = work.state(tasks_domain.TASK, task)
    assert not isinstance(state, tasks_domain.Unopened)
    if isinstance(state, tasks_domain.Decided) and state.by == "expert":
        return
    rejected = sum(reason == "rejected" for reason, _ in state.about.added)
    if rejected >= project["plan"].rework_max:
        await escalate(work, subject, "rework_limit", None)
        return
    slot = tasks_domain.AddSlot(
        lane=LaneId(state.about.lane), ord=ord_now(work), reason="rejected", cause=LeaseId(subject["lease"])
    )
    work.decide(tasks_domain.TASK, task, slot)
