"""Deciding: what happens to tasks once nothing of them is open or held; many that wait are decided in one go."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.projects.iteration import HELD
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.route import ROUTE
from backend.events.ids import LaneId, LeaseId
from backend.events.projects import QualityPlan
from backend.events.workflows import Step
from backend.readmodels import claims, flags, models, projects, workflows
from backend.readmodels import tasks as task_rows
from backend.readmodels.escalations import OF_TASKS
from backend.usecases.models.comparing import agreements, compare_models, with_voices
from backend.usecases.projects.workflows import MANY, step_of
from backend.usecases.quality.flag_scan import scan_tonight
from backend.usecases.review.to_experts import WATCHED, Call, call_experts, calls
from backend.usecases.tasks.designs import steps_of
from backend.usecases.tasks.escalating import escalate, escalate_all
from backend.usecases.tasks.onward import Outcome, go_on, route_of
from backend.usecases.tasks.results import (
    PPM,
    Collected,
    Row,
    Weighed,
    corrections,
    decide_loaded,
    weigh,
)
from backend.usecases.tasks.stages import ord_now
from backend.usecases.tasks.standing import decided_steps, let_through_unseen, results, subject_of
from backend.usecases.vault import SealingKeys
from backend.usecases.work import Answer, Work

DECIDES = {"review": "review", "adjudicate": "expert", "expert": "expert"}
"""Kind of work -> by whom its task is decided; the others by the aggregate."""


async def task_decide(work: Work, *, task: UUID) -> Answer:
    """Decide a collected task by its answers, weighted by what is known of each person; then by corrections, if any.
    A task of a workflow sends its item on."""
    work.require("project:update")
    decided = await _decide_all(work, [task])
    return Answer({"task": task, "decided": task in decided})


async def tasks_decide(work: Work, *, tasks: Sequence[UUID]) -> Answer:
    """Decide these tasks as task_decide decides each, in one go: what they have in common is read once. Raises what one
    of them alone would raise."""
    work.require("project:update")
    decided = await _decide_all(work, tasks)
    return Answer({"tasks": [{"task": task, "decided": task in decided} for task in tasks]})


async def _decide_all(work: Work, asked: Sequence[UUID]) -> set[UUID]:
    """Those of the tasks that have a result now."""
    collected = await _collected(work, sorted(set(asked)))
    if not collected:
        return set()
    scan_tonight(work, {one.project["skill"] for one in collected})
    await work.load(tasks_domain.TASK, [one.task for one in collected])
    foretold = await models.of_items(work.conn, work.tenant, [one.row["item"] for one in collected])
    collected = with_voices(collected, foretold)
    weighed = await weigh(work, collected)
    items = [one for one in collected if not one.row["workflow_version"]]
    steps = [one for one in collected if one.row["workflow_version"]]
    decided = await _as_items(work, items, weighed) | await _as_steps(work, steps, weighed)
    await compare_models(work, foretold, {one.row["item"] for one in collected if one.task in decided})
    return decided


async def _collected(work: Work, asked: Sequence[UUID]) -> list[Collected]:
    """Of these tasks those, locked, of which nothing is open or held, and that have an answer that counts."""
    locked = await task_rows.by_ids(work.conn, task_rows.LOCK_TASKS, work.tenant, asked)
    ready = {row["task"] for row in await work.conn.fetch(claims.COLLECTED, work.tenant, asked)}
    rows = [row for row in locked if row["task"] in ready and _decidable(row)]
    found = [row["task"] for row in rows]
    counting: dict[UUID, list[Row]] = defaultdict(list)
    for one in await task_rows.by_ids(work.conn, flags.ANSWERS_OF_TASK, work.tenant, found):
        if not one["rejected"]:
            counting[one["task"]].append(one)
    # Where an item goes on, the next lane asks more of its project.
    read = projects.find if any(row["workflow_version"] for row in rows) else projects.working
    known = await read(work.conn, work.tenant, sorted({row["project"] for row in rows})) if rows else []
    of = {project["project"]: project for project in known}
    return [
        Collected(row=row, project=of[row["project"]], answers=_heard(counting[row["task"]]))
        for row in rows
        if counting[row["task"]]
    ]


def _decidable(row: Row) -> bool:
    """What belongs to a round that is not open is decided when it opens; what an expert answered about an item, where
    it was asked for."""
    about = row["stage"] == "expert" and not row["workflow_version"]
    return row["state"] != "cancelled" and row["held_code"] != HELD and not about


def _heard(answers: Sequence[Row]) -> Sequence[Row]:
    """What was discounted counts only where nobody else answered."""
    return [answer for answer in answers if not answer["discounted"]] or answers


async def _as_items(work: Work, collected: Sequence[Collected], weighed: Mapping[UUID, Weighed]) -> set[UUID]:
    """Without a workflow: what the answers come to is the item's result, unless it is not sure enough."""
    called = await calls(work, collected)
    agrees = await agreements(work, collected)
    sure = [
        one
        for one in collected
        if _at_once(called.get(one.task))
        or not _more(work, one, weighed[one.task].confidence_ppm, agrees.get(one.task))
    ]
    keys = await work.keys(*{("project", one.row["project"]) for one in sure})
    corrected = await corrections(work, [one.task for one in sure])
    for one in sure:
        decide_loaded(work, keys, one.row["project"], one.task, weighed[one.task], "aggregate")
    unsure = []
    for one in sure:
        stands = one.task in corrected and _correct(work, keys, one, weighed[one.task], corrected[one.task])
        if stands and called.get(one.task) != WATCHED:
            called.pop(one.task, None)
        elif one.task not in called and not stands and weighed[one.task].confidence_ppm < _sure_enough(one):
            unsure.append(one.row)
    await call_experts(work, sure, called)
    await escalate_all(work, unsure, "low_confidence", None)
    return {one.task for one in sure}


