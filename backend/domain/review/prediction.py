"""A prediction: what one model answered to one item, where that went, and how it compares with what people decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.domain.review.model_routing import WAITING, Routed
from backend.domain.review.sampling import draw_text
from backend.events import models as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ItemId, PredictionId, ProjectId, TaskId

# --- state


@dataclass(frozen=True, slots=True)
class Unmade:
    """The model has not answered this item."""


@dataclass(frozen=True, slots=True)
class Made:
    """It has, and `said` is where it went last; `compared` is (whether it is right, its score, the truth's class, by
    whom), None before."""

    said: ev.ItemPredicted
    compared: tuple[bool, int, str | None, str] | None = None


Prediction: TypeAlias = Unmade | Made

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Predict:
    """The answer, and where routing sends it; `draw` is kept where lots were drawn."""

    prediction: PredictionId
    item: ItemId
    project: ProjectId
    task: TaskId | None
    model: AnnotatorId
    answer: Secret
    answer_class: str | None
    answer_token: str
    confidence_ppm: int
    routed: Routed
    routing_version: int
    audit_ppm: int
    period: int
    draw: int
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The round of its item is open: where routing sends it now. What went somewhere already stays there."""

    task: TaskId | None
    routed: Routed
    routing_version: int
    audit_ppm: int
    period: int
    draw: int
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """What people decided (`by` aggregate, review or expert), and how the model's answer does against it; `anchored`:
    who decided had seen that answer."""

    correct: bool
    score_ppm: int
    truth_class: str | None
    by: str
    anchored: bool = False


Command: TypeAlias = Predict | Use | Compare
Event: TypeAlias = ev.ItemPredicted | ev.PredictionRouted | ev.ModelAudited

# --- refusals


def predicted_otherwise() -> Refusal:
    """`prediction_exists`: one answer per model and item."""
    return Refusal(
        "conflict",
        "prediction_exists",
        expected="one answer of a model to an item",
        found="another one",
        mend="register the model that answers otherwise under another version",
    )


# --- decide


def decide(command: Command, prediction: Prediction) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, prediction:
        case Predict(), Unmade():
            return [_predicted(command)]
        case Predict(), Made(said) if _same(command, said):
            return []
        case Predict(), Made():
            raise predicted_otherwise()
        case Use(), Made(said) if said.routed == WAITING and command.routed.to != WAITING:
            return [_used(command, said)]
        case Use(), Made():
            return []
        case ((Use() | Compare()), Unmade()):
            raise not_found("a prediction")
        case Compare(), Made(compared=compared) if compared == _compared(command):
            return []
        case Compare(), Made(said):
            return [_audited(command, said)]
        case _:
            raise not_now(command, prediction)


# --- evolve


def evolve(prediction: Prediction, event: Event) -> Prediction:
    """What is true after the event."""
    match event, prediction:
        case ev.ItemPredicted(), _:
            return Made(event)
        case ev.PredictionRouted(), Made(said):
            return replace(prediction, said=_now(said, event))
        case ev.ModelAudited(), Made():
            return replace(prediction, compared=_compared(event))
        case ((ev.PredictionRouted() | ev.ModelAudited()), _):
            return prediction
        case _:
            assert_never(event)


# --- helpers


def _same(command: Predict, said: ev.ItemPredicted) -> bool:
    return (command.answer_token, command.confidence_ppm) == (said.answer_token, said.confidence_ppm)


def _compared(one: Compare | ev.ModelAudited) -> tuple[bool, int, str | None, str]:
    return one.correct, one.score_ppm, one.truth_class, one.by


def _predicted(command: Predict) -> ev.ItemPredicted:
    in_range("confidence_invalid", "confidence_ppm", command.confidence_ppm, 0, PPM)
    routed = command.routed
    return ev.ItemPredicted(
        prediction=command.prediction,
        item=command.item,
        project=command.project,
        task=command.task,
        model=command.model,
        answer=command.answer,
        answer_class=command.answer_class,
        answer_token=command.answer_token,
        confidence_ppm=command.confidence_ppm,
        routed=routed.to,
        rule=routed.rule,
        threshold_ppm=routed.threshold_ppm,
        routing_version=command.routing_version,
        audit_ppm=command.audit_ppm,
        period=command.period,
        draw=draw_text(command.draw) if routed.drawn else "",
        parallel=routed.rule == "parallel",
        fallback=command.fallback if routed.to == "expert" else "",
        class_version=routed.class_version,
    )


def _used(command: Use, said: ev.ItemPredicted) -> ev.PredictionRouted:
    routed = command.routed
    return ev.PredictionRouted(
        prediction=said.prediction,
        item=said.item,
        project=said.project,
        task=command.task,
        model=said.model,
        routed=routed.to,
        rule=routed.rule,
        threshold_ppm=routed.threshold_ppm,
        routing_version=command.routing_version,
        audit_ppm=command.audit_ppm,
        period=command.period,
        draw=draw_text(command.draw) if routed.drawn else "",
        parallel=routed.rule == "parallel",
        fallback=command.fallback if routed.to == "expert" else "",
        class_version=routed.class_version,
    )


def _now(said: ev.ItemPredicted, event: ev.PredictionRouted) -> ev.ItemPredicted:
    return replace(
        said,
        task=event.task,
        routed=event.routed,
        rule=event.rule,
        threshold_ppm=event.threshold_ppm,
        routing_version=event.routing_version,
        audit_ppm=event.audit_ppm,
        period=event.period,
        draw=event.draw,
        parallel=event.parallel,
        fallback=event.fallback,
        class_version=event.class_version,
    )


def _audited(command: Compare, said: ev.ItemPredicted) -> ev.ModelAudited:
    return ev.ModelAudited(
        prediction=said.prediction,
        item=said.item,
        project=said.project,
        model=said.model,
        routed=said.routed,
        correct=command.correct,
        score_ppm=command.score_ppm,
        truth_class=command.truth_class,
        answer_class=said.answer_class,
        confidence_ppm=said.confidence_ppm,
        by=command.by,
        anchored=command.anchored,
    )


PREDICTION: Decider[Command, Prediction, Event] = Decider(Unmade(), decide, evolve)
"""One stream per model and item; its id follows from both."""
