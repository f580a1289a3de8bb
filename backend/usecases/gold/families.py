"""Families: a gold item and its variants, how known each has become and how people fare on it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import gold_families as rows
from backend.readmodels import gold_record as records
from backend.readmodels import projects
from backend.statistics.gold_rate import spent
from backend.statistics.wilson import wilson
from backend.usecases.gold.hygiene import POOL_DAYS
from backend.usecases.gold.wrong_keys import row_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

SAME = ("gold", "item", "edge_case", "exam_only", "why", "retired_at", "key", "added_at")
MET = ("seen", "examined", "answers", "correct", "first_shown", "last_shown")


async def gold_family(work: Work, *, project: UUID, gold: UUID) -> Answer:
    """The family of a gold item, the parent first: how each was made, how many met it and how many were right. What was
    shown too often is counted by item; `people` met any of the family."""
    work.require("gold:read", project=ProjectId(project))
    row = await row_of(work, gold)
    about = await projects.find(work.conn, work.tenant, [project])
    if not about or row["project"] != project:
        raise not_found("gold of this project")
    parent = row["family"] or gold
    members = await rows.rows(work.conn, rows.MEMBERS, work.tenant, parent)
    people = await work.conn.fetchval(rows.PEOPLE, work.tenant, parent)
    pools = await records.pools(work.conn, work.tenant, [project], work.now - timedelta(days=POOL_DAYS))
    keys = [
        Sealed("project", project, "item", one["item"], "external_key", one["external_key"])
        for one in members
    ]
    made = [
        Sealed("project", project, "gold", one["gold"], "how", one["how"]) for one in members if one["how"]
    ]
    clear = await work.open(keys + made)
    told = iter(clear[len(members) :])
    pool = pools.get(project, 0)
    shown = [
        _member(one, key, next(told) if one["how"] else None, pool)
        for one, key in zip(members, clear[: len(members)], strict=True)
    ]
    work.saw("external_key", "how", results=[one["gold"] for one in members])
    return Answer(
        {
            "family": parent,
            "gap_days": about[0]["plan"].family_gap_days,
            "active": sum(one["why"] is None for one in members),
            "people": people,
            "pool": pool,
            "data": shown,
        }
    )


def _member(row: Mapping[str, Any], external_key: Any, how: Any, pool: int) -> dict[str, Any]:
    n, right = row["answers"], row["correct"]
    low, high = wilson(right, n) if n else (0.0, 1.0)
    used_up = row["seen"] >= records.SEEN_MIN and spent(row["seen"], pool, 0.0)
    return {
        **{name: row[name] for name in (*SAME, *MET)},
        "external_key": external_key,
        "transform": how,
        "accuracy": {"value": right / n, "low": low, "high": high} if n else None,
        "exposed": used_up,
    }
