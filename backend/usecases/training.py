"""Courses: published, read, attempted; exams are courses over gold items. And what people are good at."""

from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.beta import prior_of_pool
from backend.domain.proficiency.scoring import canonical, is_correct
from backend.domain.projects.requirement import missing
from backend.domain.training import attempt as attempts
from backend.domain.training import course as courses_domain
from backend.events.ids import AnnotatorId, AttemptId, CourseId, GoldId, SkillId, uuid8
from backend.readmodels import agreements, claims, people, proficiency, projects, tasks
from backend.usecases.gates import one_at_a_time, refresh_lanes
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PPM = 1_000_000


async def course_publish(
    work: Work,
    *,
    title: str,
    content: Any,
    questions: tuple[dict[str, Any], ...],
    gold: tuple[UUID, ...],
    skill: UUID | None,
    pass_mark: float,
    course: UUID | None,
) -> Answer:
    """Publish a course or its next version; with gold items it is an exam in a skill."""
    work.require("course:publish")
    await one_at_a_time(work)
    about = CourseId(course or work.new_id())
    (state,) = await work.load(courses_domain.COURSE, [about])
    if course is not None and state == courses_domain.COURSE.initial:
        raise not_found("a course")
    await _known_gold(work, gold)
    whole = {"content": content, "questions": list(questions)}
    keys = await work.keys(("tenant", work.tenant))
    work.decide(
        courses_domain.COURSE,
        about,
        courses_domain.PublishCourse(
            course=about,
            title=title,
            content=keys.seal_json("tenant", work.tenant, "course", about, "content", whole),
            content_token=work.vault.token(work.tenant, "course-token", canonical([title, whole])),
            question_count=len(gold) or len(questions),
            exam_gold=tuple(GoldId(one) for one in gold),
            skill=SkillId(skill) if skill else None,
            pass_mark_ppm=round(pass_mark * PPM),
        ),
    )
    await refresh_lanes(work, await projects.asking_for(work.conn, work.tenant, about))
    published = work.state(courses_domain.COURSE, about)
    assert isinstance(published, courses_domain.Published)
    return Answer({"id": about, "version": published.current.version}, "created")


async def _known_gold(work: Work, gold: tuple[UUID, ...]) -> None:
    found = {row["gold"] for row in await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, gold)}
    if unknown := [one for one in gold if one not in found]:
        raise Refusal(
            "invalid",
            "gold_unknown",
            expected="gold items that exist",
            found=f"{len(unknown)} unknown, the first {unknown[0]}",
            mend="add the gold first and use the ids in its answer",
        )


async def _current(work: Work, course: UUID) -> tuple[dict[str, Any], Any]:
    rows = await agreements.courses(work.conn, work.tenant, [course])
    if not rows:
        raise not_found("a course")
    (whole,) = await work.open(
        [Sealed("tenant", work.tenant, "course", course, "content", rows[0]["content"])]
    )
    return rows[0], whole


async def course_get(work: Work, *, course: UUID) -> Answer:
    """The version in force without the right answers; an exam shows its gold items like any other work."""
    work.require("course:read")
    row, whole = await _current(work, course)
    questions = [{"id": q["id"], "prompt": q["prompt"]} for q in whole["questions"]]
    if row["exam_gold"]:
        await _may_see_work(work, row)
        rows = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, row["exam_gold"])
        payloads = await work.open(
            [Sealed("project", g["project"], "item", g["item"], "payload", g["payload"]) for g in rows]
        )
        questions = [{"id": str(g["gold"]), "prompt": p} for g, p in zip(rows, payloads, strict=True)]
        work.saw("payload", results=[g["item"] for g in rows])
    names = ("version", "title")
    body = {"id": course, **{n: row[n] for n in names}, "content": whole["content"], "questions": questions}
    return Answer(body)


async def _may_see_work(work: Work, course: dict[str, Any]) -> None:
    """An exam shows project data: the person must be active and have signed what the exam's projects ask for."""
    if work.caller.subject.kind != "annotator":
        return
    (person,) = await people.find(work.conn, work.tenant, [work.me])
    asking = await projects.find(
        work.conn, work.tenant, await projects.asking_for(work.conn, work.tenant, course["course"])
    )
    wanted = {one for project in asking for one in project["agreements"]}
    signed = await agreements.agreements(work.conn, work.tenant, sorted(wanted))
    lacking = missing([f"agreement:{a['agreement']}:{a['version']}" for a in signed], person["tokens"])
    if person["status"] != "active" or lacking:
        raise Refusal(
            "forbidden",
            "agreement_required" if lacking else "suspended",
            expected="an active person who has signed the agreements of the work",
            found=f"status {person['status']}, missing {', '.join(lacking) or 'nothing'}",
            mend="sign the agreement first" if lacking else "ask a manager",
        )


