"""Where a person stands in a skill: the state of the fold of all evidence, and of what the person is told."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY

from backend.events.ids import TenantId
from backend.events.store.schema import key, tenant_table
from backend.readmodels.fading import State
from backend.statistics.forgetting import Confusion, Counts

Who = tuple[UUID, UUID]
"""Person and skill."""
Place = tuple[UUID, UUID, bool]
"""Person, skill, and whether it is what the person sees: the state as of the last full ten."""


def _number(name: str) -> Column[Any]:
    return Column(name, Double, nullable=False)


# The columns are those of fading.State; `truths`, `answers` and `cells` are its confusion, cell by cell.
proficiency_state = tenant_table(
    "proficiency_state",
    key("annotator"),
    key("skill"),
    Column("shown", Boolean, primary_key=True),
    _number("a"),
    _number("b"),
    _number("n_eff"),
    _number("scored"),
    Column("truths", ARRAY(Text), nullable=False),
    Column("answers", ARRAY(Text), nullable=False),
    Column("cells", ARRAY(Double), nullable=False),
    _number("fresh_a"),
    _number("fresh_b"),
    _number("fresh_n_eff"),
    _number("live"),
    Column("live_right", Integer, nullable=False),
    Column("live_total", Integer, nullable=False),
    _number("cusum"),
    _number("target"),
    Column("pieces", Integer, nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("day", Date),
    Column("fresh_from", BigInteger, nullable=False),
    Column("fresh_before", BigInteger, nullable=False),
    Index("proficiency_state_skill", "tenant", "skill"),
)

OF_WHO = """
SELECT s.* FROM unnest($2::uuid[], $3::uuid[]) AS n(annotator, skill)
  JOIN proficiency_state s ON s.tenant = $1 AND s.annotator = n.annotator AND s.skill = n.skill
"""
OF_SKILL = """
SELECT * FROM proficiency_state WHERE tenant = $1 AND skill = $2 AND annotator = ANY($3::uuid[]) AND NOT shown
 ORDER BY annotator
"""
SHOWN = "SELECT * FROM proficiency_state WHERE tenant = $1 AND annotator = $2 AND shown ORDER BY skill"
SAVE = """
INSERT INTO proficiency_state VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                                      $18, $19, $20, $21, $22, $23, $24)
ON CONFLICT (tenant, annotator, skill, shown) DO UPDATE SET
"""
SAVE += ", ".join(
    f"{column.name} = excluded.{column.name}"
    for column in proficiency_state.columns
    if not column.primary_key
)


def state_of(row: Mapping[str, Any]) -> State:
    """The state that a row holds."""
    return State(
        counts=Counts(row["a"], row["b"], row["n_eff"]),
        scored=row["scored"],
        confusion=Confusion(tuple(zip(row["truths"], row["answers"], row["cells"], strict=True))),
        fresh=Counts(row["fresh_a"], row["fresh_b"], row["fresh_n_eff"]),
        live=row["live"],
        right=row["live_right"],
        total=row["live_total"],
        cusum=row["cusum"],
        target=row["target"],
        pieces=row["pieces"],
        index=row["idx"],
        day=row["day"],
        fresh_from=row["fresh_from"],
        fresh_before=row["fresh_before"],
    )


async def load(conn: asyncpg.Connection, tenant: TenantId, who: Sequence[Who]) -> dict[Place, State]:
    """The states of these people in these skills, both views of each; who has none is left out."""
    rows = await conn.fetch(OF_WHO, tenant, *_columns(who))
    return {(row["annotator"], row["skill"], row["shown"]): state_of(row) for row in rows}


async def save(conn: asyncpg.Connection, tenant: TenantId, states: Mapping[Place, State]) -> None:
    """Write these states."""
    rows = [
        (tenant, *place, *_values(state)) for place, state in sorted(states.items(), key=lambda one: one[0])
    ]
    await conn.executemany(SAVE, rows)


def _values(state: State) -> tuple[Any, ...]:
    truths, answers, cells = (
        zip(*state.confusion.cells, strict=True) if state.confusion.cells else ((), (), ())
    )
    return (
        *(state.counts.a, state.counts.b, state.counts.n_eff, state.scored),
        *(list(truths), list(answers), list(cells)),
        *(state.fresh.a, state.fresh.b, state.fresh.n_eff, state.live, state.right, state.total),
        *(
            state.cusum,
            state.target,
            state.pieces,
            state.index,
            state.day,
            state.fresh_from,
            state.fresh_before,
        ),
    )


def _columns(who: Sequence[Who]) -> tuple[list[UUID], list[UUID]]:
    return [one for one, _ in who], [skill for _, skill in who]
