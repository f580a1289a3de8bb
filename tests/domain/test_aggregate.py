"""Aggregation: known values by hand, the same bits in any order, and the gain measured on real answers."""

import csv
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.tasks.aggregate import Aggregate, Judgment, aggregate, likelihood, majority
from backend.events.ids import AnnotatorId
from tests.domain.facts import uid

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


@dataclass(frozen=True)
class Seen:
    """Counts as the aggregate wants them."""

    correct: int = 0
    total: int = 0
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)


NOBODY = Seen()


def said(n: int, answer: str | None, counts: Seen = NOBODY) -> Judgment:
    return Judgment(
        annotator=AnnotatorId(uid(n)),
        answer_class=answer,
        answer_token=f"sha-{answer or n}",
        counts=counts,
        compared=counts.total,
    )


def test_without_evidence_one_vote_is_as_sure_as_the_pool_is_right() -> None:
    # m = (7 + 3.5) / (8 + 5) = 0.807692, p = m, and two classes: posterior 0.807692.
    result = aggregate([said(1, "a")], Seen(7, 8), ["a", "b"])
    assert result == Aggregate(
        posterior={"a": 807_692, "b": 192_308},
        top=("a",),
        confidence_ppm=807_692,
        majority=("a",),
        raw={"a": 807_692_307_692, "b": 192_307_692_308},
    )


def test_two_against_one_at_equal_accuracy_is_the_odds_of_one() -> None:
    result = aggregate([said(1, "a"), said(2, "a"), said(3, "b")], Seen(7, 8), ["a", "b"])
    assert result.posterior == {"a": 807_692, "b": 192_308}


def test_own_evidence_moves_a_person_from_the_pool() -> None:
    # m = 0.7; p = (8 * 0.7 + 8) / (8 + 8) = 0.85; the row of truth a: (4 * 0.85 + 4) / (4 + 4) = 0.925.
    expert = Seen(8, 8, {("a", "a"): 4, ("b", "b"): 4})
    assert likelihood(expert, NOBODY, "a", "a", 2) == pytest.approx(0.925)
    assert likelihood(expert, NOBODY, "a", "b", 2) == pytest.approx(0.075)
    assert aggregate([said(1, "a", expert)], NOBODY, ["a", "b"]).posterior == {"a": 925_000, "b": 75_000}


def test_without_any_evidence_the_majority_decides() -> None:
    votes = [said(1, "a"), said(2, "b"), said(3, "b")]
    assert aggregate(votes, NOBODY, ["a", "b"]).top == ("b",)


def test_one_proven_person_outweighs_two_who_guess() -> None:
    expert = Seen(40, 40, {("a", "a"): 20, ("b", "b"): 20})
    guesser = Seen(20, 40, {("a", "a"): 10, ("a", "b"): 10, ("b", "a"): 10, ("b", "b"): 10})
    votes = [said(1, "a", expert), said(2, "b", guesser), said(3, "b", guesser)]
    assert aggregate(votes, Seen(80, 120), ["a", "b"]).top == ("a",)
    assert majority(votes).top == ("b",)


def test_who_always_swaps_two_classes_votes_for_the_other_one() -> None:
    swapper = Seen(0, 40, {("a", "b"): 20, ("b", "a"): 20})
    votes = [said(1, "a", swapper), said(2, "a", swapper)]
    both = aggregate(votes, Seen(80, 100), ["a", "b"])
    assert (both.top, both.majority, both.overruled) == (("b",), ("a",), True)


def test_one_answer_alone_is_the_result_however_improbable() -> None:
    swapper = Seen(0, 40, {("a", "b"): 20, ("b", "a"): 20})
    alone = aggregate([said(1, "a", swapper)], Seen(80, 100), ["a", "b"])
    assert (alone.top, alone.overruled) == (("a",), False)
    assert alone.confidence_ppm == alone.posterior["a"] < 200_000


def test_people_hardly_known_do_not_overrule_the_majority() -> None:
    # Four comparisons each for the expert and nothing of the others: 4/3 on average, and five are asked.
    expert = Seen(4, 4, {("a", "a"): 4})
    votes = [said(1, "a", expert), said(2, "b", Seen(0, 0)), said(3, "b", Seen(0, 0))]
    weak = Seen(4, 400)
    result = aggregate(votes, weak, ["a", "b"])
    assert result.posterior["a"] > result.posterior["b"]
    assert (result.top, result.majority, result.overruled) == (("b",), ("b",), False)
    assert result.confidence_ppm == result.posterior["b"]


def test_weights_break_a_tie_of_the_majority_without_overruling_anybody() -> None:
    better = Seen(4, 4, {("b", "b"): 4})
    result = aggregate([said(1, "a"), said(2, "b", better)], Seen(7, 8), ["a", "b"])
    assert (result.top, result.majority, result.overruled) == (("b",), ("a", "b"), False)


