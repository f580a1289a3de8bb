"""Staff rates: what an answer or an hour of own people costs in a project, said and read by managers."""

from uuid import UUID

from backend.domain.checks import one_of
from backend.domain.errors import not_found
from backend.domain.projects.requirement import STAGES
from backend.domain.workforce import staff_rate as domain
from backend.domain.workforce.currencies import DIGITS
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import projects
from backend.readmodels import staff_rates as rows
from backend.usecases.work import Answer, Work


async def staff_rates_update(
    work: Work,
    *,
    project: UUID,
    stage: str | None,
    per: str,
    amount_minor: int | None,
    currency: str,
    effective: str,
) -> Answer:
    """From a day (UTC) on an answer or an hour of the tenant's own people costs so much in the project, in a kind of
    work or in each; without an amount nothing is said of that place any more. Other days and places stay. Raises
    `stage_unknown`, `staff_rate_invalid` and `currency_unknown`."""
    work.require("project:update", project=ProjectId(project))
    await _known(work, project)
    if stage is not None:
        one_of("stage_unknown", "stage", stage, STAGES)
    stream = uuid8(project, "staff-rate", stage or "")
    await work.load(domain.STAFF_RATE, [stream])
    command = domain.SetRate(
        project=ProjectId(project),
        stage=stage,
        per=per,
        minor=amount_minor,
        currency=currency,
        effective=effective,
    )
    work.decide(domain.STAFF_RATE, stream, command)
    await work.flush()
    return await _rates(work, project)


async def staff_rates_get(work: Work, *, project: UUID) -> Answer:
    """What was said of what own people cost in the project."""
    work.require("project:report", project=ProjectId(project))
    await _known(work, project)
    return await _rates(work, project)


async def _known(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


async def _rates(work: Work, project: UUID) -> Answer:
    found = await rows.rates(work.conn, work.tenant, project)
    return Answer({"project": project, "data": [row | {"digits": DIGITS[row["currency"]]} for row in found]})
