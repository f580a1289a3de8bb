"""Judging routines: a period that is over is held against what it had to bring, once, however late."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects import routine as domain
from backend.domain.projects.routine_numbers import Work as Worked
from backend.domain.projects.routine_numbers import of_consensus, of_gold, of_sampling
from backend.domain.projects.routine_periods import Period
from backend.events.ids import ProjectId, uuid8
from backend.events.routines import Numbers
from backend.readmodels import routine_counts as counts
from backend.readmodels import routines as rows
from backend.usecases.work import Answer, Work

AT_ONCE = 20


def stream_of(project: UUID) -> UUID:
    """The stream of a project's routines."""
    return uuid8(project, "routines")


async def routines_judge(work: Work, *, most: int) -> Answer:
    """Judge the next period of each routine for which one is over; what was late is judged period by period. The
    stream lets each period be judged once, whoever judges."""
    work.require("project:update")
    due = await rows.due(work.conn, work.tenant, work.now, min(most, AT_ONCE))
    await work.load(domain.ROUTINES, sorted({stream_of(project) for project, _ in due}))
    judged = 0
    for project, kind in due:
        stream = stream_of(project)
        period = work.state(domain.ROUTINES, stream).of(kind).next
        if period is None or not domain.over(period, work.now):
            continue
        command = domain.Judge(
            project=ProjectId(project),
            kind=kind,
            begins=period.begins,
            numbers=await numbers_of(work, project, kind, period, period.ends),
            now=work.now,
        )
        judged += len(work.decide(domain.ROUTINES, stream, command))
    return Answer({"judged": judged})


async def numbers_of(work: Work, project: UUID, kind: str, period: Period, until: datetime) -> Numbers:
    """What the log shows of a period up to a moment in it."""
    window = (work.tenant, project, period.begins, until)
    rule = period.rule
    if kind == "gold":
        return of_gold(rule, [Worked(**row) for row in await counts.gold(work.conn, window)])
    given = await counts.answers(work.conn, window)
    if kind == "consensus":
        return of_consensus(rule, given, **await counts.consensus(work.conn, window, rule.independent))
    return of_sampling(rule, given, await counts.sampling(work.conn, window))


def told(numbers: dict[str, Any] | Numbers) -> dict[str, Any]:
    """Numbers as they are shown: of consensus the share of identical pairs beside their counts."""
    said = asdict(numbers) if isinstance(numbers, Numbers) else dict(numbers)
    said["short"] = [
        {"annotator": UUID(str(one["annotator"])), "found": one["found"]} for one in said["short"]
    ]
    return {**said, "agreement": said["same"] / said["pairs"] if said["pairs"] else None}
