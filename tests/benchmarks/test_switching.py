"""The measurement of the switching rules: its reference agrees, and a wrong rule would be noticed."""

import random

import pytest

from backend.statistics import iso2859
from benchmarks.quality import switching


def test_the_reference_gives_every_published_sequence() -> None:
    for name, lots, expected in switching.PUBLISHED:
        history = [switching.SAID[one] for one in lots]
        anew = [switching.found_anew(history[:end]) for end in range(1, len(history) + 1)]
        assert anew == [switching.LETTERS[one] for one in expected], name


@pytest.mark.parametrize(
    "rule",
    ["_WINDOW", "_REJECTED_OF_WINDOW", "_ACCEPTED_IN_A_ROW", "_REJECTED_ON_TIGHTENED", "_SCORE_FOR_REDUCED"],
)
def test_a_number_of_the_rules_that_is_off_by_one_is_noticed(
    monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    monkeypatch.setattr(iso2859, rule, getattr(iso2859, rule) - 1)
    dice = random.Random(1)
    different = 0
    for _ in range(30):
        lots = switching.drawn(dice)
        # A stop that only one of the two sees cannot be resumed by the other.
        until = next((place for place, one in enumerate(lots) if one.resumed), len(lots))
        states = switching.folded(lots[:until])
        different += states != [switching.found_anew(lots[: end + 1]) for end in range(until)]
    assert different
