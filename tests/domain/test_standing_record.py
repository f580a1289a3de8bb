"""What a record earns and costs: levels by the lower bound, the floor by certainty, nothing without evidence."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.proficiency.imported import IMPORTED, ImportScore
from backend.domain.proficiency.prior import PRIOR, Fit
from backend.domain.proficiency.standing import EVIDENCE_MIN, LEVELS, closing_ppm, fallen, level
from backend.events import proficiency as ev
from backend.statistics.beta import prior_of_pool
from tests.domain.facts import ADA, SKILL_A
from tests.domain.gwt import given as past

FLOOR_PPM = 700_000
POOL = prior_of_pool(850.0, 1000.0)


def closes(correct: float, total: float, floor_ppm: int = FLOOR_PPM) -> int | None:
    """Whether this much live evidence closes, whatever it was made of."""
    return closing_ppm(total, POOL.updated(correct, total), floor_ppm)


def earns(correct: float, total: float) -> int:
    return level(total, POOL.updated(correct, total))


def test_nine_wrong_answers_close_nothing_and_ten_do() -> None:
    assert closes(0, 9) is None
    assert (closes(0, 10) or 0) > 950_000


def test_an_exam_alone_closes_nothing_however_bad() -> None:
    assert closing_ppm(0.0, POOL.updated(0, 50), FLOOR_PPM) is None


def test_without_a_floor_nothing_closes() -> None:
    assert closes(0, 100, floor_ppm=0) is None
    assert fallen(100.0, 0.9, 60.0, 0) is None


def test_half_right_of_forty_is_below_the_floor_and_three_quarters_are_not() -> None:
    assert closes(20, 40) is not None
    assert closes(30, 40) is None


def test_evidence_of_half_the_weight_takes_twice_as_much_to_close_or_earn() -> None:
    assert closes(0, 19 * 0.5) is None and closes(0, 20 * 0.5) == closes(0, 10)
    assert earns(19 * 0.5, 19 * 0.5) == 0 and earns(20 * 0.5, 20 * 0.5) == earns(10, 10)


def test_evidence_without_weight_closes_nothing_whatever_is_believed_of_the_others() -> None:
    assert closing_ppm(0.0, prior_of_pool(0.0, 1000.0), FLOOR_PPM) is None


def test_a_fall_closes_at_the_bound_of_the_sum_and_not_before() -> None:
    assert fallen(10.0, 0.9, 5.999999999, FLOOR_PPM) is None
    found = fallen(10.0, 0.9, 6.0, FLOOR_PPM)
    assert found is not None and (found.target, found.state, found.bound) == (0.9, 6.0, 6.0)
    assert fallen(9.5, 0.9, 7.0, FLOOR_PPM) is None, "too little since it was last judged"
    assert fallen(50.0, 0.0, 7.0, FLOOR_PPM) is None, "nothing known to fall from"


def test_a_prior_is_fitted_once_to_the_same_evidence() -> None:
    def fit(basis: int, a: float = 6.4) -> Fit:
        return Fit(skill=SKILL_A, a=a, b=1.6, people=12, basis_index=basis)

    told = ev.PriorFitted(skill=SKILL_A, a_ppm=6_400_000, b_ppm=1_600_000, people=12, basis_index=40)
    past(PRIOR).when(fit(40)).then(told)
    past(PRIOR, told).when(fit(40)).then()
    past(PRIOR, told).when(fit(39)).then()
    newer = ev.PriorFitted(skill=SKILL_A, a_ppm=1, b_ppm=1_600_000, people=12, basis_index=41)
    past(PRIOR, told).when(fit(41, a=0.0)).then(newer)


@pytest.mark.parametrize(
    ("correct", "total", "expected"),
    [(9, 9, 0), (10, 10, 2), (40, 40, 3), (100, 100, 4), (70, 100, 0), (85, 100, 1)],
)
def test_a_level_is_earned_by_the_lower_bound(correct: int, total: int, expected: int) -> None:
    assert earns(correct, total) == expected


@given(st.integers(0, 200), st.integers(0, 200))
def test_more_right_answers_never_earn_less_nor_close_more(right: int, wrong: int) -> None:
    one, better = (right, right + wrong), (right + 1, right + 1 + wrong)
    assert earns(*better) >= earns(*one)
    assert closes(*better) is None or closes(*one) is not None or right + wrong < EVIDENCE_MIN


@given(st.integers(0, 100), st.integers(0, 100))
def test_nobody_earns_a_level_and_is_closed_by_one_record(right: int, wrong: int) -> None:
    counts = (right, right + wrong)
    assert not (earns(*counts) and closes(*counts) is not None)


def test_an_85_percent_worker_is_closed_in_at_most_one_of_a_hundred_runs_of_fifty() -> None:
    """Looked at after every answer; design number: false demotion at most 1 %."""
    chance, closed = random.Random(7), 0
    for _ in range(2_000):
        right = 0
        for n in range(1, 51):
            right += chance.random() < 0.85
            if n >= EVIDENCE_MIN and right <= 0.7 * n and closes(right, n) is not None:
                closed += 1
                break
    assert closed <= 20, f"{closed} of 2000"


def test_levels_ask_for_more_and_more() -> None:
    assert sorted(LEVELS) == list(LEVELS)


def score(correct: int, total: int) -> ImportScore:
    return ImportScore(annotator=ADA, skill=SKILL_A, correct=correct, total=total, system="old")


def test_the_same_imported_numbers_again_are_nothing_and_others_replace_them() -> None:
    told = ev.ScoreImported(annotator=ADA, skill=SKILL_A, correct=8, total=10, system="old")
    past(IMPORTED).when(score(8, 10)).then(told)
    past(IMPORTED, told).when(score(8, 10)).then()
    newer = ev.ScoreImported(annotator=ADA, skill=SKILL_A, correct=9, total=12, system="old")
    past(IMPORTED, told).when(score(9, 12)).then(newer)


@pytest.mark.parametrize(("correct", "total"), [(1, 0), (-1, 5), (6, 5)])
def test_imported_counts_that_cannot_be_are_refused(correct: int, total: int) -> None:
    past(IMPORTED).when(score(correct, total)).then_refused("score_invalid", "invalid")
