"""Fair shares: what part of the working time each project is due, and by how much its chances are mended for it.

Who is behind gets better chances, who is ahead worse ones, in delivered minutes and not in tasks: a project with long
tasks has few of them. Target over delivered share alone would not do: it settles where the minutes stand as the square
roots of the handling times. A small step from the last correction each time settles where the shares are the targets.
"""

from collections.abc import Hashable, Mapping
from math import exp, sqrt
from typing import TypeVar

P = TypeVar("P", bound=Hashable)

PPM = 1_000_000
CORRECTION_MIN, CORRECTION_MAX = 0.25, 4.0
FARTHEST = CORRECTION_MAX / CORRECTION_MIN
LEFT_OUT_PPM = 10_000
"""What projects without staffing get together at least, however full the staffing: nothing waits for ever."""


def shares(weights_ppm: Mapping[P, int], staffed_ppm: Mapping[P, int]) -> Mapping[P, float]:
    """The part of the time, summing to 1, that each project of `weights_ppm` is due from people staffed like this.

    Staffed projects as given, the rest of the time by weight among the others, `LEFT_OUT_PPM` at least.
    """
    fixed = {project: staffed_ppm[project] for project in weights_ppm if project in staffed_ppm}
    loose = sum(weight for project, weight in weights_ppm.items() if project not in fixed)
    rest = rest_ppm(sum(fixed.values()))
    due = {
        project: fixed[project] if project in fixed else rest * weight / loose if loose else 0.0
        for project, weight in weights_ppm.items()
    }
    return _of_one(due)


def rest_ppm(staffed_ppm: int) -> int:
    """What staffing leaves to the others."""
    return max(PPM - staffed_ppm, LEFT_OUT_PPM)


def corrections(
    target: Mapping[P, float],
    delivered_minutes: Mapping[P, float],
    before: Mapping[P, float] | None = None,
    gain: float = 1.0,
) -> dict[P, float]:
    """By what each project's chances are multiplied from now on, between a quarter and four.

    Without `before` target share / delivered share, and 1 for all when nothing was delivered. With what this returned
    last (nothing yet: an empty one) a step from there, before x exp(gain x (1 - delivered / target)), which keeps what
    handling times need and is not misled by chance in short windows.

    `target`: the shares, on any scale, of the projects that have work waiting; others' minutes do not count.
    `delivered_minutes`: over the window. `gain`: the part of the window that is new since `before`, so period / window
    when it slides and at most 1. Handling times up to a ratio of 16 are made good completely.
    """
    due = _of_one({project: share for project, share in target.items() if share > 0})
    minutes = {project: delivered_minutes.get(project, 0.0) for project in due}
    last = _about_one(due, before or {})
    if sum(minutes.values()) <= 0:
        return last
    got = _of_one(minutes)
    if before is None:
        return {project: _clamped(_behind(due[project], got[project])) for project in due}
    return {
        project: _clamped(last[project] * exp(gain * max(1 - got[project] / due[project], -FARTHEST)))
        for project in due
    }


def _behind(due: float, got: float) -> float:
    return due / got if got * CORRECTION_MAX > due else CORRECTION_MAX


def _about_one(due: Mapping[P, float], before: Mapping[P, float]) -> dict[P, float]:
    """Only their ratios matter: the middle of their range is kept at 1, or all would drift to one bound."""
    known = {project: before.get(project, 1.0) for project in due}
    middle = sqrt(min(known.values(), default=1.0) * max(known.values(), default=1.0))
    return {project: _clamped(one / middle) for project, one in known.items()}


def _clamped(factor: float) -> float:
    return min(max(factor, CORRECTION_MIN), CORRECTION_MAX)


def _of_one(parts: Mapping[P, float]) -> dict[P, float]:
    whole = sum(parts.values())
    return {project: part / whole if whole > 0 else 0.0 for project, part in parts.items()}
