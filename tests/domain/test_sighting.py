"""A sighting: each address and device of a person's day is told once."""

from dataclasses import replace

import pytest

from backend.domain.workforce.sighting import SIGHTING, TellSighting
from backend.events import sightings as ev
from tests.domain.facts import ADA, NOON
from tests.domain.gwt import given

TELL = TellSighting(
    annotator=ADA,
    day=NOON,
    address="aa",
    network="nn",
    device="dd",
    weak=False,
    slots=(40, 38, 38),
    kept_until=NOON,
)
SEEN = ev.AnnotatorSeen(
    annotator=ADA,
    day=NOON,
    address="aa",
    network="nn",
    device="dd",
    weak=False,
    slots=(38, 40),
    kept_until=NOON,
)


def test_a_day_is_told_once_per_address_and_device() -> None:
    given(SIGHTING).when(TELL).then(SEEN)
    past = given(SIGHTING, SEEN)
    past.when(replace(TELL, slots=(50,))).then()
    past.when(replace(TELL, device="ee")).then(replace(SEEN, device="ee"))
    past.when(replace(TELL, address="")).then(replace(SEEN, address=""))


@pytest.mark.parametrize("slots", [(), (96,), (-1,)])
def test_what_is_no_quarter_of_a_day_is_refused(slots: tuple[int, ...]) -> None:
    given(SIGHTING).when(replace(TELL, slots=slots)).then_refused("sighting_invalid", "invalid")