def _sure_enough(one: Collected) -> int:
    """Below it an item goes to an expert: below what the plan says, and where it took as many answers as it may, below
    what it wanted them for."""
    plan: QualityPlan = one.project["plan"]
    at_most = len(one.answers) >= plan.overlap_max
    return max(plan.escalate_below_ppm, plan.stop_at_ppm if at_most else 0)


def _correct(work: Work, keys: SealingKeys, one: Collected, weighed: Weighed, answer: Any) -> bool:
    """The latest correction by a reviewer stands for the item, unless an expert has spoken."""
    told = replace(weighed, result={"answer": answer, "top": [answer]}, confidence_ppm=PPM)
    return decide_loaded(work, keys, one.row["project"], one.task, told, "review")


async def _as_steps(work: Work, collected: Sequence[Collected], weighed: Mapping[UUID, Weighed]) -> set[UUID]:
    """Steps of workflows: what their answers come to sends the items on. Some wait for an expert."""
    found = await task_rows.by_ids(work.conn, OF_TASKS, work.tenant, [c.task for c in collected])
    waiting = {one["task"] for one in found if one["resolved_at"] is None}
    going = [one for one in collected if one.task not in waiting]
    await work.load(ROUTE, sorted({route_of(one.row) for one in going}))
    called = await calls(work, going, await steps_of(work, [one.row for one in going]))
    unseen = await let_through_unseen(work, [one.task for one in going if one.row["stage"] == "review"])
    decided: set[UUID] = set()
    touched: set[UUID] = set()
    for one in going:
        if one.row["item"] in touched:
            # Its other step was decided a moment ago: what this one comes to may depend on it.
            await work.flush()
            touched.clear()
        touched.add(one.row["item"])
        outcome = await _outcome(work, one, weighed[one.task], one.task in unseen)
        if await _as_step(work, one, outcome, called.get(one.task)):
            decided.add(one.task)
    return decided


def _at_once(call: Call | None) -> bool:
    """Whether an expert is to look without another answer being asked for first."""
    return call is not None and not call.alone


async def _as_step(work: Work, one: Collected, outcome: Outcome, call: Call | None) -> bool:
    if one.row["stage"] in MANY:
        if not _at_once(call) and await _waits(work, one, outcome.confidence_ppm, call):
            return False
        if call is not None and not await _looked_over(work, one):
            await escalate(work, one.row, call.reason, None, call.code)
            return False
    moved = await go_on(work, one.project, one.row, outcome)
    if moved is not None and moved.to_expert:
        await escalate(work, one.row, "rework_limit", None)
    return moved is not None


