"""Proficiency: evidence per person, skill and source, folded by index; what each source weighs is decided on reading.

An answer to gold met in work counts 1. What the other sources count is set per skill: reviewed answers fully unless
said otherwise; exams at most half, since they are taken once and prepared for; imported scores at most half and as at
most ten answers together, since nobody here can trace them. The fold keeps whole numbers, so a change of the weights
needs no rebuild: it changes scores from now on, and decisions already taken hold the numbers they were taken on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Text

from backend.events import leases, review, training
from backend.events import proficiency as scores
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
    Column("source", Text, primary_key=True),
    Column("truth_class", Text, primary_key=True),
    Column("answer_class", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Index("confusion_skill", "tenant", "skill"),
)

# What the person sees of the own score: refreshed per ten pieces of evidence, so that nobody can single out a gold
# item by watching the number. Exams are counted apart: theirs are shown as such, and nine of them with one piece of
# live work would tell that one. Imported scores are shown at once.
shown = tenant_table(
    "proficiency_shown",
    key("annotator"),
    key("skill"),
    Column("source", Text, primary_key=True),
    Column("correct", Integer, nullable=False),
    Column("total", Integer, nullable=False),
)
SHOWN_EVERY = 10
SHOWN_TOGETHER = {"exam": ("exam",), "gold": ("gold", "review"), "review": ("gold", "review")}

IMPORTED_MAX = 10
IMPORT = "import:"
"""What other systems counted has the source `import:{system}`; read together, it is `import`."""

COUNT = """
INSERT INTO proficiency (tenant, annotator, skill, source, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE
   SET correct = proficiency.correct + excluded.correct, total = proficiency.total + excluded.total
"""
CONFUSE = """
INSERT INTO confusion (tenant, annotator, skill, source, truth_class, answer_class, n)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[])
ON CONFLICT (tenant, annotator, skill, source, truth_class, answer_class) DO UPDATE SET n = confusion.n + excluded.n
"""
SO_FAR = """
SELECT annotator, skill, source, correct, total FROM proficiency
 WHERE tenant = $1 AND annotator = ANY($2::uuid[]) AND NOT starts_with(source, 'import:')
