"""The risk controller: what it decides and why, that it replays to the bit, and that it holds its target."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.statistics.risk import Annotator, Decision, Policy, Pool, Reason, answer, decide, opened, verdict
from backend.statistics.strata import RISK_MAX, RISK_MIN, Everybody, Person, Tally, class_risk, risk_of
from backend.statistics.threshold import Law, Steering, audited, passed, steered

POLICY = Policy(target=0.02)
FLOORED = Decision(0.05, Reason.FLOOR, 0.01, 0.02)
Given = tuple[int, str, bool]
histories = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.booleans()), max_size=80)


def run(policy: Policy, given_: list[Given], seed: int) -> tuple[list[Decision], list[bool], Pool]:
    """The decisions, what was drawn, and the last state of the skill."""
    dice, pool = random.Random(seed), opened(policy)
    people: dict[int, Annotator] = {}
    decisions, drawn = [], []
    for annotator, answered, good in given_:
        person = people.get(annotator, Annotator())
        decision = decide(policy, pool, person, answered)
        pool, person = answer(policy, pool, person, decision)
        chosen = dice.random() < decision.rate
        if chosen:
            pool, person = verdict(policy, pool, person, answered, decision, good)
        people[annotator] = person
        decisions.append(decision)
        drawn.append(chosen)
    return decisions, drawn, pool


def test_the_first_items_are_all_reviewed() -> None:
    pool = opened(POLICY)
    assert decide(POLICY, pool, Annotator(seen=9), "a").reason is Reason.FIRST
    assert decide(POLICY, pool, Annotator(seen=10), "a").reason is Reason.RISK


def test_what_is_proven_good_is_reviewed_at_the_floor() -> None:
    proven = Annotator(seen=50, person=Person({"a": Tally(0.0, 400.0)}, Tally(0.0, 40.0)))
    assert decide(POLICY, opened(POLICY), proven, "a").reason is Reason.FLOOR
    assert decide(POLICY, opened(POLICY), proven, "a").rate == 0.05
    assert (
        decide(POLICY, opened(POLICY), proven, "b").rate == decide(POLICY, opened(POLICY), proven, "b").rate
    )


def test_a_surprising_sampled_error_brings_twenty_reviews() -> None:
    pool, person = verdict(POLICY, opened(POLICY), Annotator(seen=50), "a", FLOORED, good=False)
    reasons = []
    for _ in range(21):
        decision = replace(FLOORED, reason=decide(POLICY, pool, person, "a").reason)
        reasons.append(decision.reason)
        pool, person = answer(POLICY, pool, person, decision)
    assert reasons[:20] == [Reason.AFTER_ERROR] * 20 and reasons[20] is not Reason.AFTER_ERROR


@pytest.mark.parametrize(
    "decision", [replace(FLOORED, rate=1.0, reason=Reason.RISK), replace(FLOORED, risk=0.3)]
)
def test_an_error_where_one_was_expected_brings_none(decision: Decision) -> None:
    _, person = verdict(POLICY, opened(POLICY), Annotator(seen=50), "a", decision, good=False)
    assert person.closer == 0


@pytest.mark.parametrize(
    "wrong",
    [{"target": 0.0}, {"target": 1.0}, {"safety": 0.0}, {"floor": 0.009}, {"first": -1}, {"half_life": 0.0}],
)
def test_a_policy_without_audit_or_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Policy(**{"target": 0.02, **wrong})  # type: ignore[arg-type]


@given(histories, st.integers(0, 9), st.sampled_from(Law))
def test_the_same_history_gives_the_same_bits(given_: list[Given], seed: int, law: Law) -> None:
    policy = replace(POLICY, law=law)
    assert run(policy, given_, seed) == run(policy, given_, seed)


@given(histories, st.integers(0, 9))
def test_every_rate_lies_between_the_floor_and_one(given_: list[Given], seed: int) -> None:
    decisions, _, pool = run(replace(POLICY, first=2), given_, seed)
    assert all(one.rate in (POLICY.floor, 1.0) and RISK_MIN <= one.risk <= RISK_MAX for one in decisions)
    assert RISK_MIN <= pool.steering.threshold <= RISK_MAX


@given(histories)
def test_another_annotators_name_changes_nothing(given_: list[Given]) -> None:
    renamed = [(7 - annotator, answered, good) for annotator, answered, good in given_]
    assert run(POLICY, given_, 1) == run(POLICY, renamed, 1)


def test_one_more_error_raises_the_risk_and_one_more_success_lowers_it() -> None:
    everybody = Everybody().reviewed("a", True).reviewed("a", False)
    person = Person()
    before = risk_of(everybody, person, "a")
    worse, better = (person.reviewed("a", error, class_risk(everybody, "a"), 1.0) for error in (True, False))
    assert risk_of(everybody, better, "a") < before < risk_of(everybody, worse, "a")


def test_a_new_annotator_is_taken_for_an_average_one() -> None:
    everybody = Everybody({"a": Tally(30.0, 100.0)}, Tally(40.0, 400.0))
    assert class_risk(everybody, "a") == pytest.approx((30 + 8 * 0.1) / 108)
    assert risk_of(everybody, Person(), "a") == pytest.approx(class_risk(everybody, "a"))


def test_a_careless_annotator_is_suspected_in_classes_never_reviewed() -> None:
    everybody = Everybody({"a": Tally(10.0, 100.0), "b": Tally(10.0, 100.0)}, Tally(20.0, 200.0))
    careless = Person({"a": Tally(9.0, 30.0)}, Tally(9.0, 3.0))
    assert risk_of(everybody, careless, "b") > 2.0 * class_risk(everybody, "b")


def test_being_reviewed_in_hard_classes_does_not_make_a_person_bad() -> None:
    everybody = Everybody({"easy": Tally(2.0, 200.0), "hard": Tally(60.0, 200.0)}, Tally(62.0, 400.0))
    average = Person({"hard": Tally(30.0, 100.0)}, Tally(30.0, 30.0))
    assert risk_of(everybody, average, "easy") == pytest.approx(class_risk(everybody, "easy"), rel=1e-6)


def test_the_threshold_lets_out_the_lowest_risks_up_to_the_target() -> None:
    steering = Steering(0.02)
    for at in range(4000):
        risk = 0.01 if at % 2 else 0.2
        steering = passed(steering, risk, 0.05 if at % 2 else 1.0, 0.05, 4000.0)
    steering = replace(steering, expected=0.02 * 4000, found=0.02 * 4000)
    low = steered(steering, Law.FILL, 0.02, 4000.0).threshold
    assert 0.01 < low < 0.23
    assert steered(steering, Law.FILL, 0.2, 4000.0).threshold == RISK_MAX
    assert steered(replace(steering, expected=800.0), Law.FILL, 0.02, 4000.0).threshold < 0.012


def test_the_simple_law_creeps_a_thousandth_of_the_miss() -> None:
    steering = Steering(0.02, items=100, expected=1.0, found=1.0)
    assert steered(steering, Law.STEP, 0.02, 4000.0).threshold == pytest.approx(0.02 * 1.0005, rel=1e-6)


def test_a_sampled_error_stands_for_those_not_seen() -> None:
    steering = audited(Steering(0.02, items=100), 0.01, 0.05, True)
    assert steering.found == pytest.approx(19.0) and steering.outgoing == pytest.approx(0.095)
    assert steering.calibration == pytest.approx(4.0 / 3.01)
    assert audited(Steering(0.02, items=100), 0.01, 0.05, False).found == 0.0


def test_a_mixed_workforce_comes_out_near_the_target_with_fewer_reviews_than_a_fixed_rate() -> None:
    policy, outgoing, incoming, reviewed = Policy(target=0.03), 0.0, 0.0, 0.0
    for seed in range(4):
        dice = random.Random(seed)
        given_ = []
        for _ in range(6000):
            annotator = dice.randrange(15)
            error = 0.3 if annotator < 3 else 0.03
            given_.append((annotator, dice.choice("ab"), dice.random() >= error))
        _, drawn, _ = run(policy, given_, seed + 1)
        incoming += sum(not good for *_, good in given_) / 24_000
        outgoing += sum(not one[2] and not chosen for one, chosen in zip(given_, drawn, strict=True)) / 24_000
        reviewed += sum(drawn) / 24_000
    assert 0.6 * policy.target <= outgoing <= 1.1 * policy.target
    assert reviewed <= 0.65 * (1.0 - outgoing / incoming)
