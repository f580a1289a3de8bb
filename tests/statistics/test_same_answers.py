"""Same answers: a group that shares answers is found, and strangers, misreaders and constant answers accuse nobody."""

import math
import random
from uuid import UUID

import pytest

from backend.statistics.same_answers import Given, Rule, at_most, find

CLASSES = "abcdef"


def pool(
    seed: int, *, people: int = 24, items: int = 50, ring: int = 0, boxes: bool = False, shared: int = 1_000
) -> list[Given]:
    """People of different ability on items of different difficulty, half of which have a tempting wrong answer. The
    first `ring` people give one answer to the first `shared` items that they meet."""
    dice = random.Random(seed)
    ability = [dice.gauss(1.2, 0.8) for _ in range(people)]
    told: list[Given] = []
    for item in range(items):
        key, hard, tempting = dice.choice(CLASSES), dice.gauss(0.0, 1.0), dice.random()
        wrong = [one for one in CLASSES if one != key]
        trap, leader = dice.choice(wrong), None
        for who in range(people):
            if dice.random() > 0.9:
                continue
            right = dice.random() < 1.0 / (1.0 + math.exp(hard - ability[who]))
            other = trap if dice.random() < tempting else dice.choice(wrong)
            answer = f"box {item} {who}" if boxes else key if right else other
            if who < ring and item < shared:
                leader = leader or (right, answer)
                right, answer = leader
            known = None if boxes else key
            told.append(Given(UUID(int=who + 1), UUID(int=1_000 + item), known, right, answer))
    return told


def test_strangers_are_told_in_less_than_one_pool_of_a_hundred() -> None:
    """The nominal size is .01 per pool; the bound is far below: no pool of 100, the lowest p of them all .0005."""
    lowest, tested = [], 0
    for seed in range(100):
        found = find(pool(seed))
        tested += found.tested
        lowest.append(min(found.lowest.values(), default=1.0))
        assert not found.told, seed
    assert tested > 1_000 and min(lowest) > 1e-4


@pytest.mark.parametrize(
    ("how", "least"),
    [({"ring": 5}, 0.5), ({"ring": 3, "shared": 8, "boxes": True}, 0.9)],
)
def test_a_group_that_shares_answers_is_found(how: dict[str, int], least: float) -> None:
    """Five of 24 who share all answers about classes in 50 items; three who share 8 boxes, which strangers never do:
    .55 and 1.0 of these pools."""
    found = [find(pool(seed, **how)) for seed in range(20)]  # type: ignore[arg-type]
    assert sum(bool(one.told) for one in found) >= least * len(found)
    members = {UUID(int=n + 1) for n in range(how["ring"])}
    clusters = [cluster for one in found for cluster in one.told.values()]
    assert all(len(members & set(one.people)) >= 2 for one in clusters)
    assert all(one.p < 1e-4 and one.item not in one.items for one in clusters)


def people_say(answers: dict[int, dict[int, str]], truth: dict[int, str]) -> list[Given]:
    return [
        Given(UUID(int=who), UUID(int=item), truth[item], said == truth[item], said)
        for item, given in answers.items()
        for who, said in given.items()
    ]


def test_who_always_says_the_same_is_no_group_that_shares_answers() -> None:
    """Four people say "f" to everything; the others are sometimes wrong, each in a way of their own."""
    dice = random.Random(3)
    truth = {item: dice.choice(CLASSES[:5]) for item in range(40)}
    said = {
        item: {
            who: "f" if who < 5 else key if dice.random() < 0.7 else dice.choice(CLASSES)
            for who in range(1, 20)
        }
        for item, key in truth.items()
    }
    assert not find(people_say(said, truth)).told


def test_who_misreads_one_class_is_no_group_that_shares_answers() -> None:
    dice = random.Random(4)
    truth = {item: dice.choice(CLASSES) for item in range(60)}

    def one(who: int, key: str) -> str:
        if who < 5 and key == "a":
            return "b"
        return key if dice.random() < 0.75 else dice.choice(CLASSES)

    said = {item: {who: one(who, key) for who in range(1, 20)} for item, key in truth.items()}
    assert not find(people_say(said, truth)).told


def test_with_two_classes_nothing_is_tested() -> None:
    truth = {item: "ab"[item % 2] for item in range(30)}
    said = {item: dict.fromkeys(range(1, 12), "ba"[item % 2]) for item in truth}
    assert find(people_say(said, truth)).tested == 0
    assert find([]).told == {} and find([]).tested == 0


def test_the_order_of_the_answers_does_not_matter() -> None:
    given = pool(7, ring=5)
    mixed = given[:]
    random.Random(1).shuffle(mixed)
    assert find(given).told == find(mixed).told


def test_what_is_found_is_what_can_be_counted_by_hand() -> None:
    """Three people give one box to items 1 to 3; 20 strangers draw their own everywhere. From item 1 the group is
    tested on 2 and 3: one pair each, both agree. Strangers: 30 pairs apart, none agrees, upper bound 2.7055 / 32.7055
    (z = 1.6449); no pair of them agrees here: (0 + 2 * .0827) / (190 + 2) each."""
    given = [
        Given(UUID(int=who), UUID(int=item), None, True, f"{item}" if who <= 3 else f"{item} {who}")
        for item in (1, 2, 3)
        for who in range(1, 24)
    ]
    found = find(given, Rule(known_min=10))
    one = found.told[UUID(int=1)]
    assert one.people == tuple(UUID(int=n) for n in (1, 2, 3))
    assert one.items == (UUID(int=2), UUID(int=3))
    assert (one.trials, one.agreed, found.tested) == (2, 2.0, 3)
    apart = 20  # item 1 names the group and is left out: 10 pairs apart on each of two items
    high = 2.705543454 / (apart + 2.705543454)
    assert one.chance == pytest.approx(2 * high / (190 + 2), rel=1e-6)
    assert one.p == pytest.approx(one.chance**2, rel=1e-6)


def test_the_bound_is_chernoffs() -> None:
    """Twice all of ten at a half: 2^-10; .8 of ten at .5: exp(-10 * .1927) = .1455; the exact tail is .0547."""
    assert at_most(1.0, 0.5, 10) == pytest.approx(2.0**-10)
    assert at_most(0.8, 0.5, 10) == pytest.approx(0.1455, abs=1e-4)
    assert at_most(0.4, 0.5, 10) == 1.0
    with pytest.raises(ValueError, match="expected two shares"):
        at_most(1.1, 0.5, 10)
