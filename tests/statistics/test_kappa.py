"""Cohen's and Fleiss' kappa give the textbook values, with intervals that hold."""

import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.kappa import cohen, fleiss
from benchmarks.quality.sets import SETS, load

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30)
UNITS = st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=12)
# Fleiss 1971 as on Wikipedia: ten subjects, fourteen raters, five categories.
SUBJECTS = "0 0 0 0 14,0 2 6 4 2,0 0 3 5 6,0 3 9 2 0,2 2 8 1 1,7 7 0 0 0,3 2 6 3 0,2 5 3 2 2,6 5 2 1 0,0 2 2 3 7".split(
    ","
)
FLEISS = [
    [name for name, n in zip("abcde", row.split(), strict=True) for _ in range(int(n))] for row in SUBJECTS
]


def _table(rows: list[list[int]]) -> list[tuple[str, str]]:
    return [("abc"[i], "abc"[j]) for i, row in enumerate(rows) for j, n in enumerate(row) for _ in range(n)]


def test_the_table_of_two_raters_of_1969_gives_its_kappa_and_its_error() -> None:
    """Fleiss, Cohen and Everitt's own example."""
    found = cohen(_table([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))
    assert found is not None
    assert [found.observed, found.expected] == pytest.approx([0.70, 0.475])
    assert found.value == pytest.approx(0.4286, abs=5e-5) and found.error == pytest.approx(0.0537, abs=5e-5)


def test_two_that_agree_on_35_of_50_grants_have_a_kappa_of_4_tenths() -> None:
    found = cohen(_table([[20, 5], [10, 15]]))
    assert found is not None and found.value == pytest.approx(0.4)


@pytest.mark.parametrize(
    "rows", [[[106, 10, 4], [22, 28, 10], [2, 12, 6]], [[20, 5], [10, 15]], [[5, 9], [30, 2]]]
)
def test_the_error_is_what_the_delta_method_gives(rows: list[list[int]]) -> None:
    """Derivatives by differences and the covariance of a multinomial, instead of the closed form."""
    size, n = len(rows), sum(map(sum, rows))
    shares = [count / n for row in rows for count in row]

    def value(p: list[float]) -> float:
        whole = sum(p)
        grid = [[p[i * size + j] / whole for j in range(size)] for i in range(size)]
        by_chance = sum(sum(grid[k]) * sum(row[k] for row in grid) for k in range(size))
        return (sum(grid[k][k] for k in range(size)) - by_chance) / (1 - by_chance)

    step = 1e-6
    slopes = []
    for at in range(len(shares)):
        up, down = ([p + sign * step * (i == at) for i, p in enumerate(shares)] for sign in (1, -1))
        slopes.append((value(up) - value(down)) / (2 * step))
    mean = sum(p * g for p, g in zip(shares, slopes, strict=True))
    variance = sum(p * (g - mean) ** 2 for p, g in zip(shares, slopes, strict=True)) / n
    found = cohen(_table(rows))
    assert found is not None and found.error == pytest.approx(math.sqrt(variance), rel=1e-5)


def test_the_interval_of_cohen_holds_the_truth_about_19_times_in_20() -> None:
    dice, held = random.Random(3), 0
    cells = [(a, b) for a in "ab" for b in "ab"]
    for _ in range(400):
        found = cohen(dice.choices(cells, weights=[0.4, 0.1, 0.1, 0.4], k=120))
        held += found is not None and found.low <= 0.6 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_fleiss_own_example_gives_his_kappa() -> None:
    found = fleiss(FLEISS)
    assert found is not None
    assert [found.value, found.observed, found.expected] == pytest.approx([0.210, 0.378, 0.213], abs=5e-4)
    assert found.low < found.value < found.high


def test_the_interval_of_fleiss_holds_the_truth_about_19_times_in_20() -> None:
    """Two classes alike, everyone right with .8: pairs agree with .68 and by chance with .5, so kappa is .36."""
    dice, held = random.Random(6), 0
    for _ in range(300):
        truths = [dice.choice("ab") for _ in range(80)]
        found = fleiss([[t if dice.random() < 0.8 else "ab"[t == "a"] for _ in range(4)] for t in truths])
        held += found is not None and found.low <= 0.36 <= found.high
    assert 0.92 <= held / 300 <= 0.98


@pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("snow_rte", 0.2414),
        ("snow_temp", 0.2232),
        ("dog", 0.5194),
        ("vldb_d_possent", 0.1493),
        ("vldb_d_product", 0.1574),
    ],
)
def test_real_crowds_agree_as_much_as_the_reference_says(name: str, expected: float) -> None:
    by_task: dict[int, list[str]] = {}
    for one in load(name).answers:
        by_task.setdefault(one.task, []).append(one.answer)
    found = fleiss(by_task.values())
    assert found is not None and found.value == pytest.approx(expected, abs=5.1e-5)
    assert 0 < found.high - found.low < 0.06


@settings(max_examples=100, deadline=None)
@given(PAIRS)
def test_cohen_is_symmetric_and_within_its_bounds(pairs: list[tuple[str, str]]) -> None:
    found, turned = cohen(pairs), cohen([(b, a) for a, b in pairs][::-1])
    if found is None:
        assert turned is None and len(Counter(a for pair in pairs for a in pair)) < 2
        return
    assert turned is not None and turned.value == pytest.approx(found.value)
    assert turned.error == pytest.approx(found.error, abs=1e-7)
    assert -1 <= found.low <= found.value + 1e-9 and found.value <= found.high + 1e-9 <= 1 + 2e-9


@settings(max_examples=100, deadline=None)
@given(UNITS, st.randoms(use_true_random=False))
def test_fleiss_depends_on_no_order_and_stays_within_its_bounds(
    units: list[list[str]], dice: random.Random
) -> None:
    found = fleiss(units)
    assert found == fleiss([dice.sample(unit, len(unit)) for unit in dice.sample(units, len(units))])
    assert found is None or (-1 <= found.low <= found.value + 1e-9 and found.value <= found.high + 1e-9)


def test_full_agreement_is_one_and_a_single_class_says_nothing() -> None:
    full = [["a", "a"], ["b", "b"], ["b", "b", "b"]]
    found, other = fleiss(full), cohen([("a", "a"), ("b", "b")])
    assert found is not None and found.value == pytest.approx(1) and found.units == 3
    assert other is not None and (other.value, other.error) == (1, 0)
    assert fleiss([["a", "a"], ["a", "a"], ["b"]]) is None and fleiss([]) is None
    assert cohen([("a", "a")]) is None and cohen([]) is None


def test_two_units_tell_no_interval() -> None:
    found = fleiss([["a", "b"], ["a", "a"]])
    assert found is not None and (found.low, found.high) == (-1, 1)
