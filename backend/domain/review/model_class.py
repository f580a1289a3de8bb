"""A class of a model's answers: on which side the metric of the routing puts it; told when it changes sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.checks import PPM
from backend.domain.decider import Decider
from backend.domain.review.model_metrics import Measured, side
from backend.events import models as ev
from backend.events.ids import AnnotatorId, ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Nothing was measured: it is people's."""


@dataclass(frozen=True, slots=True)
class OnSide:
    """What was measured when it last changed sides or rules."""

    said: ev.ModelClassMeasured


ModelClass: TypeAlias = Unmeasured | OnSide

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What the metric of the rule comes to now, by the evidence up to `basis_index`."""

    project: ProjectId
    model: AnnotatorId
    token: str
    rule: ev.MetricRule
    found: Measured
    basis_index: int


# --- decide


def decide(command: Measure, state: ModelClass) -> Sequence[ev.ModelClassMeasured]:
    """The same side by the same rule is nothing new."""
    to = side(command.rule, command.found)
    before = state.said if isinstance(state, OnSide) else None
    if before is not None and before.side == to and rule_of(before) == command.rule:
        return []
    found, rule = command.found, command.rule
    return [
        ev.ModelClassMeasured(
            project=command.project,
            model=command.model,
            token=command.token,
            version=1 + (before.version if before else 0),
            side=to,
            kind=rule.kind,
            at_least_ppm=rule.at_least_ppm,
            sure=rule.sure,
            n_min=rule.n_min,
            value_ppm=_ppm(found.value),
            low_ppm=_ppm(found.low),
            high_ppm=_ppm(found.high),
            n=found.n,
            effective_milli=round(1_000 * found.effective),
            basis_index=command.basis_index,
        )
    ]


# --- evolve


def evolve(state: ModelClass, event: ev.ModelClassMeasured) -> ModelClass:
    """What is true after the event."""
    return OnSide(event)


# --- helpers


def rule_of(said: ev.ModelClassMeasured) -> ev.MetricRule:
    """The rule by which a class was put on its side; under another one it is not measured yet."""
    return ev.MetricRule(kind=said.kind, at_least_ppm=said.at_least_ppm, sure=said.sure, n_min=said.n_min)


def _ppm(share: float | None) -> int | None:
    return None if share is None else round(PPM * share)


MODEL_CLASS: Decider[Measure, ModelClass, ev.ModelClassMeasured] = Decider(Unmeasured(), decide, evolve)
"""One stream per project, model and class; its id follows from them."""
