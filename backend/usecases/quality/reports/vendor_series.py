"""A vendor over time: its accuracy in each skill by month or week, beside all vendors together."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.readmodels import quality_reports as sql
from backend.statistics.clusters import clustered, of_people
from backend.usecases.quality.reports.measuring import PPM, Row
from backend.usecases.work import Work

Period = Literal["month", "week"]


async def vendor_series(
    work: Work, vendor: UUID, team: UUID | None, by: Period, span: tuple[datetime, datetime], others: bool
) -> list[dict[str, Any]]:
    """Per skill what the vendor's people were worth in each period of their answers, by gold and drawn reviews; gold
    alone, too, because its truth is the same for every vendor. Intervals go by people (95 %)."""
    rows = await sql.series(work.conn, work.tenant, (vendor, team), by, span, others)
    of: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        of[row["skill"]].append(row)
    return [
        {
            "skill": skill,
            "name": some[0]["name"],
            **_beside(some, others),
            "periods": [
                {"period": period, **_beside([r for r in some if r["period"] == period], others)}
                for period in sorted({row["period"] for row in some if row["own"]})
            ],
        }
        for skill, some in sorted(of.items(), key=lambda one: (one[1][0]["name"], str(one[0])))
        if any(row["own"] for row in some)
    ]


def _beside(rows: Sequence[Row], others: bool) -> dict[str, Any]:
    own = [row for row in rows if row["own"]]
    return {
        "accuracy": _estimate(own),
        "gold": _estimate([row for row in own if row["source"] == "gold"]),
        "all_vendors": _estimate(rows) if others else None,
        "all_vendors_gold": _estimate([r for r in rows if r["source"] == "gold"]) if others else None,
    }


def _estimate(rows: Sequence[Row]) -> dict[str, Any]:
    people = of_people((r["annotator"], r["passed"], r["rate_ppm"] / PPM, r["n"]) for r in rows)
    found = clustered(people.values())
    low, high = found.interval()
    return {
        "n": sum(row["n"] for row in rows),
        "errors": sum(row["n"] for row in rows if not row["passed"]),
        "people": len(people),
        "n_effective": round(found.worth, 6),
        "value": None if found.value is None else round(found.value, 9),
        "low": round(low, 9),
        "high": round(high, 9),
    }
