"""Drawing: which of the answers that count are looked at, and at which rate each was drawn."""

from collections.abc import Sequence
from uuid import UUID

from backend.domain.review import review as reviews
from backend.domain.review.rate import adaptive_rate
from backend.domain.review.sampling import draw
from backend.events.ids import AnnotatorId, ItemId, LeaseId, ProjectId, ReviewId, TaskId, uuid8
from backend.readmodels import proficiency
from backend.statistics.beta import prior_of_pool
from backend.usecases.tasks.arriving import Place
from backend.usecases.tasks.stages import open_task
from backend.usecases.work import Work


async def draw_reviews(work: Work, places: Sequence[Place]) -> None:
    """Draw each of these answers for review, or not; a drawn one opens a review task."""
    rates = await _review_rates(work, places)
    for place in places:
        _draw_review(place, rates.get(place.sent.lease, place.row["plan"].review_rate_ppm))


async def _review_rates(work: Work, places: Sequence[Place]) -> dict[UUID, int]:
    """Lease -> rate, for answers in projects whose review adapts to what is known of each person."""
    adaptive = [p for p in places if p.row["plan"].review_target_ppm]
    rates: dict[UUID, int] = {}
    for skill in sorted({p.row["skill"] for p in adaptive}):
        people = sorted({p.row["annotator"] for p in adaptive if p.row["skill"] == skill})
        known = await proficiency.records(work.conn, work.tenant, skill, people)
        pool = await proficiency.pool(work.conn, work.tenant, skill)
        for place in (p for p in adaptive if p.row["skill"] == skill):
            mine = known.get(place.row["annotator"], proficiency.Record())
            beta = prior_of_pool(pool.correct, pool.total).updated(mine.correct, mine.total)
            reviewed = mine.sources.get("review", (0, 0))[1]
            target = place.row["plan"].review_target_ppm
            rates[place.sent.lease] = adaptive_rate(reviewed, 1.0 - beta.quantile(0.05), target)
    return rates


def _draw_review(place: Place, rate_ppm: int) -> None:
    """HMAC(key of the period, lease id) against the rate in force; a drawn answer opens a review task."""
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
        rate_ppm=rate_ppm,
        draw=draw(key, lease),
    )
    work.decide(reviews.REVIEW, review, drawn)
    if isinstance(work.state(reviews.REVIEW, review), reviews.Pending):
        open_task(work, uuid8(lease, "review-task"), row, "review", lease)
