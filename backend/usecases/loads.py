"""The loads of the day: who was given how much where there is a load cap, counted now and then, never for a pull.

Between two counts a process adds what it gives out itself, so with several processes a load is up to COUNT_SECONDS old.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.domain.tasks.load import Over, over
from backend.events.ids import TenantId
from backend.events.queue import QueueSettings
from backend.readmodels.staffing import given_today

COUNT_SECONDS = 30.0
"""A count reads the day's leases of everybody who is there: 120,000 rows where 400 people take 300 tasks each."""


@dataclass(slots=True)
class Load:
    """Of one project: person -> leases given today, and how many they are together."""

    given: dict[UUID, int]
    everybody: int


@dataclass(slots=True)
class Loads:
    """Project with a load cap -> its load; empty where there is no cap anywhere, and then nothing is counted."""

    of: dict[UUID, Load] = field(default_factory=dict)
    counted_at: float = float("-inf")

    def over(self, annotator: UUID, project: UUID, settings: QueueSettings) -> Over | None:
        """How far the person is over the project's cap, as far as is known here; None: not."""
        load = self.of.get(project)
        if load is None:
            return None
        return over(load.given.get(annotator, 0), load.everybody, len(load.given), settings)

    def gave(self, annotator: UUID, project: UUID) -> None:
        """The person was given one more."""
        if load := self.of.get(project):
            load.given[annotator] = load.given.get(annotator, 0) + 1
            load.everybody += 1

    async def renew(
        self,
        conn: asyncpg.Connection,
        tenant: TenantId,
        now: datetime,
        settings: Mapping[UUID, QueueSettings],
        at: float,
    ) -> None:
        """Count again where it is time to, `at` by the monotonic clock, or where a cap is new or gone."""
        capped = {project for project, said in settings.items() if said.load_cap_percent}
        if capped == self.of.keys() and (not capped or at - self.counted_at < COUNT_SECONDS):
            return
        self.counted_at = at
        found = await given_today(conn, tenant, sorted(capped), now) if capped else {}
        self.of = {project: load_of(found.get(project, {})) for project in capped}


def load_of(given: Mapping[UUID, int]) -> Load:
    """The load of a project: person -> leases given today."""
    return Load(dict(given), sum(given.values()))
