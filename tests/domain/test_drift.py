"""Drift signals: recorded once under the source's id, and a batch only where nothing is against it."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from backend.domain.errors import Refusal
from backend.domain.projects.drift import (
    DRIFT_RULE,
    DRIFT_SIGNAL,
    DriftRule,
    SetDriftRule,
    Signalled,
    drawn,
    hindered,
    not_both,
    signal_id,
)
from backend.events.drift import DriftRuleSet, DriftSignalled
from tests.domain.facts import HIDDEN, NOON, PROJECT_A, PROJECT_B
from tests.domain.gwt import given

ONE = signal_id(PROJECT_A, "watch", "1")
FACT = DriftSignalled(
    signal=ONE,
    project=PROJECT_A,
    source="watch",
    source_id="1",
    metric="psi",
    value="0.3",
    threshold="0.2",
    window_since=None,
    window_until=None,
    said=HIDDEN,
    content="aa",
    rule_version=0,
    outcome="empty",
)


def test_the_same_signal_again_is_the_same_and_other_content_under_its_id_is_refused() -> None:
    given(DRIFT_SIGNAL).when(Signalled(FACT)).then(FACT)
    given(DRIFT_SIGNAL, FACT).when(Signalled(replace(FACT, outcome="cooldown"))).then()
    refused = given(DRIFT_SIGNAL, FACT).when(Signalled(replace(FACT, content="bb")))
    assert refused.then_refused("signal_exists", "conflict").extra == {"signal": str(ONE)}
    given(DRIFT_SIGNAL).when(Signalled(replace(FACT, outcome="lost"))).then_refused("outcome_unknown")


def test_an_id_is_one_signal_of_one_source_in_one_project() -> None:
    assert signal_id(PROJECT_A, "watch", "1") == ONE
    others = [(PROJECT_B, "watch", "1"), (PROJECT_A, "other", "1"), (PROJECT_A, "watch", "2")]
    assert ONE not in {signal_id(*other) for other in others}


def test_nothing_said_proposes_a_batch_a_day() -> None:
    rule = DriftRule()
    assert (rule.mode, rule.cooldown_hours) == ("propose", 24)
    assert rule.cooled_from(NOON) == NOON - timedelta(days=1)


def test_a_rule_is_changed_by_saying_something_else() -> None:
    said = SetDriftRule(project=PROJECT_A, mode="open", cooldown_hours=1)
    first = DriftRuleSet(project=PROJECT_A, version=1, mode="open", cooldown_hours=1)
    given(DRIFT_RULE).when(said).then(first)
    given(DRIFT_RULE, first).when(said).then()
    for wrong in (replace(said, mode="shout"), replace(said, cooldown_hours=8_761)):
        given(DRIFT_RULE).when(wrong).then_refused("drift_rule_invalid", "invalid")


def test_off_comes_before_cooldown_and_cooldown_before_what_is_named() -> None:
    on, off = DriftRule(), DriftRule(1, "off")
    assert hindered(off, ONE, named=True) == "off"
    assert hindered(on, ONE, named=False) == "cooldown"
    assert hindered(on, None, named=False) == "nothing_named"
    assert hindered(on, None, named=True) is None


def test_a_sample_is_the_lowest_lots_in_the_order_in_which_they_were_sent() -> None:
    sent = [(f"k{n}", n) for n in range(20)]
    head = hashlib.sha256(b"owls").digest()
    lots = sorted(range(20), key=lambda n: hashlib.sha256(head + f"k{n}".encode()).digest())
    assert drawn("owls", sent, 5) == sorted(lots[:5])
    assert set(drawn("owls", sent, 5)) < set(drawn("owls", sent, 9)), (
        "a larger sample has the smaller one in it"
    )
    assert drawn("owls", sent, 99) == list(range(20))


def test_new_items_and_old_ones_are_two_signals() -> None:
    not_both((), {"tags": ["night"]})
    not_both(("a",), None)
    try:
        not_both(("a",), {})
    except Refusal as refusal:
        assert refusal.code == "signal_unclear"
    else:
        raise AssertionError("both were taken")
