"""Held against: what is known of some items of a project, beside the targets of the project."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.projects.targets import read
from backend.readmodels import judged
from backend.usecases.quality.diverse import counted
from backend.usecases.quality.targets_met import estimated, labelled
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`outcome`: met when every target is, not_met when one is missed for sure, else unclear. `told`: each target with
    its estimate, interval and outcome, classes as keyed tokens; `diverse`: what was counted where that is asked."""

    outcome: str
    told: Sequence[Row]
    diverse: Row | None
    basis_index: int

    @property
    def text(self) -> str:
        """What was told, as JSON text for a fact."""
        return to_json(self.told).decode()

    @property
    def diversity(self) -> str:
        """What was counted, as JSON text for a fact; empty where nothing is asked."""
        return to_json(self.diverse).decode() if self.diverse else ""


async def held_against(work: Work, project: Row, items: Sequence[UUID]) -> Found:
    """What gold and reviews say of the answers to these items, and of how many different ones these are, against the
    targets of the project (its row). Without targets, or without anything judged, nobody can tell."""
    told = await estimated(work, project, items)
    diverse = await counted(work, project, items)
    outcomes = {one["outcome"] for one in told} | ({diverse["outcome"]} if diverse else set())
    if read(project["targets"]) and not told:
        outcomes.add("unclear")
    basis = await judged.basis(work.conn, work.tenant)
    return Found(outcome=_worst(outcomes), told=told, diverse=diverse, basis_index=basis)


def _worst(outcomes: set[str]) -> str:
    if outcomes == {"met"}:
        return "met"
    return "not_met" if "not_met" in outcomes else "unclear"


async def shown(work: Work, project: Row, told: str | Sequence[Row]) -> list[Row]:
    """What a fact told (its text) or was just found, with labels in clear."""
    rows = from_json(told) if isinstance(told, str) else told
    return await labelled(work, project, rows)
