"""Leaks: who is markedly better on gold than on work of the same kind that was drawn by lot and reviewed."""

from dataclasses import dataclass
from uuid import UUID

from backend.readmodels import gold_candidates, gold_record
from backend.statistics.leak import Leak, judge
from backend.usecases.work import Work


@dataclass(frozen=True, slots=True)
class Suspect:
    """One person in one project: right and all answers to gold in work and to reviewed work, and what follows."""

    annotator: UUID
    gold: tuple[int, int]
    work: tuple[int, int]
    leak: Leak


async def leaks(work: Work, project: UUID) -> list[Suspect]:
    """Everybody in the project with answers of both kinds, the most suspicious first. Only reviews whose rate did not
    depend on the answer count. Nothing is decided by it: it is a sign, for a person to look at."""
    on_gold = await gold_record.rows(work.conn, gold_record.RIGHT_BY, work.tenant, project)
    reviewed = await gold_candidates.reviewed_by_lot(work.conn, work.tenant, project)
    at_work = {row["annotator"]: (row["correct"], row["total"]) for row in reviewed}
    found = [
        Suspect(row["annotator"], gold, at_work[row["annotator"]], judge(*gold, *at_work[row["annotator"]]))
        for row in on_gold
        if row["annotator"] in at_work and (gold := (row["correct"], row["total"]))
    ]
    return sorted(found, key=lambda one: (one.leak.p, one.annotator))
