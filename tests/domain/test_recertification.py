"""Recertification: asked once per version, on other terms when they are sent again, and withdrawn."""

from dataclasses import replace
from datetime import timedelta

from backend.domain.projects.recertification import RECERTIFICATION, Ask, Withdraw
from backend.domain.projects.requirement import certified_token, requirement
from backend.domain.projects.rings import rings
from backend.events import recertification as ev
from backend.events.projects import Conditions
from backend.events.queue import Ring
from tests.domain.facts import COURSE_A, HIDDEN, LATER, NOON, PROJECT_A, SKILL_A, SKILL_B
from tests.domain.gwt import given

ASK = Ask(
    project=PROJECT_A,
    version=2,
    course=COURSE_A,
    course_version=1,
    skills=(SKILL_A,),
    due=LATER,
    now=NOON,
)
ASKED = ev.RecertificationAsked(
    project=PROJECT_A, version=2, course=COURSE_A, course_version=1, skills=(SKILL_A,), due=LATER
)
WITHDRAW = Withdraw(project=PROJECT_A, version=2, reason=HIDDEN)
WITHDRAWN = ev.RecertificationWithdrawn(project=PROJECT_A, version=2, reason=HIDDEN)


def test_it_is_asked_once_and_by_now_when_nobody_says_by_when() -> None:
    given(RECERTIFICATION).when(ASK).then(ASKED)
    given(RECERTIFICATION, ASKED).when(replace(ASK, course_version=3)).then()
    at_once = replace(ASKED, due=NOON)
    given(RECERTIFICATION).when(replace(ASK, due=None)).then(at_once)
    given(RECERTIFICATION, at_once).when(replace(ASK, due=None, now=LATER)).then()


def test_other_terms_replace_those_of_the_same_version_alone() -> None:
    later = LATER + timedelta(days=1)
    given(RECERTIFICATION, ASKED).when(replace(ASK, due=later)).then(replace(ASKED, due=later))
    both = replace(ASK, skills=(SKILL_B, SKILL_A, SKILL_B))
    given(RECERTIFICATION, ASKED).when(both).then(replace(ASKED, skills=(SKILL_A, SKILL_B)))
    third = replace(ASKED, version=3)
    assert set(given(RECERTIFICATION, ASKED, third).state.terms) == {2, 3}


def test_a_deadline_that_is_past_and_no_skill_at_all_are_refused() -> None:
    past = given(RECERTIFICATION).when(replace(ASK, due=NOON - timedelta(seconds=1)))
    assert past.then_refused("recertification_invalid", "invalid").extra == {"field": "by"}
    nobody = given(RECERTIFICATION).when(replace(ASK, skills=()))
    assert nobody.then_refused("recertification_invalid").extra == {"field": "skills"}


def test_only_what_is_asked_is_withdrawn_and_can_be_asked_again() -> None:
    given(RECERTIFICATION).when(WITHDRAW).then_refused("not_found", "not_found")
    given(RECERTIFICATION, ASKED).when(WITHDRAW).then(WITHDRAWN)
    given(RECERTIFICATION, ASKED, WITHDRAWN).when(ASK).then(ASKED)


def test_annotating_asks_for_every_certificate_that_is_due_and_no_ring_leaves_one_out() -> None:
    def asked(stage: str) -> set[str]:
        told = requirement(
            stage,
            project=PROJECT_A,
            skill=None,
            agreements={},
            courses={},
            guideline=None,
            conditions=Conditions(),
            certified=[(2, COURSE_A), (5, COURSE_A)],
        )
        token = certified_token(PROJECT_A, 5, COURSE_A)
        (ring,) = rings(told, (Ring(after_seconds=10, without=(token,)),))
        assert ring.requires == told.requires
        return {one for one in told.requires if one.startswith("certified:")}

    both = {certified_token(PROJECT_A, version, COURSE_A) for version in (2, 5)}
    assert asked("annotate") == asked("custom") == both
    assert asked("review") == asked("expert") == set()
