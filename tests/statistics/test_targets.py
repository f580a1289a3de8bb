"""Targets: measures and intervals by hand, and a verdict only where the interval leaves no doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.targets import Measure, Target, measured, met

# Truth a: 90 right, 10 called b. Truth b: 30 called a, 70 right.
COUNTS = {("a", "a"): 90, ("a", "b"): 10, ("b", "a"): 30, ("b", "b"): 70}
TABLES = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 60), max_size=9
)


@pytest.mark.parametrize(
    ("measure", "of_class", "value", "count"),
    [
        ("accuracy", None, 0.8, 200),
        ("precision", "a", 0.75, 120),
        ("recall", "a", 0.9, 100),
        ("f1", "a", 180 / 220, 130),
        ("precision", "b", 0.875, 80),
        ("recall", "b", 0.7, 100),
    ],
)
def test_measures_by_hand(measure: Measure, of_class: str | None, value: float, count: int) -> None:
    found = measured(measure, COUNTS, of_class)
    assert (found.value, found.count) == (pytest.approx(value), count)
    assert found.low < value < found.high


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Newcombe (1998), table I: 81 of 263 gives .2553 to .3662.
    found = measured("accuracy", {("a", "a"): 81, ("a", "b"): 182})
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_the_interval_of_f1_is_carried_over_from_the_share_of_hits_in_hits_and_misses() -> None:
    # tp = 90, fp = 30, fn = 10: J = 90 / 130.
    j = measured("accuracy", {("a", "a"): 90, ("a", "b"): 40})
    f1 = measured("f1", COUNTS, "a")
    assert f1.low == pytest.approx(2 * j.low / (1 + j.low))
    assert f1.high == pytest.approx(2 * j.high / (1 + j.high))


def test_the_interval_of_f1_covers_as_often_as_it_says() -> None:
    """Exactly, without drawing: hits among the 40 answers that touch the class are binomial with share J."""
    from math import comb

    for share in (0.6, 0.8, 0.9):
        f1, covered = 2 * share / (1 + share), 0.0
        for hits in range(41):
            found = measured("f1", {("a", "a"): hits, ("a", "b"): 40 - hits}, "a")
            if found.low <= f1 <= found.high:
                covered += comb(40, hits) * share**hits * (1 - share) ** (40 - hits)
        assert 0.92 < covered < 0.985


def test_a_verdict_is_given_only_where_the_interval_leaves_no_doubt() -> None:
    targets = [Target("accuracy", 0.7), Target("accuracy", 0.9), Target("accuracy", 0.8)]
    assert [one.outcome for one in met(targets, COUNTS)] == ["met", "not_met", "unclear"]


def test_without_answers_everything_is_unclear() -> None:
    (found,) = met([Target("recall", 0.5, "a")], {})
    assert (found.outcome, found.measured.value, found.measured.low, found.measured.high) == (
        "unclear",
        None,
        0,
        1,
    )
    assert met([Target("accuracy", 0.0)], {})[0].outcome == "unclear"


def test_a_target_of_every_class_gives_a_verdict_for_each_in_the_order_of_their_names() -> None:
    found = met([Target("recall", 0.8), Target("accuracy", 0.7)], dict(reversed(COUNTS.items())))
    assert [(v.target.measure, v.target.of_class, v.outcome) for v in found] == [
        ("recall", "a", "met"),
        ("recall", "b", "not_met"),
        ("accuracy", None, "met"),
    ]


def test_targets_that_mean_nothing_are_refused() -> None:
    for wrong in (("speed", 0.5), ("recall", 1.5), ("accuracy", 0.5, "a"), ("recall", 0.5, None, 1.0)):
        with pytest.raises(ValueError, match="expected"):
            Target(*wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="counts from 0"):
        met([Target("accuracy", 0.5)], {("a", "a"): -1})
    with pytest.raises(ValueError, match="class"):
        measured("f1", COUNTS)


@given(TABLES)
def test_estimates_lie_in_their_intervals_and_the_order_of_counts_changes_nothing(
    table: dict[tuple[str, str], int],
) -> None:
    targets = [Target("accuracy", 0.8), Target("precision", 0.8), Target("recall", 0.8), Target("f1", 0.8)]
    found = met(targets, table)
    assert found == met(targets, dict(reversed(table.items())))
    for one in found:
        value, low, high = one.measured.value, one.measured.low, one.measured.high
        assert 0.0 <= low <= high <= 1.0
        assert value is None or low - 1e-12 <= value <= high + 1e-12


@given(st.integers(1, 60), st.integers(0, 60))
def test_more_hits_never_lower_the_bounds(hits: int, misses: int) -> None:
    def table(right: int) -> dict[tuple[str, str], float]:
        return {("a", "a"): right, ("a", "b"): misses}

    for measure in ("recall", "f1"):
        less, more = (measured(measure, table(n), "a") for n in (hits, hits + 1))  # type: ignore[arg-type]
        assert less.low <= more.low + 1e-12 and less.high <= more.high + 1e-12
