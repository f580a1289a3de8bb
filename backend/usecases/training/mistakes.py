"""Mistakes in training: what somebody answered wrongly in courses, with what is right and why, once that gives nothing
away: of practice at once, of a quiz when it is passed, of an exam only the gold that was disclosed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.proficiency.scoring import is_correct
from backend.events import training as ev
from backend.events.base import Recorded
from backend.events.store import log
from backend.readmodels import training
from backend.usecases.projects.scoring import Compare, scorers_of
from backend.usecases.training import taught
from backend.usecases.training.teaching import stream_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

MISTAKES_MAX = 200
Row = dict[str, Any]
Version = tuple[UUID, int]


async def course_mistakes(work: Work, person: UUID) -> list[Row]:
    """Wrong answers to questions of courses, newest first, at most MISTAKES_MAX."""
    tried = [fact for fact in await _attempts(work, person) if _asks(fact)]
    published = await _published(work, {fact.event.course for fact in tried})
    kinds = {at: {one.module: one.kind for one in e.modules} for at, e in published.items()}
    # A course of modules is passed by its last one: what was answered stands in the module's own fact.
    own = [fact for fact in tried if _module(fact) is not None or not kinds[_version(fact)]]
    passed = {(_version(fact), _module(fact)) for fact in own if fact.event.passed}
    told = [
        fact
        for fact in own
        if (_version(fact), _module(fact)) in passed
        or kinds[_version(fact)].get(_module(fact) or "") == "practice"
    ]
    answers = await _answers(work, person, told[:MISTAKES_MAX])
    said = await _contents(work, published, {_version(fact) for fact in told[:MISTAKES_MAX]})
    compare = await _comparing(work, published.values())
    found = [
        one
        for fact, given in zip(told, answers, strict=False)
        for one in await _wrong(fact, given or [], said[_version(fact)], compare)
    ]
    found = found[:MISTAKES_MAX]
    items = [item for one in found if (item := one.pop("item")) is not None]
    work.saw(*(["payload"] if items else []), results=items)
    return found


async def exam_answers(work: Work, person: UUID, gold: Iterable[UUID]) -> dict[UUID, Row]:
    """Gold item -> what the person answered to it in an exam (`answer`, `correct`, `at`), of these gold items."""
    wanted = set(gold)
    facts = await _attempts(work, person) if wanted else []
    met = {
        f.event.gold: f for f in facts if isinstance(f.event, ev.ExamGoldAnswered) if f.event.gold in wanted
    }
    asked = {fact.event.attempt for fact in met.values()}
    tried = [f for f in facts if isinstance(f.event, ev.CourseAttempted) and f.event.attempt in asked]
    given = {
        (fact.event.attempt, str(one["question"])): one["answer"]
        for fact, answers in zip(tried, await _answers(work, person, tried), strict=True)
        for one in answers or []
    }
    return {
        about: {
            "answer": given.get((fact.event.attempt, str(about))),
            "correct": fact.event.correct,
            "at": fact.at,
        }
        for about, fact in met.items()
    }


async def _attempts(work: Work, person: UUID) -> list[Recorded]:
    """All that the person did in courses, newest first."""
    enrolled = await training.enrolments(work.conn, work.tenant, person)
    found = await log.load(work.conn, work.tenant, [stream_of(person, one["course"]) for one in enrolled])
    facts = [fact for one in found.values() for fact in one]
    return sorted(facts, key=lambda fact: (fact.at, fact.version), reverse=True)


def _asks(fact: Recorded) -> bool:
    """Whether it is an attempt at questions of a course; an exam's are gold."""
    return isinstance(fact.event, ev.CourseAttempted | ev.ModuleAttempted) and fact.event.answered > 0


def _version(fact: Recorded) -> Version:
    return fact.event.course, fact.event.version


def _module(fact: Recorded) -> str | None:
    return fact.event.module if isinstance(fact.event, ev.ModuleAttempted) else None


async def _published(work: Work, courses: set[UUID]) -> dict[Version, ev.CoursePublished]:
    found = await log.load(work.conn, work.tenant, sorted(courses))
    events = [fact.event for facts in found.values() for fact in facts]
    return {(e.course, e.version): e for e in events if isinstance(e, ev.CoursePublished)}


async def _answers(work: Work, person: UUID, tried: Sequence[Recorded]) -> list[Any]:
    places = [
        Sealed("person", person, "attempt", fact.event.attempt, "answers", fact.event.answers)
        for fact in tried
    ]
    return await work.open(places)


async def _contents(
    work: Work, published: Mapping[Version, ev.CoursePublished], wanted: set[Version]
) -> dict[Version, Any]:
    """What these versions say; of an exam nothing is asked but gold."""
    asked = sorted(wanted)
    places = [
        Sealed("tenant", work.tenant, "course", course, "content", published[course, version].content)
        for course, version in asked
    ]
    said = dict(zip(asked, await work.open(places), strict=True))
    practised = [(at, one) for at in asked for one in published[at].taught]
    for (at, one), questions in zip(
        practised,
        await taught.of_versions(work, [(course, one) for (course, _), one in practised]),
        strict=True,
    ):
        module = next(each for each in said[at]["modules"] if each["id"] == one.module)
        module["questions"] += [question | {"project": one.project} for question in questions]
    return said


async def _comparing(work: Work, published: Iterable[ev.CoursePublished]) -> Mapping[UUID, Compare]:
    """Project -> how its answers are compared, of those whose escalations are taught."""
    about: set[UUID] = {one.project for e in published for one in e.taught}
    return await scorers_of(work, about) if about else {}


async def _wrong(
    fact: Recorded,
    given: Sequence[Mapping[str, Any]],
    said: Mapping[str, Any],
    compare: Mapping[UUID, Compare],
) -> list[Row]:
    module = _module(fact)
    asking = said if module is None else next(one for one in said["modules"] if one["id"] == module)
    questions = {str(one["id"]): one for one in asking["questions"]}
    return [
        {
            "course": fact.event.course,
            "version": fact.event.version,
            "module": module,
            "at": fact.at,
            "question": str(one["question"]),
            "prompt": asked["prompt"],
            "answer": one["answer"],
            "truth": None if asked.get("hidden") else asked["answer"],
            "explanation": None if asked.get("hidden") else asked.get("explanation"),
            "item": None if asked.get("hidden") else asked.get("item"),
        }
        for one in given
        if (asked := questions.get(str(one["question"]))) and not await _right(one["answer"], asked, compare)
    ]


async def _right(answer: Any, asked: Mapping[str, Any], compare: Mapping[UUID, Compare]) -> bool:
    """As it was graded: what comes from a project's escalations by that project's scoring."""
    if "project" not in asked:
        return is_correct(answer, asked["answer"])
    return (await compare[asked["project"]].score(answer, asked["answer"])).passed
