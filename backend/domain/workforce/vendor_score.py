"""How vendors' score is weighed: accuracy, speed and cost, as the tenant says."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import PPM, in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import vendors as ev


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Parts per million, each of 0..1,000,000; only their ratios matter. Nothing said: accuracy counts as much as the
    other two together. `version` 0: nothing was said."""

    accuracy_ppm: int = 500_000
    speed_ppm: int = 250_000
    cost_ppm: int = 250_000
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """Weigh so from now on."""

    accuracy_ppm: int
    speed_ppm: int
    cost_ppm: int


def decide(command: Weigh, weights: Weights) -> Sequence[ev.VendorScoreWeighed]:
    """The same again is nothing. Raises `vendor_score_invalid` where a weight is out of range, or all are 0."""
    asked = (command.accuracy_ppm, command.speed_ppm, command.cost_ppm)
    for name, value in zip(("accuracy", "speed", "cost"), asked, strict=True):
        in_range("vendor_score_invalid", f"{name}_ppm", value, 0, PPM)
    if not any(asked):
        raise Refusal(
            "invalid",
            "vendor_score_invalid",
            expected="a weight above 0",
            found="0 for accuracy, speed and cost",
            mend="say what counts",
        )
    if weights.version and asked == (weights.accuracy_ppm, weights.speed_ppm, weights.cost_ppm):
        return []
    return [
        ev.VendorScoreWeighed(
            version=weights.version + 1,
            accuracy_ppm=command.accuracy_ppm,
            speed_ppm=command.speed_ppm,
            cost_ppm=command.cost_ppm,
        )
    ]


def evolve(weights: Weights, event: ev.VendorScoreWeighed) -> Weights:
    """What is true after the event."""
    return Weights(
        accuracy_ppm=event.accuracy_ppm,
        speed_ppm=event.speed_ppm,
        cost_ppm=event.cost_ppm,
        version=event.version,
    )


VENDOR_SCORE: Decider[Weigh, Weights, ev.VendorScoreWeighed] = Decider(Weights(), decide, evolve)
"""One stream per tenant."""
