"""Proficiency: what evidence says of people in a skill, and what is believed of them with the prior of the skill.

`records`, `pool`, `prior`, `lower_bounds` and `watch` are what others ask. Evidence fades (readmodels.fading); what
other systems counted stands beside it unfaded, at the weight that the skill gives imports now, and as ten answers at
most, since nobody here can trace it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels import evidence_state, priors
from backend.readmodels.evidence_fold import IMPORT, PROFICIENCY
from backend.readmodels.fading import State, day_of
from backend.statistics.beta import Beta, prior_of_pool
from backend.statistics.forgetting import Counts

__all__ = [
    "PROFICIENCY",
    "Record",
    "Watch",
    "basis",
    "lower_bounds",
    "pool",
    "prior",
    "records",
    "shown_to",
    "watch",
]

IMPORTED_MAX = 10
UNKNOWN = State()


@dataclass(slots=True)
class Record:
    """A person's evidence in one skill.

    correct of total: what it is worth in answers of weight 1, faded (`Counts.posterior`), with what was imported;
    sources, weights: whole counts by source, unfaded, and what one new answer of the source weighs; confusion: the
    faded weight of (truth, answer), keyed tokens; state: the fold itself; imported: the part of what was imported.
    """

    correct: float = 0.0
    total: float = 0.0
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    confusion: dict[tuple[str, str], float] = field(default_factory=dict)
    state: State = UNKNOWN
    imported: tuple[float, float] = (0.0, 0.0)

    @property
    def live(self) -> tuple[int, int]:
        """Right and all answers of live work, gold and reviewed, that were not judged before."""
        return self.state.right, self.state.total

    @property
    def fresh(self) -> tuple[float, float]:
        """As `correct` and `total`, of what came since a rule or a person last judged the record."""
        return _worth(self.state.fresh, self.imported)

    def posterior(self, prior: Beta) -> Beta:
        """What is believed of the person's accuracy."""
        return prior.updated(self.correct, self.total)

    def add(self, source: str, correct: int, total: int, weight: float) -> None:
        """Whole counts of a source, and its weight."""
        self.sources[source] = (correct, total)
        self.weights[source] = weight
        if source == "import":
            self.imported = (correct * weight, total * weight)
            self.correct, self.total = _worth(self.state.counts, self.imported)

    def know(self, state: State) -> None:
        """The state of the fold."""
        self.state = state
        self.correct, self.total = _worth(state.counts, self.imported)
        self.confusion = {(truth, answer): n for truth, answer, n in state.confusion.cells}


def _worth(counts: Counts, imported: tuple[float, float]) -> tuple[float, float]:
    """Right and all of these counts as answers of weight 1 (Kish's size where few weigh much), plus the imported."""
    total = counts.a + counts.b
    worth = min(1.0, counts.n_eff / total) if total > 0.0 else 0.0
    return counts.a * worth + imported[0], total * worth + imported[1]


# What one new answer of a source counts; of an import, of which there are `total`.
WEIGHT = f"""
(CASE source WHEN 'exam' THEN exam_ppm WHEN 'review' THEN review_ppm WHEN 'double_review' THEN review_ppm
      WHEN 'adjudication' THEN adjudication_ppm
      WHEN 'import' THEN least(import_ppm, {IMPORTED_MAX}e6 / greatest(total, 1)) ELSE 1e6 END / 1e6)::float8
"""
COUNTED = """
SELECT tenant, annotator, skill, split_part(source, ':', 1) AS source, sum(correct)::int AS correct,
       sum(total)::int AS total
  FROM {table} WHERE tenant = $1 AND {which} GROUP BY 1, 2, 3, 4
"""
RECORDS = f"""
SELECT annotator, source, correct, total, {WEIGHT} AS weight
  FROM ({COUNTED.format(table="proficiency", which="skill = $2 AND annotator = ANY($3::uuid[])")}) counted
  JOIN skill USING (tenant, skill) ORDER BY annotator, source
"""
SHOWN = f"""
SELECT skill, source, correct, total, {WEIGHT} AS weight
  FROM ({COUNTED.format(table="proficiency_shown", which="annotator = $2")}) counted
  JOIN skill USING (tenant, skill) ORDER BY skill, source
"""
# Numbers are exact (numeric), so that sums do not depend on their order.
EACH = f"""
SELECT annotator, (a * least(1, n_eff / (a + b)))::numeric AS correct,
       ((a + b) * least(1, n_eff / (a + b)))::numeric AS total
  FROM proficiency_state WHERE tenant = $1 AND skill = $2 AND NOT shown AND a + b > 0
UNION ALL
SELECT annotator, (correct * {WEIGHT})::numeric, (total * {WEIGHT})::numeric
  FROM ({COUNTED.format(table="proficiency", which=f"skill = $2 AND starts_with(source, '{IMPORT}')")}) counted
  JOIN skill USING (tenant, skill)
"""
POOL = f"""
SELECT coalesce(sum(correct), 0)::float8 AS correct, coalesce(sum(total), 0)::float8 AS total FROM ({EACH}) each
"""
PEOPLE = f"""
SELECT sum(correct)::float8 AS correct, sum(total)::float8 AS total FROM ({EACH}) each
 GROUP BY annotator ORDER BY annotator
"""


