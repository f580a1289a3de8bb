"""Results read: a project's results in clear, as many as can be read while somebody waits, always the same ones."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.readmodels import quality_reports as sql
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

RESULTS_MAX = 20_000
AT_ONCE = 200
"""So many are opened before others have their turn: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Read:
    """An item's result: what it says, how sure that is (ppm), and whether a reviewer or expert looked
    at it."""

    item: UUID
    answer: Any
    confidence_ppm: int
    looked_at: bool


async def read_results(work: Work, project: UUID, most: int = RESULTS_MAX) -> tuple[int, list[Read]]:
    """How many results there are, and at most so many of them, chosen by a hash of their items' ids; what was erased
    is left out."""
    count, rows = await sql.results(work.conn, work.tenant, project, most)
    found: list[Read] = []
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        places = [Sealed("project", project, "result", r["task"], "result", r["result"]) for r in some]
        for row, clear in zip(some, await work.open(places), strict=True):
            if clear is not None:
                found.append(Read(row["item"], clear["answer"], row["confidence_ppm"], row["looked_at"]))
        await asyncio.sleep(0)
    return count, found
