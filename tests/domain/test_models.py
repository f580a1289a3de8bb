"""Models: registered once; routing in versions; answers once each, and compared again when people decide again."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.review.model import MODEL, Register, Retire
from backend.domain.review.model_routing import MODEL_ROUTING, NOT_OPEN, Routed, SetRouting
from backend.domain.review.prediction import PREDICTION, Compare, Made, Predict, Use
from backend.events import models as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, PredictionId
from tests.domain.facts import HIDDEN, ITEM_A, PROJECT_A, TASK_A, uid
from tests.domain.gwt import given

NET, PREDICTION_A = AnnotatorId(uid(81)), PredictionId(uid(82))
REGISTERED = ev.ModelRegistered(model=NET, name="net", version="1", notes=None)
REGISTER = Register(model=NET, name="net", version="1", notes=None)
FIELDS: dict[str, Any] = {
    "project": PROJECT_A,
    "model": NET,
    "default_threshold_ppm": 900_000,
    "classes": (ev.ClassThreshold(token="dog", threshold_ppm=800_000),),
    "metric_least_ppm": None,
    "always_human": ("owl",),
    "audit_ppm": 50_000,
    "parallel": False,
    "expert_below_ppm": 300_000,
    "expert_seconds": 30,
    "fallback": "queue",
    "labels": HIDDEN,
}
PREDICT = Predict(
    prediction=PREDICTION_A,
    item=ITEM_A,
    project=PROJECT_A,
    task=TASK_A,
    model=NET,
    answer=HIDDEN,
    answer_class="cat",
    answer_token="t",
    confidence_ppm=700_000,
    routed=Routed(to="human", rule="parallel", threshold_ppm=900_000),
    routing_version=1,
    audit_ppm=50_000,
    period=1,
    draw=3,
    fallback="queue",
)
RIGHT = Compare(correct=True, score_ppm=1_000_000, truth_class="cat", by="aggregate")


def set_to(version: int, **other: Any) -> ev.ModelRoutingSet:
    return ev.ModelRoutingSet(**(FIELDS | other), version=version)


def routing(**other: Any) -> SetRouting:
    return SetRouting(**(FIELDS | other))


def predicted() -> ev.ItemPredicted:
    (one,) = PREDICTION.decide(PREDICT, PREDICTION.initial)
    assert isinstance(one, ev.ItemPredicted)
    return one


def test_a_model_is_registered_once_and_retired_once() -> None:
    given(MODEL).when(REGISTER).then(REGISTERED)
    given(MODEL, REGISTERED).when(replace(REGISTER, notes=Secret(b"other"))).then()
    given(MODEL, REGISTERED).when(Retire()).then(ev.ModelRetired(model=NET))
    retired = given(MODEL, REGISTERED, ev.ModelRetired(model=NET))
    retired.when(Retire()).then()
    retired.when(REGISTER).then_refused("model_retired", "conflict")
    given(MODEL).when(Retire()).then_refused("not_found")
    given(MODEL).when(replace(REGISTER, name="a\nb")).then_refused("model_name_invalid", "invalid")


def test_routing_is_set_in_versions_and_the_same_again_is_nothing() -> None:
    given(MODEL_ROUTING).when(routing()).then(set_to(1))
    given(MODEL_ROUTING, set_to(1)).when(routing(labels=Secret(b"sealed anew"))).then()
    given(MODEL_ROUTING, set_to(1)).when(routing(always_human=())).then(set_to(2, always_human=()))


@pytest.mark.parametrize(
    "other",
    [
        {"audit_ppm": 1_000_001},
        {"default_threshold_ppm": -1},
        {"expert_seconds": 0},
        {"fallback": "nobody"},
        {"classes": FIELDS["classes"] * 2},
        {"classes": (ev.ClassThreshold(token="dog", threshold_ppm=1, metric="f1", metric_ppm=1),)},
        {"classes": (ev.ClassThreshold(token="dog", threshold_ppm=1, metric="map"),)},
        {"classes": (ev.ClassThreshold(token="dog", threshold_ppm=1_000_001),)},
        {"always_human": tuple(f"c{n}" for n in range(501))},
    ],
)
def test_a_routing_that_means_nothing_is_refused(other: dict[str, Any]) -> None:
    given(MODEL_ROUTING).when(routing(**other)).then_refused("model_routing_invalid", "invalid")


def test_a_model_answers_an_item_once() -> None:
    told = predicted()
    assert (told.routed, told.rule, told.parallel, told.draw, told.fallback) == (
        "human",
        "parallel",
        True,
        "",
        "",
    )
    again = given(PREDICTION, told)
    again.when(replace(PREDICT, routed=Routed(to="machine", rule="threshold"))).then()
    again.when(replace(PREDICT, answer_token="another")).then_refused("prediction_exists", "conflict")
    drawn = replace(PREDICT, routed=Routed(to="audit", rule="audit_share", drawn=True))
    (audited,) = PREDICTION.decide(drawn, PREDICTION.initial)
    assert isinstance(audited, ev.ItemPredicted) and audited.draw == "0000000000000003"


def test_what_waited_for_its_round_is_routed_once() -> None:
    waiting = replace(PREDICT, routed=NOT_OPEN)
    (said,) = PREDICTION.decide(waiting, PREDICTION.initial)
    state = PREDICTION.evolve(PREDICTION.initial, said)
    use = Use(
        task=PREDICT.task,
        routed=PREDICT.routed,
        routing_version=2,
        audit_ppm=PREDICT.audit_ppm,
        period=1,
        draw=PREDICT.draw,
        fallback="",
    )
    assert PREDICTION.decide(replace(use, routed=NOT_OPEN), state) == []
    (routed,) = PREDICTION.decide(use, state)
    after = PREDICTION.evolve(state, routed)
    assert isinstance(after, Made) and (after.said.routed, after.said.routing_version) == (
        PREDICT.routed.to,
        2,
    )
    assert PREDICTION.decide(use, after) == [] == PREDICTION.decide(waiting, after)


def test_what_people_decide_is_compared_and_again_when_they_decide_otherwise() -> None:
    told = given(PREDICTION, predicted()).after(RIGHT)
    (first,) = told.past[1:]
    assert isinstance(first, ev.ModelAudited) and first.correct and first.routed == "human"
    told.when(RIGHT).then()
    wrong = replace(RIGHT, correct=False, score_ppm=0, truth_class="dog", by="expert")
    (second,) = told.after(wrong).past[2:]
    assert isinstance(second, ev.ModelAudited) and not second.correct and second.by == "expert"
    given(PREDICTION).when(RIGHT).then_refused("not_found")
