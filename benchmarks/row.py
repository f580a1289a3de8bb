"""A row of the table: ours beside a reference, both measured in one run, in rounds that alternate."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; `ours` and `reference` are medians in `unit`, `ratio` is the first over the second."""

    name: str
    ours: float
    reference: float
    ratio: float
    unit: str
    detail: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        return asdict(self)


def row(
    name: str, unit: str, ours: Sequence[float], reference: Sequence[float], detail: Mapping[str, Any]
) -> Row:
    """The row of these rounds; every round stays readable in `detail`. ValueError when nothing was measured."""
    mine, theirs = median(ours), median(reference)
    if mine <= 0 or theirs <= 0:
        raise ValueError(f"{name}: expected rates above 0, found {mine} and {theirs}; see the lines above")
    rounds = {"ours": rounded(ours), "reference": rounded(reference)}
    return Row(
        name=name,
        ours=shortened(mine),
        reference=shortened(theirs),
        ratio=shortened(mine / theirs),
        unit=unit,
        detail={"rounds": rounds, **detail},
    )


async def alternating(rounds: int, ours: Measure, reference: Measure) -> tuple[list[float], list[float]]:
    """Both, `rounds` times; who goes first changes, so that what builds up meanwhile falls on both."""
    mine: list[float] = []
    theirs: list[float] = []
    for n in range(rounds):
        pair = [(ours, mine), (reference, theirs)]
        for measure, kept in pair if n % 2 == 0 else reversed(pair):
            kept.append(await measure())
    return mine, theirs


def shortened(value: float) -> float:
    """Four significant digits: more would pretend to know."""
    return float(f"{value:.4g}")


def rounded(values: Sequence[float]) -> list[float]:
    """Each with four significant digits."""
    return [shortened(value) for value in values]


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the longest in milliseconds, of at least one duration."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return shortened(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000)

    return {"p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": shortened(ordered[-1] * 1_000)}
