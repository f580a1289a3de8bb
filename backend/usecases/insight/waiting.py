"""Lanes with what waits in them: their rings, since when their head waits, and which ring it has reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backend.domain.projects.waiting import Ring, ring_open
from backend.readmodels import heads, lane_report
from backend.usecases.gates import asked
from backend.usecases.work import Work

MICRO = 1_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lane with its rings; `since` is None while nothing is open there, `open` the ring that its head has reached."""

    row: Row
    rings: tuple[Ring, ...]
    since: datetime | None
    waited_s: float

    @property
    def open(self) -> Ring:
        """The ring by which the head is served now."""
        return ring_open(self.rings, self.waited_s)


async def waiting(work: Work, rows: Sequence[Row]) -> list[Waiting]:
    """These lanes with their rings and heads; two queries, one probe into the index per lane."""
    ids = [row["lane"] for row in rows]
    later = await lane_report.later_rings(work.conn, work.tenant, ids)
    found = await heads.look(work.conn, work.tenant, ids, [0] * len(ids))
    return [_waiting(work, row, later.get(row["lane"], ()), found.get(row["lane"])) for row in rows]


def _waiting(work: Work, row: Row, later: Iterable[Row], head: heads.Head | None) -> Waiting:
    rings = (Ring(0, 0, asked(row)), *(Ring(one["ring"], one["after_seconds"], asked(one)) for one in later))
    since = datetime.fromtimestamp(head.since_s, UTC) if head else None
    return Waiting(row, rings, since, max(0.0, (work.now - since).total_seconds()) if since else 0.0)
