"""Quotas while a batch is dealt: what people were given today, and with each lease how much is left."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.domain.projects.quota import Allowance, allowance
from backend.readmodels import staffing
from backend.usecases.work import Work


@dataclass(slots=True)
class Left:
    """What the quotas of the day leave to the people of a batch, under the lock of whose rows it was counted."""

    allowed: Allowance
    limited: frozenset[UUID] = frozenset()
    used: dict[tuple[UUID, UUID], int] = field(default_factory=lambda: defaultdict(int))

    def at_most(self, annotator: UUID, project: UUID, n: int) -> int:
        """How many of `n` leases of this project the person may be given; 0: look elsewhere."""
        if annotator not in self.limited:
            return n
        left = self.allowed.left(annotator, project, self.used)
        return n if left is None else min(n, left)

    def gave(self, annotator: UUID, project: UUID, n: int = 1) -> None:
        """The person was given so many of them just now."""
        self.used[annotator, project] += n


async def left_today(work: Work, people: Sequence[UUID]) -> Left:
    """What is left to these people, whose rows are locked. For nobody no query."""
    if not people:
        return Left(allowance([]))
    allowed = allowance(await staffing.quotas(work.conn, work.tenant))
    left = Left(allowed, frozenset(who for who in people if allowed.concerns(who)))
    if left.limited:
        used = await staffing.used_today(work.conn, work.tenant, sorted(left.limited), work.now)
        left.used.update(used)
    return left
