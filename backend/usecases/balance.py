"""The balance between projects: whose people owe which of them more time, from the minutes delivered lately."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from backend.domain.tasks.fairness import corrections, shares
from backend.events.ids import TenantId
from backend.events.queue import QueueSettings
from backend.readmodels.staffing import EVERYBODY, delivered_minutes, staffing_now

WINDOW = timedelta(minutes=15)
WEIGH_SECONDS = 5.0


@dataclass(slots=True)
class Balance:
    """Holder (of a staffing, or everybody) -> the shares asked of its people, and what mends them."""

    staffed: dict[str, Mapping[UUID, int]] = field(default_factory=dict)
    _mended: dict[str, Mapping[UUID, float]] = field(default_factory=dict)

    def of(self, held: Collection[str]) -> "Owed":
        """What counts for a person who holds these tokens: the staffing of their vendor or team, if there is one."""
        for holder, asked in self.staffed.items():
            if holder in held:
                return Owed(asked, self._mended.get(holder, {}))
        return Owed({}, self._mended.get(EVERYBODY, {}))

    async def weigh(
        self,
        conn: asyncpg.Connection,
        tenant: TenantId,
        now: datetime,
        settings: Mapping[UUID, QueueSettings],
        waiting: Collection[UUID],
    ) -> None:
        """Weigh anew; `waiting` are the projects with work that waits: only they can be owed any."""
        self.staffed = {row["holder"]: row["shares"] for row in await staffing_now(conn, tenant, now)}
        minutes = await delivered_minutes(conn, tenant, now - WINDOW)
        weights = {project: settings[project].weight_ppm for project in waiting if project in settings}
        gain = WEIGH_SECONDS / WINDOW.total_seconds()
        mended: dict[str, Mapping[UUID, float]] = {}
        for holder in (EVERYBODY, *self.staffed):
            got = {project: n for (project, who), n in minutes.items() if who == holder}
            due = shares(weights, self.staffed.get(holder, {}))
            mended[holder] = corrections(due, got, self._mended.get(holder), gain)
        self._mended = mended


@dataclass(frozen=True, slots=True)
class Owed:
    """Project -> share of the person's time in parts per million, where it is staffed; and by what chances are
    mended."""

    staffed: Mapping[UUID, int]
    mended: Mapping[UUID, float]
