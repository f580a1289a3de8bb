"""Verdicts on regions: each at a place that the reviewed answer has."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.review.regions import REGIONS_MAX, check
from backend.events.review import RegionVerdict

ANSWER = {"boxes": [{"label": "cat"}, {"label": "dog", "seen": None}], "text": "hi"}


def say(at: str, verdict: str = "reject", code: str = "") -> RegionVerdict:
    return RegionVerdict(at=at, verdict=verdict, code=code)


def test_places_that_are_there_may_be_judged() -> None:
    places = ("/boxes/0", "/boxes/1/label", "/boxes/1/seen", "/text", "/boxes")
    check([say(at, code="too_small") for at in places], ANSWER)
    check([], None)


@pytest.mark.parametrize(
    "at", ["/boxes/2", "/boxes/01", "/boxes/-", "/boxes/label", "/text/0", "/nothing", "/boxes/1/seen/x"]
)
def test_a_place_that_is_not_there_is_named(at: str) -> None:
    with pytest.raises(Refusal) as caught:
        check([say("/text"), say(at)], ANSWER)
    assert (caught.value.code, caught.value.extra) == ("region_unknown", {"at": at})


@pytest.mark.parametrize(
    "wrong",
    [
        [say("")],
        [say("text")],
        [say("/")],
        [say("/what somebody wrote")],
        [say("/a~1b")],
        [say("/0" * 17)],
        [say("/text", "maybe")],
        [say("/text", code="Too Small")],
        [say("/text"), say("/text", "accept")],
        [say(f"/boxes/{n}") for n in range(REGIONS_MAX + 1)],
    ],
)
def test_what_is_no_verdict_on_a_place_is_refused(wrong: list[RegionVerdict]) -> None:
    with pytest.raises(Refusal) as caught:
        check(wrong, ANSWER)
    assert (caught.value.code, caught.value.kind) == ("region_invalid", "invalid")
