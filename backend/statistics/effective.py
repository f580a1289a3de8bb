"""What a sample drawn at unequal rates is worth: weights that keep its shares, and how many equal draws it equals."""

import math
from collections.abc import Hashable, Iterable
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)


def effective(drawn: Iterable[tuple[Cell, float, int]]) -> dict[Cell, float]:
    """Cell -> its count, of (cell, inclusion probability, how many of it were drawn at that).

    Each weighs 1 / probability (Horvitz and Thompson 1952), so shares are those of what was drawn from; the sum is
    (sum w)^2 / sum w^2, the effective size (Kish 1965), so an interval made from these counts does not take one answer
    drawn at 1 % for a hundred. Equal probabilities give the plain counts. Rounded to 1e-9. ValueError for a probability
    outside (0, 1] or a count below 0.
    """
    weights: dict[Cell, list[float]] = {}
    squares: list[float] = []
    for cell, probability, count in drawn:
        if not 0.0 < probability <= 1.0 or count < 0:
            raise ValueError(
                f"expected a probability in (0, 1] and a count from 0, found {probability} and {count}"
            )
        weights.setdefault(cell, []).append(count / probability)
        squares.append(count / probability**2)
    total, squared = math.fsum(one for some in weights.values() for one in some), math.fsum(squares)
    scale = total / squared if squared else 0.0
    return {cell: round(scale * math.fsum(some), 9) for cell, some in weights.items()}
