"""Courses: published, read, attempted; exams are courses over gold items."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.training import course as courses_domain
from backend.domain.training import refusals
from backend.domain.training.rules import Rules
from backend.events.ids import CourseId, GoldId, SkillId
from backend.events.training import CourseModule, ModuleTaught
from backend.readmodels import claims, projects, tasks, training
from backend.usecases.gates import gates_shared, one_at_a_time
from backend.usecases.lanes import refresh_lanes
from backend.usecases.training import attempting, learning, practising, taught, teaching
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
    modules: tuple[dict[str, Any], ...] = (),
    prerequisites: tuple[UUID, ...] = (),
    attempts_max: int | None = None,
    retry_minutes: int = 0,
    valid_days: int | None = None,
    level: int = 1,
    minutes_max: int | None = None,
    sample: int | None = None,
    edge_case_share: float = 0.0,
) -> Answer:
    """Publish a course or its next version; with gold items it is an exam in a skill. A module of practice may name
    `escalations`: they are drawn now, and frozen with this version."""
    work.require("course:publish")
    await one_at_a_time(work)
    about = CourseId(course or work.new_id())
    (state,) = await work.load(courses_domain.COURSE, [about])
    if course is not None and state == courses_domain.COURSE.initial:
        raise not_found("a course")
    drawn, modules, asked = await _with_escalations(work, about, modules)
    _distinct(questions, asked, bool(gold))
    await _known_gold(work, gold)
    await _known_prerequisites(work, about, prerequisites)
    rules = Rules(
        attempts_max=attempts_max,
        retry_minutes=retry_minutes,
        valid_days=valid_days,
        level=level,
        minutes_max=minutes_max,
        sample=sample,
        edge_case_share_ppm=round(edge_case_share * PPM),
    )
    whole: dict[str, Any] = {"content": content, "questions": list(questions)}
    if modules:
        whole["modules"] = [{"content": None, "questions": []} | one for one in modules]
    # What is drawn is part of what the version says; where nothing is, the token is what it always was.
    said = [title, whole, [[one["id"], one["questions"]] for one in asked]] if drawn else [title, whole]
    keys = await work.keys(("tenant", work.tenant))
    work.decide(
        courses_domain.COURSE,
        about,
        courses_domain.PublishCourse(
            course=about,
            title=title,
            content=keys.seal_json("tenant", work.tenant, "course", about, "content", whole),
            content_token=work.vault.token(work.tenant, "course-token", canonical(said)),
            question_count=len(gold) or len(questions) or sum(len(one["questions"]) for one in asked),
            exam_gold=tuple(GoldId(one) for one in gold),
            skill=SkillId(skill) if skill else None,
            pass_mark_ppm=round(pass_mark * PPM),
            modules=tuple(_module(one) for one in asked),
            prerequisites=tuple(CourseId(one) for one in prerequisites),
            rules=rules,
            taught=drawn,
        ),
    )
    await refresh_lanes(work, await projects.asking_for(work.conn, work.tenant, about))
    published = work.state(courses_domain.COURSE, about)
    assert isinstance(published, courses_domain.Published)
    return Answer({"id": about, "version": published.current.version}, "created")


async def _with_escalations(
    work: Work, course: CourseId, modules: Sequence[dict[str, Any]]
) -> tuple[tuple[ModuleTaught, ...], tuple[dict[str, Any], ...], list[dict[str, Any]]]:
    """What modules draw from escalations; the modules without that; and with all their questions in clear."""
    drawn, asked = [], []
    for one in modules:
        questions = list(one.get("questions", ()))
        if "escalations" in one:
            frozen, told = await practising.drawn(work, course, one)
            drawn.append(frozen)
            questions += told
        asked.append(one | {"questions": questions})
    own = tuple({name: one[name] for name in one if name != "escalations"} for one in modules)
    return tuple(drawn), own, asked


def _module(said: dict[str, Any]) -> CourseModule:
    mark = said.get("pass_mark", 0.0 if said["kind"] == "content" else 1.0)
    return CourseModule(
        module=said["id"],
        kind=said["kind"],
        question_count=len(said.get("questions", ())),
        pass_mark_ppm=round(mark * PPM),
    )


def _distinct(questions: Sequence[dict[str, Any]], modules: Sequence[dict[str, Any]], examines: bool) -> None:
    """Each question once where it is asked; modules instead of own questions, not beside them."""
    if modules and (questions or examines):
        raise _course_invalid("modules", "modules, or questions, or gold", "more than one of them")
    for asked in (questions, *(one.get("questions", ()) for one in modules)):
        ids = [str(one["id"]) for one in asked]
        if len(set(ids)) != len(ids):
            raise _course_invalid("questions", "each question's id once in its module", "one twice")


def _course_invalid(field: str, expected: str, found: str) -> Refusal:
    mend = f"change the {field} and send the course again"
    return Refusal(
        "invalid", "course_invalid", expected=expected, found=found, mend=mend, extra={"field": field}
    )


async def _known_gold(work: Work, gold: tuple[UUID, ...]) -> None:
    rows = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, gold)
    found = {row["gold"] for row in rows}
    if unknown := [one for one in gold if one not in found]:
        raise Refusal(
            "invalid",
            "gold_unknown",
            expected="gold items that exist",
            found=f"{len(unknown)} unknown, the first {unknown[0]}",
            mend="add the gold first and use the ids in its answer",
        )
    families = [row["family"] for row in rows if row["family"]]
    if len(set(families)) < len(families):
        raise _course_invalid("gold", "one of each family of gold, a variant or its parent", "two of one")


async def _known_prerequisites(work: Work, course: UUID, wanted: tuple[UUID, ...]) -> None:
    if not wanted:
        return
    known = {row["course"]: row["prerequisites"] for row in await training.courses(work.conn, work.tenant)}
    if unknown := [one for one in wanted if one not in known and one != course]:
        raise Refusal(
            "invalid",
            "course_unknown",
            expected="prerequisites that are published",
            found=f"{len(unknown)} unknown, the first {unknown[0]}",
            mend="publish the prerequisite first and use the id in its answer",
        )
    courses_domain.check_prerequisites(course, wanted, known)


async def course_get(work: Work, *, course: UUID) -> Answer:
    """The version in force without the right answers, and how far the caller is in it.

    An exam shows its gold items like any other work; one that is begun shows them only while an attempt is open.
    Practice on escalations shows items only to who may see the data of their project.
    """
    work.require("course:read")
    row, whole = await teaching.current(work, course)
    found = await taught.taught_in(work, row)
    whole = taught.shown(work, whole, found)
    learns = work.caller.subject.kind == "annotator"
    record = (await teaching.record_of(work, work.me, course)).at(row["version"]) if learns else None
    questions = [{"id": q["id"], "prompt": q["prompt"]} for q in whole["questions"]]
    if row["exam_gold"]:
        await teaching.may_see_work(work, row)
        questions = await teaching.gold_questions(work, learning.asked(work, row, record))
    rules = teaching.rules_of(row)
    body = {
        "id": course,
        "version": row["version"],
        "title": row["title"],
        "content": whole["content"],
        "questions": questions,
        "modules": [
            learning.module_shown(whole, module) | {"pass_mark": module.pass_mark_ppm / PPM}
            for module in row["modules"]
        ],
        "skill": row["skill"],
        "pass_mark": row["pass_mark_ppm"] / PPM,
        "prerequisites": row["prerequisites"],
        **{name: getattr(rules, name) for name in Rules.__slots__ if name != "edge_case_share_ppm"},
        "edge_case_share": rules.edge_case_share_ppm / PPM,
        "begin": bool(row["exam_gold"]) and rules.begun,
        "escalations": [one for module in found.values() for one in module.whence],
        "progress": await learning.progress(work, row, record) if record else None,
    }
    return Answer(body)


async def course_attempt(
    work: Work, *, course: UUID, version: int, answers: tuple[dict[str, Any], ...], module: str | None = None
) -> Answer:
    """The person's answers, graded at once. Exam answers become evidence of proficiency.

    Answers that come after an exam's time are kept and the attempt is recorded as failed: `exam_time_over`.
    """
    work.require("course:attempt", owner=work.me)
    await gates_shared(work)
    # An exam and a pull of one person take turns: both say which items the person has met.
    await claims.lock_people(work.conn, work.tenant, [work.me], work.now)
    row, whole = await teaching.current(work, course)
    record = (await teaching.record_of(work, work.me, course)).at(row["version"])
    if row["exam_gold"]:
        await teaching.may_see_work(work, row)
    names = [one.module for one in row["modules"]]
    if names and module is None:
        raise refusals.module_required(names)
    if module is not None and module not in names:
        raise refusals.module_unknown(module, names)
    work.saw(subjects=[work.me])
    if module is not None:
        practised = (await taught.taught_in(work, row)).get(module)
        return await attempting.take_module(work, row, whole, (version, module), answers, practised)
    return await attempting.take(work, row, whole, record, version, answers)
