"""Submitting: answers of a batch of leases in one go; what counts, what is late, what is drawn for review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.tasks import lease as leases
from backend.events.ids import (
    AnnotatorId,
    LateAnswerId,
)
from backend.events.workflows import Step
from backend.readmodels import claims, gate, tasks
from backend.readmodels.leases import to_answer
from backend.usecases.gates import unmet
from backend.usecases.proficiency.gold_scoring import score_gold
from backend.usecases.projects.class_checks import Checks, checks_of
from backend.usecases.review.adjudicating import resolve_by_expert
from backend.usecases.review.auditing import draw_audits
from backend.usecases.review.drawing import draw_reviews
from backend.usecases.review.expert_words import keep, require_taken
from backend.usecases.tasks.arriving import Place, Sent
from backend.usecases.tasks.designs import require_fits, steps_of
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.tokens import answer_token, class_token
from backend.usecases.vault import SealingKeys
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

RETURNED = ("abandoned", "released", "returned")
"""Ends that bar nobody from the item."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of an answer; reclaimed: its lease had ended and its slot was still open."""

    outcome: leases.Outcome
    reclaimed: bool


async def lease_submit(
    work: Work,
    *,
    lease: UUID,
    answer: Any,
    client_seconds: int | None,
    unsure: bool = False,
    explanation: str | None = None,
) -> Answer:
    """The answer counts, or is kept as late; it is never dropped. `unsure`: its author finds the case ambiguous;
    `explanation`: an expert's words to an answer that counts. Raises `explanation_not_taken` (invalid)."""
    work.require("lease:work", owner=work.me)
    (told,) = await _told([Sent(work, lease, answer, client_seconds, unsure, explanation)])
    return told


