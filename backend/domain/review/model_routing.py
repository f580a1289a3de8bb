"""Model routing: which answers of a model stand, which people answer, and which an expert has to see at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.review.likeness import FOR
from backend.domain.review.model_metrics import KINDS
from backend.domain.review.sampling import is_sampled
from backend.events import models as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, ProjectId

METRICS = ("map", "precision", "accuracy")
FALLBACKS = ("queue", "machine")
SIDES = ("people", "machine")
COMPARED_MAX = 1_000_000
CLASSES_MAX = 500
SECONDS_MAX = 86_400
REAL_TIME = 0
"""The class of items that somebody waits for."""
WAITING = "waiting"
"""Where the answer of an item goes whose round is not open yet: nowhere, until it is."""

# --- state


@dataclass(frozen=True, slots=True)
class Unset:
    """Nothing was said: people answer everything."""


@dataclass(frozen=True, slots=True)
class Set:
    """What was said last."""

    said: ev.ModelRoutingSet


Routing: TypeAlias = Unset | Set

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRouting:
    """Route so from now on; the fields are those of the event."""

    project: ProjectId
    model: AnnotatorId | None
    default_threshold_ppm: int | None
    classes: tuple[ev.ClassThreshold, ...]
    metric_least_ppm: int | None
    always_human: tuple[str, ...]
    audit_ppm: int
    parallel: bool
    expert_below_ppm: int
    expert_seconds: int
    fallback: str
    labels: Secret
    metric: ev.MetricRule | None = None
    overrides: tuple[ev.ClassOverride, ...] = ()
    show_labels: str = "none"


Command: TypeAlias = SetRouting
Event: TypeAlias = ev.ModelRoutingSet

# --- decide


def decide(command: Command, routing: Routing) -> Sequence[Event]:
    """The same again is nothing; something else is the next version. Raises `model_routing_invalid`."""
    _check(command)
    match routing:
        case Unset():
            return [_set(command, 1)]
        case Set(said):
            # The labels follow from the tokens; only their ciphertext would differ.
            new = _set(command, said.version + 1)
            return [] if _meant(new) == _meant(said) else [new]
        case _:
            assert_never(routing)


# --- evolve


def evolve(routing: Routing, event: Event) -> Routing:
    """What is true after the event."""
    return Set(event)


# --- routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A model's answer as routing sees it; `hindered` says why it cannot stand whatever its confidence (`workflow`,
    `pilot`, `underway`, `routed_before`), empty where nothing does. `draw` is that of the audit, 0..2**64-1. `watched`:
    a class of it is one that an expert always looks at. `in_step`: it is about a step of a workflow, and `beside`: one
    in which the model answers beside people. `objects`: classes of the things in an answer that has no class of its
    own. `sides`: class -> (side, version of the class), by the metric in force."""

    model: AnnotatorId
    answer_class: str | None
    confidence_ppm: int
    priority: int
    draw: int
    hindered: str = ""
    watched: bool = False
    in_step: bool = False
    beside: bool = False
    objects: tuple[str, ...] = ()
    sides: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str | None, ...]:
        """The classes that it is of; an answer of none is of the class None."""
        return self.objects or (self.answer_class,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where it goes (machine, human, audit, expert, waiting), by which rule, held against which threshold, and whether
    lots were drawn; `class_version` is that of the class whose metric was asked (0: none was measured)."""

    to: str
    rule: str
    threshold_ppm: int | None = None
    drawn: bool = False
    class_version: int | None = None


NOT_OPEN = Routed(to=WAITING, rule="planned_round")
"""Nothing decides an item before its round is open; then it is routed by what is in force at that moment."""


def route(said: ev.ModelRoutingSet | None, seen: Seen) -> Routed:
    """The first rule that fits. A class that is always people's goes before everything else, a person's override before
    every metric. Of several classes in one answer the most careful one decides. In a workflow the step says whether a
    model answers beside people; without one, `parallel` of the routing does."""
    peoples = said is not None and not set(seen.classes).isdisjoint(said.always_human)
    together = seen.beside and not (seen.hindered or seen.watched or peoples)
    if said is None or said.model is None:
        return Routed(to="human", rule="parallel" if together else "no_routing")
    if said.model != seen.model:
        return Routed(to="human", rule="parallel" if together else "other_model")
    if peoples:
        return Routed(to="human", rule="always_human")
    if seen.watched:
        return Routed(to="human", rule="watched_class")
    return _by_class(said, seen) or _by_confidence(said, seen, together)


def _by_class(said: ev.ModelRoutingSet, seen: Seen) -> Routed | None:
    """What a class alone decides: overrides, what a model's makers measured, what was measured here."""
    overrides = {one.token: one.to for one in said.overrides}
    if any(overrides.get(token or "") == "people" for token in seen.classes):
        return Routed(to="human", rule="override_people")
    asked = [token for token in seen.classes if token is None or token not in overrides]
    if any(_too_weak(one, said.metric_least_ppm) for one in said.classes if one.token in asked):
        return Routed(to="human", rule="metric")
    if said.metric is None:
        return None
    for token in asked:
        to, version = seen.sides.get(token or "", ("", 0))
        if to != "machine":
            rule = "class_metric" if to else "class_unmeasured"
            return Routed(to="human", rule=rule, class_version=version)
    return None


def _by_confidence(said: ev.ModelRoutingSet, seen: Seen, together: bool) -> Routed:
    if seen.hindered:
        return Routed(to="human", rule=seen.hindered)
    if together:
        return Routed(to="human", rule="parallel")
    threshold, free = threshold_of(said, seen.classes)
    version = None
    if said.metric is not None:
        version = max((seen.sides[one][1] for one in seen.classes if one and one in seen.sides), default=None)
    if threshold is not None and seen.confidence_ppm >= threshold:
        audited = is_sampled(seen.draw, said.audit_ppm)
        rule = "audit_share" if audited else "override_machine" if free else "threshold"
        to = "audit" if audited else "machine"
        return Routed(to=to, rule=rule, threshold_ppm=threshold, drawn=True, class_version=version)
    if seen.priority == REAL_TIME and seen.confidence_ppm < said.expert_below_ppm:
        return Routed(to="expert", rule="low_confidence", threshold_ppm=threshold)
    rule = "parallel" if said.parallel and not seen.in_step else "below_threshold"
    return Routed(to="human", rule=rule, threshold_ppm=threshold)


def threshold_of(said: ev.ModelRoutingSet, classes: Sequence[str | None]) -> tuple[int | None, bool]:
    """From which confidence an answer of these classes stands, the highest of theirs (None: never); and whether that is
    because a person gave all of them to the machine, whatever the confidence."""
    free = {one.token for one in said.overrides if one.to == "machine"}
    if all(one in free for one in classes):
        return 0, True
    own = {one.token: one.threshold_ppm for one in said.classes}
    each = [0 if one in free else own.get(one or "", said.default_threshold_ppm) for one in classes]
    least = [one for one in each if one is not None]
    return (max(least) if len(least) == len(each) else None), False


# --- helpers


def _too_weak(one: ev.ClassThreshold, least: int | None) -> bool:
    return least is not None and one.metric_ppm is not None and one.metric_ppm < least


def _meant(said: ev.ModelRoutingSet) -> ev.ModelRoutingSet:
    """Everything but the version and the ciphertext."""
    return replace(said, version=0, labels=Secret(b""))


def _check(command: SetRouting) -> None:
    code = "model_routing_invalid"
    shares = [
        ("default_threshold", command.default_threshold_ppm),
        ("metric_least", command.metric_least_ppm),
        ("audit_share", command.audit_ppm),
        ("low_confidence.below", command.expert_below_ppm),
        *(("classes.threshold", one.threshold_ppm) for one in command.classes),
        *(("classes.metric_value", one.metric_ppm) for one in command.classes),
    ]
    for name, ppm in shares:
        in_range(code, name, ppm or 0, 0, PPM)
    for one in command.classes:
        one_of(code, "metric", one.metric, ("", *METRICS))
        if bool(one.metric) != (one.metric_ppm is not None):
            raise _invalid("a metric with its value, or neither", "one of them alone")
    if command.metric is not None:
        one_of(code, "metric.kind", command.metric.kind, KINDS)
        in_range(code, "metric.at_least", command.metric.at_least_ppm, 0, PPM)
        in_range(code, "metric.n_min", command.metric.n_min, 1, COMPARED_MAX)
    one_of(code, "show_labels", command.show_labels, tuple(FOR))
    given = [one.token for one in command.overrides]
    if len(set(given)) < len(given) or len(given) > CLASSES_MAX:
        raise _invalid(f"at most {CLASSES_MAX} overrides, each class once", "more, or one twice")
    for override in command.overrides:
        one_of(code, "overrides.to", override.to, SIDES)
    tokens = [one.token for one in command.classes]
    if len(set(tokens)) < len(tokens) or max(len(tokens), len(command.always_human)) > CLASSES_MAX:
        raise _invalid(f"at most {CLASSES_MAX} classes, each once", "more, or one twice")
    if command.expert_below_ppm:
        in_range(code, "low_confidence.seconds", command.expert_seconds, 1, SECONDS_MAX)
        one_of(code, "fallback", command.fallback, FALLBACKS)


def _invalid(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "model_routing_invalid",
        expected=expected,
        found=found,
        mend="correct the routing and send it whole",
    )


def _set(command: SetRouting, version: int) -> ev.ModelRoutingSet:
    return ev.ModelRoutingSet(
        project=command.project,
        version=version,
        model=command.model,
        default_threshold_ppm=command.default_threshold_ppm,
        classes=command.classes,
        metric_least_ppm=command.metric_least_ppm,
        always_human=command.always_human,
        audit_ppm=command.audit_ppm,
        parallel=command.parallel,
        expert_below_ppm=command.expert_below_ppm,
        expert_seconds=command.expert_seconds,
        fallback=command.fallback,
        labels=command.labels,
        metric=command.metric,
        overrides=command.overrides,
        show_labels=command.show_labels,
    )


MODEL_ROUTING: Decider[Command, Routing, Event] = Decider(Unset(), decide, evolve)
"""One stream per project; its id follows from the project's."""
