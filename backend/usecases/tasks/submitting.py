"""Submitting: answers of a batch of leases in one go; what counts, what is late, what is drawn for review."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.proficiency.beta import prior_of_pool
from backend.domain.proficiency.scoring import is_correct
from backend.domain.review import review as reviews
from backend.domain.review.rate import adaptive_rate
from backend.domain.review.sampling import draw
from backend.domain.tasks import lease as leases
from backend.events.ids import (
    AnnotatorId,
    ItemId,
    LateAnswerId,
    LeaseId,
    ProjectId,
    ReviewId,
    SkillId,
    TaskId,
    uuid8,
)
from backend.readmodels import claims, proficiency, projects, tasks
from backend.usecases.gates import unmet
from backend.usecases.proficiency.records import review_soon
from backend.usecases.tasks.escalating import resolve_by_expert
from backend.usecases.tasks.stages import announce_collected, open_task
from backend.usecases.tokens import answer_token, class_token
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

RETURNED = ("abandoned", "released")
"""Ends that bar nobody from the item."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One person's answer under one lease."""

    lease: UUID
    annotator: UUID
    answer: Any
    client_seconds: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Everything known about a lease when its answer arrives."""

    sent: Sent
    row: dict[str, Any]
    project: dict[str, Any]
    token: str
    answer_class: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of an answer; reclaimed: its lease had ended and its slot was still open."""

    outcome: leases.Outcome
    reclaimed: bool


async def lease_submit(work: Work, *, lease: UUID, answer: Any, client_seconds: int | None) -> Answer:
    """The answer counts, or is kept as late; it is never dropped."""
    work.require("lease:work", owner=work.me)
    (arrived,) = await submit(work, [Sent(lease, work.me, answer, client_seconds)])
    if arrived.outcome.refusal is not None:
        return Answer({}, refusal=arrived.outcome.refusal)
    return Answer({"lease": lease, "status": "submitted", "reclaimed": arrived.reclaimed})


async def submit(work: Work, sent: Sequence[Sent]) -> list[Arrived]:
    """Decide every answer purely, after loading what all of them need; flushed, with collected tasks enqueued.

    Raises not_found when a lease is not the sender's.
    """
    places = await _places(work, sent)
    ids = [one.lease for one in sent]
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, ids)
    await tasks.by_ids(work.conn, tasks.LOCK_TASKS, work.tenant, sorted({p.row["task"] for p in places}))
    before = await work.load(leases.LEASE, ids)
    keys = await work.keys(*{("project", p.row["project"]) for p in places})
    arrived, counted = [], []
    for place, was in zip(places, before, strict=True):
        back = await reclaimable(work, place.row, was, place.token)
        events = work.decide(leases.LEASE, place.sent.lease, _command(work, place, keys, back))
        outcome = leases.outcome(was, work.state(leases.LEASE, place.sent.lease), place.token)
        arrived.append(Arrived(outcome, bool(events) and outcome.counted and back))
        if events and outcome.counted:
            counted.append(place)
    rates = await _review_rates(work, counted)
    for place in counted:
        await _follow_up(work, place, rates)
    await work.flush()
    await announce_collected(
        work, [p.row["task"] for p in counted if p.row["stage"] == "annotate" and not p.row["gold"]]
    )
    await sign_of_life(work, [place.row for place in places])
    return arrived


async def _places(work: Work, sent: Sequence[Sent]) -> list[Place]:
    found = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [one.lease for one in sent])
    rows = {row["lease"]: row for row in found}
    if any(one.lease not in rows or rows[one.lease]["annotator"] != one.annotator for one in sent):
        raise not_found("a lease")
    if any(work.caller.subject.project not in (None, row["project"]) for row in rows.values()):
        raise not_found("a lease")
    if any(rows[one.lease]["stage"] == "review" for one in sent):
        raise not_found("a lease to answer; a review is submitted as a verdict")
    known = await projects.find(work.conn, work.tenant, sorted({row["project"] for row in rows.values()}))
    by_id = {row["project"]: row for row in known}
    places = []
    for one in sent:
        project = by_id[rows[one.lease]["project"]]
        token = answer_token(work, project["project"], one.answer)
        label = class_token(work, project["skill"], one.answer)
        places.append(Place(one, rows[one.lease], project, token, label))
        work.saw(subjects=[one.annotator], results=[rows[one.lease]["item"]])
    return places


