"""What one may believe of somebody new in a skill: the prior that explains the pool's counts best."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.statistics.beta import STRENGTH_MAX, Beta, prior_of_pool

_Floats = NDArray[np.float64]
_STRENGTH_MEDIAN = 10.0
_STRENGTH_SPREAD = 1.5
"""The prior on the strength s: ln s is normal around ln 10 with this standard deviation."""
_FREE = (12.0, math.log(1e4))
"""The search stays within |logit m| <= 12 and 1e-4 <= s <= 1e4."""
_STEPS_MAX = 100
_CLOSE = 1e-9
_SHIFT = 10
"""The asymptotic series below are good to 1e-13 from here on."""


def fit(counts: Sequence[tuple[float, float]], strength_max: float = STRENGTH_MAX) -> Beta:
    """The skill's prior Beta(m s, (1 - m) s) from each annotator's (correct, total); fractions are welcome.

    Maximises sum_w [ln B(a + k_w, b + n_w - k_w) - ln B(a, b)] over mean m and strength s, with ln s normal around
    ln 10 (standard deviation 1.5) and one imagined right and one imagined wrong answer on m, so that a pool without an
    error does not end at m = 1. Then s is held to min(strength_max, N + 2), N being all the pool's answers: an empty
    pool gives Beta(1, 1) and a small one never weighs more than what it is made of. Rounded to 1e-9, at least that.

    The order of the counts does not matter. ValueError for a total below 0, a correct outside 0..total, a strength_max
    not above 0, or what is not finite. Source: beta-binomial empirical Bayes (Gelman et al., Bayesian Data Analysis
    3rd ed., 5.3), the prior on s and the cap from design measurements.
    """
    if not 0.0 < strength_max < math.inf:
        raise ValueError(f"expected a strength_max above 0, found {strength_max}")
    known = sorted(_checked(k, n) for k, n in counts if n != 0.0 or k != 0.0)
    correct, total = math.fsum(k for k, _ in known), math.fsum(n for _, n in known)
    start = prior_of_pool(correct, total)
    if not known:
        return start
    mean, strength = _climb(_Pool.of(known), start.mean)
    strength = min(strength, strength_max, total + 2.0)
    return Beta(_rounded(mean * strength), _rounded((1.0 - mean) * strength))


def _checked(correct: float, total: float) -> tuple[float, float]:
    if not (math.isfinite(total) and 0.0 <= correct <= total):
        raise ValueError(f"expected 0 <= correct <= total, found correct {correct} of total {total}")
    return correct, total


def _rounded(x: float) -> float:
    return max(round(x, 9), _CLOSE)


@dataclass(frozen=True, slots=True)
class _Tally:
    """Distinct values above 0 and how many annotators have each."""

    values: _Floats
    times: _Floats

    @classmethod
    def of(cls, values: Sequence[float]) -> "_Tally":
        found = sorted((value, times) for value, times in Counter(values).items() if value > 0.0)
        pairs = np.array(found, dtype=np.float64).reshape(-1, 2)
        return cls(pairs[:, 0].copy(), pairs[:, 1].copy())

    def rises(self, x: float) -> _Floats:
        """(f, f', f'') of f(x) = sum of ln Gamma(x + v) - ln Gamma(x) over the values v."""
        above, here = _gammas(x + self.values), _gammas(np.array([x]))
        rises: _Floats = (above - here) @ self.times
        return rises


@dataclass(frozen=True, slots=True)
class _Pool:
    right: _Tally
    wrong: _Tally
    all: _Tally

    @classmethod
    def of(cls, counts: Sequence[tuple[float, float]]) -> "_Pool":
        wrong = [max(n - k, 0.0) for k, n in counts]
        return cls(_Tally.of([k for k, _ in counts]), _Tally.of(wrong), _Tally.of([n for _, n in counts]))

    def at(self, u: float, t: float) -> tuple[float, _Floats, _Floats]:
        """Value, gradient and second derivatives of the objective at u = logit m and t = ln s."""
        m, s = 1.0 / (1.0 + math.exp(-u)), math.exp(t)
        right, wrong, every = self.right.rises(m * s), self.wrong.rises((1.0 - m) * s), self.all.rises(s)
        a, b, v = m * s, (1.0 - m) * s, m * (1.0 - m)
        off = (t - math.log(_STRENGTH_MEDIAN)) / _STRENGTH_SPREAD
        value = right[0] + wrong[0] - every[0] + math.log(v) - off * off / 2.0
        by_u = s * v * (right[1] - wrong[1])
        by_t = a * right[1] + b * wrong[1] - s * every[1]
        uu = s * v * (1.0 - 2.0 * m) * (right[1] - wrong[1]) + (s * v) ** 2 * (right[2] + wrong[2])
        ut = by_u + s * v * (a * right[2] - b * wrong[2])
        tt = by_t + a * a * right[2] + b * b * wrong[2] - s * s * every[2]
        gradient = np.array([by_u + 1.0 - 2.0 * m, by_t - off / _STRENGTH_SPREAD])
        curve = np.array([[uu - 2.0 * v, ut], [ut, tt - 1.0 / _STRENGTH_SPREAD**2]])
        return float(value), gradient, curve


def _climb(pool: _Pool, mean: float) -> tuple[float, float]:
    """Newton's method from the pooled mean and s = 10, damped (Levenberg-Marquardt) so that every step goes up."""
    place = np.array([math.log(mean / (1.0 - mean)), math.log(_STRENGTH_MEDIAN)])
    value, gradient, curve = pool.at(*place)
    damping = 0.0
    for _ in range(_STEPS_MAX):
        step = _uphill(gradient, curve, damping)
        following = np.clip(place + step, [-_FREE[0], -_FREE[1]], _FREE)
        if float(np.abs(following - place).max()) < _CLOSE:
            break
        found = pool.at(*following)
        if found[0] < value:
            damping = max(4.0 * damping, 1.0)
            continue
        place, (value, gradient, curve), damping = following, found, damping / 4.0
    return 1.0 / (1.0 + math.exp(-float(place[0]))), math.exp(float(place[1]))


def _uphill(gradient: _Floats, curve: _Floats, damping: float) -> _Floats:
    """Newton's step where the surface is a dome; where it is not, bent until it is; at most 2 long in either way."""
    uu, ut, tt = curve[0, 0], curve[0, 1], curve[1, 1]
    top = (uu + tt) / 2.0 + math.hypot((uu - tt) / 2.0, ut)
    bend = damping + max(0.0, top + 1e-3)
    uu, tt = uu - bend, tt - bend
    spread = uu * tt - ut * ut
    step = np.array([ut * gradient[1] - tt * gradient[0], ut * gradient[0] - uu * gradient[1]]) / spread
    held: _Floats = np.clip(step, -2.0, 2.0)
    return held


def _gammas(x: _Floats) -> _Floats:
    """ln Gamma, digamma and trigamma of x > 0, three rows: shifted to x + 10, then the asymptotic series
    (DLMF 5.11.1, 5.11.2 and 5.15.8)."""
    steps = x + np.arange(_SHIFT, dtype=np.float64)[:, None]
    z = x + _SHIFT
    r = 1.0 / (z * z)
    log = (z - 0.5) * np.log(z) - z + 0.5 * math.log(2.0 * math.pi)
    log += (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z
    psi = np.log(z) - 0.5 / z - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132))))
    slope = 1.0 / z + 0.5 * r + (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * 5 / 66)))) * r / z
    below = 1.0 / steps
    rows = [log - np.log(steps).sum(axis=0), psi - below.sum(axis=0), slope + (below**2).sum(axis=0)]
    return np.stack(rows)
