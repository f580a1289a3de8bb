"""Mixing: the share is met, the gap is kept, and the classes approach the mix that is asked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.tasks.mixing import (
    GAP,
    SESSION_ENDS_AFTER,
    Handed,
    Shares,
    class_due,
    gap_of,
    places,
    wanted,
)
from backend.statistics.gold_rate import quotas

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def worked(share: float, pulls: list[tuple[int, bool]], seed: int) -> list[list[bool]]:
    """What somebody was handed, session by session, in pulls of so many that follow a break or not."""
    chance, handed, now = Random(seed), Handed(), NOW
    sessions: list[list[bool]] = [[]]
    for n, after_break in pulls:
        now += SESSION_ENDS_AFTER + timedelta(seconds=1) if after_break else timedelta(minutes=1)
        if after_break and sessions[-1]:
            sessions.append([])
        found = set(places(share, handed, now, iter(chance.random, 1.0), n))
        sessions[-1] += [place in found for place in range(n)]
        lately = [one for session in sessions[-2:] for one in session[-GAP:]]
        handed = Handed(now, tuple(reversed(lately))[:GAP])
    return sessions


@given(
    st.integers(1, 500_000),
    st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=40),
    st.integers(0, 2**32),
)
def test_the_gap_is_kept_and_no_session_begins_with_gold(
    ppm: int, pulls: list[tuple[int, bool]], seed: int
) -> None:
    gap = gap_of(ppm / 1e6)
    for session in worked(ppm / 1e6, pulls, seed):
        assert not session[0]
        gold = [place for place, one in enumerate(session) if one]
        assert all(later - earlier > gap for earlier, later in pairwise(gold))


@pytest.mark.parametrize("share", [0.02, 0.05, 0.10, 0.20, 1 / 3, 0.5, 0.9])
@pytest.mark.parametrize("most", [1, 4])
def test_the_realised_share_is_the_one_asked_for(share: float, most: int) -> None:
    n = 12_000
    got = sum(worked(share, [(most, False)] * (n // most), 7)[0]) / n
    # With a gap the distances vary less than by independent draws: their interval is wide enough.
    assert abs(got - share) < 2.6 * (share * (1 - share) / n) ** 0.5


def test_a_share_of_everything_is_gold_from_the_first_on_and_none_is_none() -> None:
    never = iter(Random(0).random, 1.0)
    assert places(1.0, Handed(), NOW, never, 3) == [0, 1, 2]
    assert places(0.0, Handed(NOW), NOW, never, 50) == []
    assert [gap_of(one) for one in (0.05, 1 / 3, 0.34, 0.5, 0.51, 1.0)] == [2, 2, 1, 1, 0, 0]


def test_classes_approach_the_quotas_whatever_the_draws() -> None:
    shares = wanted({"a": 900, "b": 90, "c": 10}, {"a": 50, "b": 50, "c": 50})
    assert [round(share * 60) for share in shares.values()] == quotas(60, [900, 90, 10])
    had: Counter[str] = Counter()
    chance = Random(3)
    for n in range(1, 301):
        drawn = class_due(shares, had, chance.random())
        assert drawn is not None
        had[drawn] += 1
        assert all(abs(had[one] - share * n) < 2.0 for one, share in shares.items())


def test_without_production_gold_is_drawn_as_it_is_stocked_and_a_new_class_is_rare() -> None:
    assert wanted({}, {"a": 30, "b": 10}) == {"a": 0.75, "b": 0.25}
    assert wanted({"a": 1_000}, {"a": 1, "b": 1})["b"] == pytest.approx(3 / 40)
    assert wanted({"a": 5}, {"a": 0}) == {}
    assert class_due(Shares(), {}, 0.5) is None


def test_the_class_is_not_told_by_the_ones_before() -> None:
    """Of two equal classes neither simply follows the other."""
    shares, chance, order = Shares({"a": 0.5, "b": 0.5}), Random(5), ""
    had: Counter[str] = Counter()
    for _ in range(400):
        drawn = class_due(shares, had, chance.random())
        assert drawn is not None
        had[drawn] += 1
        order += drawn
    assert order.count("ab") + order.count("ba") < 399
