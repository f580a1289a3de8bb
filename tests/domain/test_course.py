"""Courses: any difference is another version."""

from dataclasses import replace

import pytest

from backend.domain.training.course import COURSE, PublishCourse
from backend.events import training as ev
from tests.domain.facts import COURSE_A, GOLD_A, HIDDEN, SKILL_A
from tests.domain.gwt import given

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


def test_an_exam_is_about_a_skill() -> None:
    given(COURSE).when(replace(PUBLISH, skill=None)).then_refused("exam_without_skill", "invalid")


@pytest.mark.parametrize(
    ("field", "command"),
    [
        ("pass_mark_ppm", replace(PUBLISH, pass_mark_ppm=1_000_001)),
        ("question_count", replace(PUBLISH, question_count=-1)),
    ],
)
def test_a_number_outside_its_range_is_named(field: str, command: PublishCourse) -> None:
    refusal = given(COURSE).when(command).then_refused("course_invalid", "invalid")
    assert refusal.extra["field"] == field
