"""One pass over the answers is nearly as good as the batch, and forgets exactly what is taken back."""

import json
import random
from dataclasses import asdict
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.dawid_skene import dawid_skene
from backend.statistics.incremental import UNIT, Incremental
from backend.statistics.majority import expected_accuracy
from benchmarks.quality.aggregation import folded, tops_of, triples, truths
from benchmarks.quality.sets import SETS, load

SHARED = pytest.mark.skipif(not SETS.is_dir(), reason=f"{SETS} is absent")
TASKS, PEOPLE, CLASSES = "pqr", "uvwxy", "abc"
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(TASKS), st.sampled_from(PEOPLE), st.sampled_from(CLASSES)),
        st.tuples(st.just("withdraw"), st.sampled_from(TASKS), st.sampled_from(PEOPLE)),
        st.tuples(st.just("clamp"), st.sampled_from(TASKS), st.sampled_from(CLASSES)),
    ),
    max_size=40,
)
Steps = list[tuple[str, ...]]


def _after(steps: Steps, model: Incremental | None = None) -> Incremental:
    model = model or Incremental(CLASSES)
    for step in steps:
        if step[0] != "withdraw" or step[2] in model.answers.get(step[1], {}):
            getattr(model, step[0])(*step[1:])
    return model


@SHARED
@pytest.mark.parametrize(
    "name", ["act_cf_amt", "bluebirds", "dog", "snow_rte", "snow_temp", "vldb_d_possent"]
)
def test_it_is_within_a_point_of_the_batch(name: str) -> None:
    answers, truth = triples(load(name)), truths(load(name))
    batch = expected_accuracy(dawid_skene(answers).tops(), truth)
    assert expected_accuracy(tops_of(folded(answers)), truth) >= batch - 0.01


@SHARED
@pytest.mark.parametrize("seed", [None, 1])
def test_it_does_not_collapse_where_nearly_all_is_one_class(seed: int | None) -> None:
    answers, truth = triples(load("vldb_d_product")), truths(load("vldb_d_product"))
    if seed is not None:
        random.Random(seed).shuffle(answers)
    assert expected_accuracy(tops_of(folded(answers)), truth) > 0.93


@SHARED
def test_an_answer_costs_less_than_a_millisecond() -> None:
    """Five classes, twenty answers a task: the dearest of the shared sets."""
    answers = triples(load("act_cf_amt"))
    began = process_time()
    folded(answers)
    assert (process_time() - began) / len(answers) < 0.001


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_the_counts_are_exactly_what_the_present_beliefs_sum_to(steps: Steps) -> None:
    model = _after(steps)
    counts = {who: [[0] * 4 for _ in CLASSES] for who in model.counts}
    for task, answers in model.answers.items():
        for who, y in answers.items():
            for k, belief in enumerate(model.beliefs[task]):
                counts[who][k][y] += belief
                counts[who][k][-1] += belief
    assert model.counts == counts
    assert model.pooled == [[sum(one[k][y] for one in counts.values()) for y in range(4)] for k in range(3)]
    assert model.mass == [sum(beliefs[k] for beliefs in model.beliefs.values()) for k in range(3)]


@settings(max_examples=80, deadline=None)
@given(STEPS, STEPS)
def test_a_state_kept_as_json_goes_on_bit_for_bit(before: Steps, after: Steps) -> None:
    model = _after(before)
    # Some stores sort keys: that must not matter either.
    restored = Incremental(**json.loads(json.dumps(asdict(model), sort_keys=True)))
    assert restored == model
    assert _after(after, restored) == _after(after, model)
    assert [restored.posterior(task) for task in TASKS] == [model.posterior(task) for task in TASKS]


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_posteriors_and_confusions_are_shares(steps: Steps) -> None:
    model = _after(steps)
    for task in (*TASKS, "unknown"):
        assert sum(model.posterior(task).values()) == pytest.approx(1)
        assert min(model.posterior(task).values()) >= 0
    for who in (*PEOPLE, "unknown"):
        assert all(sum(row) == pytest.approx(1) and min(row) > 0 for row in model.confusion(who))


@settings(max_examples=80, deadline=None)
@given(STEPS, st.sampled_from(TASKS), st.sampled_from(CLASSES))
def test_what_an_answer_made_believed_is_what_is_read_afterwards(
    steps: Steps, task: str, answer: str
) -> None:
    """A task's own part is left out exactly: reading it again does not make it surer of itself."""
    model = _after([*steps, ("add", task, "somebody new", answer)])
    assert [round(share * UNIT) for share in model.posterior(task).values()] == model.beliefs[task]


@given(STEPS, st.sampled_from(PEOPLE), st.sampled_from(CLASSES))
def test_a_task_withdrawn_whole_leaves_no_trace(steps: Steps, who: str, answer: str) -> None:
    model = _after(steps)
    counts, mass = json.dumps(model.pooled), list(model.mass)
    model.add("new", who, answer)
    model.withdraw("new", who)
    assert (json.dumps(model.pooled), model.mass, "new" in model.answers) == (counts, mass, False)


@given(STEPS, st.sampled_from(PEOPLE), st.sampled_from(CLASSES))
def test_the_same_answer_twice_counts_once(steps: Steps, who: str, answer: str) -> None:
    once, twice = (
        _after([*steps, ("add", "p", who, answer)]),
        _after([*steps, *[("add", "p", who, answer)] * 2]),
    )
    assert once == twice


def test_a_revised_answer_replaces_the_first() -> None:
    model = _after([("add", "p", "u", "a"), ("add", "p", "v", "b"), ("add", "p", "u", "b")])
    assert model.answers == {"p": {"u": 1, "v": 1}}
    assert max(model.posterior("p"), key=model.posterior("p").__getitem__) == "b"


def test_gold_anchors_who_answers_it_and_their_later_answers_are_read_by_it() -> None:
    model = Incremental("ab")
    for task in range(20):
        model.clamp(f"gold{task}", "ab"[task % 2])
        model.add(f"gold{task}", "contrary", "ba"[task % 2])
        model.add(f"gold{task}", "true", "ab"[task % 2])
    model.add("new", "contrary", "a")
    assert model.posterior("new")["b"] > 0.7
    assert model.posterior("gold0") == {"a": 1.0, "b": 0.0}
    assert model.confusion("contrary")[0][1] > 0.6 > 0.2 > model.confusion("true")[0][1]


def test_a_settled_task_is_forgotten_and_what_it_taught_is_kept() -> None:
    model = _after([("add", "p", "u", "a"), ("add", "p", "v", "a")])
    taught = (model.confusion("u"), model.posterior("q"))
    model.settle("p")
    model.settle("unknown")
    assert (model.answers, model.beliefs) == ({}, {})
    assert (model.confusion("u"), model.posterior("q")) == taught


def test_a_model_without_a_choice_and_an_answer_out_of_the_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="two or more distinct"):
        Incremental(["a", "a"])
    with pytest.raises(ValueError, match="found 'z'"):
        Incremental("ab").add("p", "u", "z")
    with pytest.raises(KeyError, match="found none"):
        Incremental("ab").withdraw("p", "u")
