"""The hard limit of a lease follows from how long answers took."""

from backend.domain.tasks.limits import HARD_SECONDS_UNKNOWN, hard_seconds
from backend.events.queue import QueueSettings


def test_a_lease_ends_after_four_times_the_usual_longest_but_not_before_a_quarter_of_an_hour() -> None:
    assert hard_seconds(QueueSettings(), 10.0) == 900
    assert hard_seconds(QueueSettings(), 300.2) == 1_201
    assert hard_seconds(QueueSettings(hard_factor=10, hard_seconds_min=60), 10.0) == 100


def test_while_nothing_is_known_a_lease_may_take_a_working_day() -> None:
    assert hard_seconds(QueueSettings(), None) == HARD_SECONDS_UNKNOWN == 8 * 3_600
    assert hard_seconds(QueueSettings(hard_seconds_min=100_000), None) == 100_000
