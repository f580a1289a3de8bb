"""A histogram of durations: its quantiles are the true ones within the error."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.readmodels.histogram import ANSWERS_MIN, ERROR, SECONDS_MAX, bucket_of, quantile, seconds_of

SECONDS = st.floats(min_value=1, max_value=SECONDS_MAX)


@given(SECONDS)
def test_a_bucket_tells_a_duration_within_the_error(seconds: float) -> None:
    assert abs(seconds_of(bucket_of(seconds)) - seconds) <= ERROR * seconds * 1.000001


@given(SECONDS, SECONDS)
def test_what_took_longer_is_in_no_lower_bucket(one: float, other: float) -> None:
    assert (bucket_of(one) <= bucket_of(other)) == (one <= other) or bucket_of(one) == bucket_of(other)


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.2, 1.0])
def test_up_to_a_second_is_one_bucket(seconds: float) -> None:
    assert bucket_of(seconds) == 0 and seconds_of(0) == 1.0


def test_what_took_weeks_counts_as_one_week() -> None:
    assert bucket_of(10 * SECONDS_MAX) == bucket_of(SECONDS_MAX)


@given(st.lists(SECONDS, min_size=ANSWERS_MIN, max_size=200))
def test_the_percentile_of_a_histogram_is_that_of_its_durations_within_the_error(
    durations: list[float],
) -> None:
    true = sorted(durations)[ceil(len(durations) * 0.95) - 1]
    found = quantile(Counter(map(bucket_of, durations)))
    assert found is not None and abs(found - true) <= ERROR * true * 1.000001


def test_below_twenty_answers_nothing_is_known() -> None:
    assert quantile({5: ANSWERS_MIN - 1}) is None
    assert quantile({5: ANSWERS_MIN}) == seconds_of(5)
    assert quantile({}) is None
