"""Vendors' rates and the weights of their score: said and read by managers; a vendor's own managers read its rates."""

from typing import Any
from uuid import UUID

from backend.domain.checks import PPM, one_of
from backend.domain.errors import not_found
from backend.domain.projects.requirement import STAGES
from backend.domain.workforce import vendor_rate as rate_domain
from backend.domain.workforce import vendor_score as score_domain
from backend.domain.workforce.currencies import DIGITS
from backend.events.ids import SkillId, VendorId, uuid8
from backend.readmodels import projects, vendors
from backend.readmodels import vendor_rates as rows
from backend.usecases.reach import reach_vendor
from backend.usecases.work import Answer, Work

COMPONENTS = ("accuracy", "speed", "cost")


async def vendor_rates_update(
    work: Work,
    *,
    vendor: UUID,
    skill: UUID | None,
    stage: str | None,
    per: str,
    amount_minor: int | None,
    currency: str,
    effective: str,
) -> Answer:
    """From a day (UTC) on an answer or an hour of the vendor's people costs so much, in a skill and stage or in each;
    without an amount nothing is said of that place any more. Other days and places stay."""
    work.require("vendor:manage")
    await _known(work, vendor)
    if skill is not None and skill not in {r["skill"] for r in await projects.skills(work.conn, work.tenant)}:
        raise not_found("a skill")
    if stage is not None:
        one_of("stage_unknown", "stage", stage, STAGES)
    stream = uuid8(vendor, "rate", str(skill or ""), stage or "")
    await work.load(rate_domain.VENDOR_RATE, [stream])
    command = rate_domain.SetRate(
        vendor=VendorId(vendor),
        skill=SkillId(skill) if skill else None,
        stage=stage,
        per=per,
        minor=amount_minor,
        currency=currency,
        effective=effective,
    )
    work.decide(rate_domain.VENDOR_RATE, stream, command)
    await work.flush()
    return await _rates(work, vendor)


async def vendor_rates_get(work: Work, *, vendor: UUID) -> Answer:
    """What was said of a vendor's rates; its own managers see them too."""
    work.require("vendor:read")
    reach_vendor(work, vendor)
    await _known(work, vendor)
    return await _rates(work, vendor)


async def vendor_score_update(work: Work, *, accuracy: float, speed: float, cost: float) -> Answer:
    """Weigh vendors' score so from now on; only the ratios matter."""
    work.require("vendor:manage")
    stream = uuid8(work.tenant, "vendor-score")
    await work.load(score_domain.VENDOR_SCORE, [stream])
    command = score_domain.Weigh(
        accuracy_ppm=round(PPM * accuracy), speed_ppm=round(PPM * speed), cost_ppm=round(PPM * cost)
    )
    work.decide(score_domain.VENDOR_SCORE, stream, command)
    await work.flush()
    return Answer(await weights_shown(work))


async def vendor_score_get(work: Work) -> Answer:
    """How vendors' score is weighed."""
    work.require("vendor:read")
    return Answer(await weights_shown(work))


async def weights_shown(work: Work) -> dict[str, Any]:
    """The weights in force, adding up to 1, and their version (0: nothing was said)."""
    said = score_domain.Weights(**(await rows.weights(work.conn, work.tenant) or {}))
    ppm = {name: getattr(said, f"{name}_ppm") for name in COMPONENTS}
    return {name: round(ppm[name] / sum(ppm.values()), 9) for name in COMPONENTS} | {"version": said.version}


async def _known(work: Work, vendor: UUID) -> None:
    if not await vendors.vendors(work.conn, work.tenant, [vendor]):
        raise not_found("a vendor")


async def _rates(work: Work, vendor: UUID) -> Answer:
    found = await rows.rates(work.conn, work.tenant, vendor)
    return Answer({"vendor": vendor, "data": [row | {"digits": DIGITS[row["currency"]]} for row in found]})
