"""Taking a course: a quiz or an exam as a whole, or one module of it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backend.domain.training import attempt as attempts
from backend.domain.training import refusals
from backend.domain.training.grading import Graded
from backend.domain.training.record import WHOLE, Attempts
from backend.events.base import Secret
from backend.events.training import CourseAttempted, ModuleAttempted
from backend.usecases.proficiency import retraining
from backend.usecases.training import teaching
from backend.usecases.training.learning import outcome_shown
from backend.usecases.training.taught import Taught, graded, taught_in
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
    practised: Taught | None = None,
) -> Answer:
    """One module: read, tried or answered; `practised` is what it teaches of escalations. Practice tells at once what
    is right and why. What the person is not asked any more does not count, and is not kept."""
    version, module = which
    if practised is not None:
        answers = tuple(one for one in answers if str(one["question"]) not in practised.left_out)
    said = teaching.module_said(whole, module)
    attempt, missing = work.new_id(), await teaching.missing_prerequisites(work, row, work.me)
    stream = teaching.stream_of(work.me, row["course"])
    marks, questions = await _marked(work, said, answers, practised)
    command = attempts.TakeModule(
        **teaching.about(work, row, attempt, version, missing),
        module=module,
        modules=row["modules"],
        graded=marks,
        answers=await _sealed(work, attempt, answers),
        left_out=len(practised.left_out) if practised else 0,
    )
    events = work.decide(attempts.ATTEMPT, stream, command)
    outcome = next((e for e in events if isinstance(e, ModuleAttempted)), None)
    await _completed(work, next((e for e in events if isinstance(e, CourseAttempted)), None))
    body = outcome_shown(work, row, attempt, outcome, module) | {
        "module": module,
        "answered": len(answers),
        "question_count": len(questions),
    }
    if said["kind"] == "practice":
        body["results"] = _results(questions, {one.question: one.correct for one in marks})
    if practised is None:
        return Answer(body)
    # Project data is never kept in what a repeated request finds: it is read again.
    marked = {one.question: one.correct for one in marks}
    return Answer(body, keep=body | {"results": None, "of": [str(row["course"]), version, module, marked]})


def _results(questions: Iterable[Mapping[str, Any]], correct: Mapping[str, bool]) -> list[dict[str, Any]]:
    return [
        {
            "question": q["id"],
            "correct": correct.get(str(q["id"])),
            "answer": q["answer"],
            "explanation": q.get("explanation"),
        }
        for q in questions
    ]


async def attempt_again(work: Work, kept: dict[str, Any]) -> dict[str, Any]:
    """A repeated attempt at practice on escalations: what is right is read again, by who may still see it, and while
    the course says the same."""
    if "of" not in kept:
        return kept
    course, version, module, correct = kept["of"]
    body = {name: kept[name] for name in kept if name != "of"}
    row, whole = await teaching.current(work, UUID(course))
    if row["version"] != version:
        return body
    practised = (await taught_in(work, row))[module]
    work.saw("answer", results=[one["item"] for one in practised.asked])
    own = teaching.module_said(whole, module)["questions"]
    return body | {"results": _results([*own, *practised.asked], correct)}


async def _marked(
    work: Work, said: dict[str, Any], answers: tuple[dict[str, Any], ...], practised: Taught | None
) -> tuple[list[Graded], list[dict[str, Any]]]:
    """How the answers went, and all that was asked: the module's own questions and what it teaches of escalations."""
    own = said["questions"]
    if practised is None:
        return teaching.graded(own, answers), own
    theirs = {one["id"] for one in practised.asked}
    mine = [one for one in answers if str(one["question"]) not in theirs]
    work.saw("answer", results=[one["item"] for one in practised.asked])
    marks = [*teaching.graded(own, mine), *await graded(work, practised, answers)]
    return marks, [*own, *practised.asked]


async def _sealed(work: Work, attempt: UUID, answers: tuple[dict[str, Any], ...]) -> Secret:
    keys = await work.keys(("person", work.me))
    return keys.seal_json("person", work.me, "attempt", attempt, "answers", list(answers))


async def _completed(work: Work, outcome: CourseAttempted | None) -> None:
    """Whoever passes what was still missing may begin to work; whoever fell has learnt."""
    if outcome is not None and outcome.passed:
        await retraining.passed(work, work.me, outcome.course)
        await activate_if_complete(work, work.me)
