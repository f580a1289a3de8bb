"""Draws for those who check them: one by one, and all of a period again with its key once that is disclosed."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import sampling_period as periods
from backend.domain.review import recheck
from backend.events.ids import LeaseId, ProjectId
from backend.readmodels import double_reviews, projects, review_report, tasks
from backend.usecases.projects.planning import period_stream
from backend.usecases.work import Answer, Work

PPM = 1_000_000
BATCH = 5_000
SHOWN_MAX = 20


async def review_draws(
    work: Work, *, project: UUID, period: int | None, cursor: str | None, limit: int
) -> Answer:
    """The draws of a sampling period, by their leases: at which rate each was made and why. None: the newest period."""
    work.require("review:read", project=ProjectId(project))
    newest = (await _found(work, project))["sampling_period"]
    after = UUID(cursor) if cursor else None
    about = newest if period is None else period
    rows = await tasks.rows(work.conn, review_report.DRAWS, work.tenant, project, about, after, limit + 1)
    shown = rows[:limit]
    work.saw(results=[row["lease"] for row in shown])
    more = str(shown[-1]["lease"]) if len(rows) > limit else None
    return Answer({"period": about, "data": [_drawn(row) for row in shown], "next_cursor": more})


async def review_recheck(work: Work, *, project: UUID, period: int) -> Answer:
    """Every draw of a closed period computed again from its disclosed key, and the share that was sampled beside the
    share that the rates had led to expect; `experts`: the same of draws for double review. Refuses
    `period_undisclosed` while the period is open."""
    work.require("review:read", project=ProjectId(project))
    key_hex = await _key(work, project, period)
    key = bytes.fromhex(key_hex)
    return Answer(
        {
            "period": period,
            "key_hex": key_hex,
            "key_sha256": periods.hash_of(key),
            **await _drawn_again(work, review_report.DRAWS, project, period, key),
            "experts": await _drawn_again(work, double_reviews.DRAWS, project, period, key),
        }
    )


async def _drawn_again(work: Work, sql: str, project: UUID, period: int, key: bytes) -> dict[str, Any]:
    """The draws that `sql` pages through, each computed again."""
    tally, wrong = recheck.Tally(), list[recheck.Mismatch]()
    after: UUID | None = None
    while rows := await tasks.rows(work.conn, sql, work.tenant, project, period, after, BATCH):
        draws = [
            recheck.Recorded(LeaseId(row["lease"]), row["rate_ppm"], row["draw"], row["sampled"])
            for row in rows
        ]
        wrong += recheck.mismatches(key, draws)
        for one in draws:
            tally.add(one)
        after = rows[-1]["lease"]
    told = {"draws": tally.draws, "mismatches": len(wrong)}
    return told | {"first_mismatches": [_mismatch(one) for one in wrong[:SHOWN_MAX]], **_share(tally)}


async def _found(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def _key(work: Work, project: UUID, period: int) -> str:
    """The disclosed key of this period, in hexadecimal."""
    newest = (await _found(work, project))["sampling_period"]
    (state,) = await work.load(periods.SAMPLING_PERIOD, [period_stream(project)])
    keys = dict(state.keys)
    if period in keys:
        return keys[period]
    if period > newest:
        raise not_found("a sampling period")
    raise Refusal(
        "conflict",
        "period_undisclosed",
        expected="a sampling period that is closed, whose key everybody may know",
        found=f"period {period}, which is open",
        mend="check it after the next change of the project's plan, which closes it",
    )


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "lease": row["lease"],
        "rate": row["rate_ppm"] / PPM,
        "reason": row["reason"],
        "draw": row["draw"],
        "sampled": row["sampled"],
        "answer_class": row["answer_class"],
        "risk": None if row["risk_ppm"] is None else row["risk_ppm"] / PPM,
        "threshold": None if row["threshold_ppm"] is None else row["threshold_ppm"] / PPM,
        "basis_index": row["basis_index"],
    }


def _mismatch(one: recheck.Mismatch) -> dict[str, Any]:
    return {
        "lease": one.recorded.lease,
        "rate": one.recorded.rate_ppm / PPM,
        "draw": one.recorded.draw,
        "sampled": one.recorded.sampled,
        "draw_expected": one.draw,
        "sampled_expected": one.sampled,
    }


def _share(tally: recheck.Tally) -> dict[str, Any]:
    low, high = tally.interval
    return {
        "realised": tally.realised,
        "mean_rate": tally.mean_rate,
        "low": low,
        "high": high,
        "within": tally.within,
    }
