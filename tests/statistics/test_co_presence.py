"""Two at one place: by hand counted days, and chance gets its due."""

import random

import pytest

from backend.statistics.co_presence import compare, limit


def test_a_day_of_two_slots_in_turns_may_be_chance_half_of_the_time() -> None:
    """Span 2: turned by 0 they never meet, turned by 1 they do."""
    found = compare([({10}, {11})])
    assert (found.common_slots, found.turns) == (0, 1)
    assert found.apart_p == pytest.approx(0.5) and found.together_p == pytest.approx(1.0)


def test_the_days_are_convolved_exactly() -> None:
    """Span 4, two slots each in turns: in common by turn are 0, 2, 0, 2, so none has chance 1/2 a day."""
    day = ({0, 2}, {1, 3})
    assert compare([day]).apart_p == pytest.approx(0.5)
    assert compare([day] * 3).apart_p == pytest.approx(1 / 8)
    # The first day gives 0 or 2 in common, the second 1 or 2: the sum is 1, 2, 3 or 4, each by chance 1/4.
    both = compare([day, ({0, 2}, {0, 2, 3})])
    assert (both.common_slots, both.days) == (2, 2)
    assert (both.apart_p, both.together_p) == (pytest.approx(0.5), pytest.approx(0.75))


def test_the_hours_are_those_of_all_days() -> None:
    """A day of two slots in turns, seen on a place that is used for four: one turn of four meets."""
    found = compare([({0}, {1}), ({2}, {3})])
    assert found.apart_p == pytest.approx((3 / 4) ** 2)


def test_who_is_there_in_the_same_slots_is_together() -> None:
    """Span 8, slots 0 and 7 in common: of 8 turns 1 gives two in common, 2 give one, 5 none."""
    found = compare([({0, 7}, {0, 7})])
    assert found.together_p == pytest.approx(1 / 8) and found.apart_p == pytest.approx(1.0)
    assert compare([({0, 7}, {0, 7})] * 4).together_p == pytest.approx(8.0**-4)


def test_who_fill_the_whole_day_together_say_nothing_by_chance() -> None:
    everything = set(range(96))
    found = compare([(everything, everything)] * 10)
    assert found.apart_p == found.together_p == pytest.approx(1.0)
    assert found.together_days == 10, "but that they were there at once is counted"


def test_a_handover_a_day_is_one_turn_and_an_hourly_one_many() -> None:
    shift = compare([(range(32, 48), range(48, 64))])
    hourly = compare([({0, 1, 2, 3, 8, 9, 10, 11}, {4, 5, 6, 7, 12, 13, 14, 15})])
    assert (shift.turns, hourly.turns) == (1, 3)


def test_days_on_which_one_was_not_there_are_left_out_and_nothing_is_said_of_none() -> None:
    assert compare([({1}, set()), (set(), {2})]).days == 0
    nothing = compare([])
    assert (nothing.days, nothing.apart_p, nothing.together_p) == (0, 1.0, 1.0)


def test_two_who_work_without_regard_for_each_other_are_not_told_more_often_than_p_says() -> None:
    """400 pairs over 10 days, four stretches of work a day each, which change hands three times a day."""
    dice = random.Random(5)

    def day() -> set[int]:
        begins = dice.sample(range(32, 68), 4)
        return {slot for begin in begins for slot in range(begin, begin + dice.randint(1, 5))}

    found = [compare([(day(), day()) for _ in range(10)]) for _ in range(400)]
    assert sum(one.turns for one in found) > 2.5 * 10 * 400
    assert 0 < sum(one.apart_p < 0.05 for one in found) <= 0.06 * 400
    assert sum(one.apart_p < 0.001 for one in found) <= 1


def test_the_limit_is_shared_by_all_tests() -> None:
    assert limit(10, 0.001, 0.05) == 0.001 and limit(1_000, 0.001, 0.05) == pytest.approx(5e-5)
    assert limit(0, 0.001, 0.05) == 0.001
