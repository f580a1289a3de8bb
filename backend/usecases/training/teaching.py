"""What attempts have in common: the course in force, whose attempt it is, which questions are asked, what is right."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import is_correct
from backend.domain.projects.requirement import Requirement, agreement_token, course_token
from backend.domain.training import attempt as attempts
from backend.domain.training.grading import Graded
from backend.domain.training.record import Attempts
from backend.domain.training.rules import Rules
from backend.events.ids import AgreementId, AnnotatorId, AttemptId, CourseId, GoldId, SkillId, uuid8
from backend.readmodels import agreements, gate, people, projects, tasks, training
from backend.usecases.projects.scoring import scorers_of
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

LEARNING = ("onboarding", "active")
"""Standing in which somebody may be examined on project data."""


async def found(work: Work, course: UUID) -> dict[str, Any]:
    """The version in force, its content still ciphertext. Raises not_found."""
    rows = await training.courses(work.conn, work.tenant, [course])
    if not rows:
        raise not_found("a course")
    return rows[0]


async def current(work: Work, course: UUID) -> tuple[dict[str, Any], Any]:
    """The version in force and what it says, answers included. Raises not_found."""
    row = await found(work, course)
    (whole,) = await work.open([Sealed("tenant", work.tenant, "course", course, "content", row["content"])])
    return row, whole


def rules_of(row: Mapping[str, Any]) -> Rules:
    """The rules of a course's row."""
    return Rules(**{name: row[name] for name in Rules.__slots__})


def still_asked(row: Mapping[str, Any]) -> list[UUID]:
    """An exam's gold in its order, without what was retired since."""
    retired = set(row["retired_gold"])
    return [gold for gold in row["exam_gold"] if gold not in retired]


def stream_of(person: UUID, course: UUID) -> UUID:
    """One stream per person and course."""
    return uuid8(person, "attempts", str(course))


async def record_of(work: Work, person: UUID, course: UUID) -> Attempts:
    """What this person did in this course so far."""
    (record,) = await work.load(attempts.ATTEMPT, [stream_of(person, course)])
    return record


async def missing_prerequisites(work: Work, row: Mapping[str, Any], person: UUID) -> tuple[CourseId, ...]:
    """The course's prerequisites that the person has not passed in the version in force, in their order."""
    if not row["prerequisites"]:
        return ()
    (held,) = await people.find(work.conn, work.tenant, work.now, [person])
    known = await training.courses(work.conn, work.tenant, row["prerequisites"])
    versions = {one["course"]: one["version"] for one in known}
    return tuple(
        CourseId(one)
        for one in row["prerequisites"]
        if course_token(CourseId(one), versions[one]) not in held["tokens"]
    )


def about(
    work: Work, row: Mapping[str, Any], attempt: UUID, version: int, missing: tuple[CourseId, ...] = ()
) -> dict[str, Any]:
    """What every command about an attempt of the caller says."""
    return {
        "attempt": AttemptId(attempt),
        "annotator": AnnotatorId(work.me),
        "course": CourseId(row["course"]),
        "version": version,
        "current_version": row["version"],
        "rules": rules_of(row),
        "missing": missing,
        "skill": SkillId(row["skill"]) if row["skill"] else None,
        "now": work.now,
    }


async def may_see_work(work: Work, course: Mapping[str, Any]) -> None:
    """An exam shows project data: the person must be at work or on the way there, and have signed what the projects
    ask for that ask for the exam."""
    if work.caller.subject.kind == "annotator":
        asking = await projects.asking_for(work.conn, work.tenant, course["course"])
        if refusal := await kept_from_work(work, asking):
            raise refusal


async def kept_from_work(work: Work, about: Sequence[UUID]) -> Refusal | None:
    """Why the person who asks may not see data of these projects: they are not at work or on the way there, or have
    not signed what one of the projects asks for."""
    await work.conn.fetchval(gate.SHARE_PERSON, work.tenant, work.me)
    (person,) = await people.find(work.conn, work.tenant, work.now, [work.me])
    wanted: dict[AgreementId, int] = {}
    for project in await projects.find(work.conn, work.tenant, about):
        wanted |= await agreements.asked_by(work.conn, work.tenant, project, work.now)
    tokens = tuple(agreement_token(one, version) for one, version in wanted.items())
    lacking = Requirement(requires=tokens).unmet(person["tokens"])
    if person["status"] in LEARNING and not lacking:
        return None
    return Refusal(
        "forbidden",
        "agreement_required" if lacking else "suspended",
        expected="an active person who has signed the agreements of the work",
        found=f"status {person['status']}, missing {', '.join(lacking) or 'nothing'}",
        mend="sign the agreement first" if lacking else "ask a manager",
    )


async def gold_questions(work: Work, gold: Sequence[UUID]) -> list[dict[str, Any]]:
    """These gold items as questions in this order: the payload as any work shows it, the answer never."""
    rows = {row["gold"]: row for row in await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, gold)}
    asked = [rows[one] for one in gold]
    payloads = await work.open(
        [Sealed("project", g["project"], "item", g["item"], "payload", g["payload"]) for g in asked]
    )
    work.saw("payload", results=[g["item"] for g in asked])
    return [{"id": str(g["gold"]), "prompt": p} for g, p in zip(asked, payloads, strict=True)]


def module_said(whole: Any, module: str) -> dict[str, Any]:
    """What a module says, its answers included; the caller knows that it exists."""
    return next(one for one in whole["modules"] if one["id"] == module)


async def gold_graded(
    work: Work, row: Mapping[str, Any], gold: Iterable[UUID], answers: Sequence[Mapping[str, Any]]
) -> list[Graded]:
    """An exam's answers beside the truths of the gold items that were asked, compared as the work of the gold's project
    is."""
    rows = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, list(gold))
    clear = await work.open(
        [Sealed("project", g["project"], "gold", g["gold"], "truth", g["truth"]) for g in rows]
    )
    truths = {str(g["gold"]): (g, truth) for g, truth in zip(rows, clear, strict=True)}
    compare = await scorers_of(work, {g["project"] for g in rows})
    graded = []
    for one in answers:
        gold_row, truth = _known(truths, one)
        if gold_row["key"] == "wrong":
            continue
        scored = await compare[gold_row["project"]].score(one["answer"], truth)
        graded.append(
            Graded(
                gold=GoldId(gold_row["gold"]),
                question=str(one["question"]),
                correct=scored.passed,
                truth_class=class_token(work, row["skill"], truth),
                answer_class=class_token(work, row["skill"], one["answer"]),
            )
        )
    return graded


def graded(questions: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> list[Graded]:
    """A quiz's answers beside what is right."""
    truths = {str(q["id"]): q["answer"] for q in questions}
    return [
        Graded(
            gold=None,
            question=str(one["question"]),
            correct=is_correct(one["answer"], _known(truths, one)),
            truth_class=None,
            answer_class=None,
        )
        for one in answers
    ]


def _known(truths: Mapping[str, Any], answer: Mapping[str, Any]) -> Any:
    """The truth behind an answer. Raises `question_unknown` for one that is not asked."""
    if str(answer["question"]) not in truths:
        raise Refusal(
            "invalid",
            "question_unknown",
            expected="answers to questions of this course",
            found=f"question {answer['question']!r}",
            mend="read the course and answer what it asks",
        )
    return truths[str(answer["question"])]
