"""What a process knows of gold without asking: how much each person gets, of which classes, and where it may be shown.

Hints, renewed in the background: lost or old they cost evenness, never a rule. What must hold (the gap, once to each
person, nothing retired) is asked of the database in the pull itself.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.tasks.mixing import Shares, class_due, wanted
from backend.events.ids import TenantId
from backend.readmodels import gold as gold_rows
from backend.readmodels import workflows
from backend.readmodels.proficiency import Watch, watch
from backend.statistics.gold_rate import gold_rate

MIX_SECONDS = 30.0
KEPT_MAX = 50_000
MANY = 1_000
PPM = 1_000_000
UNKNOWN = Watch(0.0, 0, 1.0, 0.0)
"""Of whom nothing is known: as wide as can be."""


@dataclass(frozen=True, slots=True)
class Strata:
    """Of one project: which part of its gold are edge cases, and by kind the share that each class shall have."""

    edge_cases: float
    shares: Mapping[bool, Shares]


NOTHING = Strata(0.0, {})


@dataclass(slots=True)
class Mix:
    """Of one tenant in one process."""

    strata: dict[UUID, Strata] = field(default_factory=dict)
    watches: dict[tuple[UUID, UUID], Watch] = field(default_factory=dict)
    renewed_at: float = float("-inf")
    _asked: set[tuple[UUID, UUID]] = field(default_factory=set)
    _had: dict[tuple[UUID, UUID], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _showing: dict[tuple[UUID, int], frozenset[str]] = field(default_factory=dict)

    def share(self, annotator: UUID, project: Mapping[str, Any]) -> float:
        """Which share (0..1) of what this person is handed in the project is gold: what the plan says, or what is known
        of the person asks for."""
        plan = project["plan"]
        if not plan.gold_expected:
            return float(plan.gold_share_ppm / PPM)
        who = (annotator, project["skill"])
        self._asked.add(who)
        known = self.watches.get(who, UNKNOWN)
        return gold_rate(plan.gold_expected, known.half_width, known.cusum, known.since_alarm)

    def kind(self, project: Mapping[str, Any], chance: float) -> bool:
        """Whether an edge case is asked for: in the plan's share, or as they come."""
        share = project["plan"].gold_edge_case_share_ppm / PPM
        return chance < (share or self.strata.get(project["project"], NOTHING).edge_cases)

    def class_(self, annotator: UUID, project: UUID, edge_case: bool, chance: float) -> str | None:
        """Which class the person's next gold of this kind shall be of; None: whichever."""
        shares = self.strata.get(project, NOTHING).shares.get(edge_case, Shares())
        return class_due(shares, self._had[annotator, project], chance) if shares else None

    def gave(self, annotator: UUID, project: UUID, truth_class: str | None) -> None:
        """The person was given gold of this class."""
        if len(self._had) > KEPT_MAX:
            self._had.clear()
        if truth_class is not None:
            self._had[annotator, project][truth_class] += 1

    async def blind(
        self, conn: asyncpg.Connection, tenant: TenantId, project: Mapping[str, Any], step: str
    ) -> bool:
        """Whether a step shows nothing of what others answered: gold has nothing of that kind to show. One query for
        each version of a workflow, then none."""
        place = (project["project"], project["workflow_version"])
        if not place[1]:
            return True
        if place not in self._showing:
            found = await workflows.find(conn, tenant, *place)
            steps = found.steps if found else ()
            self._showing[place] = frozenset(one.name for one in steps if one.shows)
        return step not in self._showing[place]

    async def renew(self, conn: asyncpg.Connection, tenant: TenantId, at: float) -> None:
        """Read again what gold there is, what is produced, and how those stand who pulled lately; `at` by the monotonic
        clock. Nothing while it is young."""
        if at - self.renewed_at < MIX_SECONDS:
            return
        self.renewed_at = at
        self.strata = await _strata(conn, tenant)
        if len(self.watches) > KEPT_MAX:
            self.watches.clear()
        for skill in {skill for _, skill in self._asked}:
            people = sorted(who for who, one in self._asked if one == skill)
            found = await watch(conn, tenant, skill, people)
            self.watches |= {(who, skill): one for who, one in found.items()}
        self._asked.clear()


async def _wanted(production: Mapping[str, int], stock: Mapping[str, int]) -> Shares:
    """The shares; of so many classes that others would wait for it, in a thread."""
    return (
        await asyncio.to_thread(wanted, production, stock) if len(stock) > MANY else wanted(production, stock)
    )


async def _strata(conn: asyncpg.Connection, tenant: TenantId) -> dict[UUID, Strata]:
    stock: dict[UUID, dict[bool, Counter[str]]] = defaultdict(lambda: {False: Counter(), True: Counter()})
    pieces: dict[UUID, Counter[bool]] = defaultdict(Counter)
    for row in await gold_rows.stock(conn, tenant):
        if row["why"] is None:
            pieces[row["project"]][row["edge_case"]] += row["n"]
            if row["truth_class"] is not None:
                stock[row["project"]][row["edge_case"]][row["truth_class"]] += row["n"]
    found = {}
    for project, counts in pieces.items():
        production = await gold_rows.produced(conn, tenant, project) if project in stock else {}
        shares = {kind: await _wanted(production, of) for kind, of in stock[project].items()}
        found[project] = Strata(counts[True] / counts.total(), shares)
    return found
