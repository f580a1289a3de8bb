"""What most said, with ties told; and when a model may say otherwise."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

GOLD_MIN = 5
"""A person's errors are anchored by so many answers to gold."""
AGREEMENT_MIN = 0.95
AUDITED_MIN = 100
"""Fewer audited tasks cannot tell 95 % of agreement from 90 %."""
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Majority:
    """`weights` is (class, its votes), sorted by class; `top` are the classes tied for the most, sorted."""

    weights: tuple[tuple[str, float], ...]
    top: tuple[str, ...]

    @property
    def tied(self) -> bool:
        """Whether more than one class is on top."""
        return len(self.top) > 1

    @property
    def share(self) -> float:
        """A top class's share of all weight, in 0..1."""
        weights = dict(self.weights)
        return weights[self.top[0]] / math.fsum(weights.values())


@dataclass(frozen=True, slots=True)
class Chosen:
    """`classes`: what stands (several: a tie). `by` says whose it is and `because` why; `model` is what the model
    would have said, and `disagrees` that it names another set of classes than the majority."""

    classes: tuple[str, ...]
    by: Literal["model", "majority"]
    because: Literal["anchored", "agreeing", "unanchored"]
    model: tuple[str, ...]
    disagrees: bool


def majority(answers: Sequence[str]) -> Majority:
    """The votes for each class answered, one per answer. ValueError without an answer."""
    return leading(sorted((answer, 1.0) for answer in answers))


def leading(votes: Sequence[tuple[str, float]]) -> Majority:
    """The sums of (class, weight), and the classes within 1e-9 of the most. ValueError without a vote."""
    if not votes:
        raise ValueError("expected at least one answer, found none")
    by_class: dict[str, list[float]] = {}
    for answer, weight in votes:
        by_class.setdefault(answer, []).append(weight)
    weights = {answer: math.fsum(by_class[answer]) for answer in sorted(by_class)}
    most = max(weights.values())
    return Majority(tuple(weights.items()), tuple(c for c, weight in weights.items() if most - weight <= TIE))


def majorities(answers: Iterable[tuple[str, str, str]]) -> dict[str, Majority]:
    """Task -> majority of its (task, annotator, class) triples, in the order of task names."""
    by_task: dict[str, list[str]] = {}
    for task, _, answer in answers:
        by_task.setdefault(task, []).append(answer)
    return {task: majority(by_task[task]) for task in sorted(by_task)}


def expected_accuracy(tops: Mapping[str, Collection[str]], truth: Mapping[str, str]) -> float:
    """The share of tasks right when ties are broken by lot: the mean of [truth is on top] / (classes on top).

    Over tasks of `truth` that are in `tops`; ValueError when there is none.
    """
    shared = sorted(tops.keys() & truth.keys())
    if not shared:
        raise ValueError("expected a task with both a result and a truth, found none")
    return math.fsum((truth[task] in tops[task]) / len(tops[task]) for task in shared) / len(shared)


def agreement(
    majority_tops: Mapping[str, Collection[str]],
    model_tops: Mapping[str, Collection[str]],
    audited: Collection[str],
) -> tuple[int, float]:
    """How many audited tasks both have a result for, and the share of those where both name the same classes (0 of
    0 is 0)."""
    both = [task for task in set(audited) if task in majority_tops and task in model_tops]
    same = sum(set(majority_tops[task]) == set(model_tops[task]) for task in both)
    return len(both), same / len(both) if both else 0.0


def safe(
    majority_top: Collection[str],
    model_top: Collection[str],
    *,
    gold_answers: Collection[int],
    agreed: tuple[int, float] = (0, 0.0),
) -> Chosen:
    """One task's result: an unanchored model never overwrites the majority silently.

    The model's classes stand where it is anchored (everyone who answered this task has given >= 5 answers to gold:
    `gold_answers` is one count per person) or where it agrees with the majority on >= 95 % of >= 100 audited tasks
    (`agreed` is what agreement() found). Otherwise the majority stands, and `disagrees` tells. An unsupervised
    model can be wrong as a whole: labels swap between classes, and nothing in its own posterior shows it.
    """
    anchored = bool(gold_answers) and min(gold_answers) >= GOLD_MIN
    agreeing = agreed[0] >= AUDITED_MIN and agreed[1] >= AGREEMENT_MIN
    voted, modelled = tuple(sorted(majority_top)), tuple(sorted(model_top))
    differs = voted != modelled
    if anchored:
        return Chosen(modelled, "model", "anchored", modelled, differs)
    if agreeing:
        return Chosen(modelled, "model", "agreeing", modelled, differs)
    return Chosen(voted, "majority", "unanchored", modelled, differs)
