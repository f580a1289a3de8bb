"""Quantiles and months."""

from datetime import UTC, datetime

import pytest

from backend.domain.workforce.spans import month_after, month_before, month_of, months, quantile, spread


def test_quantiles_are_linear_between_neighbours_as_in_percentile_cont() -> None:
    ordered = [1.0, 2.0, 3.0, 4.0]
    assert [quantile(ordered, q) for q in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.75, 2.5, 3.25, 4.0]
    assert quantile([7.0], 0.9) == 7.0


def test_a_spread_needs_values_and_says_how_many() -> None:
    assert spread([]) is None
    found = spread([30.0, 10.0, 20.0])
    assert found is not None and (found.n, found.median, found.q1) == (3, 20.0, 15.0)
    assert found.p90 == pytest.approx(28.0)


def test_months_go_over_the_end_of_a_year() -> None:
    at = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert month_after(month_of(at)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_before(datetime(2026, 1, 1, tzinfo=UTC), 13) == datetime(2024, 12, 1, tzinfo=UTC)
    listed = list(months(at, datetime(2027, 2, 1, tzinfo=UTC)))
    assert [(one.year, one.month) for one in listed] == [(2026, 12), (2027, 1), (2027, 2)]
