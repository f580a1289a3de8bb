"""Escalations as managers see them: what waits for an expert, what is late, who answered; where guidelines are weak."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import escalations, guideline_issues, projects, tasks
from backend.statistics.effective import effective
from backend.statistics.wilson import wilson
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PPM = 1_000_000
Row = dict[str, Any]
Place = tuple[int, str | None]
"""A guideline version and a class (its keyed token; None for what is no category)."""


async def escalation_list(
    work: Work, *, project: UUID, state: str | None, missed: bool | None, cursor: str | None, limit: int
) -> Answer:
    """A project's escalations by id: all, or those in a state (open, contested, resolved, void), or those of which a
    deadline was missed."""
    work.require("project:report", project=ProjectId(project))
    await _known_project(work, project)
    after = UUID(cursor) if cursor else None
    rows = await tasks.rows(
        work.conn,
        escalations.PAGE,
        work.tenant,
        project,
        after,
        state,
        missed,
        work.now,
        limit + 1,
    )
    shown = [_shown(work, row) for row in rows[:limit]]
    people = {one["annotator"] for row in shown for one in row["experts"]}
    raised = {row["raised_by"] for row in shown if row["raised_by"]}
    work.saw(subjects=people | raised, results=[row["item"] for row in shown])
    return Answer({"data": shown, "next_cursor": str(shown[-1]["id"]) if len(rows) > limit else None})


async def guideline_issues_get(work: Work, *, project: UUID) -> Answer:
    """By guideline version and class: escalations by reason, answers flagged unsure, pairs of answers that differ, the
    error rate that reviews found, and what they said of single regions; the most doubtful first."""
    work.require("project:export", project=ProjectId(project))
    await _known_project(work, project)
    found = await guideline_issues.counted(work.conn, work.tenant, project)
    codes = found.pop("codes")
    places = _by_place(found)
    labels = await _labels(work, project, {token for _, token in places if token})
    told = [
        _issue(place, labels, places[place]) for place in sorted(places, key=lambda p: (p[0], p[1] or ""))
    ]
    told.sort(key=lambda one: (-one["guideline_version"], -_doubt(one)))
    work.saw("answer")
    return Answer({"project": project, "codes": codes, "classes": told})


async def _known_project(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


# --- one escalation


def _shown(work: Work, row: Row) -> Row:
    names = ("item", "task", "reason", "code", "raised_by", "opened_at", "start_by", "due_by", "begun_at")
    until = row["resolved_at"] or work.now
    return {
        "id": row["escalation"],
        **{name: row[name] for name in names},
        "state": _state(row),
        "missed": [what for what in ("start", "due") if row[f"missed_{what}_at"]],
        "late": bool(row["due_by"] and row["due_by"] < until),
        "contested_at": row["contested_at"],
        "resolved_at": row["resolved_at"],
        "experts": _experts(row),
    }


def _state(row: Row) -> str:
    """Void: its item is wanted no more, or is done anew."""
    if row["resolved_at"]:
        return "resolved"
    if row["task_state"] == "cancelled":
        return "void"
    return "contested" if row["contested_at"] else "open"


def _experts(row: Row) -> list[Row]:
    """Who answered, in order; the last one's answer stands once it is resolved."""
    told = []
    if row["first_expert"]:
        at = row["contested_at"]
        told.append(
            {"annotator": row["first_expert"], "lease": row["first_lease"], "at": at, "stands": False}
        )
    if row["expert"]:
        at = row["resolved_at"]
        told.append({"annotator": row["expert"], "lease": row["lease"], "at": at, "stands": True})
    return told


# --- where guidelines are weak


def _by_place(found: Mapping[str, list[Row]]) -> dict[Place, dict[str, list[Row]]]:
    """Place -> what was counted there, by its name."""
    places: dict[Place, dict[str, list[Row]]] = defaultdict(lambda: {name: [] for name in found})
    for name, rows in found.items():
        for row in rows:
            places[row["guideline_version"], row["answer_class"]][name].append(row)
    return places


async def _labels(work: Work, project: UUID, tokens: Iterable[str]) -> Mapping[str, Any]:
    """Class token -> the label, as an answer says it."""
    rows = await tasks.rows(work.conn, guideline_issues.WRITTEN, work.tenant, project, sorted(tokens))
    clear = await work.open(
        [Sealed("project", project, "lease", row["lease"], "answer", row["answer"]) for row in rows]
    )
    return {row["answer_class"]: said for row, said in zip(rows, clear, strict=True)}


def _issue(place: Place, labels: Mapping[str, Any], here: Mapping[str, list[Row]]) -> Row:
    said = here["answers"][0] if here["answers"] else {"answers": 0, "unsure": 0, "pairs": 0, "differing": 0}
    version, token = place
    return {
        "guideline_version": version,
        "label": labels.get(token) if token else None,
        "answers": said["answers"],
        "unsure": said["unsure"],
        "unsure_share": said["unsure"] / said["answers"] if said["answers"] else None,
        "disagreement": said["differing"] / said["pairs"] if said["pairs"] else None,
        "errors": _errors(here["reviewed"]),
        "escalations": [{name: row[name] for name in ("reason", "code", "n")} for row in here["escalated"]],
        "regions": [{name: row[name] for name in ("verdict", "code", "n")} for row in here["regions"]],
    }


def _errors(rows: list[Row]) -> Row:
    """Each reviewed answer stands for those that were not; Wilson's interval at their effective number."""
    reviewed, wrong = sum(row["reviewed"] for row in rows), sum(row["wrong"] for row in rows)
    if not reviewed:
        return {"reviewed": 0, "wrong": 0, "rate": None, "low": None, "high": None}
    found = [(True, row["rate_ppm"] / PPM, row["wrong"]) for row in rows]
    found += [(False, row["rate_ppm"] / PPM, row["reviewed"] - row["wrong"]) for row in rows]
    counts = effective(found)
    total = counts[True] + counts[False]
    low, high = wilson(counts[True], total)
    return {"reviewed": reviewed, "wrong": wrong, "rate": counts[True] / total, "low": low, "high": high}


def _doubt(issue: Row) -> float:
    """How much is in doubt: the sum of the shares that differ, are unsure, are wrong for sure, and are escalated."""
    escalated = sum(row["n"] for row in issue["escalations"]) / max(1, issue["answers"])
    sure = (issue["disagreement"], issue["unsure_share"], issue["errors"]["low"])
    return float(escalated + sum(share or 0.0 for share in sure))
