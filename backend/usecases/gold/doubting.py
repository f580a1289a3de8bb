"""Doubting: gold that was promoted from an item is asked no more while that item is done again."""

from collections.abc import Sequence
from uuid import UUID

from backend.domain.projects import gold as domain
from backend.readmodels import gold as gold_rows
from backend.readmodels import gold_record as records
from backend.readmodels import proficiency
from backend.usecases.work import Work


async def doubt(work: Work, items: Sequence[UUID]) -> None:
    """These items are done again: nobody is measured on what they came to before. Decided, not flushed."""
    found = await gold_rows.promoted(work.conn, work.tenant, items, None)
    if not found:
        return
    basis = await proficiency.basis(work.conn, work.tenant)
    met = {row["gold"]: row for row in await records.rows(work.conn, records.SEEN_OF, work.tenant, found)}
    await work.load(domain.GOLD, found)
    for gold in found:
        seen, wrong = (met[gold]["seen"], met[gold]["wrong"]) if gold in met else (0, 0)
        command = domain.RetireGold(why=domain.REWORKED, answers=seen, disagreed=wrong, basis_index=basis)
        work.decide(domain.GOLD, gold, command)


async def trust_again(work: Work, items: Sequence[UUID]) -> None:
    """The former results of these items stand again, and so does the gold that was made of them, unless something else
    retired it meanwhile. Decided, not flushed."""
    found = await gold_rows.promoted(work.conn, work.tenant, items, domain.REWORKED)
    await work.load(domain.GOLD, found)
    for gold in found:
        work.decide(domain.GOLD, gold, domain.RestoreGold())