async def lease_submit_together(works: Sequence[Work], asked: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """lease_submit of several people in one transaction."""
    for work in works:
        with work.own():
            work.require("lease:work", owner=work.me)
    return await _told([Sent(work, **one) for work, one in zip(works, asked, strict=True)])


async def _told(sent: Sequence[Sent]) -> list[Answer]:
    answers = []
    for one, arrived in zip(sent, await submit(sent), strict=True):
        if arrived.outcome.refusal is not None:
            answers.append(Answer({}, refusal=arrived.outcome.refusal))
        else:
            body = {"lease": one.lease, "status": "submitted", "reclaimed": arrived.reclaimed}
            answers.append(Answer(body))
    return answers


async def submit(sent: Sequence[Sent]) -> list[Arrived]:
    """Decide every answer purely, after loading what all of them need; flushed, with collected tasks enqueued.

    Raises not_found when a lease is not the sender's.
    """
    work = sent[0].work
    places = await _places(work, sent)
    ids = [one.lease for one in sent]
    work.recall(leases.LEASE, [place.row["lease"] for place in places if place.row["how"] is None])
    locked = await tasks.by_ids(
        work.conn, tasks.LOCK_TASKS, work.tenant, sorted({p.row["task"] for p in places})
    )
    steps = await _steps(work, locked, places)
    checks = await checks_of(work, [place.row for place in places])
    before = await work.load(leases.LEASE, ids)
    keys = await work.keys(*{("project", p.row["project"]) for p in places})
    arrived, counted = [], []
    for place, was in zip(places, before, strict=True):
        with place.sent.work.own():
            back = await reclaimable(work, place.row, was, place.token)
            if back or isinstance(was, leases.Held):
                _require_fits(place, steps, checks)
            command = _command(place, keys, back, _setting(place, steps, checks))
            events = place.sent.work.decide(leases.LEASE, place.sent.lease, command)
            outcome = leases.outcome(was, work.state(leases.LEASE, place.sent.lease), place.token)
        arrived.append(Arrived(outcome, bool(events) and outcome.counted and back))
        if events and outcome.counted:
            counted.append(place)
    await _follow_up(counted, steps, locked)
    await _explain(places, arrived)
    await work.flush()
    await announce_collected(work, [p.row["task"] for p in counted if p.collects])
    await sign_of_life(work, [place.row for place in places])
    return arrived


async def _places(work: Work, sent: Sequence[Sent]) -> list[Place]:
    rows = await to_answer(work.conn, work.tenant, [one.lease for one in sent])
    for one in sent:
        with one.work.own():
            _require_own(one, rows.get(one.lease))
    places = []
    for one in sent:
        row = rows[one.lease]
        token = answer_token(work, row["project"], one.answer)
        label = class_token(work, row["skill"], one.answer)
        places.append(Place(one, row, token, label))
        one.work.saw(subjects=[one.annotator], results=[row["item"]])
    return places


def _require_own(one: Sent, row: Mapping[str, Any] | None) -> None:
    if row is None or row["annotator"] != one.annotator:
        raise not_found("a lease")
    if one.work.caller.subject.project not in (None, row["project"]):
        raise not_found("a lease")
    if row["stage"] == "review":
        raise not_found("a lease to answer; a review is submitted as a verdict")
    if one.explanation is not None:
        require_taken(row)


async def _steps(work: Work, locked: Sequence[dict[str, Any]], places: Sequence[Place]) -> dict[UUID, Step]:
    """Task -> its step in its workflow. Gold, which has no task, is asked for what new work would be, so that an answer
    of another shape does not tell them apart."""
    as_if = [place.row for place in places if place.row["gold"] is not None]
    return await steps_of(work, [*locked, *as_if])


def _require_fits(place: Place, steps: Mapping[UUID, Step], checks: Checks) -> None:
    """What counts has the shape that its step asks for, and names classes that there are; a late answer is kept as it
    is."""
    step, check = steps.get(place.row["task"]), checks.get(place.row["project"])
    if step is not None:
        require_fits(step.answer_schema, place.sent.answer)
    if check is not None:
        check.require(place.sent.answer, step.name if step else None)


def _setting(place: Place, steps: Mapping[UUID, Step], checks: Checks) -> int:
    """By which setting of the project's taxonomy the answer's classes are checked."""
    step, check = steps.get(place.row["task"]), checks.get(place.row["project"])
    return 0 if check is None else check.of(step.name if step else None)


def _command(place: Place, keys: SealingKeys, back: bool, taxonomy_setting: int) -> leases.Submit:
    project, lease = place.row["project"], place.sent.lease
    return leases.Submit(
        annotator=AnnotatorId(place.sent.annotator),
        answer=keys.seal_json("project", project, "lease", lease, "answer", place.sent.answer),
        answer_class=place.answer_class,
        answer_token=place.token,
        client_seconds=place.sent.client_seconds,
        slot_open=back,
        allowed=back,
        late_answer=LateAnswerId(place.sent.work.new_id()),
        unsure=place.sent.unsure,
        taxonomy_setting=taxonomy_setting,
    )


async def reclaimable(work: Work, row: dict[str, Any], was: leases.Lease, token: str) -> bool:
    """Whether the slot of an ended lease is still open and its person still allowed; both are locked if so.

    `row` is the lease's, `was` its state, `token` the answer's: one that was kept as late stays late.
    """
    if not isinstance(was, leases.Ended) or was.how not in RETURNED or leases.late_id(was, token):
        return False
    await claims.lock_people(work.conn, work.tenant, [row["annotator"]], work.now)
    may = await work.conn.fetchrow(gate.MAY, work.tenant, row["annotator"], row["lane"], work.now)
    if may["status"] != "active" or unmet(may):
        return False
    if await work.conn.fetchval(
        claims.MET, work.tenant, row["annotator"], row["item"], row["stage"] == "review", row["generation"]
    ):
        return False
    if row["gold"] is not None:
        return True
    return bool(await work.conn.fetch(claims.TAKE_BACK, work.tenant, [row["task"]], [row["slot"]]))


async def _explain(places: Sequence[Place], arrived: Sequence[Arrived]) -> None:
    """Experts' words to answers that count, the same for gold and for work; nothing where nobody said any."""
    for place, one in zip(places, arrived, strict=True):
        if place.sent.explanation is not None and one.outcome.counted:
            with place.sent.work.own():
                await keep(place.sent.work, place.row, place.sent.explanation)


async def _follow_up(
    counted: Sequence[Place], steps: Mapping[UUID, Step], locked: Sequence[dict[str, Any]]
) -> None:
    """What an answer that counts brings about: a draw for review, a score, or the end of an escalation."""
    if not counted:
        return
    await score_gold([place for place in counted if place.row["gold"] is not None], steps)
    drawn = [p for p in counted if p.row["stage"] == "annotate" and p.row["gold"] is None]
    # A workflow's own steps say who looks at an answer.
    await draw_reviews(counted[0].sent.work, [p for p in drawn if p.row["task"] not in steps])
    await draw_audits(counted[0].sent.work, [p for p in drawn if p.row["task"] in steps], locked)
    for place in counted:
        if place.row["stage"] == "expert" and place.row["gold"] is None:
            with place.sent.work.own():
                await resolve_by_expert(place.sent.work, place.row, place.sent.answer, place.answer_class)
