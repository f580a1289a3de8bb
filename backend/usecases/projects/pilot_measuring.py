"""What a pilot project shows: the project's targets beside its answers, what it took, and where settings differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import not_found
from backend.domain.workforce.currencies import DIGITS
from backend.domain.workforce.money import Cost, cost_of
from backend.domain.workforce.money import told as rounded
from backend.events.pilot_projects import CopiedSetting
from backend.readmodels import pilot_projects as rows
from backend.readmodels import pricing, progress
from backend.readmodels.backtest import Window
from backend.usecases.backtest.pricing import rate_of
from backend.usecases.projects.cloning import origin_of
from backend.usecases.projects.pilots import asked
from backend.usecases.projects.settings_copied import BY_NAME, Said, row_of, token
from backend.usecases.projects.targets import FIRST
from backend.usecases.quality import diverse
from backend.usecases.quality.held_against import Found, held_against
from backend.usecases.quality.targets_met import class_labels, labelled
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

MICROS_A_MINUTE = 60_000_000
BEHIND = ("/v1/projects/{}/quality", "/v1/reports/projects/{}/accuracy", "/v1/projects/{}/items")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """An area that says something else in the pilot project than in the project: what was copied, and both as they are.
    `where`: which of them changed since, pilot, project or both."""

    copied: CopiedSetting
    pilot: Said
    project: Said
    where: str


# --- measured


async def held(work: Work, row: Row) -> Found:
    """What the answers to its copied items come to beside the targets of the project, as these are now: what is asked
    is said by the project, whatever the pilot says of itself."""
    parent, trial = await row_of(work, row["project"]), await row_of(work, row["trial"])
    asks = {name: parent[name] for name in ("targets", "diversity")}
    copies = await rows.copies(work.conn, work.tenant, row["trial"], None, None)
    return await held_against(work, trial | asks, [one["item"] for one in copies])


async def _labelled(work: Work, row: Row, told: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Classes in clear: what targets name is sealed with the project's key, the rest stands in the pilot's answers."""
    named = await labelled(work, await row_of(work, row["project"]), told)
    pairs = list(zip(told, named, strict=True))
    missing = {one["class"] for one, said in pairs if one["class"] and said["class"] is None}
    labels = await class_labels(work, row["trial"], missing) if missing else {}
    return [
        {**said, "class": labels.get(one["class"]) if one["class"] in missing else said["class"]}
        for one, said in pairs
    ]


# --- settings


async def settings_now(work: Work, trial: UUID) -> str:
    """One keyed token of everything that was copied into it, as it is now."""
    now = {
        name: token(work, name, await BY_NAME[name].read(work, trial)) for name in await _areas(work, trial)
    }
    return token(work, "all", Said(0, now))


async def changes(work: Work, trial: UUID, project: UUID) -> list[Change]:
    """The areas that say something else in the pilot project than in the project, as they are set, in order."""
    found = []
    for name, base in (await _areas(work, trial)).items():
        mine, theirs = await BY_NAME[name].read(work, trial), await BY_NAME[name].read(work, project)
        here, there = token(work, name, mine), token(work, name, theirs)
        if here != there:
            where = "pilot" if there == base.token else "project" if here == base.token else "both"
            found.append(Change(base, mine, theirs, where))
    return found


async def _areas(work: Work, trial: UUID) -> dict[str, CopiedSetting]:
    origin = await origin_of(work, trial)
    if origin is None:
        raise not_found("a copied project")
    return {one.area: one for one in origin.settings}


def change_shown(one: Change) -> Row:
    """Both sides, as the use cases that show the areas say them; of a guideline its text's hash."""
    return {
        "area": one.copied.area,
        "changed_in": one.where,
        "copied_version": one.copied.version,
        "pilot_version": one.pilot.version,
        "project_version": one.project.version,
        "pilot": _told(one.pilot),
        "project": _told(one.project),
    }


def _told(said: Said) -> Row:
    told = dict(said.told)
    if "text" in told:
        return {"sha256": sha256(told["text"].encode()).hexdigest(), "characters": len(told["text"])}
    return told


# --- shown


async def shown(work: Work, row: Row) -> Row:
    """A pilot project as it was begun and last judged."""
    names = "project number state seed matched drawn digest copied refused begun_at promoted_at".split()
    place = Sealed("project", row["project"], "pilot_project", row["trial"], "reason", row["reason"])
    (reason,) = await work.open([place]) if row["reason"] is not None else (None,)
    work.saw(results=[row["trial"]])
    return {
        "id": row["trial"],
        **{name: row[name] for name in names},
        "asked": asked(row),
        "iteration": row["sample"],
        "waiting": row["rest"],
        "targets_version": FIRST + row["targets_version"],
        "judged": await _judged(work, row) if row["judged_at"] is not None else None,
        "reason": reason,
    }


async def _judged(work: Work, row: Row) -> Row:
    return {
        "at": row["judged_at"],
        "outcome": row["outcome"],
        "basis_index": row["basis_index"],
        "targets_version": FIRST + row["judged_targets"],
        "targets": await _labelled(work, row, from_json(row["measured"])),
        "diversity": _diverse(row, from_json(row["diversity"]) if row["diversity"] else None),
    }


async def told_now(work: Work, row: Row) -> Row:
    """How it does at this moment."""
    found = await held(work, row)
    now = {
        "outcome": found.outcome,
        "targets": await _labelled(work, row, found.told),
        "diversity": _diverse(row, found.diverse),
    }
    differ = [change_shown(one) for one in await changes(work, row["trial"], row["project"])]
    return {
        "now": now,
        "progress": await progress.of_project(work.conn, work.tenant, row["trial"]),
        "took": await _took(work, row["trial"]),
        "settings": differ,
        "behind": [one.format(row["trial"]) for one in BEHIND],
    }


async def _took(work: Work, trial: UUID) -> Row:
    """Pieces and minutes by kind of work (opening to answer, by the server's clock), and what they cost."""
    sums = await pricing.sums(work.conn, work.tenant, trial, Window(None, None))
    kinds: dict[str, Row] = {}
    for row in sums:
        kind = kinds.setdefault(row["kind"], {"kind": row["kind"], "pieces": 0, "timed": 0, "minutes": 0.0})
        kind["pieces"] += row["pieces"]
        kind["timed"] += row["pieces"] if row["timed"] else 0
        kind["minutes"] += (row["micros"] or 0) / MICROS_A_MINUTE
    told = [one | {"minutes": round(one["minutes"], 3)} for _, one in sorted(kinds.items())]
    cost = sum((cost_of(rate_of(row), row["pieces"], row["micros"]) for row in sums), Cost())
    costs = [
        {"currency": code, "digits": DIGITS[code], "minor": rounded(amount)}
        for code, amount in sorted(cost.minor.items())
    ]
    return {"work": told, "costs": costs, "unpriced": int(cost.unpriced)}


def _diverse(row: Row, told: Row | None) -> Row | None:
    return diverse.shown(row["trial"], told, iteration=row["sample"])
