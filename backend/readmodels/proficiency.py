"""Proficiency: evidence counts per person and skill, folded by index from gold and from sampled review."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Text

from backend.events import review, tasks, training
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, tenant_table
from backend.readmodels.projection import Projection

proficiency = tenant_table(
    "proficiency",
    key("annotator"),
    key("skill"),
    Column("source", Text, primary_key=True),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Index("proficiency_skill", "tenant", "skill"),
)

confusion = tenant_table(
    "confusion",
    key("annotator"),
    key("skill"),
    Column("truth_class", Text, primary_key=True),
    Column("answer_class", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Index("confusion_skill", "tenant", "skill"),
)

# What the person sees of the own score: refreshed per ten pieces of evidence, so that nobody can single out a gold
# item by watching the number.
shown = tenant_table(
    "proficiency_shown",
    key("annotator"),
    key("skill"),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
)
SHOWN_EVERY = 10

COUNT = """
INSERT INTO proficiency (tenant, annotator, skill, source, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE
   SET correct = proficiency.correct + excluded.correct, total = proficiency.total + excluded.total
"""
CONFUSE = """
INSERT INTO confusion (tenant, annotator, skill, truth_class, answer_class, n)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[])
ON CONFLICT (tenant, annotator, skill, truth_class, answer_class) DO UPDATE SET n = confusion.n + excluded.n
"""


SO_FAR = """
SELECT annotator, skill, sum(correct)::int AS correct, sum(total)::int AS total FROM proficiency
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) GROUP BY annotator, skill
"""
SHOW = """
INSERT INTO proficiency_shown (tenant, annotator, skill, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[])
ON CONFLICT (tenant, annotator, skill) DO UPDATE SET correct = excluded.correct, total = excluded.total
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation of a person in a skill; classes are keyed tokens."""

    annotator: UUID
    skill: UUID
    source: str
    correct: bool
    truth_class: str | None
    answer_class: str | None


def evidence(facts: Sequence[Recorded]) -> Iterator[Evidence]:
    """What each event says about somebody's proficiency."""
    for fact in facts:
        e = fact.event
        match e:
            case training.ExamGoldAnswered():
                yield Evidence(e.annotator, e.skill, "exam", e.correct, e.truth_class, e.answer_class)
            case tasks.GoldScored():
                yield Evidence(e.annotator, e.skill, "gold", e.correct, e.truth_class, e.answer_class)
            case review.VerdictGiven():
                right = e.verdict == "accept"
                yield Evidence(e.author, e.skill, "review", right, e.truth_class, e.answer_class)


async def _fold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _show(conn, tenant, list(evidence(facts)))
    totals: Counter[tuple[UUID, UUID, str]] = Counter()
    rights: Counter[tuple[UUID, UUID, str]] = Counter()
    cells: Counter[tuple[UUID, UUID, str, str]] = Counter()
    for one in evidence(facts):
        totals[one.annotator, one.skill, one.source] += 1
        rights[one.annotator, one.skill, one.source] += one.correct
        if one.truth_class is not None and one.answer_class is not None:
            cells[one.annotator, one.skill, one.truth_class, one.answer_class] += 1
    if totals:
        rows = [(*who, rights[who], n) for who, n in sorted(totals.items())]
        await conn.execute(COUNT, tenant, *map(list, zip(*rows, strict=True)))
    if cells:
        matrix = [(*cell, n) for cell, n in sorted(cells.items())]
        await conn.execute(CONFUSE, tenant, *map(list, zip(*matrix, strict=True)))


async def _show(conn: asyncpg.Connection, tenant: TenantId, new: list[Evidence]) -> None:
    """Keep the counts of the last full ten, piece by piece in the order of the log."""
    people = sorted({one.annotator for one in new})
    rows = await conn.fetch(SO_FAR, tenant, people)
    counts = {(row["annotator"], row["skill"]): (row["correct"], row["total"]) for row in rows}
    full: dict[tuple[UUID, UUID], tuple[int, int]] = {}
    for one in new:
        who = (one.annotator, one.skill)
        correct, total = counts.get(who, (0, 0))
        counts[who] = (correct + one.correct, total + 1)
        if (total + 1) % SHOWN_EVERY == 0:
            full[who] = counts[who]
    if full:
        kept = [(*who, *seen) for who, seen in sorted(full.items())]
        await conn.execute(SHOW, tenant, *map(list, zip(*kept, strict=True)))


PROFICIENCY = Projection(
    "proficiency",
    (proficiency, confusion, shown),
    {training.ExamGoldAnswered: _fold, tasks.GoldScored: _fold, review.VerdictGiven: _fold},
)


@dataclass(slots=True)
class Record:
    """A person's evidence in one skill: counts by source and the confusion counts (truth, answer) -> n."""

    correct: int = 0
    total: int = 0
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)


RECORDS = """
SELECT annotator, source, correct, total FROM proficiency
 WHERE tenant = $1 AND skill = $2 AND annotator = ANY($3::uuid[])
"""
CONFUSIONS = """
SELECT annotator, truth_class, answer_class, n FROM confusion
 WHERE tenant = $1 AND skill = $2 AND annotator = ANY($3::uuid[])
"""
POOL = """
SELECT coalesce(sum(correct), 0)::int AS correct, coalesce(sum(total), 0)::int AS total
  FROM proficiency WHERE tenant = $1 AND skill = $2
"""


async def records(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: Sequence[UUID]
) -> dict[UUID, Record]:
    """These people's records in a skill; who has none is left out."""
    found: dict[UUID, Record] = defaultdict(Record)
    for row in await conn.fetch(RECORDS, tenant, skill, people):
        record = found[row["annotator"]]
        record.correct += row["correct"]
        record.total += row["total"]
        record.sources[row["source"]] = (row["correct"], row["total"])
    for row in await conn.fetch(CONFUSIONS, tenant, skill, people):
        found[row["annotator"]].confusion[row["truth_class"], row["answer_class"]] = row["n"]
    return dict(found)


async def pool(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> Record:
    """Everybody's counts together: what one person's are shrunk to."""
    row = await conn.fetchrow(POOL, tenant, skill)
    return Record(row["correct"], row["total"])


async def shown_to(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> dict[UUID, Record]:
    """Skill -> what the person may see of the own record: counts of the last full ten, without sources."""
    sql = "SELECT skill, correct, total FROM proficiency_shown WHERE tenant = $1 AND annotator = $2"
    return {r["skill"]: Record(r["correct"], r["total"]) for r in await conn.fetch(sql, tenant, annotator)}


async def basis(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which proficiency is folded."""
    sql = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2"
    return int(await conn.fetchval(sql, tenant, PROFICIENCY.name) or 0)
