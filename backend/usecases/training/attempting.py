"""Taking a course: a quiz or an exam as a whole, or one module of it."""

from typing import Any
from uuid import UUID

from backend.domain.training import attempt as attempts
from backend.domain.training import refusals
from backend.domain.training.record import WHOLE, Attempts
from backend.events.base import Secret
from backend.events.training import CourseAttempted, ModuleAttempted
from backend.usecases.proficiency import retraining
from backend.usecases.training import teaching
from backend.usecases.training.learning import outcome_shown
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.screening import activate_if_complete


async def take(
    work: Work,
    row: dict[str, Any],
    whole: Any,
    record: Attempts,
    version: int,
    answers: tuple[dict[str, Any], ...],
) -> Answer:
    """A quiz, an exam, or the open attempt at an exam that was begun."""
    exam, missing = bool(row["exam_gold"]), await teaching.missing_prerequisites(work, row, work.me)
    opened = record.opened if teaching.rules_of(row).begun else None
    attempt = opened.attempt if opened else work.new_id()
    asked = opened.gold if opened else teaching.still_asked(row)
    if exam and not asked:
        raise refusals.exam_gold_exhausted(1, 0)
    if exam:
        # What was read before and retired meanwhile is not asked any more.
        gone = {str(one) for one in row["retired_gold"]} - {str(one) for one in asked}
        counting = [one for one in answers if str(one["question"]) not in gone]
        marks = await teaching.gold_graded(work, row, asked, counting)
    else:
        marks = teaching.graded(whole["questions"], answers)
    command = attempts.TakeAttempt(
        **teaching.about(work, row, attempt, version, missing),
        graded=marks,
        answers=await _sealed(work, attempt, answers),
        question_count=len(asked) if exam else row["question_count"],
        pass_mark_ppm=row["pass_mark_ppm"],
        is_exam=exam,
    )
    stream = teaching.stream_of(work.me, row["course"])
    events = work.decide(attempts.ATTEMPT, stream, command)
    outcome = next((e for e in events if isinstance(e, CourseAttempted)), None)
    await _completed(work, outcome)
    if opened and opened.over(work.now) and outcome:
        return Answer({}, refusal=refusals.exam_time_over(opened.until or work.now))
    counts = {"answered": len(answers), "question_count": command.question_count}
    return Answer(outcome_shown(work, row, attempt, outcome, WHOLE) | counts)


async def take_module(
    work: Work,
    row: dict[str, Any],
    whole: Any,
    which: tuple[int, str],
    answers: tuple[dict[str, Any], ...],
) -> Answer:
    """One module: read, tried or answered. Practice tells at once what is right and why."""
    version, module = which
    said = teaching.module_said(whole, module)
    attempt, missing = work.new_id(), await teaching.missing_prerequisites(work, row, work.me)
    stream = teaching.stream_of(work.me, row["course"])
    marks = teaching.graded(said["questions"], answers)
    command = attempts.TakeModule(
        **teaching.about(work, row, attempt, version, missing),
        module=module,
        modules=row["modules"],
        graded=marks,
        answers=await _sealed(work, attempt, answers),
    )
    events = work.decide(attempts.ATTEMPT, stream, command)
    outcome = next((e for e in events if isinstance(e, ModuleAttempted)), None)
    await _completed(work, next((e for e in events if isinstance(e, CourseAttempted)), None))
    body = outcome_shown(work, row, attempt, outcome, module) | {
        "module": module,
        "answered": len(answers),
        "question_count": len(said["questions"]),
    }
    if said["kind"] == "practice":
        correct = {one.question: one.correct for one in marks}
        body["results"] = [
            {
                "question": q["id"],
                "correct": correct.get(str(q["id"])),
                "answer": q["answer"],
                "explanation": q.get("explanation"),
            }
            for q in said["questions"]
        ]
    return Answer(body)


async def _sealed(work: Work, attempt: UUID, answers: tuple[dict[str, Any], ...]) -> Secret:
    keys = await work.keys(("person", work.me))
    return keys.seal_json("person", work.me, "attempt", attempt, "answers", list(answers))


async def _completed(work: Work, outcome: CourseAttempted | None) -> None:
    """Whoever passes what was still missing may begin to work; whoever fell has learnt."""
    if outcome is not None and outcome.passed:
        await retraining.passed(work, work.me, outcome.course)
        await activate_if_complete(work, work.me)
