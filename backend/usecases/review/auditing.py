"""The audit floor in workflows: an answer that no review step looks at often enough is drawn for it all the same.

Such a review is an observation: it says how good the work is, and sends no item anywhere, because where items of a
workflow go only its arrows say.
"""

from collections.abc import Sequence
from typing import Any

from backend.domain.review import review as reviews
from backend.domain.review.control import Rated
from backend.domain.review.sampling import draw, is_sampled
from backend.events.ids import LeaseId, ProjectId
from backend.usecases.projects.workflows import step_of
from backend.usecases.review.drawing import open_review, record_draw
from backend.usecases.review.step_sampling import review_arrow
from backend.usecases.tasks.arriving import Place
from backend.usecases.tasks.designs import versions_of
from backend.usecases.work import Work


async def draw_audits(work: Work, places: Sequence[Place], locked: Sequence[dict[str, Any]]) -> None:
    """Draw those of these answers, each to a step of a workflow, whose review step takes less than the audit floor, or
    that have none. `locked` are the rows of their tasks."""
    asked = [place for place in places if place.row["audit_floor_ppm"]]
    if not asked:
        return
    task = {row["task"]: row for row in locked}
    known = await versions_of(work, [task[place.row["task"]] for place in asked])
    for place in asked:
        row = task[place.row["task"]]
        workflow = known[row["project"], row["workflow_version"]]
        arrow = review_arrow(workflow, step_of(workflow, row["step"]))
        _audit(place, arrow.share_ppm if arrow is not None else 0)


def _audit(place: Place, share_ppm: int) -> None:
    """One draw at the floor. What is below the arrow's share as well goes to its review step, and to no other."""
    work, row, floor_ppm = place.sent.work, place.row, place.row["audit_floor_ppm"]
    if share_ppm >= floor_ppm:
        return
    drawn = record_draw(place, Rated(floor_ppm, "audit"), 0)
    key = work.vault.draw_key(work.tenant, ProjectId(row["project"]), row["sampling_period"])
    to_its_step = is_sampled(draw(key, LeaseId(place.sent.lease)), share_ppm)
    if isinstance(drawn, reviews.Pending) and not to_its_step:
        open_review(work, row, place.sent.lease)
