"""How hard each question is and how able each person, from who was right on what: the Rasch model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.statistics.wilson import normal_z

SWEEPS_MAX = 500
STEP_MAX = 1.0
CLOSE = 1e-7
ANSWERS_MIN = 10
"""With fewer people no correlation is told."""
OTHERS_MIN = 3
"""Who answered fewer other questions says nothing about what able people do."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rasch:
    """`difficulty` per question and `ability` per person, in logits: P(right) = 1 / (1 + exp(difficulty - ability)).
    `error`: the standard error of each difficulty, abilities given; `centre`: the mean difficulty."""

    difficulty: Floats
    error: Floats
    ability: Floats
    centre: float


def rasch(person: Sequence[int], question: Sequence[int], right: Sequence[bool]) -> Rasch:
    """The most probable abilities and difficulties (Rasch 1960), both held by unit normals: abilities around 0,
    difficulties around their own mean.

    Three sequences of one length, one entry per answer; people and questions counted from 0 without gaps. The sum of
    log-likelihood and log-priors is strictly concave, so the order of the answers does not matter beyond rounding.
    ValueError when the lengths differ or there is no answer.
    """
    who, what, x = np.asarray(person, int), np.asarray(question, int), np.asarray(right, np.float64)
    if not len(who) == len(what) == len(x) > 0:
        raise ValueError(f"expected as many of each, at least one: found {len(who)}, {len(what)}, {len(x)}")
    people, questions = int(who.max()) + 1, int(what.max()) + 1
    ability, difficulty = np.zeros(people), np.zeros(questions)
    for _ in range(SWEEPS_MAX):
        up = _step(who, ability[who] - difficulty[what], x, ability, people)
        ability = ability + up
        centre = difficulty.mean()
        down = _step(what, ability[who] - difficulty[what], 1.0 - x, difficulty - centre, questions, -1.0)
        difficulty = difficulty + down
        if max(np.abs(up).max(), np.abs(down).max()) < CLOSE:
            break
    p = _sure(ability[who] - difficulty[what])
    error = 1.0 / np.sqrt(1.0 + np.bincount(what, p * (1.0 - p), questions))
    return Rasch(difficulty, error, ability, float(difficulty.mean()))


def _step(
    of: NDArray[np.int_], logit: Floats, hit: Floats, from_prior: Floats, n: int, sign: float = 1.0
) -> Floats:
    """Newton's step for each of n parameters alone; `hit` is what raises it, `sign` how the logit counts it."""
    p = _sure(sign * logit)
    slope = np.bincount(of, hit - p, n) - from_prior
    step: Floats = slope / (1.0 + np.bincount(of, p * (1.0 - p), n))
    return np.clip(step, -STEP_MAX, STEP_MAX)


def _sure(logit: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-logit))
    return found


def item_rest(
    person: Sequence[int], question: Sequence[int], right: Sequence[bool]
) -> list[tuple[float, float, float] | None]:
    """Per question the correlation of being right on it with the share right on all others, and its 95 % interval:
    how well it tells able people from others. None of fewer than ANSWERS_MIN people with OTHERS_MIN others each, or
    where all of them were alike.

    The corrected item-total (point-biserial) correlation (Henrysson 1963), its interval by Fisher's z with the
    standard error 1 / sqrt(n - 3). Clearly below zero, those who are right elsewhere are wrong here: a wrong key.
    """
    who, what, x = np.asarray(person, int), np.asarray(question, int), np.asarray(right, np.float64)
    n_of, right_of = np.bincount(who), np.bincount(who, x)
    others = n_of[who] - 1
    rest = (right_of[who] - x) / np.maximum(others, 1)
    told: list[tuple[float, float, float] | None] = []
    order = np.argsort(what, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(what[order])) + 1):
        seen = at[others[at] >= OTHERS_MIN]
        told.append(_correlation(x[seen], rest[seen]))
    return told


def _correlation(x: Floats, y: Floats) -> tuple[float, float, float] | None:
    if len(x) < ANSWERS_MIN or x.std() == 0.0 or y.std() == 0.0:
        return None
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -0.999999, 0.999999))
    z, half = np.arctanh(r), normal_z(0.95) / np.sqrt(len(x) - 3)
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))
