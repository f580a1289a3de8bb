"""Blast radius: every item of a project that somebody, some version, some lane or some hour touched, by its answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.touched_selection import Selection

SAMPLE_ITEMS = 20
ANSWERS_MAX = 1_000_000
"""More answers than this are not looked at: such a selection is too large to be one plan."""
HANDLED_MAX = 10_000
"""How many of a project's newest answers tell how long one takes."""


# Field -> what it asks of an answer `a`, its item `i`, its ended lease `l`, its author `p` or its task `t`.
ASKS = {
    "items": "a.item = ANY({}::uuid[])",
    "annotators": "a.annotator = ANY({}::uuid[])",
    "vendors": "p.vendor = ANY({}::uuid[])",
    "teams": "p.team = ANY({}::uuid[])",
    "guideline_versions": "a.guideline_version = ANY({}::int[])",
    "workflow_versions": "t.workflow_version = ANY({}::int[])",
    "steps": "a.step = ANY({}::text[])",
    "lanes": "l.lane = ANY({}::uuid[])",
    # A word of its own before reasons were JSON.
    "lease_reasons": (
        "CASE WHEN starts_with(l.why, '{{') THEN l.why::jsonb->>'by' ELSE split_part(l.why, ' ', 1) END"
        " = ANY({}::text[])"
    ),
    "tokens": "(a.answer_class = ANY({0}::text[]) OR a.answer_token = ANY({0}::text[]))",
    "tags": "i.tags && {}::text[]",
    "imported_from": "i.imported_at >= {}",
    "imported_to": "i.imported_at < {}",
    "answered_from": "a.submitted_at >= {}",
    "answered_to": "a.submitted_at < {}",
}
LEASE, PERSON, TASK = ("lanes", "lease_reasons"), ("vendors", "teams"), ("workflow_versions",)
JOINED = {
    LEASE: " JOIN lease_ended l ON l.tenant = a.tenant AND l.lease = a.lease",
    PERSON: " JOIN person p ON p.tenant = a.tenant AND p.annotator = a.annotator",
    TASK: " JOIN task t ON t.tenant = a.tenant AND t.task = a.task",
}
# Answers that count in what stands, or in what is being done again: neither gold, nor rejected, nor of a generation
# that was replaced, nor sent after the plan was made.
COUNTED = """ FROM {source} a JOIN item i ON i.tenant = a.tenant AND i.item = a.item
  LEFT JOIN result r ON r.tenant = a.tenant AND r.item = a.item{joined}
 WHERE a.tenant = $1 AND a.project = $2 AND a.submitted_at <= $3 AND a.gold IS NULL AND NOT a.rejected
   AND a.stage <> 'review' AND (a.generation = i.generation OR (r.rework IS NULL AND a.generation = r.generation))
   {asked}"""
# Looking at people goes by their leases, which have an index; paging goes by item, which keeps the order.
BY_LEASES = " WHERE lease IN (SELECT e.lease FROM lease_ended e WHERE e.tenant = $1 AND e.annotator = ANY({}::uuid[]))"
# Who is named may be a model: what it answered counts where it stood without a person, or beside one.
_ANSWERS = """tenant, lease, annotator, project, task, item, stage, gold, answer_class, answer_token, guideline_version,
       submitted_at, rejected, step, generation"""
WITH_MODELS = f"""(SELECT {_ANSWERS} FROM answer{{only}} UNION ALL
SELECT p.tenant, p.prediction, p.model, p.project, p.task, p.item, 'model', NULL::uuid, p.answer_class, p.answer_token,
       0, p.predicted_at, false, '', 1::smallint
  FROM prediction p WHERE p.routed = 'machine' OR p.parallel OR (p.fallback = 'machine' AND EXISTS (
       SELECT 1 FROM step_result s WHERE s.tenant = p.tenant AND s.task = p.task AND s.decided_by = 'model')))"""
