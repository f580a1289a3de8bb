"""Turnover over stays whose ends are known."""

from datetime import UTC, datetime, timedelta

from backend.domain.workforce.turnover import Stay, by_month, headcount, period, tenure_days

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 11, tzinfo=UTC)


def stay(joined: int, left: int | None = None) -> Stay:
    """A stay in days since the first of January."""
    return Stay(JANUARY + timedelta(days=joined), None if left is None else JANUARY + timedelta(days=left))


def test_tenure_is_until_they_left_or_until_now() -> None:
    found = tenure_days([stay(0, 10), stay(0, 20), stay(39)], NOW)
    assert found is not None and (found.n, found.q1, found.median, found.q3) == (3, 15.0, 20.0, 25.0)
    assert tenure_days([], NOW) is None


def test_headcount_counts_who_has_come_and_not_left() -> None:
    stays = [stay(0, 10), stay(5)]
    counts = [headcount(stays, JANUARY + timedelta(days=day)) for day in (0, 5, 10)]
    assert counts == [1, 2, 1]


def test_the_rate_is_leavers_by_mean_headcount() -> None:
    """Ten at the start of January, one comes, two leave: 2 / ((10 + 9) / 2)."""
    stays = [stay(-5)] * 8 + [stay(-5, 10), stay(-5, 20), stay(15)]
    january = period(stays, JANUARY, datetime(2026, 2, 1, tzinfo=UTC))
    assert (january.joined, january.left, january.headcount_mean) == (1, 2, 9.5)
    assert january.rate == 2 / 9.5


def test_months_without_anybody_have_no_rate_and_the_last_one_ends_now() -> None:
    january, february, march = by_month([stay(31 + 10)], JANUARY, NOW)
    assert (january.rate, february.joined, february.rate) == (None, 1, 0.0)
    assert (march.begins, march.ends) == (datetime(2026, 3, 1, tzinfo=UTC), NOW)
