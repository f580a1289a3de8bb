"""Agreement and the second opinion: by hand, on real crowds, and the same whatever the order."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.projects.agreement import Given, of_classes, of_kind
from backend.domain.projects.latent import opinion
from backend.statistics.registry import options_of
from benchmarks.quality.aggregation import triples, truths
from benchmarks.quality.sets import SETS, load

HERE = SETS.is_dir()
REASON = "the shared crowd data (../shared/data) is not here"


def told(units: dict[str, list[Any]]) -> list[Given]:
    """Each unit's answers, by the people p0, p1, ..."""
    return [Given(task, f"p{n}", said) for task, each in units.items() for n, said in enumerate(each)]


def test_nothing_is_said_of_nothing() -> None:
    nothing = of_classes([])
    assert (nothing.alpha, nothing.pairwise, nothing.fleiss, nothing.pairs) == (None, None, None, ())
    assert (nothing.per_task.least, nothing.per_task.most) == (0, 0)


def test_agreement_of_a_class_is_how_often_the_other_says_it_too() -> None:
    found = of_classes(told({"t1": ["a", "a", "b"], "t2": ["a", "a"], "t3": ["b"]}))
    # Of a: (2 + 2) of 2 * 2 + 2 pairs; of b: none of 2. What nobody else answered is compared with nothing.
    assert {part.name: (part.value, part.answers) for part in found.parts} == {
        "a": (pytest.approx(4 / 6), 4),
        "b": (0.0, 1),
    }
    assert (found.per_task.least, found.per_task.mean, found.per_task.most) == (1, 2.0, 3)


def test_numbers_are_compared_by_their_distance() -> None:
    near = of_kind("numbers", options_of("numbers", {}), told({"t1": [1, 1.1], "t2": [5, 5.1]}))
    far = of_kind("numbers", options_of("numbers", {}), told({"t1": [1, 5.1], "t2": [5, 1.1]}))
    assert near.measure == "interval" and near.alpha is not None and far.alpha is not None
    assert near.alpha > 0.99 and far.alpha < 0


def test_fields_are_compared_each_in_its_own_measure() -> None:
    options = options_of("fields", {"fields": {"size": {"kind": "numbers"}, "name": {"kind": "exact"}}})
    units = {
        "t1": [{"size": 1, "name": "x"}, {"size": 1, "name": "y"}],
        "t2": [{"size": 9, "name": "x"}, {"size": 9, "name": "x"}],
    }
    parts = {part.name: part for part in of_kind("fields", options, told(units)).parts}
    assert parts["size"].value == 1.0 and parts["name"].value == 0.0
    assert parts["size"].answers == 4


def test_what_no_scorer_can_read_agrees_only_with_itself() -> None:
    found = of_kind("boxes", options_of("boxes", {}), told({"t1": ["no box", "no box"], "t2": ["a", []]}))
    assert found.pairwise == 0.5


def test_chance_is_drawn_where_all_pairs_would_be_too_many_and_comes_close() -> None:
    dice = random.Random(1)
    units = {f"t{n}": [[dice.choice("ab")], [dice.choice("ab")]] for n in range(200)}
    drawn = of_kind("labels", options_of("labels", {}), told(units))
    exact = of_classes(told({task: [one[0] for one in each] for task, each in units.items()}))
    assert drawn.alpha is not None and exact.alpha is not None
    assert drawn.alpha == pytest.approx(exact.alpha, abs=0.04)
    assert drawn == of_kind("labels", options_of("labels", {}), told(units))


VOTES = st.dictionaries(st.sampled_from("tuvw"), st.lists(st.sampled_from("abc"), min_size=1, max_size=5))


@settings(deadline=None)
@given(VOTES, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(units: dict[str, list[str]], chance: random.Random) -> None:
    answers = told(units)
    shuffled = list(answers)
    chance.shuffle(shuffled)
    found = of_classes(answers)
    assert of_classes(shuffled) == found
    assert found.alpha is None or found.alpha <= 1.0
    assert found.pairwise is None or 0.0 <= found.pairwise <= 1.0
    assert all(part.value is None or 0.0 <= part.value <= 1.0 for part in found.parts)


@pytest.mark.skipif(not HERE, reason=REASON)
@pytest.mark.parametrize("name", ["snow_rte", "snow_temp", "dog"])
def test_real_crowds_have_their_published_alpha_and_kappa(name: str) -> None:
    asked = json.loads((SETS / "expected.json").read_text(encoding="utf-8"))[name]
    found = of_classes([Given(*one) for one in triples(load(name))])
    published = {"snow_rte": (0.2415, 0.2414), "snow_temp": (0.2234, 0.2232), "dog": (0.5194, 0.5194)}[name]
    assert found.alpha is not None and found.fleiss is not None
    assert (round(found.alpha, 4), round(found.fleiss.value, 4)) == published
    assert asked["mv_expected"] > 0.5 and len(found.pairs) == 20


# --- the second opinion


def test_there_is_no_opinion_of_nothing_or_of_a_single_class() -> None:
    assert opinion([], {}, {}) is None
    assert opinion([("t", "p", "a"), ("t", "q", "a")], {}, {}) is None


def test_gold_is_clamped_and_no_task_of_the_work() -> None:
    answers = [(f"t{n}", who, "ab"[n % 2]) for n in range(6) for who in "pqr"]
    gold = [("g1", "p", "a"), ("g1", "q", "b")]
    found = opinion([*answers, *gold], {"g1": "a"}, {"t0": "a", "t1": "a"})
    assert found is not None
    assert (found.tasks, found.clamped, found.same) == (6, 1, 1.0)
    assert (found.audited, found.majority_right, found.model_right) == (2, 0.5, 0.5)
    assert found.suspects == (), "nobody answered twenty"


@pytest.mark.skipif(not HERE, reason=REASON)
def test_the_opinion_on_a_real_crowd_is_better_than_its_majority_and_finds_who_guesses() -> None:
    crowd = load("bluebirds")
    truth = truths(crowd)
    found = opinion(triples(crowd), {}, truth)
    assert found is not None and found.majority_right is not None and found.model_right is not None
    assert found.majority_right == pytest.approx(0.7593, abs=1e-4)
    assert found.model_right == pytest.approx(0.8981, abs=0.005)
    right: dict[str, list[bool]] = {}
    for task, who, answer in triples(crowd):
        right.setdefault(who, []).append(answer == truth[task])
    share = {who: sum(each) / len(each) for who, each in right.items()}
    worst = [share[one.annotator] for one in found.suspects]
    assert len(worst) == 10 and sum(worst) / 10 < sum(share.values()) / len(share) - 0.05
