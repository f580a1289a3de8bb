"""Skills: a name and a kind, given once."""

from backend.domain.projects.skill import SKILL, DefineSkill
from backend.events import projects as ev
from tests.domain.facts import SKILL_A
from tests.domain.gwt import given

DEFINED = ev.SkillDefined(skill=SKILL_A, name="birds", kind="domain")
GERMAN = DefineSkill(skill=SKILL_A, name="birds", kind="language")


def test_a_skill_is_defined_once() -> None:
    given(SKILL).when(DefineSkill(skill=SKILL_A, name="birds")).then(DEFINED)
    given(SKILL, DEFINED).when(DefineSkill(skill=SKILL_A, name="birds")).then()


def test_a_skill_keeps_its_name_and_its_kind() -> None:
    given(SKILL, DEFINED).when(DefineSkill(skill=SKILL_A, name="cats")).then_refused("not_now", "conflict")
    given(SKILL, DEFINED).when(GERMAN).then_refused("not_now", "conflict")


def test_a_skill_is_of_a_known_kind() -> None:
    odd = DefineSkill(skill=SKILL_A, name="birds", kind="magic")
    given(SKILL).when(odd).then_refused("skill_kind_unknown", "invalid")
    given(SKILL).when(GERMAN).then(ev.SkillDefined(skill=SKILL_A, name="birds", kind="language"))
