"""Comparing: one answer scored against one truth, whatever either says, without holding up anybody else."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from backend.domain.errors import Refusal
from backend.domain.projects import scoring
from backend.statistics import registry
from backend.statistics.score import Score

PPM = 1_000_000
LOOP_STEPS_MAX = 20_000
"""A comparison of more steps leaves the event loop for a thread. A step is one value of the answer met with one of the
truth; below this none that we measured took the 5 ms after which Python itself lets another thread go on: 28 boxes
against 28 (2 ms), 140 items ranked (7 ms at worst, when all are against each other), 4,000 characters (2 ms)."""
LINEAR = frozenset({"labels", "numbers", "spans", "text"})
LINEAR_STEPS = 10
"""Steps for each value of a kind that does not meet every value with every other."""
TEXT_CHARS = 8
"""Characters of a text that are worth one value."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Scores one answer against one truth; both plain JSON. It never raises: what the kind cannot read of an answer is
    worth 0, and a truth that it cannot read is met by equality, which the detail says under `truth_unreadable`."""

    kind: str
    options: Any

    def __call__(self, answer: Any, truth: Any) -> Score:
        """Here and now: for few or small ones; `score` elsewhere."""
        try:
            return registry.compare(self.kind, answer, truth, self.options)
        except ValueError as error:
            return _equality(answer, truth, str(error))

    async def score(self, answer: Any, truth: Any) -> Score:
        """The same, in a thread where it would hold up everybody else."""
        if _steps(self.kind, self.options, answer, truth) <= LOOP_STEPS_MAX:
            return self(answer, truth)
        return await asyncio.to_thread(self, answer, truth)


def ppm(score: Score) -> int:
    """A score's value as the log keeps it."""
    return round(score.value * PPM)


@lru_cache(maxsize=1_024)
def compare_by(text: str) -> Compare:
    """What a project's or step's scoring (JSON text, empty for equality) compares by. Of a workflow that was published
    before scorings were checked it may say nothing that can compare: that is equality, as it was then."""
    try:
        how = scoring.read(text)
    except Refusal:
        how = scoring.read("")
    return Compare(how.kind, how.options)


def _equality(answer: Any, truth: Any, why: str) -> Score:
    how = scoring.read("")
    found = registry.compare(how.kind, answer, truth, how.options)
    return Score(found.value, found.passed, {**found.detail, "truth_unreadable": why})


# --- how long it would take


def _steps(kind: str, options: Any, answer: Any, truth: Any) -> int:
    """A bound for the steps of a comparison. Equality is no more than was done to take the answer in; a mask may stand
    for any number of pixels in a few runs."""
    match kind:
        case "exact":
            return 0
        case "masks":
            return LOOP_STEPS_MAX + 1
        case "fields":
            return _of_fields(options, answer, truth)
        case _ if kind in LINEAR:
            return LINEAR_STEPS * (_values(answer) + _values(truth))
        case _:
            return _values(answer) * _values(truth)


def _of_fields(options: Any, answer: Any, truth: Any) -> int:
    if not isinstance(answer, Mapping) or not isinstance(truth, Mapping):
        return 0
    return sum(
        _steps(how.kind, how.options, answer.get(name), truth[name])
        for name, how in options.fields.items()
        if name in truth
    )


def _values(found: Any) -> int:
    """How many values there are in it, a long text being several; no more are counted than matter."""
    count, waiting = 0, [found]
    while waiting and count <= LOOP_STEPS_MAX:
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        else:
            count += 1 + (len(one) // TEXT_CHARS if isinstance(one, str) else 0)
    return max(1, count)
