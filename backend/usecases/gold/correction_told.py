"""What came of it that a key was wrong: how far scores are corrected, and which exams would have come out otherwise.

An exam stays as it was graded: what it gave nobody loses for an error of ours, and what it refused a manager may give
(`attempts_allow`, or a level by hand), which is why those are listed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.events import training
from backend.events.base import Recorded
from backend.events.store import log
from backend.readmodels import rekeyed
from backend.usecases.gold.wrong_keys import row_of
from backend.usecases.training.teaching import stream_of
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
Now = Mapping[tuple[UUID, int], bool | None]
NOTHING = {"scores": 0, "people": 0, "right": 0, "wrong": 0, "void": 0}


async def gold_correction(work: Work, *, gold: UUID, cursor: str | None, limit: int) -> Answer:
    """How many scores were corrected because the item's key was wrong (the last time), whether that is done, and exams
    that would have been passed or failed otherwise, by person: a page looks at `limit` people who were asked it."""
    work.require("gold:read")
    row = await row_of(work, gold)
    case = row["key_case"]
    counted = NOTHING if case is None else await rekeyed.counts(work.conn, work.tenant, case)
    asked = (gold, UUID(cursor) if cursor else None, limit + 1)
    met = await rekeyed.fetch(work.conn, rekeyed.EXAMINED, work.tenant, *asked) if case is not None else []
    people = [one["annotator"] for one in met[:limit]]
    exams = await _exams(work, gold, people)
    work.saw(subjects={one["annotator"] for one in exams}, results=[gold])
    body = {name: row[name] for name in ("gold", "key", "key_case", "found_wrong_at", "corrected_at")}
    more = str(people[-1]) if len(met) > limit else None
    return Answer({**body, **counted, "data": exams, "next_cursor": more})


async def _exams(work: Work, gold: UUID, people: Sequence[UUID]) -> list[Row]:
    if not people:
        return []
    now = {
        (row["attempt"], row["of_version"]): row["correct"]
        for row in await rekeyed.fetch(work.conn, rekeyed.OF_EXAMS, work.tenant, list(people))
    }
    tried = await rekeyed.fetch(work.conn, rekeyed.TRIED, work.tenant, list(people))
    streams = [stream_of(row["annotator"], row["course"]) for row in tried]
    found = await log.load(work.conn, work.tenant, streams) if streams else {}
    marks = await _marks(work, sorted({row["course"] for row in tried}))
    told = [one for facts in found.values() for one in _otherwise(facts, gold, now, marks)]
    return sorted(told, key=lambda one: (one["annotator"], one["at"], one["attempt"]))


async def _marks(work: Work, courses: Sequence[UUID]) -> dict[tuple[UUID, int], int]:
    found = await log.load(work.conn, work.tenant, courses) if courses else {}
    events = [fact.event for facts in found.values() for fact in facts]
    return {(e.course, e.version): e.pass_mark_ppm for e in events if isinstance(e, training.CoursePublished)}


def _otherwise(
    facts: Sequence[Recorded], gold: UUID, now: Now, marks: Mapping[tuple[UUID, int], int]
) -> list[Row]:
    """Attempts of one person at one course that asked the item and would come out otherwise, whichever key is wrong."""
    met: dict[UUID, list[Recorded]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact.event, training.ExamGoldAnswered):
            met[fact.event.attempt].append(fact)
    told = []
    for fact in facts:
        e = fact.event
        if not isinstance(e, training.CourseAttempted) or all(f.event.gold != gold for f in met[e.attempt]):
            continue
        changed = [
            (one.event.correct, now[e.attempt, one.version])
            for one in met[e.attempt]
            if (e.attempt, one.version) in now
        ]
        correct = e.correct + sum(bool(is_now) - was for was, is_now in changed)
        asked = e.answered - sum(is_now is None for _, is_now in changed)
        mark = marks[e.course, e.version]
        passes = correct * PPM >= mark * asked if asked else mark == 0
        if passes != e.passed:
            told.append(_told(fact, correct, asked))
    return told


def _told(fact: Recorded, correct: int, asked: int) -> Row:
    e = fact.event
    names = ("annotator", "course", "version", "attempt", "passed", "correct", "answered")
    beside = {"at": fact.at, "correct_now": correct, "answered_now": asked}
    return {name: getattr(e, name) for name in names} | beside
