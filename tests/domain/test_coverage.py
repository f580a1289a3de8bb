"""Whom conditions keep from which lanes, each against the plain way of asking."""

from random import Random

from backend.domain.projects.coverage import Crowd, alone, crowd, is_fixed, places, tally, union, weights
from backend.domain.projects.requirement import Requirement

WORD = "agreement:n:1"
ASKED = Requirement(
    requires=(WORD, "role:annotator"), any_of=(("skill:x", "skill:y"),), excludes=("skill-closed:z",)
)
PEOPLE = (
    ("role:annotator", WORD, "skill:y"),
    ("role:annotator", "skill:x", "skill-closed:z"),
    ("role:expert",),
    ("role:annotator", WORD),
)


def test_failing_names_whom_the_requirement_names_unmet() -> None:
    stops = crowd(PEOPLE).stops(ASKED)
    for place, held in enumerate(PEOPLE):
        unmet = {one for one, mask in stops.closing.items() if mask >> place & 1}
        meant = {one for one in ASKED.unmet(held) if not is_fixed(one)} if "role:annotator" in held else set()
        assert unmet == meant


def test_work_of_another_role_or_vendor_is_not_meant_for_a_person() -> None:
    everybody = crowd(PEOPLE)
    assert list(places(everybody.stops(ASKED).meant)) == [0, 1, 3]
    nobody = everybody.stops(Requirement(requires=("role:annotator", "vendor:v")))
    assert (nobody.meant, nobody.closing, nobody.served) == (0, {}, 0)


def test_served_is_who_is_meant_and_whom_nothing_keeps() -> None:
    assert list(places(crowd(PEOPLE).stops(ASKED).served)) == [0]


def test_what_keeps_people_from_all_work_keeps_them_from_every_lane_meant_for_them() -> None:
    standing = [(), ("status:paused",), ("status:paused",), (WORD,)]
    stops = crowd(PEOPLE, standing).stops(ASKED)
    assert list(places(stops.closing["status:paused"])) == [1]
    assert list(places(stops.closing[WORD])) == [1, 3], "asked for by the lane, and of the person everywhere"


def test_a_group_is_fixed_only_when_all_of_it_is() -> None:
    assert is_fixed("any:team:a|vendor:b") and is_fixed("not:origin:crowd")
    assert not is_fixed("any:team:a|skill:b") and not is_fixed("check:identity")


def test_three_that_stop_the_same_person_leave_none_alone() -> None:
    assert alone({"x": 0b011, "y": 0b001, "z": 0b101}) == {"x": 0b010, "z": 0b100}


def test_upright_counters_count_as_fingers_do() -> None:
    chance = Random(7)
    masks = [chance.getrandbits(70) for _ in range(300)]
    assert tally(masks, 70) == [sum(mask >> place & 1 for mask in masks) for place in range(70)]
    assert tally([], 3) == [0, 0, 0]


def test_weights_add_up_as_visiting_everybody_would() -> None:
    chance = Random(8)
    values = [chance.randrange(5_000) for _ in range(200)]
    for mask in (0, (1 << 200) - 1, *(chance.getrandbits(200) for _ in range(20))):
        assert weights(values).of(mask) == sum(values[place] for place in places(mask))
    assert weights([]).of(0) == weights([0, 0]).of(3) == 0


def test_many_people_are_judged_as_each_would_be() -> None:
    chance = Random(9)
    words = [f"check:{n}" for n in range(12)]
    people = [chance.sample(words, chance.randrange(12)) for _ in range(90)]
    together: Crowd = crowd(people)
    for _ in range(50):
        asked = Requirement(
            requires=tuple(chance.sample(words, 2)),
            any_of=(tuple(chance.sample(words, 2)),),
            excludes=(words[0],),
        )
        fine = {place for place, held in enumerate(people) if not asked.unmet(held)}
        assert set(places(together.stops(asked).served)) == fine
    assert union([]) == 0
