"""Calibrating: what results claimed, held against what reviewers found; at night it becomes the next temperature."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.proficiency.scoring import canonical
from backend.domain.projects.calibration import CALIBRATION, Calibrate
from backend.domain.tasks.aggregate import OTHERS
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import calibration, proficiency, projects, tasks
from backend.statistics.temperature import AUDITED_MIN, fit
from backend.usecases.projects.comparing import Compare
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

AUDITED_MAX = 5_000
"""The newest of them: what reviewers found long ago was about other people and another guideline."""
HOUR = 2
"""Of the night, UTC."""
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Audited:
    """A task of which a reviewer told the truth: the item, its class's token (None when it is no category), what the
    result `claimed` (0..1), whether it was right and whether the plain majority was (a share where answers were tied),
    and the posterior before it was softened with the place of the truth in it (None without one)."""

    item: UUID
    task: UUID
    truth_class: str | None
    claimed: float
    right: float
    majority_right: float
    shares: tuple[int, ...]
    place: int | None


def tonight(now: datetime) -> datetime:
    """The next time at which nobody minds."""
    at = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)


def calibrate_tonight(work: Work, project: UUID) -> None:
    """A reviewer told a truth: at night what was claimed is held against all of them; announced often, done once."""
    work.enqueue("confidence_calibrate", str(project), {"project": str(project)}, tonight(work.now))


async def confidence_calibrate(work: Work, *, project: UUID) -> Answer:
    """Fit the project's temperature anew, where reviewers have told enough truths."""
    work.require("project:update")
    found = await projects.find(work.conn, work.tenant, [project])
    told = [one for one in await audited(work, found[0]) if one.place is not None] if found else []
    if len(told) < AUDITED_MIN:
        return Answer({"audited": len(told), "temperature": None})
    temperature = await asyncio.to_thread(_fit, told)
    stream = uuid8(project, "calibration")
    await work.load(CALIBRATION, [stream])
    command = Calibrate(
        project=ProjectId(project),
        temperature_ppm=round(PPM * temperature),
        audited=len(told),
        basis_index=await proficiency.basis(work.conn, work.tenant),
    )
    work.decide(CALIBRATION, stream, command)
    return Answer({"audited": len(told), "temperature": temperature})


def _fit(told: Sequence[Audited]) -> float:
    """In a fixed order, and to two digits: more no hundred of tasks can tell, and each other number is another fact."""
    ordered = sorted(told, key=lambda one: one.task.bytes)
    return round(fit([one.shares for one in ordered], [one.place or 0 for one in ordered]), 2)


async def audited(work: Work, project: dict[str, Any], limit: int = AUDITED_MAX) -> list[Audited]:
    """The newest tasks of a project (its row) of which a review that was drawn by chance told the truth: the answer
    that was accepted, or the correction. What an expert said of an unsure item is left out, because such items are no
    sample of the others; gold is no work and has no result."""
    rows = await tasks.rows(work.conn, calibration.AUDITED, work.tenant, project["project"], limit)
    clear = await work.open([place for row in rows for place in (_result(row), _truth(row))])
    how = await scorer_of(work, project)
    pairs = zip(rows, clear[::2], clear[1::2], strict=True)
    return [
        _audited(work, project["skill"], how, row, result, truth)
        for row, result, truth in pairs
        if result is not None and "claimed_ppm" in result
    ]


def _result(row: dict[str, Any]) -> Sealed:
    return Sealed("project", row["project"], "result", row["task"], "result", row["unreviewed"])


def _truth(row: dict[str, Any]) -> Sealed:
    if row["verdict"] == "correct":
        return Sealed("project", row["project"], "review", row["review"], "correction", row["correction"])
    return Sealed("project", row["project"], "lease", row["lease"], "answer", row["answer"])


def _audited(
    work: Work, skill: UUID, how: Compare, row: dict[str, Any], result: dict[str, Any], truth: Any
) -> Audited:
    token = class_token(work, skill, truth)
    # JSON has no order of names that anybody promises.
    names = sorted(result["raw"])
    return Audited(
        item=row["item"],
        task=row["task"],
        truth_class=token,
        claimed=result["claimed_ppm"] / PPM,
        right=_right(how, result["top"], truth),
        majority_right=_right(how, result["majority"], truth),
        shares=tuple(result["raw"][name] for name in names),
        place=_place(names, token),
    )


def _place(names: Sequence[str], token: str | None) -> int | None:
    """Where the posterior speaks of the truth: by name, or among all others together."""
    if token is not None and token not in names and OTHERS in names:
        return names.index(OTHERS)
    return names.index(token) if token in names else None


def _right(how: Compare, top: Sequence[Any], truth: Any) -> float:
    """The share of the answers tied that are right: all the same word, or near enough by the project's scoring."""
    hits = [canonical(one) == canonical(truth) or how(one, truth).passed for one in top]
    return sum(hits) / len(hits)
