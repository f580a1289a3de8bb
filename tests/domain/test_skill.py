"""Skills: a name is given once."""

from backend.domain.projects.skill import SKILL, DefineSkill
from backend.events import projects as ev
from tests.domain.facts import SKILL_A
from tests.domain.gwt import given

DEFINED = ev.SkillDefined(skill=SKILL_A, name="birds")


def test_a_skill_is_defined_once() -> None:
    given(SKILL).when(DefineSkill(skill=SKILL_A, name="birds")).then(DEFINED)
    given(SKILL, DEFINED).when(DefineSkill(skill=SKILL_A, name="birds")).then()


def test_a_skill_keeps_its_name() -> None:
    given(SKILL, DEFINED).when(DefineSkill(skill=SKILL_A, name="cats")).then_refused("not_now", "conflict")
