"""Where guidelines are weak: answers in doubt by class and version, by section, by week, and who is in doubt."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects.guideline_sections import Section, naming, sections
from backend.events.ids import ProjectId
from backend.readmodels import guideline_issues, guidelines, projects, tasks
from backend.statistics.effective import effective
from backend.statistics.wilson import wilson
from backend.usecases.insight import practice_effects as effects
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PPM = 1_000_000
EVER = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
Place = tuple[int, str | None]
"""A guideline version and a class (its keyed token; None for what is no category)."""
Counts = Mapping[str, list[Row]]
PLACED = ("answers", "reviewed", "regions", "escalated")
"""What is counted by place: the names of the lists in `Counts`."""


async def guideline_issues_get(
    work: Work, *, project: UUID, since: datetime | None = None, until: datetime | None = None
) -> Answer:
    """By guideline version and class, and by the guideline's sections that name it: escalations by reason, answers
    flagged unsure, pairs of answers that differ, the error rate that reviews found, and what they said of single
    regions; the most doubtful first. By week, and by who asked for experts or was unsure. Of what was answered and
    escalated from `since` on and before `until`; everything when neither is said. Raises `period_invalid`."""
    work.require("project:export", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    if since and until and until <= since:
        raise _nothing_between(since, until)
    found = await guideline_issues.counted(work.conn, work.tenant, project, since or EVER, until or work.now)
    codes, weeks, people = found.pop("codes"), found.pop("weeks"), found.pop("people")
    teaching = await effects.taught_told(work, project, codes, since or EVER, until or work.now)
    places = _by_place(found)
    labels = await _labels(work, project, {token for _, token in places if token})
    texts = await _texts(work, project, {version for version, _ in places})
    told = [
        _issue(place, labels, places[place]) for place in sorted(places, key=lambda p: (p[0], p[1] or ""))
    ]
    told.sort(key=_order)
    spoken = await asyncio.to_thread(_by_section, texts, labels, places)
    work.saw("answer", subjects=[one["annotator"] for one in people])
    body = {"project": project, "classes": told, "sections": spoken} | teaching
    return Answer(body | {"weeks": [_week(one) for one in weeks], "people": [_person(one) for one in people]})


def _nothing_between(since: datetime, until: datetime) -> Refusal:
    return Refusal(
        "invalid",
        "period_invalid",
        expected="`until` after `since`",
        found=f"{until.isoformat()}, which is not after {since.isoformat()}",
        mend="send the earlier moment as `since`",
    )


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


def _issue(place: Place, labels: Mapping[str, Any], here: Counts) -> Row:
    version, token = place
    return {"guideline_version": version, "label": labels.get(token) if token else None} | _told([here])


def _told(places: Sequence[Counts]) -> Row:
    """What was counted in these places together."""
    rows = {name: [row for here in places for row in here[name]] for name in PLACED}
    answers, unsure = _sum(rows["answers"], "answers"), _sum(rows["answers"], "unsure")
    return {
        "answers": answers,
        "unsure": unsure,
        "unsure_share": _share(unsure, answers),
        "disagreement": _share(_sum(rows["answers"], "differing"), _sum(rows["answers"], "pairs")),
        "errors": _errors(rows["reviewed"]),
        "escalations": _together(rows["escalated"], "reason", "code"),
        "regions": _together(rows["regions"], "verdict", "code"),
    }


def _sum(rows: Iterable[Row], name: str) -> int:
    return int(sum(row[name] for row in rows))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _together(rows: Iterable[Row], *names: str) -> list[Row]:
    """Counts of what has the same names, added up."""
    counted: dict[tuple[str, ...], int] = defaultdict(int)
    for row in rows:
        counted[tuple(row[name] for name in names)] += row["n"]
    return [dict(zip(names, said, strict=True)) | {"n": n} for said, n in sorted(counted.items())]


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


def _order(issue: Row) -> tuple[int, float]:
    return -issue["guideline_version"], -_doubt(issue)


def _doubt(issue: Row) -> float:
    """How much is in doubt: the sum of the shares that differ, are unsure, are wrong for sure, and are escalated."""
    escalated = sum(row["n"] for row in issue["escalations"]) / max(1, issue["answers"])
    sure = (issue["disagreement"], issue["unsure_share"], issue["errors"]["low"])
    return float(escalated + sum(share or 0.0 for share in sure))


# --- what the guideline says of them


async def _texts(work: Work, project: UUID, wanted: set[int]) -> dict[int, str]:
    """Guideline version -> its text, of those that there are."""
    rows = [
        one for one in await guidelines.versions(work.conn, work.tenant, project) if one["version"] in wanted
    ]
    sealed = [Sealed("project", project, "guideline", project, "text", one["text"]) for one in rows]
    clear = await work.open(sealed)
    return {one["version"]: text or "" for one, text in zip(rows, clear, strict=True)}


def _by_section(
    texts: Mapping[int, str], labels: Mapping[str, Any], places: Mapping[Place, Counts]
) -> list[Row]:
    """What was counted of the classes that each section names, and of those that none names (`section` null); the
    newest version first, in it the most doubtful. A class that several sections name counts in each."""
    spoken: dict[tuple[int, int | None], list[Place]] = defaultdict(list)
    found = {version: sections(text) for version, text in texts.items()}
    for place in sorted(places, key=lambda p: (p[0], p[1] or "")):
        version, token = place
        if token is not None and version in found and token in labels:
            for n in _naming(found[version], labels[token]) or [None]:
                spoken[version, n].append(place)
    told = [
        _place_in(version, found[version][n] if n is not None else None)
        | {"labels": [labels[token] for _, token in of if token]}
        | _told([places[one] for one in of])
        for (version, n), of in spoken.items()
    ]
    return sorted(told, key=_order)


def _naming(found: Sequence[Section], label: Any) -> list[int | None]:
    return list(naming(found, str(label))) if isinstance(label, str | int | float) else []


def _place_in(version: int, section: Section | None) -> Row:
    title, line = (list(section.path), section.line) if section else (None, None)
    return {"guideline_version": version, "section": title, "line": line}


# --- by week and by person


def _week(row: Row) -> Row:
    return {
        "week": row["week"],
        "answers": row["answers"],
        "unsure_share": _share(row["unsure"], row["answers"]),
        "disagreement": _share(row["differing"], row["pairs"]),
        "escalations": row["escalations"],
    }


def _person(row: Row) -> Row:
    return {
        "annotator": row["annotator"],
        "answers": row["answers"],
        "unsure": row["unsure"],
        "disagreement": _share(row["differing"], row["pairs"]),
        "escalations": row["escalations"],
        "codes": [{"code": code, "n": n} for code, n in zip(row["codes"], row["counts"], strict=True)],
    }
