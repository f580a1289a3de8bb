"""Rejected lots: once the sample of a delivery was too often wrong, everything else of it is reviewed as well."""

from backend.domain.review import review as reviews
from backend.events.ids import AnnotatorId, ItemId, LeaseId, ProjectId, ReviewId, TaskId
from backend.readmodels import review_control, tasks
from backend.readmodels.review_fold import REST_OF_LOT
from backend.usecases.review.drawing import open_review
from backend.usecases.work import Answer, Work

PPM = 1_000_000


async def rejected_lots_review(work: Work, *, most: int) -> Answer:
    """Draw up to so many answers of rejected lots that nobody has looked at, for certain; the draw stays what it was.
    Answers how many, 0 while those drawn before are not folded yet."""
    work.require("project:update")
    rows = await tasks.rows(work.conn, review_control.REJECTED, work.tenant, most)
    await work.load(reviews.REVIEW, [row["review"] for row in rows])
    drawn = 0
    for row in rows:
        command = reviews.Draw(
            review=ReviewId(row["review"]),
            lease=LeaseId(row["lease"]),
            task=TaskId(row["task"]),
            item=ItemId(row["item"]),
            project=ProjectId(row["project"]),
            author=AnnotatorId(row["author"]),
            period=row["period"],
            rate_ppm=PPM,
            draw=int(row["draw"], 16),
            reason=REST_OF_LOT,
            answer_class=row["answer_class"],
            basis_index=row["basis_index"],
        )
        if work.decide(reviews.REVIEW, row["review"], command):
            open_review(work, row, row["lease"])
            drawn += 1
    work.saw(results=[row["item"] for row in rows])
    return Answer({"drawn": drawn})
