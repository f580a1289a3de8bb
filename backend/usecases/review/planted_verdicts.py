"""The verdict on a planted answer: taken and answered like any other, and saying only what the reviewer found."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.review import planted as planted_domain
from backend.domain.review import review as reviews_domain
from backend.domain.review.sampling import draw_text
from backend.domain.tasks import lease as leases
from backend.events import review as ev
from backend.events.ids import (
    AnnotatorId,
    GoldId,
    ItemId,
    LeaseId,
    ProjectId,
    ReviewId,
    SkillId,
    TaskId,
    uuid8,
)
from backend.readmodels import claims, planted, projects, tasks
from backend.readmodels.queue import BAND
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.review.label_showing import count_shown
from backend.usecases.review.saying import Said, verdict_on
from backend.usecases.tasks.submitting import reclaimable
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import sign_of_life

PPM = 1_000_000
Row = dict[str, Any]


async def planted_verdict(work: Work, row: Row, sent: leases.Submit, said: Said) -> Answer:
    """The verdict on a planted answer: refused and answered like any other, and ending in nothing but what it says of
    the reviewer. `row` is the lease's, `sent` its answer as it would be kept."""
    found = await tasks.by_ids(work.conn, planted.SUBJECTS, work.tenant, [row["task"]])
    if not found:
        raise not_found("a review")
    subject = found[0]
    await work.conn.fetch(claims.LOCK_LEASES, work.tenant, [row["lease"]])
    (held,) = await work.load(leases.LEASE, [row["lease"]])
    about = uuid8(row["lease"], "planted")
    (before,) = await work.load(planted_domain.PLANTED, [about])
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    back = await reclaimable(work, row, held, sent.answer_token)
    if back or not isinstance(held, leases.Ended):
        if said.corrects:
            await require_classes(work, project, said.correction)
        given = await _given(work, project, row, subject, said)
        if before.found is not None:
            await _refuse_another(work, row, sent, subject)
        if subject["correct"] is not None:
            score = _score(project, row, subject, work, given)
        score = replace(score, labels_shown=await count_shown(work, project, row["lease"]))
        work.decide(planted_domain.PLANTED, about, score)
    work.decide(leases.LEASE, row["lease"], replace(sent, slot_open=back, allowed=back))
    await sign_of_life(work, [row])
    work.saw(subjects=[subject["annotator"]], results=[row["item"]])
    outcome = leases.outcome(held, work.state(leases.LEASE, row["lease"]), sent.answer_token)
    if outcome.refusal is not None:
        return Answer({}, refusal=outcome.refusal)
    return Answer({"lease": row["lease"], "review": _review_id(row), "verdict": said.verdict})


def _score(
    project: Row, row: Row, subject: Row, work: Work, given: ev.VerdictGiven
) -> planted_domain.ScorePlanted:
    return planted_domain.ScorePlanted(
        lease=LeaseId(row["lease"]),
        reviewer=AnnotatorId(work.me),
        project=ProjectId(row["project"]),
        skill=SkillId(project["skill"]),
        gold=GoldId(row["gold"]),
        subject=LeaseId(subject["lease"]),
        error=not subject["correct"],
        found=not given.passed,
    )


async def _given(work: Work, project: Row, row: Row, subject: Row, said: Said) -> ev.VerdictGiven:
    """The verdict as it would have been, were it about work; raises what it would have raised."""
    command = await verdict_on(work, project, subject, said, await scorer_of(work, project))
    drawn = ev.ReviewDrawn(
        review=_review_id(row),
        lease=LeaseId(subject["lease"]),
        task=TaskId(row["task"]),
        item=ItemId(row["item"]),
        project=ProjectId(row["project"]),
        author=AnnotatorId(subject["annotator"]),
        period=0,
        rate_ppm=PPM,
        draw=draw_text(0),
        sampled=True,
    )
    (given,) = reviews_domain.decide(command, reviews_domain.Pending(drawn))
    assert isinstance(given, ev.VerdictGiven)
    return given


async def _refuse_another(work: Work, row: Row, sent: leases.Submit, subject: Row) -> None:
    """Refuse `verdict_given` unless the verdict is the one that was given."""
    (kept,) = await tasks.rows(work.conn, planted.GIVEN, work.tenant, row["lease"])
    if kept["answer_token"] == sent.answer_token:
        return
    (said,) = await work.open(
        [Sealed("project", row["project"], "lease", row["lease"], "answer", kept["answer"])]
    )
    raise reviews_domain.verdict_given(
        reviews_domain.Given(
            reviewer=AnnotatorId(work.me),
            author=AnnotatorId(subject["annotator"]),
            verdict=said["verdict"],
            correction_token=None,
        )
    )


def _review_id(row: Row) -> ReviewId:
    """An id like a review's, of the moment at which that of the lane's head was drawn; always the same for a lease."""
    drawn_us = row["ord"] + (BAND if row["ord"] < 0 else 0)
    return ReviewId(uuid8(UUID(int=drawn_us // 1_000 << 80), "planted-review", str(row["lease"])))
