"""Truth and everybody's confusions as answers come: Dawid and Skene's model, folded one answer at a time.

    T[i, k] ~  p[k] * product over (w, y) on task i of M[w, k, y]        what the answers of task i say, now
    M[w, k, l] = (C[w, k, l] + s * Q[k, l]) / (C[w, k, .] + s)           s = 6
    Q[k, l]    = (start[k, l] + sum over w of C[w, k, l]) / ...          start: 800 answers a row, .8 of them right
    p[k]    ~  5 + sum over i of T[i, k]

C[w] is the sum of T over w's answers. What task i itself taught is left out of M, Q and p when T[i] is computed:
otherwise a task believes what it said before. Each answer recomputes its own task alone (stepwise EM, Liang and
Klein, NAACL 2009). The learned prior p is what keeps it upright on skewed classes; the strong start keeps the first
answers from deciding which error is which. Measured on the shared sets: within a point of the batch.

Beliefs are kept as whole numbers of 2^-30, so what is taken back is taken back exactly: after any history the counts
are what the present beliefs sum to, and no rounding gathers. Sums are exact too (fsum): the order of a task's answers
in the state does not matter, the order in which they came does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

UNIT = 1 << 30
STRENGTH = 6.0
START_ANSWERS, START_RIGHT = 800, 0.8
CLASS_PSEUDO = 5


@dataclass(slots=True)
class Incremental:
    """The state: `classes` (2 or more, distinct), and what folding fills. Whole numbers count in units of 2^-30.

    `counts` annotator -> true class x (answered class..., their sum); `pooled` the same summed over annotators;
    `mass` one number per class. Of each open task: `answers` annotator -> place of the class, `beliefs` one number
    per class, and the place of the true class in `gold` where it is known. All of it is ready for JSON, and
    Incremental(**told) is the state again. ValueError for fewer than two classes, or for one named twice.
    """

    classes: Sequence[str]
    counts: dict[str, list[list[int]]] = field(default_factory=dict)
    pooled: list[list[int]] = field(default_factory=list)
    mass: list[int] = field(default_factory=list)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    beliefs: dict[str, list[int]] = field(default_factory=dict)
    gold: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing taught yet, unless the state is being restored."""
        self.classes = tuple(self.classes)
        size = len(self.classes)
        if size < 2 or len(set(self.classes)) < size:
            raise ValueError(f"expected two or more distinct classes, found {self.classes}")
        self.pooled = self.pooled or [[0] * (size + 1) for _ in range(size)]
        self.mass = self.mass or [0] * size

    def add(self, task: str, annotator: str, answer: str) -> None:
        """Fold in an answer; a second one of this annotator to this task replaces the first. ValueError for an
        unknown class; a task of n answers costs n x classes steps, whatever came before."""
        place = self._place(answer)
        if self.answers.get(task, {}).get(annotator) == place:
            return
        self._teach(task, -1)
        self.answers.setdefault(task, {})[annotator] = place
        if annotator not in self.counts:
            self.counts[annotator] = [[0] * len(row) for row in self.pooled]
        self._learn(task)

    def withdraw(self, task: str, annotator: str) -> None:
        """Take an answer back, with all it taught. KeyError when there is none."""
        if annotator not in self.answers.get(task, {}):
            raise KeyError(f"expected an answer of {annotator} to {task}, found none")
        self._teach(task, -1)
        del self.answers[task][annotator]
        self._learn(task)

    def clamp(self, task: str, truth: str) -> None:
        """This task's truth is known: what its annotators answered anchors their confusions. ValueError for an
        unknown class."""
        place = self._place(truth)
        self._teach(task, -1)
        self.answers.setdefault(task, {})
        self.gold[task] = place
        self._learn(task)

    def settle(self, task: str) -> None:
        """Forget the answers of a task that gets no more, and keep what they taught: the state is as large as what is
        open. An answer after that counts as one to a new task. Nothing happens for an unknown task."""
        for kept in (self.answers, self.beliefs, self.gold):
            kept.pop(task, None)

    def posterior(self, task: str) -> dict[str, float]:
        """Class -> probability by what is known of everyone now; sums to 1. A task without answers has the prior."""
        return dict(zip(self.classes, self._posterior(task), strict=True))

    def confusion(self, annotator: str) -> tuple[tuple[float, ...], ...]:
        """True class x answered class, rows sum to 1; of somebody unknown, the pool's."""
        size = range(len(self.classes))
        counts = self.counts.get(annotator)
        rows = [[self._expected(k, y, 0, 0) * STRENGTH for y in size] for k in size]
        if counts:
            rows = [[a + counts[k][y] / UNIT for y, a in enumerate(row)] for k, row in enumerate(rows)]
        return tuple(tuple(a / math.fsum(row) for a in row) for row in rows)

    def _place(self, answer: str) -> int:
        if answer not in self.classes:
            raise ValueError(f"expected one of {tuple(self.classes)}, found {answer!r}")
        return self.classes.index(answer)

    def _learn(self, task: str) -> None:
        """Believe what the answers say now, and teach it. What was taught before has been taken back."""
        self.beliefs.pop(task, None)
        if not self.answers[task] and task not in self.gold:
            del self.answers[task]
            return
        self.beliefs[task] = [round(share * UNIT) for share in self._posterior(task)]
        self._teach(task, 1)

    def _teach(self, task: str, sign: int) -> None:
        beliefs = self.beliefs.get(task)
        if beliefs is None:
            return
        moved = [(k, sign * belief) for k, belief in enumerate(beliefs) if belief]
        for k, belief in moved:
            self.mass[k] += belief
        for annotator, y in self.answers[task].items():
            for k, belief in moved:
                for row in (self.counts[annotator][k], self.pooled[k]):
                    row[y] += belief
                    row[-1] += belief

    def _posterior(self, task: str) -> list[float]:
        if task in self.gold:
            return [float(k == self.gold[task]) for k in range(len(self.classes))]
        answers, beliefs = self.answers.get(task, {}), self.beliefs.get(task) or [0] * len(self.classes)
        said = list(answers.values())
        times = {y: said.count(y) for y in said}
        known = [(self.counts[annotator], y) for annotator, y in answers.items()]
        scores = []
        for k, own in enumerate(beliefs):
            pool = {y: STRENGTH * self._expected(k, y, own * n, own * len(said)) for y, n in times.items()}
            terms = [math.log(CLASS_PSEUDO + (self.mass[k] - own) / UNIT)]
            for counts, y in known:
                row = counts[k]
                terms.append(
                    math.log(((row[y] - own) / UNIT + pool[y]) / ((row[-1] - own) / UNIT + STRENGTH))
                )
            scores.append(math.fsum(terms))
        most = max(scores)
        weights = [math.exp(score - most) for score in scores]
        whole = math.fsum(weights)
        return [weight / whole for weight in weights]

    def _expected(self, k: int, y: int, own: int, own_row: int) -> float:
        """The pool's share of answers y where k is true, without this task's own part."""
        start = START_RIGHT if y == k else (1.0 - START_RIGHT) / (len(self.classes) - 1)
        row = self.pooled[k]
        return (START_ANSWERS * start + (row[y] - own) / UNIT) / (START_ANSWERS + (row[-1] - own_row) / UNIT)