async def course_attempt(
    work: Work, *, course: UUID, version: int, answers: tuple[dict[str, Any], ...]
) -> Answer:
    """The person's answers, graded at once. Exam answers become evidence of proficiency."""
    work.require("course:attempt", owner=work.me)
    # An exam and a pull of one person take turns: both say which items the person has met.
    await claims.lock_people(work.conn, work.tenant, [work.me])
    row, whole = await _current(work, course)
    if row["exam_gold"]:
        await _may_see_work(work, row)
    person, attempt = AnnotatorId(work.me), AttemptId(work.new_id())
    stream = uuid8(person, "attempts", str(course))
    await work.load(attempts.ATTEMPT, [stream])
    keys = await work.keys(("person", person))
    work.decide(
        attempts.ATTEMPT,
        stream,
        attempts.TakeAttempt(
            attempt=attempt,
            annotator=person,
            course=CourseId(course),
            version=version,
            current_version=row["version"],
            graded=await _graded(work, row, whole, answers),
            answers=keys.seal_json("person", person, "attempt", attempt, "answers", list(answers)),
            question_count=row["question_count"],
            pass_mark_ppm=row["pass_mark_ppm"],
            is_exam=bool(row["exam_gold"]),
            skill=row["skill"],
        ),
    )
    passed = version in work.state(attempts.ATTEMPT, stream).passed
    work.saw(subjects=[person])
    body = {
        "attempt": attempt,
        "passed": passed,
        "answered": len(answers),
        "question_count": row["question_count"],
    }
    return Answer(body)


async def _graded(
    work: Work, row: dict[str, Any], whole: Any, answers: tuple[dict[str, Any], ...]
) -> list[attempts.Graded]:
    """Each answer beside its truth. Raises `question_unknown` for one that the course does not ask."""
    truths: dict[str, tuple[UUID | None, Any]] = {
        str(q["id"]): (None, q["answer"]) for q in whole["questions"]
    }
    if row["exam_gold"]:
        gold = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, row["exam_gold"])
        clear = await work.open(
            [Sealed("project", g["project"], "gold", g["gold"], "truth", g["truth"]) for g in gold]
        )
        truths = {str(g["gold"]): (g["gold"], truth) for g, truth in zip(gold, clear, strict=True)}
    graded = []
    for one in answers:
        known = truths.get(str(one["question"]))
        if known is None:
            raise Refusal(
                "invalid",
                "question_unknown",
                expected="answers to questions of this course",
                found=f"question {one['question']!r}",
                mend="read the course and answer what it asks",
            )
        gold_id, truth = known
        skill = row["skill"]
        graded.append(
            attempts.Graded(
                gold=GoldId(gold_id) if gold_id else None,
                question=str(one["question"]),
                correct=is_correct(one["answer"], truth),
                truth_class=class_token(work, skill, truth) if gold_id else None,
                answer_class=class_token(work, skill, one["answer"]) if gold_id else None,
            )
        )
    return graded


async def skill_list(work: Work, *, cursor: str | None = None, limit: int = 200) -> Answer:
    """The skill catalogue by name."""
    work.require("skill:read")
    rows = await projects.skills(work.conn, work.tenant)
    first = int(cursor) if cursor else 0
    page = [{"id": row["skill"], "name": row["name"]} for row in rows[first : first + limit]]
    more = str(first + limit) if first + limit < len(rows) else None
    return Answer({"data": page, "next_cursor": more})


async def proficiency_get(work: Work, *, annotator: UUID) -> Answer:
    """A person's proficiency per skill as a distribution; the person sees it as of the last full ten of evidence."""
    work.require("proficiency:read", owner=annotator)
    if not await people.find(work.conn, work.tenant, [annotator]):
        raise not_found("an annotator")
    own = await proficiency.shown_to(work.conn, work.tenant, annotator) if annotator == work.me else None
    shown = []
    for skill in await projects.skills(work.conn, work.tenant):
        known = await proficiency.records(work.conn, work.tenant, skill["skill"], [annotator])
        mine = known.get(annotator) if own is None else own.get(skill["skill"])
        if mine is not None:
            pool = await proficiency.pool(work.conn, work.tenant, skill["skill"])
            shown.append({"skill": skill["skill"], "name": skill["name"], **_standing(pool, mine)})
    work.saw("proficiency", subjects=[annotator])
    return Answer({"annotator": annotator, "skills": shown})


def _standing(pool: proficiency.Record, mine: proficiency.Record) -> dict[str, Any]:
    beta = prior_of_pool(pool.correct, pool.total).updated(mine.correct, mine.total)
    return {
        "correct": mine.correct,
        "total": mine.total,
        "mean": round(beta.mean, 6),
        **{name: round(beta.quantile(q), 6) for name, q in (("q05", 0.05), ("q20", 0.20), ("q95", 0.95))},
        "sources": {source: {"correct": c, "total": n} for source, (c, n) in sorted(mine.sources.items())},
    }
