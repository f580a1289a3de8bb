"""Supply: when the gold of a project that a person has not met may be given to them, families at their distance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.readmodels import gold_families as rows
from backend.usecases.work import Work

DAY_SECONDS = 86_400.0
Times = Sequence[float]
"""In how many days each item may be given, soonest first; 0: now."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Of all gold that is asked, and by class: a family counts in each class that one of it has."""

    whole: Times
    classes: Mapping[str | None, Times]


async def supply_of(work: Work, project: UUID, who: UUID | None) -> Supply:
    """What this person may still be given; nobody in particular has met nothing."""
    found = await rows.rows(work.conn, rows.SUPPLY, work.tenant, project, who)
    by_class: dict[str | None, list[float]] = defaultdict(list)
    families: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        if row["family"] is None:
            by_class[row["truth_class"]] += [0.0] * row["n"]
        else:
            families[row["family"]].append(row)
            by_class[row["truth_class"]] += given_at(row, row["n"], work.now)
    whole = [0.0] * sum(row["n"] for row in found if row["family"] is None)
    for members in families.values():
        whole += given_at(members[0], sum(row["n"] for row in members), work.now)
    return Supply(sorted(whole), {one: sorted(times) for one, times in by_class.items()})


def given_at(family: Mapping[str, Any], n: int, now: datetime) -> Times:
    """When `n` unmet ones of a family may be given: one at a time with the gap between them, the first after what the
    person met of it last (`met_at`, None: nothing); with a gap of 0 one alone. None at all to whoever is `barred`."""
    if family["barred"]:
        return []
    gap, met_at = family["gap_days"], family["met_at"]
    if not gap:
        return [] if met_at else [0.0]
    first = max(0.0, gap - (now - met_at).total_seconds() / DAY_SECONDS) if met_at else 0.0
    return [first + gap * place for place in range(n)]
