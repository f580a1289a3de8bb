"""The load cap: who was given far more of a project's work today than others waits a little, so that these come first.

Whoever is fastest, or there first, would otherwise take most of what comes in. Nothing is kept from everybody: what has
waited for `wait_seconds` goes to whoever asks.
"""

from dataclasses import dataclass
from typing import Any

from backend.events.queue import QueueSettings

PEOPLE_MIN = 2
"""Alone nobody is ahead of anybody."""
MEAN_MIN = 10
"""Below, who came first in the morning would wait for who is yet to begin: half of ten is a few minutes' work."""
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Over:
    """Somebody who has reached the cap: the leases they were given today, the mean of all who were given any, the most
    they would be given before others, and after how many seconds work goes to them all the same."""

    given: int
    mean: float
    cap: int
    wait_seconds: int

    @property
    def told(self) -> dict[str, Any]:
        """The numbers, as JSON."""
        return {
            "leases_today": self.given,
            "mean_today": round(self.mean, 1),
            "cap": self.cap,
            "wait_seconds": self.wait_seconds,
        }


def over(given: int, everybody: int, people: int, settings: QueueSettings) -> Over | None:
    """Whether somebody with `given` leases of the project today has reached its cap; None: they have not, or there is
    none. `everybody`: the leases of all `people` who were given any today, this person among them."""
    percent = settings.load_cap_percent
    if not percent or people < PEOPLE_MIN or everybody < MEAN_MIN * people:
        return None
    cap = everybody * percent // (PERCENT * people)
    return Over(given, everybody / people, cap, settings.load_cap_wait_seconds) if given >= cap else None
