"""A second opinion: Dawid and Skene's model over all answers of a project, beside the plain majority.

It is for reports alone. Where few truths are known such a model can be wrong as a whole and look sure of itself, so it
never changes a result; what it says of people is where to look first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.statistics.dawid_skene import Fitted, dawid_skene
from backend.statistics.majority import agreement, expected_accuracy, majorities
from backend.statistics.spammer import spammer_score

CELLS_MAX = 20_000_000
"""Numbers held at once while fitting; beyond it there is no second opinion."""
SUSPECTS = 10
ANSWERS_MIN = 20
Triple = tuple[str, str, str]
"""Task, annotator, class."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """Somebody whose answers say little of the truth: `score` 0 is nothing, 1 all; `accuracy` is what the model makes
    of them, 0..1."""

    annotator: str
    answers: int
    score: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """`same` is the share of tasks of which model and majority name the same classes; on `audited` tasks they do so in
    `same_audited`, and are right as told (None where none was audited). `clamped` tasks were gold."""

    tasks: int
    clamped: int
    same: float
    audited: int
    same_audited: float
    majority_right: float | None
    model_right: float | None
    suspects: tuple[Suspect, ...]


def opinion(answers: Sequence[Triple], gold: Mapping[str, str], audited: Mapping[str, str]) -> Opinion | None:
    """What the model says of answers to work and to gold (`gold`, task -> truth, is clamped; `audited` is not). None
    where there is nothing to fit, a single class, or too much to hold."""
    work = [one for one in answers if one[0] not in gold]
    if not work or not _holds(answers, gold):
        return None
    fitted = dawid_skene(answers, gold=gold)
    votes = {task: one.top for task, one in majorities(work).items()}
    model = {task: top for task, top in fitted.tops().items() if task in votes}
    told = {task: truth for task, truth in audited.items() if task in votes}
    both, same = agreement(votes, model, told)
    return Opinion(
        tasks=len(votes),
        clamped=len(set(gold) & {task for task, _, _ in answers}),
        same=agreement(votes, model, list(votes))[1],
        audited=both,
        same_audited=same,
        majority_right=expected_accuracy(votes, told) if told else None,
        model_right=expected_accuracy(model, told) if told else None,
        suspects=_suspects(fitted, answers),
    )


def _holds(answers: Sequence[Triple], gold: Mapping[str, str]) -> bool:
    classes = len({c for _, _, c in answers} | set(gold.values()))
    people = len({w for _, w, _ in answers})
    return classes > 1 and max(len(answers) * classes, people * classes**2) <= CELLS_MAX


def _suspects(fitted: Fitted, answers: Iterable[Triple]) -> tuple[Suspect, ...]:
    """Those with the lowest spammer score first; of whom there is little to see nothing is said."""
    count: dict[str, int] = {}
    for _, who, _ in answers:
        count[who] = count.get(who, 0) + 1
    found = []
    for who, confusion in zip(fitted.annotators, fitted.confusions, strict=True):
        score = spammer_score(confusion) if count[who] >= ANSWERS_MIN else None
        if score is not None:
            accuracy = float(fitted.prior @ confusion.diagonal())
            found.append(Suspect(who, count[who], round(score, 6), round(accuracy, 6)))
    return tuple(sorted(found, key=lambda one: (one.score, one.annotator))[:SUSPECTS])
