"""The plan of a run follows from dataset, options and seed alone; what cannot be done is said at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from backend.reenact.dataset import Dataset
from backend.reenact.options import Options, choose_workers, plan, run_id
from backend.reenact.problems import UsageProblem
from backend.reenact.run import _wanted

TASKS, WORKERS = 30, 12


def some_dataset(answers_per_task: int = 6) -> Dataset:
    answers = {
        f"t{t}": {f"w{(t * 5 + n) % WORKERS}": "1" for n in range(answers_per_task)} for t in range(TASKS)
    }
    return Dataset(name="d", digest="x", answers=answers, truth=dict.fromkeys(answers, "1"))


BASE = Options(dataset=Path("d"))


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    data, options = some_dataset(), replace(BASE, gold=5, seed=7)
    assert plan(options, data, "r") == plan(options, data, "r")
    assert plan(options, data, "r").gold != plan(replace(options, seed=8), data, "r").gold


def test_gold_is_never_worked_on() -> None:
    chosen = plan(replace(BASE, gold=5), some_dataset(), "r")
    assert len(chosen.gold) == 5
    assert set(chosen.gold).isdisjoint(chosen.items)
    assert len(chosen.items) == TASKS - 5


def test_items_with_too_few_real_answers_are_left_out_and_counted() -> None:
    data = some_dataset()
    data.answers["t3"] = {"w1": "1"}
    chosen = plan(replace(BASE, gold=0, overlap="6"), data, "r")
    assert "t3" not in chosen.items
    assert chosen.left_out == 1


def test_without_an_overlap_no_item_is_left_out() -> None:
    data = some_dataset()
    data.answers["t3"] = {"w1": "1", "w2": "1"}
    chosen = plan(replace(BASE, gold=0), data, "r")
    assert (chosen.overlap, chosen.left_out) == (2, 0)


def test_assignments_go_by_lot_to_those_who_really_answered() -> None:
    data = some_dataset()
    chosen = plan(replace(BASE, gold=0, overlap="4"), data, "r")
    picked = choose_workers(data, chosen)
    assert list(picked) == list(chosen.items)
    for task, workers in picked.items():
        assert len(set(workers)) == 4
        assert set(workers) <= set(data.answers[task])
    assert picked == choose_workers(data, chosen)
    assert picked != choose_workers(data, replace(chosen, seed=chosen.seed + 1))


@pytest.mark.parametrize(("answers", "first", "most"), [(6, 2, 6), (WORKERS, 2, 7), (2, 2, 2), (1, 1, 1)])
def test_a_dynamic_overlap_starts_low_and_never_asks_for_more_people_than_really_answered(
    answers: int, first: int, most: int
) -> None:
    chosen = plan(replace(BASE, gold=0, overlap="auto"), some_dataset(answers), "r")
    assert chosen.auto
    assert (chosen.overlap, chosen.overlap_max, chosen.sure, chosen.left_out) == (first, most, 0.9, 0)


def test_a_dynamic_overlap_is_bounded_by_the_item_with_the_fewest_answers_that_is_worked_on() -> None:
    data = some_dataset()
    data.answers["t3"] = {"w1": "1"}
    chosen = plan(replace(BASE, gold=0, overlap="auto"), data, "r")
    assert (chosen.overlap, chosen.overlap_max, chosen.left_out) == (1, 1, 0)


def test_a_fixed_overlap_stays_fixed() -> None:
    chosen = plan(replace(BASE, gold=0, overlap="3"), some_dataset(), "r")
    assert (chosen.auto, chosen.overlap, chosen.overlap_max, chosen.sure) == (False, 3, 3, 0.0)


def test_an_adaptive_review_starts_in_full_and_has_a_target() -> None:
    auto = plan(replace(BASE, gold=0, review="auto"), some_dataset(), "r")
    fixed = plan(replace(BASE, gold=0, review="0.3"), some_dataset(), "r")
    assert (auto.review, auto.review_target) == (1.0, 0.02)
    assert (fixed.review, fixed.review_target) == (0.3, 0.0)


@pytest.mark.parametrize("overlap", ["3", "auto"])
def test_the_server_is_asked_for_the_plan(overlap: str) -> None:
    data = some_dataset()
    asked = _wanted(data, plan(replace(BASE, gold=0, overlap=overlap, review="auto"), data, "r")).plan
    first, most, sure = {"3": (3, 3, 0.0), "auto": (2, 6, 0.9)}[overlap]
    assert (asked["overlap"], asked["overlap_max"]) == (first, most)
    assert (asked["stop_at"], asked["escalate_below"]) == (sure, sure)
    assert (asked["review_rate"], asked["review_target"]) == (1.0, 0.02)


def test_with_a_dynamic_overlap_all_who_really_answered_stand_in_one_order() -> None:
    data = some_dataset()
    chosen = plan(replace(BASE, gold=0, overlap="auto"), data, "r")
    order = choose_workers(data, chosen)
    assert all(sorted(order[task]) == sorted(data.answers[task]) for task in chosen.items)
    assert order == choose_workers(data, chosen)
    assert order != choose_workers(data, replace(chosen, seed=chosen.seed + 1))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (replace(BASE, overlap="0"), "--overlap 0: expected a whole number of 1 or more"),
        (replace(BASE, overlap="2.5"), "--overlap 2.5"),
        (replace(BASE, overlap="7"), "no task has as many real answers, the most is 6"),
        (replace(BASE, review="1.1"), "--review 1.1: expected a rate from 0 to 1"),
        (replace(BASE, review="nan"), "--review nan"),
        (replace(BASE, review="much"), "--review much"),
        (replace(BASE, gold=-1), "--gold -1"),
        (replace(BASE, gold=TASKS), "--gold 30: expected 0 or more"),
        (replace(BASE, concurrency=0), "--concurrency 0"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(options: Options, says: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        plan(options, some_dataset(), "r")
    assert says in str(problem.value)


def test_a_new_run_gets_an_id_of_its_own() -> None:
    assert run_id(BASE, "d").startswith("d-1-")
    assert run_id(BASE, "d") != run_id(BASE, "d")
    assert run_id(replace(BASE, resume="d-1-ab"), "d") == "d-1-ab"


@pytest.mark.parametrize("wrong", ["", "../x", "a/b", ".hidden", "a b"])
def test_a_run_id_that_cannot_name_a_file_is_refused(wrong: str) -> None:
    with pytest.raises(UsageProblem):
        run_id(replace(BASE, resume=wrong), "d")