def _command(work: Work, place: Place, keys: SealingKeys, back: bool) -> leases.Submit:
    project, lease = place.row["project"], place.sent.lease
    return leases.Submit(
        annotator=AnnotatorId(place.sent.annotator),
        answer=keys.seal_json("project", project, "lease", lease, "answer", place.sent.answer),
        answer_class=place.answer_class,
        answer_token=place.token,
        client_seconds=place.sent.client_seconds,
        slot_open=back,
        allowed=back,
        late_answer=LateAnswerId(work.new_id()),
    )


async def reclaimable(work: Work, row: dict[str, Any], was: leases.Lease, token: str) -> bool:
    """Whether the slot of an ended lease is still open and its person still allowed; both are locked if so.

    `row` is the lease's, `was` its state, `token` the answer's: one that was kept as late stays late.
    """
    if not isinstance(was, leases.Ended) or was.how not in RETURNED or leases.late_id(was, token):
        return False
    await claims.lock_people(work.conn, work.tenant, [row["annotator"]], work.now)
    may = await work.conn.fetchrow(claims.MAY, work.tenant, row["annotator"], row["lane"], work.now)
    if may["status"] != "active" or unmet(may):
        return False
    if await work.conn.fetchval(
        claims.MET, work.tenant, row["annotator"], row["item"], row["stage"] == "review", row["generation"]
    ):
        return False
    if row["gold"] is not None:
        return True
    return bool(await work.conn.fetch(claims.TAKE_BACK, work.tenant, [row["task"]], [row["slot"]]))


async def _review_rates(work: Work, places: Sequence[Place]) -> dict[UUID, int]:
    """Lease -> rate, for answers in projects whose review adapts to what is known of each person."""
    adaptive = [
        p
        for p in places
        if p.project["plan"].review_target_ppm and p.row["stage"] == "annotate" and p.row["gold"] is None
    ]
    rates: dict[UUID, int] = {}
    for skill in sorted({p.project["skill"] for p in adaptive}):
        people = sorted({p.row["annotator"] for p in adaptive if p.project["skill"] == skill})
        known = await proficiency.records(work.conn, work.tenant, skill, people)
        pool = await proficiency.pool(work.conn, work.tenant, skill)
        for place in (p for p in adaptive if p.project["skill"] == skill):
            mine = known.get(place.row["annotator"], proficiency.Record())
            beta = prior_of_pool(pool.correct, pool.total).updated(mine.correct, mine.total)
            reviewed = mine.sources.get("review", (0, 0))[1]
            target = place.project["plan"].review_target_ppm
            rates[place.sent.lease] = adaptive_rate(reviewed, 1.0 - beta.quantile(0.05), target)
    return rates


async def _follow_up(work: Work, place: Place, rates: dict[UUID, int]) -> None:
    match place.row["stage"], place.row["gold"]:
        case "annotate", None:
            fixed = place.project["plan"].review_rate_ppm
            _draw_review(work, place, rates.get(place.sent.lease, fixed))
        case "annotate", _:
            await _score_gold(work, place)
        case "expert", _:
            await resolve_by_expert(work, place.row, place.sent.answer, place.answer_class)


def _draw_review(work: Work, place: Place, rate_ppm: int) -> None:
    """HMAC(key of the period, lease id) against the rate in force; a drawn answer opens a review task."""
    row, project = place.row, place.project
    lease, about = LeaseId(place.sent.lease), ProjectId(row["project"])
    key = work.vault.draw_key(work.tenant, about, project["sampling_period"])
    review = ReviewId(uuid8(lease, "review"))
    drawn = reviews.Draw(
        review=review,
        lease=lease,
        task=TaskId(row["task"]),
        item=ItemId(row["item"]),
        project=about,
        author=AnnotatorId(row["annotator"]),
        period=project["sampling_period"],
        rate_ppm=rate_ppm,
        draw=draw(key, lease),
    )
    work.decide(reviews.REVIEW, review, drawn)
    if isinstance(work.state(reviews.REVIEW, review), reviews.Pending):
        open_task(work, uuid8(lease, "review-task"), row, "review", lease)


async def _score_gold(work: Work, place: Place) -> None:
    (gold,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [place.row["gold"]])
    (truth,) = await work.open(
        [Sealed("project", gold["project"], "gold", gold["gold"], "truth", gold["truth"])]
    )
    score = leases.ScoreGold(
        skill=SkillId(place.project["skill"]),
        correct=is_correct(place.sent.answer, truth),
        truth_class=gold["truth_class"],
        answer_class=place.answer_class,
    )
    work.decide(leases.LEASE, place.sent.lease, score)
    review_soon(work, place.row["annotator"], place.project)
