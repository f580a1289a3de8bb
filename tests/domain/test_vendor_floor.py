"""A vendor's standard: judged by people and not by answers, and every piece of evidence speaks once."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.workforce.vendor_floor import VENDOR_FLOOR, VENDOR_RECORD, Evidence, Hold, SetFloor
from backend.events import vendors as ev
from backend.events.ids import SkillId, VendorId
from backend.statistics.clusters import of_people
from tests.domain.facts import NOON, uid
from tests.domain.gwt import given

WORKS, BIRDS = VendorId(uid(91)), SkillId(uid(92))
NUMBERS: dict[str, Any] = {
    "floor_ppm": 800_000,
    "confidence_ppm": 950_000,
    "answers_min": 50,
    "people_min": 3,
    "days": 90,
    "mode": "flag",
}
SET = SetFloor(vendor=WORKS, skill=None, **NUMBERS)
RULE = ev.VendorFloorSet(vendor=WORKS, skill=None, version=1, **NUMBERS)


def held(people: dict[object, tuple[int, int]], rule: ev.VendorFloorSet = RULE, first: int = 0) -> Hold:
    """These people (right, wrong) against the rule; the log stands at 1,000."""
    answers = [(who, k == 0, 1.0, n) for who, both in people.items() for k, n in enumerate(both) if n]
    evidence = Evidence(
        people=of_people(answers),
        answers=sum(n for *_, n in answers),
        errors=sum(n for _, right, _, n in answers if not right),
        since=NOON,
        since_index=first,
        basis_index=1_000,
    )
    return Hold(vendor=WORKS, skill=BIRDS, rule=rule, evidence=evidence)


def fell(command: Hold) -> list[ev.VendorFellBelow]:
    return list(VENDOR_RECORD.decide(command, VENDOR_RECORD.initial))


def test_a_floor_is_said_once_and_another_is_the_next_version() -> None:
    given(VENDOR_FLOOR).when(SET).then(RULE)
    given(VENDOR_FLOOR, RULE).when(SET).then()
    other = replace(RULE, mode="suspend", version=2)
    given(VENDOR_FLOOR, RULE).when(replace(SET, mode="suspend")).then(other)


@pytest.mark.parametrize(
    "wrong",
    [
        {"floor_ppm": 1_000_001},
        {"confidence_ppm": 1_000_000},
        {"people_min": 1},
        {"days": 0},
        {"mode": "ban"},
    ],
)
def test_a_floor_out_of_its_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        VENDOR_FLOOR.decide(replace(SET, **wrong), VENDOR_FLOOR.initial)
    assert refused.value.code == "vendor_floor_invalid"


def test_a_vendor_whose_people_are_all_below_falls_with_the_numbers_it_fell_by() -> None:
    (one,) = fell(held(dict.fromkeys(range(6), (12, 8))))
    assert (one.answers, one.errors, one.people, one.accuracy_ppm) == (120, 48, 6, 600_000)
    assert one.probability_ppm > 950_000
    assert one.low_ppm < 600_000 < one.high_ppm < 800_000
    assert (one.since_index, one.basis_index, one.mode) == (0, 1_000, "flag")


def test_one_bad_person_is_not_the_vendor() -> None:
    good: dict[object, tuple[int, int]] = dict.fromkeys(range(4), (19, 1))
    assert not fell(held(good | {"bad": (0, 20)})), "76 % of 100 answers are right"
    assert not fell(held(good | {"bad": (0, 400)})), "nearly all answers are theirs"
    many: dict[object, tuple[int, int]] = dict.fromkeys(range(99), (19, 1))
    assert not fell(held(many | {"bad": (0, 20)}))
    assert fell(held(dict.fromkeys(range(5), (14, 6)) | dict.fromkeys(range(5, 20), (15, 5))))


def test_few_answers_or_few_people_say_nothing() -> None:
    assert not fell(held(dict.fromkeys(range(3), (0, 16)))), "48 answers"
    assert not fell(held(dict.fromkeys(range(2), (0, 100)))), "two people"
    assert fell(held(dict.fromkeys(range(3), (0, 17))))


def test_a_floor_of_zero_is_never_missed() -> None:
    assert not fell(held(dict.fromkeys(range(6), (0, 20)), replace(RULE, floor_ppm=0)))


def test_each_piece_of_evidence_speaks_once() -> None:
    bad: dict[object, tuple[int, int]] = dict.fromkeys(range(6), (0, 20))
    (before,) = fell(held(bad))
    told = given(VENDOR_RECORD, before)
    told.when(held(bad)).then()
    told.when(held(bad, first=1_000)).then()
    later = held(bad, first=1_000)
    later = replace(later, evidence=replace(later.evidence, basis_index=1_200))
    told.when(later).then(replace(before, since_index=1_000, basis_index=1_200))


def test_answers_drawn_seldom_stand_for_more_and_are_worth_less() -> None:
    found = []
    for often in (1.0, 0.05):
        people = of_people((n, k > 8, often if n % 2 else 1.0, 1) for n in range(6) for k in range(20))
        command = held({})
        evidence = replace(command.evidence, people=people, answers=120, errors=54)
        found += fell(replace(command, evidence=evidence))
    always, seldom = found
    assert seldom.accuracy_ppm == always.accuracy_ppm
    assert seldom.worth_milli < always.worth_milli
