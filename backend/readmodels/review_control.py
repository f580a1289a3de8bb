"""The review controller's state, folded from draws and verdicts by index, and what a draw asks of it.

It follows the log: an inline fold would have every answer of a project wait for the row that holds its threshold
(decision 0036). So a draw rests on what was folded so far, and says up to which index that was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events import proficiency as scores
from backend.events import projects as ev
from backend.events import review
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels import review_state
from backend.readmodels.evidence import place_of
from backend.readmodels.projection import Projection
from backend.statistics import csp, risk
from backend.statistics.iso2859 import Severity
from backend.statistics.strata import Everybody, Person, Tally


def _tally() -> list[Column[float]]:
    return [Column("errors", Double, nullable=False), Column("total", Double, nullable=False)]


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


project = tenant_table(
    "review_project",
    key("project"),
    ref("skill"),
    Column("mode", Text, nullable=False),
    *map(_count, ("target_ppm", "first", "floor_ppm", "clearance", "lot_size")),
    Column("threshold", Double, nullable=False),
    Column("aim", Double, nullable=False),
    Column("items", BigInteger, nullable=False),
    *(Column(name, Double, nullable=False) for name in ("expected", "found", "weight")),
    Column("traffic", ARRAY(Double), nullable=False),
    *(Column(name, Double, nullable=False) for name in ("audit_errors", "audit_total")),
    Column("severity", Text, nullable=False),
    Column("rejections", ARRAY(Boolean), nullable=False),
    *map(_count, ("score", "accepted", "rejected", "lot")),
)
everybody = tenant_table("review_skill", key("skill"), *_tally())
by_class = tenant_table(
    "review_class", key("skill"), Column("answer_class", Text, primary_key=True), *_tally()
)
person = tenant_table(
    "review_person",
    key("annotator"),
    key("skill"),
    Column("seen", BigInteger, nullable=False),
    _count("closer"),
    *_tally(),
)
stratum = tenant_table(
    "review_stratum",
    key("annotator"),
    key("skill"),
    Column("answer_class", Text, primary_key=True),
    *_tally(),
)
run = tenant_table(
    "review_run",
    key("annotator"),
    key("project"),
    Column("phase", Text, nullable=False),
    *map(_count, ("run", "clearance", "rate_ppm", "grace")),
)
lot = tenant_table(
    "review_lot",
    key("project"),
    Column("lot", Integer, primary_key=True, autoincrement=False),
    _count("size"),
    Column("severity", Text, nullable=False),
    *(Column(name, Integer) for name in ("sample", "acceptance", "tighter")),
    *map(_count, ("answers", "sampled", "given", "errors")),
    Column("accepted", Boolean),
    Column("judged_at", BigInteger),
    Column("resumed", Boolean, nullable=False),
)
# Verdicts as they count now (`passed` None: not at all), with what was so when they were given: of these a skill is
# told again when one is corrected.
found = tenant_table(
    "review_found",
    key("review"),
    ref("skill"),
    ref("lease"),
    ref("project"),
    ref("author"),
    Column("answer_class", Text, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("risk_ppm", Integer),
    _count("lot"),
    *(Column(name, BigInteger, nullable=False) for name in ("idx", "seen", "items")),
    # Clearance, rate in millionths and grace of the continuous plan in force, if there was one.
    Column("sampling", ARRAY(Integer)),
    Column("passed", Boolean),
    Index("review_found_skill", "tenant", "skill", "idx"),
)
# Drawn and without a verdict.
awaited = tenant_table(
    "review_awaited",
    key("review"),
    ref("project"),
    Column("risk_ppm", Integer),
    _count("lot"),
)
# Of lots that are not accepted (yet): answers that nobody looked at.
passed_over = tenant_table(
    "review_passed_over",
    key("review"),
    ref("project"),
    _count("lot"),
    Index("review_passed_over_lot", "tenant", "project", "lot"),
)


async def _fold(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """One look at what the facts touch, the pure fold, one writing: the same rows in whatever batches they come."""
    events = [fact.event for fact in facts]
    state = await review_state.load(conn, tenant, events)
    before = review_state.rows_of(state)
    for fact in facts:
        state.add(fact.event, place_of(fact))
    state.settle()
    await review_state.save(conn, tenant, state, events, before)


REVIEW_CONTROL = Projection(
    "review_control",
    (project, everybody, by_class, person, stratum, run, lot, found, awaited, passed_over),
    dict.fromkeys(
        (ev.ProjectCreated, ev.PlanUpdated, review.ReviewDrawn, review.VerdictGiven, scores.ScoreCorrected),
        _fold,
    ),
)

# A rejected lot is looked at as a whole: what of it nobody has seen, unless it is no longer wanted.
_OF_REJECTED = """
  FROM review_passed_over p
  JOIN review_lot l ON l.tenant = p.tenant AND l.project = p.project AND l.lot = p.lot AND NOT l.accepted
  JOIN review r ON r.tenant = p.tenant AND r.review = p.review AND NOT r.sampled
  JOIN task t ON t.tenant = r.tenant AND t.task = r.task AND t.state <> 'cancelled'
 WHERE p.tenant = $1
