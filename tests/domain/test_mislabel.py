"""Probable mislabels: class and confidence make one risk, the worst come first, and the seed decides among equals."""

import pytest

from backend.domain.tasks import mislabel
from backend.domain.tasks.mislabel import MISLABEL_DRAW, DrawWorst
from backend.events import rework as ev
from backend.events.ids import ReworkId
from tests.domain.facts import PROJECT_A, uid
from tests.domain.gwt import given

DRAW = DrawWorst(
    rework=ReworkId(uid(7)), project=PROJECT_A, wanted=1, seed="s", classes=(), items=(), basis_index=5
)
DRAWN = ev.WorstDrawn(
    rework=ReworkId(uid(7)), project=PROJECT_A, wanted=1, seed="s", classes=(), items=(), basis_index=5
)


def test_confidence_alone_says_the_risk_where_a_class_was_never_held_against_a_truth() -> None:
    assert mislabel.odds_factor(doubt=0.1, error=0.9, seen=0.0) == 1.0
    assert mislabel.risk_ppm(900_000, 1.0) == 100_000
    assert mislabel.risk_ppm(1_000_000, 1.0) == 1
    assert mislabel.risk_ppm(0, 1.0) == 999_999


def test_a_class_that_is_wrong_more_often_than_it_doubts_is_more_at_risk() -> None:
    worse, better = (mislabel.odds_factor(0.1, error, 1_000.0) for error in (0.3, 0.01))
    assert worse == pytest.approx((0.3 / 0.7) / (0.1 / 0.9), rel=0.02)
    assert mislabel.risk_ppm(900_000, worse) > 290_000
    assert mislabel.risk_ppm(900_000, better) < 20_000
    assert 1.0 < mislabel.odds_factor(0.1, 0.3, 2.0) < worse, "little evidence moves it little"


def test_the_worst_come_first_and_the_seed_decides_among_equals() -> None:
    equal = [mislabel.suspect(uid(n), "dog", 900_000, 1.0) for n in range(20)]
    bad = mislabel.suspect(uid(99), "cat", 900_000, 3.0)
    first = mislabel.worst([*equal, bad], 5, "s")
    assert first[0] == bad
    assert first == mislabel.worst([bad, *reversed(equal)], 5, "s")
    assert first != mislabel.worst([*equal, bad], 5, "t")


def test_a_plan_is_drawn_for_once() -> None:
    given(MISLABEL_DRAW).when(DRAW).then(DRAWN)
    given(MISLABEL_DRAW, DRAWN).when(DRAW).then()
