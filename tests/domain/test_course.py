"""Courses: any difference is another version; modules, prerequisites and rules make sense or are refused."""

from dataclasses import replace

import pytest

from backend.domain.training.course import COURSE, PublishCourse, check_prerequisites
from backend.domain.training.rules import Rules
from backend.events import training as ev
from backend.events.ids import CourseId
from tests.domain.facts import COURSE_A, GOLD_A, GOLD_B, HIDDEN, PROJECT_A, SKILL_A, uid
from tests.domain.gwt import given
from tests.support.refused import refused

READ = ev.CourseModule(module="read", kind="content", question_count=0, pass_mark_ppm=0)
QUIZ = ev.CourseModule(module="quiz", kind="quiz", question_count=2, pass_mark_ppm=500_000)
PUBLISH = PublishCourse(
    course=COURSE_A,
    title="Birds",
    content=HIDDEN,
    content_token="t",
    question_count=2,
    exam_gold=(GOLD_A,),
    skill=SKILL_A,
    pass_mark_ppm=800_000,
)
IN_MODULES = replace(PUBLISH, exam_gold=(), skill=None, modules=(READ, QUIZ))
PUBLISHED = ev.CoursePublished(
    course=COURSE_A,
    version=1,
    title="Birds",
    content=HIDDEN,
    content_token="t",
    question_count=2,
    exam_gold=(GOLD_A,),
    skill=SKILL_A,
    pass_mark_ppm=800_000,
    modules=(),
    prerequisites=(),
    attempts_max=None,
    retry_minutes=0,
    valid_days=None,
    level=1,
    minutes_max=None,
    sample=None,
    edge_case_share_ppm=0,
)


def test_the_same_course_is_no_new_version() -> None:
    given(COURSE).when(PUBLISH).then(PUBLISHED)
    given(COURSE, PUBLISHED).when(PUBLISH).then()


def test_another_content_or_pass_mark_is_a_new_version() -> None:
    given(COURSE, PUBLISHED).when(replace(PUBLISH, content_token="u")).then(
        replace(PUBLISHED, version=2, content_token="u")
    )
    given(COURSE, PUBLISHED).when(replace(PUBLISH, pass_mark_ppm=0)).then(
        replace(PUBLISHED, version=2, pass_mark_ppm=0)
    )


def test_another_rule_or_prerequisite_is_a_new_version() -> None:
    given(COURSE, PUBLISHED).when(replace(PUBLISH, rules=Rules(valid_days=90, level=3))).then(
        replace(PUBLISHED, version=2, valid_days=90, level=3)
    )
    other = (CourseId(uid(99)),)
    given(COURSE, PUBLISHED).when(replace(PUBLISH, prerequisites=other)).then(
        replace(PUBLISHED, version=2, prerequisites=other)
    )


def test_modules_keep_their_order() -> None:
    given(COURSE).when(IN_MODULES).then(replace(PUBLISHED, exam_gold=(), skill=None, modules=(READ, QUIZ)))
    turned = replace(IN_MODULES, modules=(QUIZ, READ))
    (event,) = given(COURSE).after(IN_MODULES).when(turned).events
    assert event.version == 2


def test_an_exam_is_about_a_skill() -> None:
    given(COURSE).when(replace(PUBLISH, skill=None)).then_refused("exam_without_skill", "invalid")


@pytest.mark.parametrize(
    ("field", "command"),
    [
        ("pass_mark_ppm", replace(PUBLISH, pass_mark_ppm=1_000_001)),
        ("question_count", replace(PUBLISH, question_count=-1)),
        ("modules", replace(PUBLISH, modules=(READ,))),
        ("modules", replace(IN_MODULES, modules=(READ, READ))),
        ("kind", replace(IN_MODULES, modules=(replace(READ, kind="film"),))),
        ("question_count", replace(IN_MODULES, modules=(replace(READ, question_count=1),))),
        ("question_count", replace(IN_MODULES, modules=(replace(QUIZ, question_count=0),))),
        ("attempts_max", replace(PUBLISH, rules=Rules(attempts_max=0))),
        ("retry_minutes", replace(PUBLISH, rules=Rules(retry_minutes=-1))),
        ("valid_days", replace(PUBLISH, rules=Rules(valid_days=0))),
        ("level", replace(PUBLISH, rules=Rules(level=11))),
        ("minutes_max", replace(IN_MODULES, rules=Rules(minutes_max=10))),
        ("sample", replace(IN_MODULES, rules=Rules(sample=1))),
        ("sample", replace(PUBLISH, exam_gold=(GOLD_A, GOLD_B), rules=Rules(sample=3))),
        ("edge_case_share", replace(PUBLISH, exam_gold=(GOLD_A,), rules=Rules(edge_case_share_ppm=1))),
        (
            "edge_case_share_ppm",
            replace(PUBLISH, exam_gold=(GOLD_A,), rules=Rules(sample=1, edge_case_share_ppm=-1)),
        ),
    ],
)
def test_what_makes_no_sense_is_named(field: str, command: PublishCourse) -> None:
    refusal = given(COURSE).when(command).then_refused("course_invalid", "invalid")
    assert refusal.extra["field"] == field


def test_a_course_never_leads_back_to_itself() -> None:
    one, two, three = uid(1), uid(2), uid(3)
    check_prerequisites(one, [two, three], {two: [three], three: []})
    for wanted, known in (([one], {}), ([two], {two: [three], three: [one]})):
        with refused("prerequisite_cycle", "invalid"):
            check_prerequisites(one, wanted, known)


def test_escalations_are_taught_in_practice_and_asked_in_no_quiz() -> None:
    drawn = ev.ModuleTaught(
        module="try",
        project=PROJECT_A,
        code="blurry",
        since=None,
        until=None,
        most=20,
        said=HIDDEN,
        escalations=(),
    )
    practice = ev.CourseModule(module="try", kind="practice", question_count=1, pass_mark_ppm=1_000_000)
    teach = replace(IN_MODULES, modules=(practice,), taught=(drawn,))
    (published,) = COURSE.decide(teach, COURSE.initial)
    assert published.taught == (drawn,)
    for modules in ((QUIZ,), (replace(QUIZ, module="try"),)):
        given(COURSE).when(replace(teach, modules=modules)).then_refused("course_invalid", "invalid")
