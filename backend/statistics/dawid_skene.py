"""Truth and everybody's confusions from answers alone: Dawid and Skene's model, fitted in one batch.

    E   T[i, k]    ~  p[k] * product over (w, y) on task i of M[w, k, y]
    M   M[w, k, l] ~  sum of T[i, k] over w's answers l  +  s * Q[k, l]
        p[k]       ~  sum of T[i, k]
        Q[k, l]    ~  sum over w of what M sums            (the pooled confusion)

From Dawid and Skene, Applied Statistics 28 (1979); s > 0 makes it the MAP estimate under a Dirichlet prior whose
mean is the pooled confusion, refitted on the way (empirical Bayes). It starts from the shares of the votes; tasks
with gold are clamped to their truth, and where there are any it starts from what they say of everyone. EM finds the
nearest optimum, not the best one. Over-confident, as naive Bayes is: see temperature.py.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
STRENGTH = 2.0
ITERATIONS_MAX = 50
"""Where the reference values of the shared sets were taken; the last digits may still move beyond."""
CLOSE = 1e-6
_SMOOTHING = 0.01
"""A hundredth of an answer in every cell: nothing is impossible because it was not seen yet."""
_VOTES_BESIDE_GOLD = 0.05
"""Where some truths are known, the first confusions are theirs: an answer whose truth is only voted counts a
twentieth. Else a crowd that is wrong together keeps its labels swapped, whatever gold says."""
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Names are sorted; arrays follow them, all in 0..1.

    `posteriors` (tasks, classes), `confusions` (annotators, true classes, answered classes; rows sum to 1), `pooled`
    (true classes, answered classes), `prior` (classes); `iterations` is how many were run.
    """

    tasks: tuple[str, ...]
    annotators: tuple[str, ...]
    classes: tuple[str, ...]
    posteriors: Floats
    confusions: Floats
    pooled: Floats
    prior: Floats
    iterations: int

    def tops(self) -> dict[str, tuple[str, ...]]:
        """Task -> its most probable classes, sorted; more than one where they are within 1e-9."""
        leading = self.posteriors >= self.posteriors.max(axis=1, keepdims=True) - _TIE
        return {
            task: tuple(c for c, leads in zip(self.classes, row, strict=True) if leads)
            for task, row in zip(self.tasks, leading.tolist(), strict=True)
        }

    def shares(self) -> dict[str, dict[str, float]]:
        """Task -> class -> posterior."""
        rows = zip(self.tasks, self.posteriors.tolist(), strict=True)
        return {task: dict(zip(self.classes, row, strict=True)) for task, row in rows}


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Answers as places, sorted by task, annotator and class; `starts` is where each task's answers begin."""

    task: Places
    annotator: Places
    answer: Places
    starts: Places
    shape: tuple[int, int, int]


def dawid_skene(
    answers: Iterable[tuple[str, str, str]],
    *,
    gold: Mapping[str, str] | None = None,
    classes: Collection[str] = (),
    strength: float = STRENGTH,
    iterations_max: int = ITERATIONS_MAX,
) -> Fitted:
    """Fit to (task, annotator, class) triples, in any order: the result is bit for bit the same.

    `gold` is task -> true class, `classes` adds to those found in answers and gold; `strength` s >= 0 is how many
    answers the pool weighs per row (0 is maximum likelihood). Ends when no posterior moves by 1e-6.
    ValueError without an answer, or when `strength` is negative.
    """
    gold = gold or {}
    triples = sorted(answers)
    if not triples or strength < 0 or iterations_max < 1:
        found = f"{len(triples)} answers, strength {strength}, {iterations_max} iterations"
        raise ValueError(f"expected answers, a strength >= 0 and an iteration or more, found {found}")
    tasks, annotators = sorted({t for t, _, _ in triples}), sorted({w for _, w, _ in triples})
    known = sorted({c for _, _, c in triples} | set(gold.values()) | set(classes))
    table = _table(triples, tasks, annotators, known)
    clamped = _clamps(gold, tasks, known)
    posteriors, moved, ran = _start(table, clamped, strength), math.inf, 0
    while moved >= CLOSE and ran < iterations_max:
        confusions, pooled, prior = _maximise(table, posteriors, strength)
        following = _clamp(_expect(table, confusions, prior), clamped)
        moved, ran = float(np.abs(following - posteriors).max()), ran + 1
        posteriors = following
    names = (tuple(tasks), tuple(annotators), tuple(known))
    return Fitted(*names, posteriors, confusions, pooled, prior, ran)


def _table(
    triples: list[tuple[str, str, str]], tasks: list[str], annotators: list[str], known: list[str]
) -> _Table:
    t_at, w_at, c_at = ({name: at for at, name in enumerate(names)} for names in (tasks, annotators, known))
    places = np.array([(t_at[t], w_at[w], c_at[c]) for t, w, c in triples], dtype=np.intp)
    task, annotator, answer = np.ascontiguousarray(places.T)
    starts = np.searchsorted(task, np.arange(len(tasks)))
    return _Table(task, annotator, answer, starts, (len(tasks), len(annotators), len(known)))


def _start(table: _Table, clamped: tuple[Places, Places], strength: float) -> Floats:
    votes = _clamp(_votes(table), clamped)
    if not len(clamped[0]):
        return votes
    confusions, _, prior = _maximise(table, _clamp(_VOTES_BESIDE_GOLD * votes, clamped), strength)
    return _clamp(_expect(table, confusions, prior), clamped)


def _votes(table: _Table) -> Floats:
    size, _, width = table.shape
    votes = np.bincount(table.task * width + table.answer, minlength=size * width).reshape(size, width)
    return _rows(votes.astype(np.float64))


def _maximise(table: _Table, posteriors: Floats, strength: float) -> tuple[Floats, Floats, Floats]:
    _, people, width = table.shape
    cell = table.annotator * width + table.answer
    soft = posteriors[table.task]
    sums = [np.bincount(cell, weights=soft[:, k], minlength=people * width) for k in range(width)]
    counts = np.stack([one.reshape(people, width) for one in sums], axis=1)
    pooled = _rows(counts.sum(axis=0) + _SMOOTHING)
    return _rows(counts + strength * pooled + _SMOOTHING), pooled, _rows(posteriors.sum(axis=0) + _SMOOTHING)


def _expect(table: _Table, confusions: Floats, prior: Floats) -> Floats:
    # One row of log likelihoods per (annotator, answer): what the answer says of each true class.
    logs = np.log(confusions).transpose(0, 2, 1)[table.annotator, table.answer]
    scores = np.add.reduceat(logs, table.starts, axis=0) + np.log(prior)
    scores -= scores.max(axis=1, keepdims=True)
    return _rows(np.exp(scores))


def _rows(weights: Floats) -> Floats:
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def _clamps(gold: Mapping[str, str], tasks: list[str], known: list[str]) -> tuple[Places, Places]:
    at = [(place, known.index(gold[task])) for place, task in enumerate(tasks) if task in gold]
    places = np.array(at, dtype=np.intp).reshape(len(at), 2)
    return places[:, 0], places[:, 1]


def _clamp(posteriors: Floats, clamped: tuple[Places, Places]) -> Floats:
    posteriors[clamped[0]] = 0.0
    posteriors[clamped] = 1.0
    return posteriors