"""
REJECTED_DUE = f"EXISTS (SELECT 1 {_OF_REJECTED})"
REJECTED = f"SELECT r.*, t.generation {_OF_REJECTED} ORDER BY r.review LIMIT $2"
# One row per answer, by primary keys alone; the checkpoint comes from the same snapshot as the state.
KNOWN = """
SELECT n.place, c.threshold, c.severity,
       k.errors AS all_errors, k.total AS all_total, b.errors AS class_errors, b.total AS class_total,
       p.seen, p.closer, p.errors AS against_errors, p.total AS against_total,
       s.errors AS own_errors, s.total AS own_total, r.phase, r.run, r.clearance, r.rate_ppm, r.grace,
       coalesce((SELECT next_idx FROM subscription WHERE tenant = $1 AND name = 'review_control'), 0) AS basis
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY
       AS n(project, skill, annotator, answer_class, place)
  LEFT JOIN review_project c ON c.tenant = $1 AND c.project = n.project
  LEFT JOIN review_skill k ON k.tenant = $1 AND k.skill = n.skill
  LEFT JOIN review_class b ON b.tenant = $1 AND b.skill = n.skill AND b.answer_class = n.answer_class
  LEFT JOIN review_person p ON p.tenant = $1 AND p.annotator = n.annotator AND p.skill = n.skill
  LEFT JOIN review_stratum s ON s.tenant = $1 AND s.annotator = n.annotator AND s.skill = n.skill
                            AND s.answer_class = n.answer_class
  LEFT JOIN review_run r ON r.tenant = $1 AND r.annotator = n.annotator AND r.project = n.project
 ORDER BY n.place
"""


@dataclass(frozen=True, slots=True)
class State:
    """What a draw rests on; `threshold` is None where the project has no answer yet, `run` where there was none."""

    everybody: Everybody
    threshold: float | None
    author: risk.Annotator
    run: csp.State | None
    severity: Severity
    basis_index: int


async def known(
    conn: asyncpg.Connection, tenant: TenantId, asked: Sequence[tuple[UUID, UUID, UUID, str]]
) -> list[State]:
    """For each (project, skill, annotator, class token or "") the state of what an answer there rests on: one statement
    for all of them."""
    rows = await conn.fetch(KNOWN, tenant, *map(list, zip(*asked, strict=True)))
    return [_state(row, answered) for row, (_, _, _, answered) in zip(rows, asked, strict=True)]


def _state(row: asyncpg.Record, answered: str) -> State:
    pool, own = Everybody(), {}
    if row["all_total"] is not None:
        classes = {}
        if row["class_total"] is not None:
            classes[answered] = Tally(row["class_errors"], row["class_total"])
        pool = Everybody(classes, Tally(row["all_errors"], row["all_total"]))
    if row["own_total"] is not None:
        own[answered] = Tally(row["own_errors"], row["own_total"])
    author = risk.Annotator()
    if row["seen"] is not None:
        against = Tally(row["against_errors"], row["against_total"])
        author = risk.Annotator(row["seen"], row["closer"], Person(own, against))
    return State(
        everybody=pool,
        threshold=row["threshold"],
        author=author,
        run=review_state.run_of(row) if row["phase"] is not None else None,
        severity=Severity(row["severity"] or "normal"),
        basis_index=row["basis"],
    )
