"""Gold: a truth is set once."""

from dataclasses import replace

from backend.domain.projects.gold import GOLD, AddGold
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


def test_the_same_truth_again_is_nothing_new() -> None:
    given(GOLD).when(ADD).then(ADDED)
    given(GOLD, ADDED).when(ADD).then()


def test_another_truth_or_use_is_refused() -> None:
    given(GOLD, ADDED).when(replace(ADD, truth_token="u")).then_refused("gold_exists", "conflict")
    given(GOLD, ADDED).when(replace(ADD, exam_only=True)).then_refused("gold_exists", "conflict")
