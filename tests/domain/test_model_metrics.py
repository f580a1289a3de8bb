"""Metrics of classes rest on what people judged blindly, weighed as it was judged; what is unknown is people's."""

from dataclasses import replace

import pytest

from backend.domain.review.model_class import MODEL_CLASS, Measure
from backend.domain.review.model_metrics import KINDS, Answered, Judged, Measured, measure, side, weights
from backend.events import models as ev
from tests.domain.facts import PROJECT_A
from tests.domain.gwt import given
from tests.domain.test_models import NET

RULE = ev.MetricRule(kind="precision", at_least_ppm=900_000, sure=False, n_min=10)


def said(token: str, true: str | None, sure: float = 0.5, *, stood: bool = False) -> Answered:
    """An answer of this class; `true` None: nobody judged it."""
    judged = None if true is None else Judged({token: ((sure, (token == true,)),)}, {true: 1})
    return Answered(
        classes=(token,), stratum=token, bin=int(10 * sure), stood=stood, judged=judged, correct=token == true
    )


def test_what_stood_is_spoken_for_by_its_audits() -> None:
    """Nine in ten of what stood were not looked at: each audit stands for ten, each answer of people for itself."""
    stood = [said("cat", "dog" if n == 0 else "cat" if n < 10 else None, 0.9, stood=True) for n in range(100)]
    below = [said("cat", "dog" if n < 10 else "cat", 0.4) for n in range(20)]
    told = weights([*stood, *below])
    assert told[:10] == [10.0] * 10 and told[10:100] == [0.0] * 90 and told[100:] == [1.0] * 20
    cat = measure("precision", [*stood, *below])["cat"]
    assert cat.value == pytest.approx((9 * 10 + 10) / 120) and cat.n == 30
    assert cat.effective == pytest.approx(120**2 / (10 * 100 + 20))
    naive = (9 + 10) / 30
    assert cat.value is not None and cat.value > naive + 0.15, (
        "counting alike would have called it worse than it is"
    )


def test_what_was_never_judged_is_spoken_for_by_the_nearest_below() -> None:
    told = weights(
        [said("cat", "cat", 0.5), said("cat", None, 0.7), said("cat", "cat", 0.8), said("cat", None, 0.9)]
    )
    assert told == [2.0, 0.0, 2.0, 0.0]
    alone = weights([said("cat", "cat", 0.5), said("cat", None, 0.9, stood=True), said("dog", None)])
    assert alone == [2.0, 0.0, 0.0], (
        "across the threshold, where nothing else is; of another class nobody speaks"
    )


def test_each_metric_is_what_its_name_says() -> None:
    answers = [
        said("cat", "cat", 0.9),
        said("cat", "dog", 0.8),
        said("cat", "cat", 0.7),
        said("dog", "cat", 0.5),
    ]
    found = {kind: measure(kind, answers)["cat"] for kind in KINDS}
    assert found["precision"].value == pytest.approx(2 / 3) and found["precision"].n == 3
    assert found["recall"].value == pytest.approx(2 / 3) and found["recall"].n == 3
    assert found["accuracy"].value == pytest.approx(2 / 4)
    # Found at recalls 1/3 (precision 1) and 2/3 (precision 2/3); the third cat was called a dog.
    assert found["average_precision"].value == pytest.approx(1 / 3 + (1 / 3) * (2 / 3))
    assert all(one.low <= one.value <= one.high for one in found.values() if one.low is not None)
    with pytest.raises(ValueError, match="expected one of"):
        measure("f1", answers)


def test_things_in_pictures_count_one_by_one_and_pictures_are_what_is_independent() -> None:
    thing = (0.9, (True, False))
    picture = Answered(
        classes=("cat",),
        stratum="",
        bin=1,
        stood=False,
        judged=Judged({"cat": (thing, (0.4, (False, False)))}, {"cat": 2}),
    )
    cat = measure("precision", [picture] * 4)["cat"]
    assert (cat.value, cat.n, cat.effective) == (0.5, 4, 4.0)
    assert measure("accuracy", [picture] * 4)["cat"].value == 0.0
    at_first, overall = (measure(kind, [picture] * 4)["cat"].value for kind in ("average_precision", "map"))
    assert at_first == pytest.approx(51 / 101) and overall == pytest.approx(51 / 101 / 2)


def test_too_few_comparisons_are_peoples_however_good() -> None:
    perfect = Measured(value=1.0, low=0.7, high=1.0, n=9, effective=9.0)
    assert side(RULE, None) == side(RULE, Measured()) == side(RULE, perfect) == "people"
    enough = replace(perfect, n=10)
    assert side(RULE, enough) == "machine"
    assert side(replace(RULE, sure=True), enough) == "people", "its interval reaches below"
    assert side(RULE, replace(enough, value=0.89)) == "people"


def test_a_class_is_told_when_it_changes_sides_or_rules() -> None:
    good, bad = (Measured(value=v, low=v - 0.1, high=v, n=20, effective=18.5) for v in (0.95, 0.5))
    command = Measure(project=PROJECT_A, model=NET, token="cat", rule=RULE, found=good, basis_index=7)
    (first,) = MODEL_CLASS.decide(command, MODEL_CLASS.initial)
    assert (first.version, first.side, first.value_ppm, first.effective_milli) == (
        1,
        "machine",
        950_000,
        18_500,
    )
    told = given(MODEL_CLASS, first)
    told.when(replace(command, found=replace(good, value=0.99), basis_index=9)).then()
    worse = replace(first, version=2, side="people", value_ppm=500_000, low_ppm=400_000, high_ppm=500_000)
    told.when(replace(command, found=bad)).then(worse)
    stricter = replace(RULE, at_least_ppm=940_000)
    told.when(replace(command, rule=stricter)).then(replace(first, version=2, at_least_ppm=940_000))
