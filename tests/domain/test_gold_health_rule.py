"""The rule of gold's health: what is said holds, what has a strong sign goes in turn, and the stock is never spent."""

from dataclasses import replace
from uuid import UUID

import pytest

from backend.domain.projects import gold as gold_domain
from backend.domain.projects.gold import GOLD, SIGNS, PutBack, Sign
from backend.domain.projects.gold_health import (
    GOLD_HEALTH,
    Rule,
    SetRule,
    Spare,
    Suspect,
    judge,
    share_left,
)
from backend.events.gold_health import GoldHealthRuleSet, GoldPutBack
from tests.domain.facts import GOLD_A, ITEM_A, PROJECT_A
from tests.domain.gwt import given
from tests.domain.test_gold import ADDED, RETIRE, RETIRED

SAY = SetRule(project=PROJECT_A, retire=("hard", "risen"), answers_min=40, daily_percent=10)
SAID = GoldHealthRuleSet(
    project=PROJECT_A, version=1, retire=("risen", "hard"), answers_min=40, daily_percent=10
)
SIGN = Sign(statistic=0.0001, threshold=0.01, answers=50, rule_version=0)
MUCH = Spare(100, 100, {"cat": Spare(100, 100, {}), "dog": Spare(100, 100, {})})


def suspect(n: int, *signs: str, of: str = "cat", answers: int = 50, met: bool = False) -> Suspect:
    named = {sign: replace(SIGN, answers=answers) for sign in signs or ("risen",)}
    return Suspect(gold=UUID(int=n), truth_class=of, exam_only=False, met=met, signs=named)


RULE = Rule()


def outcomes(*suspects: Suspect, rule: Rule = RULE, spare: Spare = MUCH, most: int = 9) -> list[str]:
    return [one.outcome for one in judge(suspects, rule, spare, most)]


def test_a_rule_holds_from_when_it_is_said_and_the_same_again_is_nothing_new() -> None:
    given(GOLD_HEALTH).when(SAY).then(SAID)
    given(GOLD_HEALTH, SAID).when(SAY).then()
    given(GOLD_HEALTH).when(replace(SAY, retire=SIGNS, answers_min=30, daily_percent=5)).then()


@pytest.mark.parametrize("wrong", [{"retire": ("dull",)}, {"answers_min": 9}, {"daily_percent": 51}])
def test_a_rule_names_signs_and_keeps_its_ranges(wrong: dict[str, object]) -> None:
    given(GOLD_HEALTH).when(replace(SAY, **wrong)).then_refused("gold_health_rule_invalid", "invalid")  # type: ignore[arg-type]


def test_a_sign_retires_only_where_the_rule_says_so_and_enough_people_answered() -> None:
    quiet = Rule(retire=("hard",))
    assert outcomes(suspect(1), suspect(2, "hard"), suspect(3, "hard", answers=29), rule=quiet) == [
        "warn",
        "retire",
        "few_answers",
    ]
    (by,) = judge([suspect(1, "risen", "hard")], quiet, MUCH, 9)
    assert (by.why, by.outcome) == ("hard", "retire")
    assert outcomes(replace(suspect(1), exam_only=True)) == ["exam"]


def test_what_must_stay_is_only_shown() -> None:
    three = [suspect(n) for n in range(3)]
    assert outcomes(*three, spare=replace(MUCH, active=1)) == ["retire", "low_stock", "low_stock"]
    assert outcomes(*three, spare=replace(MUCH, active=-4)) == ["low_stock"] * 3
    assert outcomes(*three, spare=replace(MUCH, unmet=0)) == ["low_stock"] * 3
    few = Spare(100, 100, {"cat": Spare(1, 100, {}), "dog": Spare(5, 0, {})})
    dogs = suspect(4, of="dog"), suspect(5, of="dog", met=True)
    assert outcomes(*three, *dogs, spare=few) == ["retire", "low_stock", "low_stock", "low_stock", "retire"]


def test_a_doubted_key_takes_its_kin_along_or_nothing_goes() -> None:
    doubted, known = replace(suspect(1, "able_people_miss_it"), kin=3), replace(suspect(2), kin=3)
    assert outcomes(doubted, suspect(3), most=2, spare=replace(MUCH, active=5)) == ["retire", "retire"]
    assert outcomes(doubted, suspect(3), spare=replace(MUCH, active=4)) == ["retire", "low_stock"]
    assert outcomes(doubted, suspect(3), spare=replace(MUCH, active=3)) == ["low_stock", "retire"]
    assert outcomes(known, spare=replace(MUCH, active=1)) == ["retire"], (
        "that one is known says nothing of its key"
    )


def test_a_day_takes_its_share_and_no_more() -> None:
    assert outcomes(*(suspect(n) for n in range(4)), most=2) == ["retire"] * 2 + ["daily_share"] * 2
    assert [share_left(Rule(), 100, gone) for gone in (0, 4, 5, 9)] == [5, 1, 0, 0]
    assert [share_left(Rule(), 12, gone) for gone in (0, 1)] == [1, 0]


def test_one_bad_day_does_not_empty_the_stock() -> None:
    found = outcomes(*(suspect(n) for n in range(200)), most=share_left(Rule(), 200, 0))
    assert found.count("retire") == 10


def test_only_what_a_sign_retired_is_put_back_and_only_while_its_key_is_trusted() -> None:
    by_sign = replace(RETIRED, why="risen")
    back = GoldPutBack(gold=GOLD_A, project=PROJECT_A, item=ITEM_A, why="risen")
    given(GOLD, ADDED, by_sign).when(PutBack()).then(back)
    given(GOLD, ADDED, by_sign, back).when(PutBack()).then()
    given(GOLD, ADDED, by_sign, back).when(RETIRE).then(RETIRED)
    given(GOLD, ADDED, RETIRED).when(PutBack()).then_refused("gold_not_by_sign", "conflict")
    wrong = gold_domain.FindKeyWrong(retire=RETIRE, right=None, right_token=None, right_class=None)
    (found,) = gold_domain.decide(wrong, GOLD.fold([ADDED, by_sign]))
    given(GOLD, ADDED, by_sign, found).when(PutBack()).then_refused("gold_not_by_sign", "conflict")


def test_a_retirement_says_on_what_it_rests() -> None:
    said = replace(
        RETIRED, why="risen", statistic="0.0001", threshold="0.01", sign_answers=50, rule_version=0
    )
    given(GOLD, ADDED).when(replace(RETIRE, why="risen", sign=SIGN)).then(said)
