"""What reviews bring and what goes out all the same: yield by reason, outgoing error with its interval, saving."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.events.ids import ProjectId
from backend.readmodels import planted, projects, review_report, tasks
from backend.statistics.outgoing import Reviewed, detection_of, outgoing_error
from backend.usecases.work import Answer, Work

PPM = 1_000_000
LOW, HIGH = 0.025, 0.975
Row = Mapping[str, Any]
GROUPED = {
    "annotator": (review_report.BY_ANNOTATOR, "author"),
    "class": (review_report.BY_CLASS, "answer_class"),
}


async def review_yield(work: Work, *, project: UUID, by: str | None) -> Answer:
    """What the reviews of a project found, by the reason for which they were drawn; which error goes out, once as if
    reviewers saw everything and once by what they find of planted errors; and what was saved. `by` annotator or class
    tells it of each of these, too."""
    work.require("review:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    cells = await tasks.rows(work.conn, review_report.COUNTED, work.tenant, project)
    reviewers = await tasks.rows(work.conn, planted.DETECTION, work.tenant, project)
    seen = detected(sum(one["seen"] for one in reviewers), sum(one["looked"] for one in reviewers))
    parts = await _parts(work, project, by, seen) if by else []
    work.saw(subjects=[one["reviewer"] for one in reviewers])
    return Answer(
        {
            **_quality(cells, seen),
            "reasons": _reasons(cells),
            "detection": seen,
            "saving": _saving(cells),
            "reviewers": [_reviewer(one) for one in reviewers],
            "parts": parts,
        }
    )


async def _parts(work: Work, project: UUID, by: str, seen: Row | None) -> list[dict[str, Any]]:
    sql, name = GROUPED[by]
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in await tasks.rows(work.conn, sql, work.tenant, project):
        groups[row[name]].append(row)
    if by == "annotator":
        work.saw(subjects=groups)
    keys = {"annotator": None, "answer_class": None}
    named = "annotator" if by == "annotator" else "answer_class"
    return [{**keys, named: one, **_quality(cells, seen)} for one, cells in groups.items()]


# --- what goes out


def _quality(cells: Sequence[Row], seen: Row | None) -> dict[str, Any]:
    drawn, sampled, given, errors = (_sum(cells, name) for name in ("drawn", "sampled", "given", "errors"))
    return {
        "answers": drawn,
        "drawn": sampled,
        "reviewed": given,
        "errors": errors,
        "let_through": _sum(cells, "let_through"),
        "drawn_share": sampled / drawn if drawn else 0.0,
        "outgoing": _outgoing(cells, 1.0),
        "outgoing_detected": None if seen is None else _outgoing(cells, max(seen["value"], 1e-6)),
    }


def _outgoing(cells: Sequence[Row], detection: float) -> dict[str, float]:
    """The error that goes out as things stand. Reviews that wait for a verdict, and what was let through in bulk, count
    as not drawn: of what was drawn at a rate, those looked at so far are as good a sample. What was rejected in bulk
    was chosen, so it stands for what its own draw says and the others for the rest."""
    found = outgoing_error(_reviewed(cells), _sum(cells, "drawn"), detection)
    return {"value": found.value, "low": found.low, "high": found.high}


def _reviewed(cells: Sequence[Row]) -> Iterable[Reviewed]:
    for rate, (sampled, given, errors, chosen) in _by_rate(cells).items():
        yield from repeat(Reviewed(rate, True), chosen)
        sampled, given, errors = sampled - chosen, given - chosen, errors - chosen
        if given:
            stands_for = rate * given / sampled
            yield from repeat(Reviewed(stands_for, True), errors)
            yield from repeat(Reviewed(stands_for, False), given - errors)


def _by_rate(cells: Sequence[Row]) -> dict[float, tuple[int, int, int, int]]:
    """Rate -> how many were drawn, looked at and wrong, and how many of the latter were rejected in bulk."""
    counts: dict[float, tuple[int, int, int, int]] = {}
    for one in cells:
        before = counts.get(one["rate_ppm"] / PPM, (0, 0, 0, 0))
        more = (one["sampled"], one["given"], one["errors"], one["rejected_in_bulk"])
        counts[one["rate_ppm"] / PPM] = tuple(a + b for a, b in zip(before, more, strict=True))
    return counts


def _saving(cells: Sequence[Row]) -> dict[str, float | None]:
    """Reviews saved, as shares: of all answers, and of those that a fixed rate f would have taken to let no more error
    out: p (1 - f) is the outgoing error at incoming error p."""
    drawn, share = _sum(cells, "drawn"), 0.0
    if drawn:
        share = _sum(cells, "sampled") / drawn
    incoming = sum(1.0 / one.rate for one in _reviewed(cells) if one.error) / drawn if drawn else 0.0
    fixed = max(0.0, 1.0 - _outgoing(cells, 1.0)["value"] / incoming) if incoming else None
    return {
        "against_everything": 1.0 - share if drawn else None,
        "fixed_rate": fixed,
        "against_fixed_rate": 1.0 - share / fixed if fixed else None,
    }


# --- what was found


def _reasons(cells: Sequence[Row]) -> list[dict[str, Any]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for one in cells:
        groups[one["reason"]].append(one)
    told = []
    for reason, rows in sorted(groups.items()):
        drawn, sampled, given, errors = (_sum(rows, name) for name in ("drawn", "sampled", "given", "errors"))
        told.append(
            {
                "reason": reason,
                "answers": drawn,
                "drawn": sampled,
                "reviewed": given,
                "errors": errors,
                "drawn_share": sampled / drawn,
                "found_share": errors / given if given else None,
            }
        )
    return told


def detected(found: int, errors: int) -> dict[str, Any] | None:
    """The share of errors that reviewers find, with its 95 % interval; None before anything was planted."""
    if not errors:
        return None
    belief = detection_of(found, errors)
    return {
        "value": belief.mean,
        "low": belief.quantile(LOW),
        "high": belief.quantile(HIGH),
        "planted": errors,
        "found": found,
    }


def _reviewer(row: Row) -> dict[str, Any]:
    return {
        "reviewer": row["reviewer"],
        "detection": detected(row["found"], row["errors"]),
        "right_ones": row["right_ones"],
        "called_wrong": row["called_wrong"],
    }


Cells = Sequence[Row]
"""Draws that were made alike, counted: rows of review_report."""


def left(cells: Cells, detection: float) -> dict[str, Any]:
    """The error that goes out (`value`, `low` and `high`, shares of the `answers`), and on how many `reviewed` answers
    and `errors` that rests, where reviewers find this share of errors."""
    counts = {
        name: _sum(cells, of)
        for name, of in (("answers", "drawn"), ("reviewed", "given"), ("errors", "errors"))
    }
    return counts | _outgoing(cells, max(detection, 1e-6))


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(int(row[name]) for row in rows)