"""
# A system's newest counts replace those it gave before.
REPLACE = """
INSERT INTO {table} (tenant, annotator, skill, source, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE SET correct = excluded.correct, total = excluded.total
"""
SHOW = REPLACE.format(table="proficiency_shown")


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
            case leases.GoldScored():
                yield Evidence(e.annotator, e.skill, "gold", e.correct, e.truth_class, e.answer_class)
            case review.VerdictGiven():
                right = e.verdict == "accept"
                yield Evidence(e.author, e.skill, "review", right, e.truth_class, e.answer_class)


async def _fold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    await _show(conn, tenant, list(evidence(facts)))
    totals: Counter[tuple[UUID, UUID, str]] = Counter()
    rights: Counter[tuple[UUID, UUID, str]] = Counter()
    cells: Counter[tuple[UUID, UUID, str, str, str]] = Counter()
    for one in evidence(facts):
        totals[one.annotator, one.skill, one.source] += 1
        rights[one.annotator, one.skill, one.source] += one.correct
        if one.truth_class is not None and one.answer_class is not None:
            cells[one.annotator, one.skill, one.source, one.truth_class, one.answer_class] += 1
    if totals:
        rows = [(*who, rights[who], n) for who, n in sorted(totals.items())]
        await conn.execute(COUNT, tenant, *map(list, zip(*rows, strict=True)))
    if cells:
        matrix = [(*cell, n) for cell, n in sorted(cells.items())]
        await conn.execute(CONFUSE, tenant, *map(list, zip(*matrix, strict=True)))


async def _show(conn: asyncpg.Connection, tenant: TenantId, new: list[Evidence]) -> None:
    """Keep the counts of the last full ten of exams and of live work, piece by piece in the order of the log."""
    people = sorted({one.annotator for one in new})
    so_far: dict[tuple[UUID, UUID], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in await conn.fetch(SO_FAR, tenant, people):
        so_far[row["annotator"], row["skill"]][row["source"]] = (row["correct"], row["total"])
    full: dict[tuple[UUID, UUID], dict[str, tuple[int, int]]] = defaultdict(dict)
    for one in new:
        counts = so_far[one.annotator, one.skill]
        correct, total = counts.get(one.source, (0, 0))
        counts[one.source] = (correct + one.correct, total + 1)
        together = {name: counts[name] for name in SHOWN_TOGETHER[one.source] if name in counts}
        if sum(n for _, n in together.values()) % SHOWN_EVERY == 0:
            full[one.annotator, one.skill] |= together
    kept = [(*who, source, *seen) for who, counts in sorted(full.items()) for source, seen in counts.items()]
    if kept:
        await conn.execute(SHOW, tenant, *map(list, zip(*kept, strict=True)))


async def _imported(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told = [fact.event for fact in facts]
    last = {(e.annotator, e.skill, IMPORT + e.system): (e.correct, e.total) for e in told}
    rows = [list(column) for column in zip(*((*who, *n) for who, n in sorted(last.items())), strict=True)]
    for table in (proficiency, shown):
        await conn.execute(REPLACE.format(table=table.name), tenant, *rows)


PROFICIENCY = Projection(
    "proficiency",
    (proficiency, confusion, shown),
    {
        training.ExamGoldAnswered: _fold,
        leases.GoldScored: _fold,
        review.VerdictGiven: _fold,
        scores.ScoreImported: _imported,
    },
)


@dataclass(slots=True)
class Record:
    """A person's evidence in one skill: weighted right and all answers, whole counts and the weight by source, and the
    weighted confusion counts (truth, answer) -> n."""

    correct: float = 0.0
    total: float = 0.0
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    confusion: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, source: str, correct: int, total: int, weight: float) -> None:
        """Counts of a source, at its weight."""
        self.sources[source] = (correct, total)
        self.weights[source] = weight
        self.correct += correct * weight
        self.total += total * weight

    @property
    def live(self) -> tuple[int, int]:
        """Right and all answers of live work: gold and reviewed answers."""
        both = [self.sources.get(source, (0, 0)) for source in ("gold", "review")]
        return sum(correct for correct, _ in both), sum(total for _, total in both)

    @property
    def live_weighted(self) -> tuple[float, float]:
        """The same at their weights."""
        both = [(*self.sources[one], self.weights[one]) for one in ("gold", "review") if one in self.sources]
        return sum(correct * w for correct, _, w in both), sum(total * w for _, total, w in both)


def _weight(total: str) -> str:
    """SQL for what one answer of a source counts in a skill when there are `total` of them; exact, so sums do not
    depend on their order."""
    return f"""
(CASE source WHEN 'exam' THEN exam_ppm WHEN 'review' THEN review_ppm
      WHEN 'import' THEN least(import_ppm, {IMPORTED_MAX}e6 / greatest({total}, 1)) ELSE 1e6 END / 1e6)
"""


COUNTED = """
SELECT tenant, annotator, skill, split_part(source, ':', 1) AS source, sum(correct)::int AS correct,
       sum(total)::int AS total
  FROM {table} WHERE tenant = $1 AND {which} GROUP BY 1, 2, 3, 4
"""
RECORDS = f"""
SELECT annotator, source, correct, total, {_weight("total")}::float8 AS weight
  FROM ({COUNTED.format(table="proficiency", which="skill = $2 AND annotator = ANY($3::uuid[])")}) counted
  JOIN skill USING (tenant, skill) ORDER BY annotator, source
"""
CONFUSIONS = f"""
SELECT annotator, truth_class, answer_class, (n * {_weight("n")})::float8 AS weighted
  FROM confusion JOIN skill USING (tenant, skill)
 WHERE tenant = $1 AND skill = $2 AND annotator = ANY($3::uuid[])
 ORDER BY annotator, truth_class, answer_class, source
"""
# Everybody's counts at once, but imported ones, which weigh by how many there are of each person.
POOL = f"""
SELECT coalesce(sum(correct * weight), 0)::float8 AS correct, coalesce(sum(total * weight), 0)::float8 AS total
  FROM (SELECT correct, total, {_weight("total")} AS weight
          FROM (SELECT tenant, skill, source, sum(correct) AS correct, sum(total) AS total
                  FROM proficiency WHERE tenant = $1 AND skill = $2 AND NOT starts_with(source, '{IMPORT}')
                 GROUP BY tenant, skill, source
                UNION ALL
                SELECT tenant, skill, 'import', sum(correct), sum(total)
                  FROM proficiency WHERE tenant = $1 AND skill = $2 AND starts_with(source, '{IMPORT}')
                 GROUP BY tenant, skill, annotator) counted
          JOIN skill USING (tenant, skill)) each
"""
SHOWN = f"""
SELECT skill, source, correct, total, {_weight("total")}::float8 AS weight
  FROM ({COUNTED.format(table="proficiency_shown", which="annotator = $2")}) counted
  JOIN skill USING (tenant, skill) ORDER BY skill, source
"""


async def records(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: Sequence[UUID]
) -> dict[UUID, Record]:
    """These people's records in a skill; who has none is left out."""
    found: dict[UUID, Record] = defaultdict(Record)
    for row in await conn.fetch(RECORDS, tenant, skill, people):
        found[row["annotator"]].add(row["source"], row["correct"], row["total"], row["weight"])
    for row in await conn.fetch(CONFUSIONS, tenant, skill, people):
        cells, cell = found[row["annotator"]].confusion, (row["truth_class"], row["answer_class"])
        cells[cell] = cells.get(cell, 0.0) + row["weighted"]
    return dict(found)


async def pool(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> Record:
    """Everybody's weighted counts together: what one person's are shrunk to."""
    row = await conn.fetchrow(POOL, tenant, skill)
    return Record(row["correct"], row["total"])


async def shown_to(conn: asyncpg.Connection, tenant: TenantId, annotator: UUID) -> dict[UUID, Record]:
    """Skill -> what the person may see of the own record: as of the last full ten pieces of evidence."""
    found: dict[UUID, Record] = defaultdict(Record)
    for row in await conn.fetch(SHOWN, tenant, annotator):
        found[row["skill"]].add(row["source"], row["correct"], row["total"], row["weight"])
    return dict(found)


async def basis(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which proficiency is folded."""
    sql = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2"
    return int(await conn.fetchval(sql, tenant, PROFICIENCY.name) or 0)
