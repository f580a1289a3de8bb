"""Simultaneous answers: one pair of hands with two windows is found, a busy crowd is not."""

import random

import pytest

from backend.statistics.simultaneous import DEFAULTS, Given, find


def crowd(seed: int, people: int = 12, items: int = 300, right: float = 0.85) -> list[Given]:
    """A queue: everybody takes the next item, three people each, and answers at their own pace."""
    dice = random.Random(seed)
    free = {f"w{n:02}": dice.random() * 30 for n in range(people)}
    given = []
    for n in range(items):
        truth = dice.choice("abcd")
        for who in sorted(free, key=free.__getitem__)[:3]:
            free[who] += 8 + 10 * dice.lognormvariate(0.0, 0.5)
            said = truth if dice.random() < right else dice.choice("abcd")
            given.append(Given(who, f"t{n:03}", said, free[who]))
    return given


def test_one_pair_counted_by_hand() -> None:
    """12 common items, all alike and within 2 seconds; nobody else: chance is an even spread, 5 of 600 seconds."""
    given = [
        Given(who, f"t{n:02}", "x", 100.0 * n + late)
        for n in range(12)
        for who, late in (("a", 0.0), ("b", 2.0))
    ]
    (pair,) = find(given).pairs
    assert (pair.first, pair.second, pair.compared, pair.same, pair.near, pair.hits) == (
        "a",
        "b",
        12,
        12,
        12,
        12,
    )
    assert pair.chance == pytest.approx(5 / 600)
    assert pair.p == pytest.approx((5 / 600) ** 12)
    assert pair.tasks == tuple(f"t{n:02}" for n in range(12))


def test_answers_that_differ_or_are_minutes_apart_are_no_hits() -> None:
    apart = [
        Given(who, f"t{n:02}", "x", 1_000.0 * n + late)
        for n in range(30)
        for who, late in (("a", 0), ("b", 90))
    ]
    assert find(apart).pairs == () and find(apart).tested == 1
    other = [Given(who, f"t{n:02}", who, 1_000.0 * n) for n in range(30) for who in "ab"]
    assert find(other).pairs == ()
    hours = [
        Given(who, f"t{n:02}", "x", 1_000.0 * n + late)
        for n in range(30)
        for who, late in (("a", 0), ("b", 700))
    ]
    assert find(hours).tested == 0, "more than ten minutes are not compared"


@pytest.mark.parametrize("seed", range(10))
def test_people_who_work_at_the_same_queue_are_left_alone(seed: int) -> None:
    assert find(crowd(seed)).pairs == ()


def test_who_submits_through_two_accounts_at_once_is_found_in_the_crowd() -> None:
    given = crowd(3)
    mine = [one for one in given if one.annotator == "w04"][:40]
    given += [Given("x", one.task, one.said, one.at + 1.5) for one in mine]
    found = find(given)
    assert [(pair.first, pair.second) for pair in found.pairs] == [("w04", "x")]
    assert found.pairs[0].hits == 40 and found.pairs[0].p < found.limit <= DEFAULTS.p_max
    assert find(random.Random(1).sample(given, len(given))) == found, "in whatever order"
