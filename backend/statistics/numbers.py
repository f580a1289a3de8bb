"""Numbers: how far an answered number, or a list of them, lies from the true one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from backend.statistics.score import Score, checked_share, scored

KIND = "numbers"
Middle = Literal["median", "mean"]
_ROUNDING = 1e-9
"""1.1 - 1.0 is a little more than .1 in binary: nobody fails a tolerance by that."""


@dataclass(frozen=True, slots=True)
class Options:
    """An error up to the larger of `absolute` (units of the number) and `relative` (share of |truth|) is none.

    What lies beyond costs: value = exp(-beyond / scale) with a `scale` above 0 in units of the number, 0 without one.
    So tolerance 0 with a scale is exp(-|err| / scale), and a tolerance with threshold 1 is pass or fail. `fuse` says
    what several answers come to: their median or their mean.
    """

    absolute: float = 0.0
    relative: float = 0.0
    scale: float | None = None
    threshold: float = 1.0
    fuse: Middle = "median"

    def __post_init__(self) -> None:
        """Refuse tolerances below 0, a scale that is not above 0, a threshold outside 0..1, and another middle."""
        if self.fuse not in get_args(Middle):
            raise ValueError(f"expected one of {', '.join(get_args(Middle))}, found {self.fuse!r}")
        checked_share("threshold", self.threshold)
        for name, found in (("absolute", self.absolute), ("relative", self.relative)):
            if not 0.0 <= found < math.inf:
                raise ValueError(f"expected {name} from 0, found {found}")
        if self.scale is not None and not 0.0 < self.scale < math.inf:
            raise ValueError(f"expected a scale above 0 or none, found {self.scale}")


@dataclass(frozen=True, slots=True)
class Errors:
    """Mean absolute and root mean square error in the numbers' units; mean |error| / |truth| over the true numbers
    other than 0, None when all are 0 or one is so small that no number says it; `count` of numbers compared."""

    mae: float
    rmse: float
    relative: float | None
    count: int


def score(answer: Any, truth: Any, options: Options) -> Score:
    """The mean value of the numbers, one by one; a number alone is a list of one.

    ValueError for what is no finite number, for an empty list, and for lists of different lengths.
    """
    found, true = numbers(answer), numbers(truth)
    error = errors(found, true)
    values = [_value(a, t, options) for a, t in zip(found, true, strict=True)]
    detail = {"mae": error.mae, "rmse": error.rmse, "relative_error": error.relative, "count": error.count}
    return scored(math.fsum(values) / len(values), options.threshold, detail)


def errors(found: Sequence[float], true: Sequence[float]) -> Errors:
    """The errors of numbers (within 1e300 of 0) against true ones, place by place.

    ValueError when there are none or lengths differ.
    """
    if len(found) != len(true) or not true:
        raise ValueError(f"expected {max(1, len(true))} numbers, found {len(found)}")
    off = [abs(a - t) for a, t in zip(found, true, strict=True)]
    shares = [e / abs(t) for e, t in zip(off, true, strict=True) if t]
    return Errors(
        mae=math.fsum(off) / len(off),
        rmse=_root_mean_square(off),
        relative=math.fsum(shares) / len(shares) if shares and math.isfinite(sum(shares)) else None,
        count=len(off),
    )


def numbers(given: Any) -> list[float]:
    """A number, or a list of numbers, as floats; ValueError for anything else (true and false are no numbers)."""
    return [_number(one) for one in (given if isinstance(given, list | tuple) else [given])]


def _number(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(f"expected a number, found {type(found).__name__}")
    if not abs(found) <= 1e300:
        raise ValueError("expected a finite number up to 1e300, found a larger one or none")
    return float(found)


def _value(found: float, true: float, options: Options) -> float:
    off = abs(found - true)
    allowed = max(options.absolute, options.relative * abs(true))
    beyond = off - allowed
    if off == 0.0 or (allowed > 0.0 and beyond <= _ROUNDING * allowed + math.ulp(max(abs(found), abs(true)))):
        return 1.0
    return math.exp(-beyond / options.scale) if options.scale else 0.0


def _root_mean_square(off: Sequence[float]) -> float:
    """Scaled by the largest, so that squares of huge errors do not overflow."""
    largest = max(off)
    if largest == 0.0:
        return 0.0
    return largest * math.sqrt(math.fsum((e / largest) ** 2 for e in off) / len(off))