async def records(
    conn: asyncpg.Connection,
    tenant: TenantId,
    skill: UUID,
    people: Sequence[UUID],
    now: datetime | None = None,
) -> dict[UUID, Record]:
    """These people's records in a skill, as of their last evidence or faded until `now`; who has none is left out."""
    found: dict[UUID, Record] = defaultdict(Record)
    for row in await conn.fetch(RECORDS, tenant, skill, people):
        found[row["annotator"]].add(row["source"], row["correct"], row["total"], row["weight"])
    for row in await conn.fetch(evidence_state.OF_SKILL, tenant, skill, people):
        found[row["annotator"]].know(_until(evidence_state.state_of(row), now))
    return dict(found)


async def shown_to(
    conn: asyncpg.Connection, tenant: TenantId, annotator: UUID, now: datetime | None = None
) -> dict[UUID, Record]:
    """Skill -> what the person may see of the own record: as of the last full ten pieces of evidence."""
    found: dict[UUID, Record] = defaultdict(Record)
    for row in await conn.fetch(SHOWN, tenant, annotator):
        found[row["skill"]].add(row["source"], row["correct"], row["total"], row["weight"])
    for row in await conn.fetch(evidence_state.SHOWN, tenant, annotator):
        if row["skill"] in found:
            found[row["skill"]].know(_until(evidence_state.state_of(row), now))
    return dict(found)


def _until(state: State, now: datetime | None) -> State:
    return state if now is None else state.as_of(day_of(now))


async def pool(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> Record:
    """Everybody's faded counts together, each as of their last evidence."""
    row = await conn.fetchrow(POOL, tenant, skill)
    return Record(row["correct"], row["total"])


async def each(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> list[tuple[float, float]]:
    """(correct, total) of everybody with evidence, faded as of their last: what a prior is fitted to."""
    return [(row["correct"], row["total"]) for row in await conn.fetch(PEOPLE, tenant, skill)]


async def prior(conn: asyncpg.Connection, tenant: TenantId, skill: UUID) -> Beta:
    """What is believed of somebody new: as fitted last, and until the first fit what the pool says."""
    fitted = await priors.fitted(conn, tenant, skill)
    if fitted is not None:
        return fitted
    everybody = await pool(conn, tenant, skill)
    return prior_of_pool(everybody.correct, everybody.total)


async def lower_bounds(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: Sequence[UUID], q: float = 0.2
) -> dict[UUID, float]:
    """Person -> the q-quantile (0..1) of what is believed of their accuracy; everybody asked for is in it."""
    believed = await prior(conn, tenant, skill)
    known = await records(conn, tenant, skill, people)
    unknown = believed.quantile(q)
    return {who: known[who].posterior(believed).quantile(q) if who in known else unknown for who in people}


@dataclass(frozen=True, slots=True)
class Watch:
    """Where the sum that errors raise stands (alarm at 6), live pieces since it last began, half the width of the 90 %
    interval of the accuracy (0..1), and how many answers the evidence is worth."""

    cusum: float
    since_alarm: int
    half_width: float
    n_eff: float


async def watch(
    conn: asyncpg.Connection, tenant: TenantId, skill: UUID, people: Sequence[UUID]
) -> dict[UUID, Watch]:
    """Person -> what stirs in their record; everybody asked for is in it. Three statements, four before a first fit."""
    believed = await prior(conn, tenant, skill)
    known = await records(conn, tenant, skill, people)
    return {who: _watched(known.get(who, Record()), believed) for who in people}


def _watched(mine: Record, believed: Beta) -> Watch:
    beta = mine.posterior(believed)
    half_width = (beta.quantile(0.95) - beta.quantile(0.05)) / 2.0
    return Watch(mine.state.cusum, mine.state.total, half_width, mine.state.counts.n_eff)


async def basis(conn: asyncpg.Connection, tenant: TenantId) -> int:
    """The index up to which proficiency is folded."""
    sql = "SELECT next_idx FROM subscription WHERE tenant = $1 AND name = $2"
    return int(await conn.fetchval(sql, tenant, PROFICIENCY.name) or 0)