PREVIEW = """
WITH found AS MATERIALIZED (SELECT a.item, a.annotator, r.item IS NOT NULL AS decided{counted} LIMIT {most}),
     items AS MATERIALIZED (SELECT item, bool_or(decided) AS decided FROM found GROUP BY item)
SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM found) AS answers,
       (SELECT count(DISTINCT annotator) FROM found) AS people,
       (SELECT count(*) FROM items WHERE decided) AS decided,
       ARRAY(SELECT item FROM items ORDER BY md5(item::text) LIMIT {sample}) AS sample,
       ARRAY(SELECT w.rework FROM rework_item w JOIN items ON items.item = w.item
              WHERE w.tenant = $1 AND w.state IN ('requeued', 'kept')) AS elsewhere
"""
PAGE = "SELECT DISTINCT a.item{counted} AND a.item > {after} ORDER BY a.item LIMIT {most}"
SAMPLED = """
SELECT a.item, count(*) AS answers, count(DISTINCT a.annotator) AS people, max(r.decided_by) AS decided_by
{counted} AND a.item = ANY({items}) GROUP BY a.item ORDER BY a.item
"""
# The people whom a selection names, by themselves, their vendor or their team, as far as they answered here.
CAUSES = """
SELECT p.annotator FROM person p
 WHERE p.tenant = $1 AND (cardinality($3::uuid[]) = 0 OR p.annotator = ANY($3))
   AND (cardinality($4::uuid[]) = 0 OR p.vendor = ANY($4)) AND (cardinality($5::uuid[]) = 0 OR p.team = ANY($5))
   AND EXISTS (SELECT 1 FROM lease_ended e WHERE e.tenant = $1 AND e.annotator = p.annotator AND e.project = $2
                  AND e.how = 'submitted')
 ORDER BY p.annotator
"""
HANDLING = f"""
SELECT percentile_cont(0.5) WITHIN GROUP (
         ORDER BY extract(epoch FROM e.ended_at - coalesce(e.started_at, e.claimed_at)))
  FROM (SELECT lease FROM answer WHERE tenant = $1 AND project = $2 AND gold IS NULL AND stage <> 'review'
         ORDER BY item DESC LIMIT {HANDLED_MAX}) a
  JOIN lease_ended e ON e.tenant = $1 AND e.lease = a.lease
"""
UNKNOWN = """
SELECT 'annotator' AS what FROM unnest($3::uuid[]) n(id)
 WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.tenant = $1 AND p.annotator = n.id)
   AND NOT EXISTS (SELECT 1 FROM model m WHERE m.tenant = $1 AND m.model = n.id)
UNION ALL
SELECT 'vendor' FROM unnest($4::uuid[]) n(id)
 WHERE NOT EXISTS (SELECT 1 FROM vendor v WHERE v.tenant = $1 AND v.vendor = n.id)
UNION ALL
SELECT 'team' FROM unnest($5::uuid[]) n(id)
 WHERE NOT EXISTS (SELECT 1 FROM team t WHERE t.tenant = $1 AND t.team = n.id)
UNION ALL
SELECT 'lane' FROM unnest($6::uuid[]) n(id)
 WHERE NOT EXISTS (SELECT 1 FROM lane l WHERE l.tenant = $1 AND l.project = $2 AND l.lane = n.id)
UNION ALL
SELECT 'item' FROM unnest($7::uuid[]) n(id)
 WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.tenant = $1 AND i.project = $2 AND i.item = n.id)
LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a selection finds: how many items, answers, people and items with a result; a sample of item ids; and which
    other plans are having how many of the items done again."""

    items: int
    answers: int
    people: int
    decided: int
    sample: list[UUID]
    overlaps: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A selection as SQL: `counted` names the answers, `args` are its values."""

    counted: str
    args: tuple[Any, ...]

    def more(self, *values: Any) -> tuple[tuple[Any, ...], list[str]]:
        """The arguments with more behind them, and the names of those."""
        first = len(self.args) + 1
        return (*self.args, *values), [f"${n}" for n in range(first, first + len(values))]


def asking(
    tenant: TenantId, project: UUID, until: datetime, selection: Selection, *, looking: bool = False
) -> Asking:
    """The answers of a project that were submitted `until` then and are selected; to be looked at all at once, or to be
    paged through."""
    args: list[Any] = [tenant, project, until]
    asked, joined, source = [], "", "answer"
    for field in fields(selection):
        value = getattr(selection, field.name)
        if value in ((), None):
            continue
        args.append(list(value) if isinstance(value, tuple) else value)
        asked.append("AND " + ASKS[field.name].format(f"${len(args)}"))
        if field.name == "annotators":
            source = WITH_MODELS.format(only=BY_LEASES.format(f"${len(args)}") if looking else "")
        elif field.name == "items" and not selection.annotators:
            source = WITH_MODELS.format(only="")
    for names, join in JOINED.items():
        if any(getattr(selection, name) for name in names):
            joined += join
    return Asking(COUNTED.format(source=source, joined=joined, asked=" ".join(asked)), tuple(args))


async def preview(conn: asyncpg.Connection, asked: Asking) -> Looked:
    """What it would be to do all of it again; ANSWERS_MAX + 1 answers stand for any number beyond."""
    sql = PREVIEW.format(counted=asked.counted, sample=SAMPLE_ITEMS, most=ANSWERS_MAX + 1)
    found = dict(await conn.fetchrow(sql, *asked.args))
    elsewhere: Counter[UUID] = Counter(found.pop("elsewhere"))
    return Looked(**found, overlaps=[{"rework": one, "items": n} for one, n in sorted(elsewhere.items())])


async def sampled(conn: asyncpg.Connection, asked: Asking, items: Sequence[UUID]) -> list[dict[str, Any]]:
    """Of these items: how many selected answers by how many people, and who decided it (None: not decided)."""
    args, (named,) = asked.more(list(items))
    rows = await conn.fetch(SAMPLED.format(counted=asked.counted, items=named), *args)
    return [dict(row) for row in rows]


async def page(conn: asyncpg.Connection, asked: Asking, after: UUID | None, most: int) -> list[UUID]:
    """The next `most` selected items beyond `after`, ascending."""
    args, (beyond,) = asked.more(after or UUID(int=0))
    # A number in the text, because a plan for any number would rather read everything and sort it.
    sql = PAGE.format(counted=asked.counted, after=beyond, most=int(most))
    return [row["item"] for row in await conn.fetch(sql, *args)]


async def causes(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, selection: Selection
) -> list[UUID]:
    """The people whom the selection blames: nobody, unless it names people, vendors or teams."""
    named = (selection.annotators, selection.vendors, selection.teams)
    if not any(named):
        return []
    return [row["annotator"] for row in await conn.fetch(CAUSES, tenant, project, *map(list, named))]


async def unknown(
    conn: asyncpg.Connection, tenant: TenantId, project: UUID, selection: Selection
) -> str | None:
    """The kind of the first thing named that does not exist, or None."""
    named = (selection.annotators, selection.vendors, selection.teams, selection.lanes, selection.items)
    return await conn.fetchval(UNKNOWN, tenant, project, *map(list, named))  # type: ignore[no-any-return]


async def handling_seconds(conn: asyncpg.Connection, tenant: TenantId, project: UUID) -> float | None:
    """The median time from opening to answer in a project; None without answers."""
    found = await conn.fetchval(HANDLING, tenant, project)
    return None if found is None else float(found)
