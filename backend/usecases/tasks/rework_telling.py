"""Telling of rework plans: the selection in words, the reason in clear, and what became of the items."""

from dataclasses import asdict
from typing import Any

from pydantic_core import from_json

from backend.readmodels import rework as rows
from backend.readmodels import touched_selection
from backend.usecases.vault import Sealed
from backend.usecases.work import Work


async def told(work: Work, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of plans as they are told."""
    counts = await rows.counted(work.conn, work.tenant, [row["rework"] for row in found])
    said = [row for row in found if row["reason"] is not None]
    sealed = [
        Sealed("project", row["project"], "rework", row["rework"], "reason", row["reason"]) for row in said
    ]
    if sealed:
        work.saw("reason")
    reasons = dict(zip((row["rework"] for row in said), await work.open(sealed), strict=True))
    names = ("project", "state", "planned_at", "items", "answers", "people", "decided", "minutes")
    return [
        {name: row[name] for name in names}
        | {
            "id": row["rework"],
            "selection": _in_words(row["selection"]),
            "reason": reasons.get(row["rework"]),
            "progress": counts[row["rework"]],
            "more": _more(row["state"], counts[row["rework"]]),
        }
        for row in found
    ]


def _in_words(selection: str) -> dict[str, Any]:
    """Labels are only known by their tokens: how many there are is told."""
    known = asdict(touched_selection.read(selection))
    labels = len(known.pop("tokens"))
    said = from_json(selection)
    return {name: value for name, value in known.items() if name in said} | (
        {"labels": labels} if labels else {}
    )


def _more(state: str, counts: dict[str, int]) -> bool:
    return state == "running" or (state == "undone" and counts["waiting"] > 0)