def test_a_temperature_softens_and_never_reorders() -> None:
    votes = [said(1, "a"), said(2, "a"), said(3, "b")]
    plain, soft = (aggregate(votes, Seen(7, 8), ["a", "b"], t) for t in (1.0, 0.5))
    # The odds .807692 / .192308 = 4.2 become their root, 2.049390: 2.049390 / 3.049390.
    assert soft.posterior == {"a": 672_066, "b": 327_934}
    assert (soft.top, soft.raw) == (plain.top, plain.raw)
    assert plain.posterior == {"a": 807_692, "b": 192_308}


def test_a_tie_names_every_class_of_it() -> None:
    result = aggregate([said(1, "b"), said(2, "a")], Seen(7, 8), ["a", "b", "c"])
    assert result.top == ("a", "b")
    assert result.posterior["a"] == result.posterior["b"] == result.confidence_ppm


def test_the_only_class_ever_seen_is_not_certain() -> None:
    assert aggregate([said(1, "a")], Seen(7, 8), []).posterior == {"a": 807_692}


def test_answers_without_a_class_are_counted_by_hash() -> None:
    result = aggregate([said(1, None), said(1, None), said(2, None)], Seen(7, 8), ["a"])
    assert result.by_hash and result.top == ("sha-1",)
    assert result.posterior == {"sha-1": 666_667, "sha-2": 333_333}


def test_an_only_answer_without_a_class_is_as_sure_as_its_author() -> None:
    assert aggregate([said(1, None)], Seen(7, 8), []).confidence_ppm == 807_692


def test_nothing_cannot_be_aggregated() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        aggregate([], NOBODY, ["a"])


COUNTS = st.builds(
    lambda cells: Seen(
        sum(n for (t, a), n in cells.items() if t == a),
        sum(cells.values()),
        cells,
    ),
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 30)),
)
VOTES = st.lists(
    st.builds(said, st.integers(1, 9), st.sampled_from("abc"), COUNTS),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one.annotator,
)


@settings(deadline=None)
@given(VOTES, COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(
    votes: list[Judgment], pool: Seen, chance: random.Random
) -> None:
    shuffled = list(votes)
    chance.shuffle(shuffled)
    result = aggregate(votes, pool, ["a", "b", "c"])
    assert aggregate(shuffled, pool, ["c", "b", "a"]) == result
    assert abs(sum(result.posterior.values()) - 1_000_000) <= 2
    assert result.confidence_ppm == result.posterior[result.top[0]]
    assert not result.overruled or sum(one.compared for one in votes) >= 5 * len(votes)


def replay(name: str, seed: int, gold: int, overlap: int) -> tuple[float, float]:
    """Accuracies of aggregate and majority on real answers: a seeded gold set as exam, then `overlap` answers each."""
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    with (DATA / name / "answers.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            answers[row["worker"]][row["task"]] = row["answer"]
    with (DATA / name / "truth.csv").open(newline="") as file:
        truth = {row["task"]: row["truth"] for row in csv.DictReader(file)}
    chance = random.Random(seed)
    exam = set(chance.sample(sorted(truth), gold))
    people = {}
    for worker, own in sorted(answers.items()):
        cells = Counter((truth[task], own[task]) for task in exam if task in own)
        people[worker] = Seen(sum(n for (t, a), n in cells.items() if t == a), cells.total(), dict(cells))
    pool = Seen(sum(one.correct for one in people.values()), sum(one.total for one in people.values()))
    number = {worker: n for n, worker in enumerate(people)}
    ours = theirs = 0.0
    items = sorted(set(truth) - exam)
    for task in items:
        chosen = chance.sample([w for w in people if task in answers[w]], overlap)
        votes = [said(number[w], answers[w][task], people[w]) for w in chosen]
        ours += credit(aggregate(votes, pool, set(truth.values())), truth[task])
        theirs += credit(majority(votes), truth[task])
    return ours / len(items), theirs / len(items)


def credit(result: Aggregate, truth: str) -> float:
    """1 for the truth alone on top, a share of it in a tie."""
    return (truth in result.top) / len(result.top)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared crowd data (../shared/data) is not here")
@pytest.mark.parametrize(
    ("name", "gold", "seeds", "gain"), [("bluebirds", 10, 10, 0.05), ("snow_rte", 10, 4, 0.01)]
)
def test_real_crowds_aggregate_better_than_their_majority(
    name: str, gold: int, seeds: int, gain: float
) -> None:
    pairs = [replay(name, seed, gold, 5) for seed in range(seeds)]
    assert sum(ours - theirs for ours, theirs in pairs) / seeds >= gain