async def _waits(work: Work, one: Collected, sure: int, call: Call | None) -> bool:
    """A step that takes as many answers as the plan says takes more while it is unsure, like an item without steps, and
    at the most waits for an expert, unless its own arrows say what becomes of what is unsure. Where a model answers
    beside people, such arrows say it at once."""
    workflow = await workflows.find(work.conn, work.tenant, one.row["project"], one.row["workflow_version"])
    assert workflow is not None
    step = step_of(workflow, one.row["step"])
    if step.slots or (one.voices and _routes_unsure(step)):
        return False
    if _one_more(work, one, sure):
        return True
    plan: QualityPlan = one.project["plan"]
    if call is not None or sure >= plan.stop_at_ppm or len(one.answers) < plan.overlap_max:
        return False
    if _routes_unsure(step) or await _looked_over(work, one):
        return False
    await escalate(work, one.row, "low_confidence", None)
    return True


def _routes_unsure(step: Step) -> bool:
    tests = {test.field for arrow in step.then for test in (*arrow.all_of, *arrow.any_of)}
    return bool(tests & {"confidence", "agreement"})


async def _looked_over(work: Work, one: Collected) -> bool:
    """Whether an expert was ever asked about this task."""
    return bool(await task_rows.by_ids(work.conn, OF_TASKS, work.tenant, [one.task]))


async def _outcome(work: Work, one: Collected, weighed: Weighed, unseen: bool) -> Outcome:
    votes = Counter(answer["answer_token"] for answer in one.heard)
    outcome = Outcome(
        result=weighed.result,
        said=weighed.result["answer"],
        confidence_ppm=weighed.confidence_ppm,
        agreement_ppm=round(PPM * max(votes.values()) / len(one.heard)),
        unsure_ppm=round(PPM * sum(answer["unsure"] for answer in one.answers) / weighed.judgments),
        judgments=weighed.judgments,
        basis=weighed.basis,
        by=DECIDES.get(one.row["stage"], "aggregate"),
    )
    if one.row["stage"] != "review":
        return outcome
    return await _reviewed(work, one.row, outcome, weighed.result["answer"], unseen)


async def _reviewed(
    work: Work, row: dict[str, Any], outcome: Outcome, said: dict[str, Any], unseen: bool
) -> Outcome:
    """What a review step came to: the correction, or the answer that was judged, with the verdict beside it. What was
    approved in bulk alone (`unseen`) goes where a verdict sends it, and is as sure as it was."""
    workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
    assert workflow is not None
    decided = (await decided_steps(work, [row["item"]])).get((row["item"], row["generation"]), {})
    about = subject_of(workflow, row["step"], decided)
    standing = (await results(work, [about]))[0] if about else {"answer": None, "top": []}
    told = {"answer": standing["answer"], "top": standing["top"]}
    if said["verdict"] == "correct":
        told = {"answer": said["correction"], "top": [said["correction"]]}
    seen = {"verdict": said["verdict"], "correction": said["correction"]}
    result = {**told, "verdict": said["verdict"], "note": said.get("note")}
    stands = about if unseen and said["verdict"] == "accept" else None
    return replace(outcome, result=result, said=seen, stands=stands)


def _more(work: Work, one: Collected, sure: int, agrees: bool | None) -> bool:
    """One more answer instead of a result. Where one person answered beside a model (`agrees` says how), only if they
    differ."""
    if agrees is None:
        return _one_more(work, one, sure)
    return not agrees and _added(work, one, "model_disagrees")


def _one_more(work: Work, one: Collected, sure: int) -> bool:
    """Dynamic overlap: an item that is not sure enough gets one more slot instead of a result, up to the maximum."""
    plan: QualityPlan = one.project["plan"]
    if sure >= plan.stop_at_ppm or len(one.answers) >= plan.overlap_max:
        return False
    return _added(work, one, "unsure")


def _added(work: Work, one: Collected, reason: str) -> bool:
    """Whether there is one slot more now, because of the last answer."""
    if not isinstance(work.state(tasks_domain.TASK, one.task), tasks_domain.Open):
        return False
    last = max(one.answers, key=lambda answer: (answer["submitted_at"], answer["lease"]))
    slot = tasks_domain.AddSlot(
        lane=LaneId(one.row["lane"]), ord=ord_now(work), reason=reason, cause=LeaseId(last["lease"])
    )
    return bool(work.decide(tasks_domain.TASK, one.task, slot))
