"""The sample of a workflow: an answer that goes to a review step along a plain arrow is drawn like any other.

Only where it is known for certain how likely the review was, its verdict is evidence about who answered: the step is an
annotate step that took one answer, one arrow alone leads to the review step, it says no condition, and its share is the
rate. The draw is that of every review, HMAC(key of the period, lease id) against the rate, so anybody can check it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.review import review as reviews
from backend.domain.review.sampling import draw
from backend.events.ids import AnnotatorId, ItemId, LeaseId, ProjectId, ReviewId, TaskId, uuid8
from backend.events.workflows import Arrow, Step, WorkflowPublished
from backend.readmodels import tasks
from backend.usecases.projects.workflows import step_of
from backend.usecases.work import Work

PPM = 1_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draw for the only answer of a step, and the arrow it is about."""

    arrow: Arrow
    command: reviews.Draw

    @property
    def of_a_million(self) -> int:
        """The draw as arrows compare it with their share: below the share exactly where the answer is sampled."""
        return self.command.draw * PPM >> 64


def review_arrow(workflow: WorkflowPublished, step: Step) -> Arrow | None:
    """The arrow by which answers of this step come to their review at a rate that is known; None without one."""
    if step.stage != "annotate":
        return None
    for arrow in step.then:
        to = step_of(workflow, arrow.to)
        leading = sum(one.to == to.name for other in workflow.steps for one in other.then)
        plain = not (arrow.all_of or arrow.any_of or arrow.otherwise or arrow.loops_max)
        if to.stage == "review" and plain and leading == 1 and to.shows[:1] == (step.name,):
            return arrow
    return None


def judges_answer(workflow: WorkflowPublished, judged: str, review_step: str) -> bool:
    """Whether a verdict in this review step on what the step `judged` came to is one on the answer that was drawn."""
    arrow = review_arrow(workflow, step_of(workflow, judged))
    return arrow is not None and arrow.to == review_step


async def drawn_for(
    work: Work, project: Row, row: Row, workflow: WorkflowPublished, step: Step, judgments: int
) -> Drawn | None:
    """The draw for what the task of `row` came to; None where its review would be no sample."""
    arrow = review_arrow(workflow, step) if judgments == 1 else None
    answer = await only_answer(work, row["task"]) if arrow is not None else None
    if arrow is None or answer is None:
        return None
    lease, about, period = LeaseId(answer["lease"]), ProjectId(row["project"]), project["sampling_period"]
    command = reviews.Draw(
        review=review_of(lease),
        lease=lease,
        task=TaskId(row["task"]),
        item=ItemId(row["item"]),
        project=about,
        author=AnnotatorId(answer["annotator"]),
        period=period,
        rate_ppm=arrow.share_ppm,
        draw=draw(work.vault.draw_key(work.tenant, about, period), lease),
        answer_class=answer["answer_class"],
    )
    return Drawn(arrow, command)


async def record(work: Work, drawn: Drawn) -> None:
    """Write down that it was drawn, whether or not it is looked at."""
    await work.load(reviews.REVIEW, [drawn.command.review])
    work.decide(reviews.REVIEW, drawn.command.review, drawn.command)


def review_of(lease: UUID) -> ReviewId:
    """The one review of an answer."""
    return ReviewId(uuid8(lease, "review"))


async def only_answer(work: Work, task: UUID) -> Row | None:
    """The answer of a task that has one that counts."""
    found = await tasks.by_ids(work.conn, tasks.ANSWERS_OF_TASK, work.tenant, [task])
    counting = [one for one in found if not one["rejected"]]
    return counting[0] if len(counting) == 1 else None
