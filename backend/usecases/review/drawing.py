"""Drawing: which of the answers that count are looked at, at which rate each was drawn, and why."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.review import review as reviews
from backend.domain.review.control import NOTHING_KNOWN, PILOT, Known, Rated, asks, rated
from backend.domain.review.sampling import draw
from backend.events.ids import AnnotatorId, ItemId, LeaseId, ProjectId, ReviewId, TaskId, uuid8
from backend.readmodels import review_control
from backend.usecases.tasks.arriving import Place
from backend.usecases.tasks.stages import open_task
from backend.usecases.work import Work

UNKNOWN = ""
"""The class of an answer that is no category."""


async def draw_reviews(work: Work, places: Sequence[Place]) -> None:
    """Draw each of these answers for review, or not; a drawn one opens a review task."""
    known = await _known(work, [place for place in places if asks(place.row["plan"])])
    for place in places:
        _draw_review(place, known.get(place.sent.lease, NOTHING_KNOWN))


async def _known(work: Work, places: Sequence[Place]) -> dict[UUID, Known]:
    """Lease -> what its answer's rate rests on, in one statement; no statement where every rate is fixed."""
    if not places:
        return {}
    asked = [
        (p.row["project"], p.row["skill"], p.row["annotator"], p.answer_class or UNKNOWN) for p in places
    ]
    found = await review_control.known(work.conn, work.tenant, asked)
    return {
        place.sent.lease: Known(
            everybody=state.everybody,
            threshold=state.threshold,
            author=state.author,
            run=state.run,
            severity=state.severity,
            basis_index=state.basis_index,
        )
        for place, state in zip(places, found, strict=True)
    }


def _draw_review(place: Place, known: Known) -> None:
    """A drawn answer opens a review task."""
    row = place.row
    answered = place.answer_class or UNKNOWN
    found = PILOT if row["gate"] else rated(row["plan"], known, answered, row["audit_floor_ppm"])
    if isinstance(record_draw(place, found, known.basis_index), reviews.Pending):
        open_review(place.sent.work, row, place.sent.lease)


def open_review(work: Work, row: Mapping[str, Any], lease: UUID) -> None:
    """The task in which the answer under this lease is reviewed; `row` has its item, project and generation."""
    open_task(work, uuid8(lease, "review-task"), dict(row), "review", lease)


def record_draw(place: Place, found: Rated, basis_index: int) -> reviews.Review:
    """Decide the draw: HMAC(key of the period, lease id) against the rate. Returns the review after it."""
    work, row = place.sent.work, place.row
    lease, about = LeaseId(place.sent.lease), ProjectId(row["project"])
    key = work.vault.draw_key(work.tenant, about, row["sampling_period"])
    review = ReviewId(uuid8(lease, "review"))
    drawn = reviews.Draw(
        review=review,
        lease=lease,
        task=TaskId(row["task"]),
        item=ItemId(row["item"]),
        project=about,
        author=AnnotatorId(row["annotator"]),
        period=row["sampling_period"],
        rate_ppm=found.rate_ppm,
        draw=draw(key, lease),
        reason=found.reason,
        answer_class=place.answer_class,
        risk_ppm=found.risk_ppm,
        threshold_ppm=found.threshold_ppm,
        basis_index=basis_index,
    )
    work.decide(reviews.REVIEW, review, drawn)
    return work.state(reviews.REVIEW, review)
