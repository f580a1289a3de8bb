"""What a comparison of an answer with the truth comes to: a value, a pass, and what they were made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

Detail = dict[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class Score:
    """`value` in 0..1, 1 = as good as the truth; `passed` = value >= the threshold; `detail` is ready for JSON."""

    value: float
    passed: bool
    detail: Detail


def scored(value: float, threshold: float, detail: Mapping[str, float | int | str | None]) -> Score:
    """The Score of a value in 0..1 against a threshold in 0..1.

    A value outside 0..1 by less than 1e-9 (rounding) is pulled back; further out, or not a number, is a ValueError,
    and so is a number in the detail that JSON cannot say.
    """
    checked_share("a threshold", threshold)
    if not -1e-9 <= value <= 1.0 + 1e-9:
        raise ValueError(f"expected a value in 0..1, found {value}")
    for key, one in detail.items():
        if isinstance(one, float) and not math.isfinite(one):
            raise ValueError(f"expected a finite number or None as detail {key!r}, found {one}")
    within = min(1.0, max(0.0, float(value)))
    return Score(within, within >= threshold, dict(detail))


def checked_share(what: str, found: float) -> float:
    """The share itself when it lies in 0..1; else ValueError naming `what`."""
    if not 0.0 <= found <= 1.0:
        raise ValueError(f"expected {what} in 0..1, found {found}")
    return found


def f_measure(precision: float, recall: float) -> float:
    """F1 = 2PR / (P + R), the harmonic mean (van Rijsbergen 1979); 0 when both are 0."""
    return 2.0 * precision * recall / (precision + recall) if precision + recall > 0.0 else 0.0


def f1_of_counts(hits: float, answered: float, true: float) -> tuple[float, float, float]:
    """Precision hits / answered, recall hits / true, F1 = 2 hits / (answered + true), each in 0..1.

    Nothing answered where nothing is true is right: (1, 1, 1). Nothing answered where something is true: (0, 0, 0),
    and the same the other way round. ValueError when hits exceed either.
    """
    if not 0 <= hits <= min(answered, true):
        raise ValueError(f"expected hits within 0..min({answered}, {true}), found {hits}")
    if answered == true == 0:
        return 1.0, 1.0, 1.0
    if answered == 0 or true == 0:
        return 0.0, 0.0, 0.0
    return hits / answered, hits / true, 2.0 * hits / (answered + true)
