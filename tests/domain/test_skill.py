"""Skills: a name and a kind, given once; and weights within their bounds."""

import pytest

from backend.domain.projects.skill import SKILL, DefineSkill, WeighSkill, Weights
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


def weigh(exam: int, imported: int, review: int) -> WeighSkill:
    weights = Weights(exam_ppm=exam, import_ppm=imported, review_ppm=review)
    return WeighSkill(skill=SKILL_A, weights=weights)


LIGHTER = ev.SkillWeighted(skill=SKILL_A, exam_ppm=0, import_ppm=250_000, review_ppm=500_000)


def test_weights_are_set_and_the_same_again_is_nothing() -> None:
    given(SKILL, DEFINED).when(weigh(0, 250_000, 500_000)).then(LIGHTER)
    given(SKILL, DEFINED, LIGHTER).when(weigh(0, 250_000, 500_000)).then()
    default = ev.SkillWeighted(skill=SKILL_A, exam_ppm=500_000, import_ppm=500_000, review_ppm=1_000_000)
    given(SKILL, DEFINED, LIGHTER).when(weigh(500_000, 500_000, 1_000_000)).then(default)


def test_the_weights_of_a_new_skill_are_the_defaults() -> None:
    given(SKILL, DEFINED).when(weigh(500_000, 500_000, 1_000_000)).then()


def test_weights_change_neither_name_nor_kind() -> None:
    given(SKILL, DEFINED, LIGHTER).when(DefineSkill(skill=SKILL_A, name="birds")).then()


@pytest.mark.parametrize(
    "weights",
    [(500_001, 0, 0), (-1, 0, 0), (0, 500_001, 0), (0, -1, 0), (0, 0, 1_000_001), (0, 0, -1)],
)
def test_a_weight_out_of_its_bounds_is_refused(weights: tuple[int, int, int]) -> None:
    given(SKILL, DEFINED).when(weigh(*weights)).then_refused("weight_invalid", "invalid")


def test_what_is_not_in_the_catalogue_has_no_weights() -> None:
    given(SKILL).when(weigh(0, 0, 0)).then_refused("not_now", "conflict")
