"""The batch finds the truths and confusions that the reference found, and the same bits every time."""

import json
import random
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.dawid_skene import dawid_skene
from backend.statistics.majority import expected_accuracy
from benchmarks.quality.aggregation import triples, truths
from benchmarks.quality.sets import CATEGORICAL, SETS, load

SHARED = pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
CROWDS = st.dictionaries(
    st.tuples(st.sampled_from("pqrst"), st.sampled_from("uvwxyz")), st.sampled_from("abc"), min_size=1
).map(lambda given: [(task, who, answer) for (task, who), answer in given.items()])


@SHARED
@pytest.mark.parametrize("name", CATEGORICAL)
@pytest.mark.parametrize(("strength", "key"), [(0, "ref_ds_ml"), (2, "ref_ds_map_s2"), (8, "ref_ds_map_s8")])
def test_it_is_as_right_as_the_reference_on_real_crowds(name: str, strength: float, key: str) -> None:
    crowd, expected = load(name), json.loads((SETS / "expected.json").read_text())[name]
    found = dawid_skene(triples(crowd), strength=strength)
    assert expected_accuracy(found.tops(), truths(crowd)) == pytest.approx(expected[key], abs=0.005)


@SHARED
def test_it_reaches_the_published_accuracies() -> None:
    def right(name: str) -> float:
        crowd = load(name)
        return expected_accuracy(dawid_skene(triples(crowd), strength=0.0).tops(), truths(crowd))

    assert right("vldb_d_possent") == pytest.approx(0.960, abs=0.0005)
    assert 0.938 <= right("vldb_d_product") <= 0.940
    assert right("snow_rte") == pytest.approx(0.9275, abs=0.0005)


@SHARED
def test_25_000_answers_take_less_than_two_seconds() -> None:
    answers = triples(load("vldb_d_product"))
    began = process_time()
    dawid_skene(answers)
    assert len(answers) > 24_900 and process_time() - began < 2.0


def _simulated(
    seed: int, tasks: int = 400, people: int = 12
) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """Two thirds of class a; everyone mixes up a and b in their own way, five answers a task."""
    dice = random.Random(seed)
    skill = {f"w{w:02}": (dice.uniform(0.6, 0.95), dice.uniform(0.6, 0.95)) for w in range(people)}
    truth = {f"t{t:03}": "a" if dice.random() < 2 / 3 else "b" for t in range(tasks)}
    answers = [
        (task, who, true if dice.random() < skill[who][true == "b"] else "ab"[true == "a"])
        for task, true in truth.items()
        for who in dice.sample(sorted(skill), 5)
    ]
    return answers, truth


def test_it_recovers_the_confusions_and_the_classes_it_was_made_from() -> None:
    answers, truth = _simulated(7, tasks=2000)
    found = dawid_skene(answers)
    for w, who in enumerate(found.annotators):
        given = [(truth[task], answer) for task, by, answer in answers if by == who]
        for k, true in enumerate(found.classes):
            row = [answer for of, answer in given if of == true]
            assert found.confusions[w, k, k] == pytest.approx(row.count(true) / len(row), abs=0.07)
    assert found.prior[0] == pytest.approx(2 / 3, abs=0.04)


def test_gold_is_clamped_and_anchors_the_others() -> None:
    """A crowd that is wrong together is believed, until some of the truth is known."""
    answers, truth = _simulated(3)
    swapped = [(task, who, "ab"[answer == "a"]) for task, who, answer in answers]
    gold = {task: truth[task] for task in sorted(truth)[:60]}
    rest = {task: true for task, true in truth.items() if task not in gold}
    assert expected_accuracy(dawid_skene(swapped).tops(), rest) < 0.15
    found = dawid_skene(swapped, gold=gold)
    assert {task: found.tops()[task] for task in gold} == {task: (true,) for task, true in gold.items()}
    assert expected_accuracy(found.tops(), rest) > 0.85


def test_a_stronger_pool_pulls_confusions_together() -> None:
    answers, _ = _simulated(5)
    spread = [dawid_skene(answers, strength=s).confusions.std(axis=0).max() for s in (0.0, 8.0, 1e4)]
    assert spread[0] > spread[1] > spread[2] and spread[2] < 0.01


@settings(max_examples=60, deadline=None)
@given(CROWDS, st.floats(0, 20))
def test_what_it_returns_are_shares(answers: list[tuple[str, str, str]], strength: float) -> None:
    found = dawid_skene(answers, strength=strength, classes="abcd")
    for shares in (found.posteriors, found.confusions, found.pooled, found.prior):
        assert np.all((shares >= 0) & (shares <= 1)) and np.allclose(shares.sum(axis=-1), 1)
    assert found.classes == tuple("abcd") and set(found.shares()) == {task for task, _, _ in answers}


@settings(max_examples=40, deadline=None)
@given(CROWDS, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_no_bit(
    answers: list[tuple[str, str, str]], dice: random.Random
) -> None:
    shuffled = dice.sample(answers, len(answers))
    one, other = dawid_skene(answers), dawid_skene(shuffled)
    assert one.posteriors.tobytes() == other.posteriors.tobytes()
    assert one.confusions.tobytes() == other.confusions.tobytes()


@pytest.mark.parametrize("wrong", [{"strength": -1.0}, {"iterations_max": 0}])
def test_what_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected answers"):
        dawid_skene([("t", "w", "a")], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="found 0 answers"):
        dawid_skene([])
