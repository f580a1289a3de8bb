"""Accuracy: how good answers are, by whom, what and when, each number with the answers and events behind it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from backend.events.ids import ProjectId
from backend.readmodels import judged
from backend.readmodels import quality_reports as sql
from backend.readmodels.rekeyed import rekeyed_of
from backend.usecases.quality.reports.measuring import PPM, Row, measured, project_row, sees_labels, until
from backend.usecases.quality.reports.rolled import Asked, Rolled, classes_of, rolled
from backend.usecases.quality.targets_met import class_labels
from backend.usecases.reach import limited, reach_filter
from backend.usecases.work import Answer, Work

By = sql.By
OF_PEOPLE = frozenset({"annotator", "vendor", "team"})
"""What the managers of one vendor or team may ask about their own."""
EVERY = 2**31 - 1
ALONE = Asked()


async def project_accuracy(
    work: Work,
    *,
    project: UUID,
    by: By,
    as_of: datetime | None,
    cursor: str | None,
    limit: int,
    level: int | None = None,
    under: str | None = None,
    successors: bool = False,
) -> Answer:
    """What the answers that were judged until `as_of` (now, if left out) are worth, in all and by group, by name.

    A manager of one vendor or team is told of their own people alone, by person, vendor or team, until last midnight
    (UTC), and without the answers behind: these would tell which of them was gold. Classes of a taxonomy may be taken
    together on a `level` of it, or `under` one of them.
    """
    work.require("workforce_report:read", project=ProjectId(project))
    if not (limited(work) and by in OF_PEOPLE):
        work.require("review:read", project=ProjectId(project))
    row, together = await project_row(work, project), Asked(level, under, successors)
    rolls = await rolled(work, row, together) if by == "class" else None
    at, ours = until(work, as_of), reach_filter(work)
    asked = (work.conn, work.tenant, project)
    if rolls is None:
        # One group more than is shown tells whether there is another page.
        cells = await sql.cells(*asked, by, at, ours, (_after(cursor), limit + 1))
        total = await sql.cells(*asked, "project", at, ours, (None, 1))
    else:
        cells = total = _together(rolls, await sql.cells(*asked, by, at, ours, (None, EVERY)))
    groups: dict[str, list[Row]] = defaultdict(list)
    for cell in cells:
        groups[cell["name"]].append(cell)
    names = _page(sorted(groups), cursor, limit + 1)
    more, names = len(names) > limit, names[:limit]
    labels = await labels_of(work, project, by, names, rolls)
    classes = await classes_of(work, row, labels) if by == "class" else {}
    if by == "annotator":
        work.saw(subjects=[UUID(name) for name in names])
    body = {
        "project": project,
        "by": by,
        "as_of": at,
        "basis_index": await judged.basis(work.conn, work.tenant),
        "total": measured(total),
        "data": [
            {
                "group": name or None,
                "label": labels.get(name),
                "class": classes.get(name),
                **measured(groups[name]),
                "behind": None if limited(work) else behind(project, by, name, at, together),
            }
            for name in names
        ],
        "next_cursor": _cursor(names[-1]) if more else None,
    }
    return Answer(body)


async def project_accuracy_answers(
    work: Work,
    *,
    project: UUID,
    by: By,
    group: str,
    as_of: datetime | None,
    cursor: str | None,
    limit: int,
    level: int | None = None,
    under: str | None = None,
    successors: bool = False,
) -> Answer:
    """The answers behind one number of `project_accuracy`, by lease, each with the events that say what it is worth.

    The number again: w = 1 / rate, the sum of w of those that passed over the sum of all w; its effective size is
    (sum w)^2 / sum w^2.
    """
    work.require("review:read", project=ProjectId(project))
    row = await project_row(work, project)
    rolls = await rolled(work, row, Asked(level, under, successors)) if by == "class" else None
    after, at = UUID(cursor) if cursor else None, until(work, as_of)
    asked = (work.conn, work.tenant, project)
    among = [group]
    if rolls is not None:
        cells = await sql.cells(*asked, by, at, (None, None), (None, EVERY))
        grouped = rolls.groups({cell["name"] for cell in cells if cell["name"]})
        among = [token for token, top in grouped.items() if top == group]
    rows = await sql.answers(*asked, by, among, at, (after, limit + 1))
    shown = rows[:limit]
    streams = {
        one for row in shown for one in (row["stream"], row["dispute"], rekeyed_of(row["lease"])) if one
    }
    events: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for event in await sql.events(work.conn, work.tenant, sorted(streams)):
        told = {"type": event["type"], "stream": event["stream"], "version": event["version"]}
        events[event["stream"]].append(told | {"index": event["idx"]})
    work.saw(subjects={row["annotator"] for row in shown}, results=[row["lease"] for row in shown])
    body = {
        "project": project,
        "by": by,
        "group": group or None,
        "as_of": at,
        "basis_index": await judged.basis(work.conn, work.tenant),
        "data": [_shown(row, events) for row in shown],
        "next_cursor": str(shown[-1]["lease"]) if len(rows) > limit else None,
    }
    return Answer(body)


def _shown(row: dict[str, Any], events: dict[UUID, list[dict[str, Any]]]) -> dict[str, Any]:
    names = (
        "lease",
        "item",
        "annotator",
        "source",
        "passed",
        "truth_class",
        "answer_class",
        "submitted_at",
        "told_at",
    )
    of_lease = [event for event in events[row["stream"]] if _tells(event["type"], row["source"])]
    disputed = events[row["dispute"]] if row["dispute"] else []
    return {
        **{name: row[name] for name in names},
        "rate": row["rate_ppm"] / PPM,
        "score": row["score_ppm"] / PPM,
        "events": [*of_lease, *disputed, *events[rekeyed_of(row["lease"])]],
    }


def _tells(kind: str, source: str) -> bool:
    return kind == ("review.verdict_given" if source == "review" else "lease.gold_scored")


def _together(rolls: Rolled, cells: Iterable[Row]) -> list[dict[str, Any]]:
    """The cells under the names of the groups that they count in; what says no class is in none."""
    known = list(cells)
    groups = rolls.groups({cell["name"] for cell in known if cell["name"]})
    return [{**cell, "name": groups[cell["name"]]} for cell in known if cell["name"] in groups]


def _page(names: list[str], cursor: str | None, most: int) -> list[str]:
    after = _after(cursor)
    begin = 0 if after is None else bisect_right(names, after)
    return names[begin : begin + most]


def behind(project: UUID, by: str, group: str, at: datetime, together: Asked = ALONE) -> str:
    """The request that lists the answers behind a group's number."""
    said = together.said if by == "class" else {}
    asked = urlencode({"by": by, "group": group, "as_of": at.isoformat(), **said})
    return f"/v1/reports/projects/{project}/accuracy/answers?{asked}"


async def labels_of(
    work: Work, project: UUID, by: str, names: list[str], rolls: Rolled | None = None
) -> dict[str, Any]:
    """Class -> its label, for who may read them; nothing for groups of another kind."""
    if by != "class" or not sees_labels(work, project):
        return {}
    work.saw("label")
    tops = {name: rolls.label(name) for name in names if rolls and rolls.label(name) is not None}
    return tops | await class_labels(work, project, {name for name in names if name and name not in tops})


def _cursor(name: str) -> str:
    # The group without a name has a place, too: a cursor is never empty.
    return f"={name}"


def _after(cursor: str | None) -> str | None:
    return cursor[1:] if cursor else None
