"""The fold of all evidence: whole counts by source, the fading state, and both as the person sees them, ten by ten.

What is rare (a skill closed or opened, answers discounted, a score corrected) folds one person's evidence in one skill
anew from its rows, in their order: exact, and the same as if it had been known from the start.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Text

from backend.events import proficiency as scores
from backend.events import projects as plans
from backend.events.base import Recorded
from backend.events.ids import TenantId
from backend.events.store.schema import key, tenant_table
from backend.readmodels import evidence_kept as kept
from backend.readmodels import evidence_state as states
from backend.readmodels.evidence import (
    FACTS,
    Evidence,
    evidence,
    evidence_discount,
    evidence_skill,
    evidence_weight,
    place_of,
)
from backend.readmodels.evidence_state import Place, Who, proficiency_state
from backend.readmodels.fading import Piece, State, Tens, as_told, folded
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

IMPORT = "import:"
"""What other systems counted has the source `import:{system}`; read together, it is `import`."""

COUNT = """
INSERT INTO {table} AS t (tenant, annotator, skill, source, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE
   SET correct = t.correct + excluded.correct, total = t.total + excluded.total
"""
# A system's newest counts replace those it gave before.
REPLACE = """
INSERT INTO {table} (tenant, annotator, skill, source, correct, total)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[])
ON CONFLICT (tenant, annotator, skill, source) DO UPDATE SET correct = excluded.correct, total = excluded.total
"""


async def _arrived(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """New evidence, piece by piece in the order of the log."""
    who = sorted({_who(fact) for fact in facts})
    now = await states.load(conn, tenant, who)
    tens: dict[Who, Tens[Evidence]] = {one: Tens() for one in who}
    places = await kept.places_of(conn, tenant, who)
    for one in await kept.waiting(conn, tenant, places):
        tens[one.who].after(one)
    new = await kept.arrived(conn, tenant, facts, places)
    since = await kept.discounted(conn, tenant, [annotator for annotator, _ in who])
    after: dict[Place, State] = {
        (*one, seen): now.get((*one, seen), State()) for one in who for seen in (False, True)
    }
    told: list[Evidence] = []
    for one in new:
        ten, begin = tens[one.who].after(one), since.get(one.who)
        told += ten
        after[*one.who, False] = after[*one.who, False].after(one.observed(begin))
        after[*one.who, True] = folded(_told(ten, begin), after[*one.who, True])
    # Nine times of ten there is nothing new to show.
    await states.save(conn, tenant, {at: state for at, state in after.items() if now.get(at) != state})
    for table, rows in ((proficiency, new), (shown, told)):
        await _count(conn, tenant, COUNT.format(table=table.name), rows)


def _told(ten: Sequence[Evidence], since: datetime | None) -> list[Piece]:
    return as_told([one.observed(since) for one in ten]) if ten else []


def _who(fact: Recorded) -> Who:
    e: Any = fact.event
    return (e.annotator if hasattr(e, "annotator") else e.author), e.skill


async def _count(conn: asyncpg.Connection, tenant: TenantId, sql: str, pieces: Iterable[Evidence]) -> None:
    """Whole counts by source; what was taken back counts nowhere."""
    totals: Counter[tuple[UUID, UUID, str]] = Counter()
    rights: Counter[tuple[UUID, UUID, str]] = Counter()
    for one in pieces:
        totals[*one.who, one.source] += one.correct is not None
        rights[*one.who, one.source] += bool(one.correct)
    if totals:
        rows = [(*about, rights[about], n) for about, n in sorted(totals.items())]
        await conn.execute(sql, tenant, *map(list, zip(*rows, strict=True)))


async def _anew(conn: asyncpg.Connection, tenant: TenantId, who: Who, begin: State | None = None) -> None:
    """Fold all evidence of a person in a skill again. `begin` says what of it was judged already; None: as before."""
    pieces = await kept.everything(conn, tenant, who)
    if not pieces:
        return
    since = (await kept.discounted(conn, tenant, [who[0]])).get(who)
    begin = begin or await _begin(conn, tenant, who)
    tens = list(Tens[Evidence]().full(pieces))
    full = folded((one.observed(since) for one in pieces), begin)
    seen = folded((piece for ten in tens for piece in _told(ten, since)), begin)
    await states.save(conn, tenant, {(*who, False): full, (*who, True): seen})
    for table, some in ((proficiency, pieces), (shown, [one for ten in tens for one in ten])):
        await _count(conn, tenant, REPLACE.format(table=table.name), some)


async def _judged(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    """A rule closed the skill on the evidence up to its basis, or somebody opened it after a look at all there was:
    what comes after is judged afresh, and the sum begins at 0. A closing that is undone has judged nothing."""
    begins: dict[Who, State] = {}
    for fact in facts:
        e = fact.event
        was = begins.get(who := _who(fact)) or await _begin(conn, tenant, who)
        match e:
            case scores.SkillReopened():
                begins[who] = replace(was, fresh_from=max(was.fresh_from, place_of(fact)))
            case scores.SkillClosingUndone():
                begins[who] = replace(was, fresh_from=e.fresh_from)
            case _:
                until = max(was.fresh_from, e.basis_index)
                begins[who] = State(fresh_from=until, fresh_before=was.fresh_from)
    for who, begin in sorted(begins.items(), key=lambda one: one[0]):
        await _anew(conn, tenant, who, begin)


async def _begin(conn: asyncpg.Connection, tenant: TenantId, who: Who) -> State:
    """Nothing known of the person in the skill but what was judged already."""
    now = (await states.load(conn, tenant, [who])).get((*who, False), State())
    return State(fresh_from=now.fresh_from, fresh_before=now.fresh_before)


async def _discounted(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await kept.discount(conn, tenant, fact.event)
        await _anew(conn, tenant, _who(fact))


async def _corrected(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    for fact in facts:
        await kept.correct(conn, tenant, fact)
        await _anew(conn, tenant, _who(fact))


async def _imported(conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded]) -> None:
    told: list[scores.ScoreImported] = [fact.event for fact in facts]
    last = {(e.annotator, e.skill, IMPORT + e.system): (e.correct, e.total) for e in told}
    rows = [list(column) for column in zip(*((*who, *n) for who, n in sorted(last.items())), strict=True)]
    for table in (proficiency, shown):
        await conn.execute(REPLACE.format(table=table.name), tenant, *rows)


PROFICIENCY = Projection(
    "proficiency",
    (
        proficiency,
        shown,
        proficiency_state,
        evidence,
        evidence_weight,
        evidence_discount,
        evidence_skill,
    ),
    dict.fromkeys(FACTS, _arrived)
    | {
        plans.SkillWeighted: kept.weigh,
        scores.ScoreImported: _imported,
        scores.ScoreCorrected: _corrected,
        scores.AnswersDiscounted: _discounted,
        scores.AnswersRestored: _discounted,
        scores.SkillClosed: _judged,
        scores.DriftAlarmed: _judged,
        scores.SkillReopened: _judged,
        scores.SkillClosingUndone: _judged,
    },
)
