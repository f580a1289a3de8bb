"""Verdicts in bulk in review steps of workflows: what each is a verdict on, and what may not be let through there."""

from dataclasses import replace
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.review import review as reviews_domain
from backend.usecases.review.bulk_selecting import Chosen, Row, Selected
from backend.usecases.review.step_sampling import judges_answer, review_of
from backend.usecases.tasks.designs import versions_of
from backend.usecases.work import Work

PILOT = "pilot"


async def with_reviews(work: Work, found: Selected) -> Selected:
    """Each place with the review of an answer that is decided there, loaded. In a step that is the draw of the one
    answer that it judges, if the step is that answer's sample and the draw has no verdict; as of a single verdict."""
    in_steps = [one.row for one in found.chosen if one.in_step and one.row["lease"] is not None]
    versions = await versions_of(work, in_steps)
    drawn = {
        row["review_task"]: review_of(row["lease"])
        for row in in_steps
        if judges_answer(versions[row["project"], row["workflow_version"]], row["step"], row["review_step"])
    }
    others = [one.row["review"] for one in found.chosen if not one.in_step]
    await work.load(reviews_domain.REVIEW, sorted({*others, *drawn.values()}))
    return replace(
        found, chosen=[_with_review(work, one, drawn.get(one.row["review_task"])) for one in found.chosen]
    )


def _with_review(work: Work, one: Chosen, review: UUID | None) -> Chosen:
    if review is None or not isinstance(work.state(reviews_domain.REVIEW, review), reviews_domain.Pending):
        return one
    return replace(one, row=one.row | {"review": review})


def must_be_looked_at(project: Row, one: Chosen) -> Refusal | None:
    """While a pilot keeps the project shut nothing in a step is let through unseen: it goes by what reviews find."""
    return reviews_domain.inspection_required(PILOT) if one.in_step and project["gate"] else None
