"""Shares of answers that hang together: worth their people, sure no more often than they say, and compared so."""

import random

import pytest

from backend.statistics.clusters import Cluster, clustered, differing, holm, of_people, t_beyond, t_quantile


def crowd(chance: random.Random, people: int, mean: float, strength: float) -> dict[object, Cluster]:
    """People whose accuracy is Beta(mean x strength, ...), each with 5 to 40 answers."""
    found: dict[object, Cluster] = {}
    for who in range(people):
        accuracy, n = chance.betavariate(mean * strength, (1 - mean) * strength), chance.randint(5, 40)
        found[chance.random(), who] = Cluster(sum(chance.random() < accuracy for _ in range(n)), n, n)
    return found


def test_one_answer_of_each_is_a_plain_sample() -> None:
    found = clustered([Cluster(float(n < 30), 1.0, 1.0) for n in range(40)])
    assert found.value == 0.75
    assert found.people == 40
    assert 38 < found.worth <= 40, "the variance between people has one degree less"


def test_alike_people_are_worth_their_answers_and_unlike_ones_little() -> None:
    alike = clustered([Cluster(15, 20, 20)] * 30)
    assert alike.worth == pytest.approx(600 * (1.9639 / 2.0452) ** 2, rel=1e-3)
    unlike = clustered([Cluster(20, 20, 20)] * 15 + [Cluster(10, 20, 20)] * 15)
    assert unlike.value == alike.value
    assert unlike.worth < 100


def test_nothing_and_one_person_say_nothing() -> None:
    assert (clustered([]).value, clustered([]).interval()) == (None, (0.0, 1.0))
    one = clustered([Cluster(10, 100, 100)])
    assert (one.value, one.worth) == (0.1, 0.0)
    low, high = one.interval()
    assert low < 0.01 < 0.99 < high


def test_the_belief_is_sure_no_more_often_than_it_says() -> None:
    chance = random.Random(44)
    false = sum(clustered(crowd(chance, 8, 0.9, 10).values()).belief.cdf(0.9) > 0.95 for _ in range(400))
    assert false <= 30, "at 5 % twenty of 400 were expected"


def test_slices_alike_are_found_different_about_as_rarely_as_p_says() -> None:
    chance = random.Random(45)
    pairs = [(crowd(chance, 8, 0.9, 20), crowd(chance, 16, 0.9, 20)) for _ in range(300)]
    assert sum(differing(*pair)[1] < 0.05 for pair in pairs) <= 27
    other = [(crowd(chance, 16, 0.6, 20), crowd(chance, 16, 0.9, 20)) for _ in range(20)]
    assert all(differing(*pair)[1] < 0.01 for pair in other)


def test_the_same_people_in_both_slices_are_compared_with_themselves() -> None:
    some = {who: Cluster(10.0 + who, 20, 20) for who in range(10)}
    rest = {who: Cluster(6.0 + who, 20, 20) for who in range(10)}
    strangers: dict[object, Cluster] = {-1 - who: one for who, one in rest.items()}
    between, paired = differing(some, rest)
    assert between == pytest.approx(0.2)
    assert paired < differing(some, strangers)[1]


def test_holm_is_the_adjustment_of_its_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_students_distribution_is_that_of_the_tables() -> None:
    assert t_quantile(0.975, 4) == pytest.approx(2.7764, abs=1e-4)
    assert t_quantile(0.975, 1) == pytest.approx(12.7062, abs=1e-4)
    assert t_beyond(2.2281, 10) == pytest.approx(0.05, abs=1e-5)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        of_people([(1, True, 0.0, 1)])
