"""What quality costs a project: gold, reviews, experts and rejected answers beside all that was paid, as it stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.workforce.currencies import DIGITS
from backend.domain.workforce.money import Cost, cost_of, share, told
from backend.events.ids import ProjectId
from backend.readmodels import pricing, projects
from backend.readmodels.backtest import Window
from backend.usecases.backtest.pricing import rate_of, unpriced
from backend.usecases.work import Answer, Work

DAYS, DAYS_MAX = 28, 366
QUALITY = ("gold", "reviews", "escalations", "rejected")
"""What is paid so that answers are right: the rest is answers to work that were not rejected."""
KINDS = ("answers", *QUALITY)
NOTHING = Cost()


async def project_quality_costs(
    work: Work, *, project: UUID, since: datetime | None, until: datetime | None
) -> Answer:
    """By currency and kind of work what ended from `since` on and before `until` (the last 28 days; 366 at most) cost,
    and which share of it quality is; in minutes as well. Raises `period_invalid`."""
    work.require("project:report", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    end = until or work.now
    window = Window(since or end - timedelta(days=DAYS), end)
    _refuse_wrong(window)
    costs = _summed(await pricing.sums(work.conn, work.tenant, project, window))
    whole = sum(costs.values(), NOTHING)
    body = {
        "project": project,
        "from": window.since,
        "to": window.until,
        "costs": [_in(code, costs) for code in sorted(whole.minor)],
        "minutes_share": share(_quality(costs).micros, whole.micros),
        "unpriced": unpriced(whole),
        "unpriced_by_kind": {kind: unpriced(costs[kind]) for kind in KINDS},
    }
    return Answer(body)


def _refuse_wrong(window: Window) -> None:
    assert window.since is not None and window.until is not None
    if not timedelta() < window.until - window.since <= timedelta(days=DAYS_MAX):
        raise Refusal(
            "invalid",
            "period_invalid",
            expected=f"a `from` before `to`, at most {DAYS_MAX} days",
            found=f"{window.since.isoformat()} and {window.until.isoformat()}",
            mend="name a shorter time with `from` and `to`",
        )


def _summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, Cost]:
    """An answer to work that was rejected since was paid for nothing but quality."""
    found: dict[str, Cost] = defaultdict(Cost)
    for row in rows:
        kind = "rejected" if row["kind"] == "answers" and row["rejected"] else row["kind"]
        found[kind] += cost_of(rate_of(row), row["pieces"], row["micros"])
    return {kind: found[kind] for kind in KINDS}


def _quality(costs: Mapping[str, Cost]) -> Cost:
    return sum((costs[kind] for kind in QUALITY), NOTHING)


def _in(code: str, costs: Mapping[str, Cost]) -> dict[str, Any]:
    """Each part is rounded once, and sums add the rounded parts, so that the table adds up."""
    parts = {kind: told(costs[kind].minor.get(code, Fraction())) for kind in KINDS}
    quality, total = sum(parts[kind] for kind in QUALITY), sum(parts.values())
    return {
        "currency": code,
        "digits": DIGITS[code],
        **{f"{kind}_minor": amount for kind, amount in parts.items()},
        "quality_minor": quality,
        "total_minor": total,
        "quality_share": share(Fraction(quality), Fraction(total)),
    }
