"""Exams that are begun: questions drawn evenly over the classes, from gold the person has not met, and a time limit."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.training import attempt as attempts
from backend.domain.training.record import Attempts, Opened
from backend.domain.training.stratify import mixed
from backend.events.ids import GoldId
from backend.readmodels import claims, training
from backend.usecases.gates import gates_shared
from backend.usecases.training import teaching
from backend.usecases.work import Answer, Work

SEED_BYTES = 32


async def course_attempt_begin(work: Work, *, course: UUID) -> Answer:
    """Open an attempt at an exam: its questions, blind, and until when they may be answered. An open attempt begun
    again is the same attempt. What an attempt before it left unanswered is recorded as failed, whatever comes now."""
    work.require("course:attempt", owner=work.me)
    await gates_shared(work)
    # An exam and a pull of one person take turns: both say which items the person has met.
    await claims.lock_people(work.conn, work.tenant, [work.me], work.now)
    row = await teaching.found(work, course)
    if not (row["exam_gold"] and teaching.rules_of(row).begun):
        raise not_to_begin()
    await teaching.may_see_work(work, row)
    record = await teaching.record_of(work, work.me, course)
    closed = await close_over(work, row, work.me, record)
    try:
        await _begin(work, row, work.state(attempts.ATTEMPT, teaching.stream_of(work.me, course)))
    except Refusal as refusal:
        if not closed:
            raise
        return Answer({}, refusal=refusal)
    opened = work.state(attempts.ATTEMPT, teaching.stream_of(work.me, course)).opened
    assert opened is not None
    work.saw(subjects=[work.me])
    kept = _told(row, opened)
    return Answer(
        kept | {"questions": await teaching.gold_questions(work, opened.gold)}, "created", keep=kept
    )


def not_to_begin() -> Refusal:
    """`not_to_begin`: the course is answered without being opened."""
    return Refusal(
        "conflict",
        "not_to_begin",
        expected="an exam with a time limit or drawn questions",
        found="a course without them",
        mend="read the course and answer its questions",
    )


async def _begin(work: Work, row: dict[str, Any], record: Attempts) -> None:
    rules, seen = teaching.rules_of(row), record.at(row["version"])
    unmet = await training.unmet_gold(work.conn, work.tenant, work.me, row["exam_gold"], work.now)
    pool = {gold: label for gold, (label, _) in unmet.items() if gold not in record.met}
    drawn: tuple[UUID, ...] = ()
    if seen.opened is None:
        edge_cases = {gold for gold in pool if unmet[gold][1]}
        wanted = rules.sample or len(pool)
        drawn = mixed(pool, edge_cases, wanted, rules.edge_case_share_ppm, work.chance(SEED_BYTES))
    missing = await teaching.missing_prerequisites(work, row, work.me)
    work.decide(
        attempts.ATTEMPT,
        teaching.stream_of(work.me, row["course"]),
        attempts.BeginAttempt(
            **teaching.about(work, row, work.new_id(), row["version"], missing),
            gold=tuple(GoldId(one) for one in drawn),
            left=len(pool),
        ),
    )


async def begin_again(work: Work, kept: dict[str, Any]) -> dict[str, Any]:
    """A repeated beginning: the questions are read again, and only while the attempt is open."""
    row = await teaching.found(work, UUID(str(kept["course"])))
    await teaching.may_see_work(work, row)
    opened = (await teaching.record_of(work, work.me, row["course"])).opened
    same = opened is not None and str(opened.attempt) == str(kept["attempt"]) and not opened.over(work.now)
    shown = await teaching.gold_questions(work, opened.gold) if opened is not None and same else []
    return kept | {"questions": shown}


def _told(row: dict[str, Any], opened: Opened) -> dict[str, Any]:
    return {
        "attempt": opened.attempt,
        "course": row["course"],
        "version": opened.version,
        "until": opened.until,
        "question_count": len(opened.gold),
    }


async def close_over(work: Work, row: dict[str, Any], person: UUID, record: Attempts) -> bool:
    """Record that an exam whose time is over and that was not answered has failed; whether there was one."""
    opened = record.opened
    if opened is None or not opened.over(work.now):
        return False
    keys = await work.keys(("person", person))
    nothing = keys.seal_json("person", person, "attempt", opened.attempt, "answers", [])
    told = teaching.about(work, row, opened.attempt, opened.version) | {"annotator": person}
    command = attempts.CloseAttempt(**told, answers=nothing)
    return bool(work.decide(attempts.ATTEMPT, teaching.stream_of(person, row["course"]), command))


async def exams_close(work: Work, *, most: int) -> Answer:
    """Record unanswered exams whose time is over as failed; nobody asks for it, so the system does."""
    work.require("project:update")
    over = await training.open_over(work.conn, work.tenant, work.now, most)
    await claims.lock_people(work.conn, work.tenant, sorted({person for person, _ in over}), work.now)
    courses = await training.courses(work.conn, work.tenant, [course for _, course in over])
    rows = {row["course"]: row for row in courses}
    await work.load(attempts.ATTEMPT, [teaching.stream_of(*one) for one in over])
    closed = 0
    for person, course in over:
        record = work.state(attempts.ATTEMPT, teaching.stream_of(person, course))
        closed += await close_over(work, rows[course], person, record)
    return Answer({"closed": closed})
