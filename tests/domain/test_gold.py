"""Gold: a truth is set once; what is retired is asked no more, and may be added anew."""

from dataclasses import replace

import pytest

from backend.domain.projects.gold import GOLD, REWORKED, WHYS, AddGold, RestoreGold, RetireGold
from backend.events import projects as ev
from tests.domain.facts import GOLD_A, HIDDEN, ITEM_A, PROJECT_A
from tests.domain.gwt import given

ADD = AddGold(
    gold=GOLD_A,
    project=PROJECT_A,
    item=ITEM_A,
    truth=HIDDEN,
    truth_token="t",
    truth_class="cat",
    exam_only=False,
)
ADDED = ev.GoldAdded(
    gold=GOLD_A,
    project=PROJECT_A,
    item=ITEM_A,
    truth=HIDDEN,
    truth_token="t",
    truth_class="cat",
    exam_only=False,
)
RETIRE = RetireGold(why="doubtful", answers=7, disagreed=4, basis_index=9)
RETIRED = ev.GoldRetired(
    gold=GOLD_A, project=PROJECT_A, item=ITEM_A, why="doubtful", answers=7, disagreed=4, basis_index=9
)


def test_the_same_truth_again_is_nothing_new() -> None:
    given(GOLD).when(ADD).then(ADDED)
    given(GOLD, ADDED).when(ADD).then()


def test_another_truth_or_use_is_refused() -> None:
    given(GOLD, ADDED).when(replace(ADD, truth_token="u")).then_refused("gold_exists", "conflict")
    given(GOLD, ADDED).when(replace(ADD, exam_only=True)).then_refused("gold_exists", "conflict")


@pytest.mark.parametrize("why", WHYS)
def test_gold_is_retired_once_and_says_why(why: str) -> None:
    given(GOLD, ADDED).when(replace(RETIRE, why=why)).then(replace(RETIRED, why=why))
    given(GOLD, ADDED, RETIRED).when(replace(RETIRE, why=why)).then()


def test_what_never_was_gold_is_not_retired_and_a_reason_is_one_of_the_list() -> None:
    given(GOLD).when(RETIRE).then_refused("not_found", "not_found")
    given(GOLD, ADDED).when(replace(RETIRE, why="dull")).then_refused("gold_why_unknown", "invalid")


def test_retired_gold_is_added_anew_with_another_truth() -> None:
    again = replace(ADD, truth_token="u", origin="promoted")
    given(GOLD, ADDED, RETIRED).when(again).then(replace(ADDED, truth_token="u", origin="promoted"))
    given(GOLD, ADDED, RETIRED, ADDED).when(ADD).then()


def test_gold_whose_rework_was_taken_back_is_asked_again_unless_something_else_retired_it() -> None:
    doubted = replace(RETIRED, why=REWORKED)
    restored = ev.GoldRestored(gold=GOLD_A, project=PROJECT_A, item=ITEM_A)
    given(GOLD, ADDED, doubted).when(RestoreGold()).then(restored)
    given(GOLD, ADDED, doubted, restored).when(RestoreGold()).then()
    given(GOLD, ADDED, doubted, restored).when(RETIRE).then(RETIRED)
    given(GOLD, ADDED, doubted).when(RETIRE).then(RETIRED)
    given(GOLD, ADDED, doubted, RETIRED).when(RestoreGold()).then()
    given(GOLD, ADDED, RETIRED).when(replace(RETIRE, why=REWORKED)).then()
    given(GOLD).when(RestoreGold()).then_refused("not_found", "not_found")
