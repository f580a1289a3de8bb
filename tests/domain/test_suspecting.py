"""Suspecting: an honest crowd is left alone as often as the tests promise, and who is not honest is found."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend.domain.proficiency.suspecting import suspicions
from backend.domain.proficiency.suspicion import LEASES_MAX, Finding, Known, Seen
from backend.statistics.beta import Beta, prior_of_pool

CLASSES = "abcd"
BEGAN = datetime(2030, 1, 1, 8, tzinfo=UTC)
PROJECT, LANE = UUID(int=9), UUID(int=8)
POOL = prior_of_pool(850, 1_000)
Say = Callable[[random.Random, str, float, int, int], tuple[str, float]]
"""(dice, truth, the item's length in seconds, the item's number, of how many) -> class and seconds."""


def person(n: int) -> UUID:
    return UUID(int=1_000 + n)


def honest(right: float = 0.85, pace: float = 1.0) -> Say:
    def say(dice: random.Random, truth: str, length: float, n: int, of: int) -> tuple[str, float]:
        said = truth if dice.random() < right else dice.choice([one for one in CLASSES if one != truth])
        return said, pace * length * dice.lognormvariate(0.0, 0.4)

    return say


def crowd(
    people: Sequence[Say],
    seed: int,
    items: int = 400,
    overlap: int = 5,
    golden: int = 40,
    audited: float = 0.25,
    skew: Sequence[float] = (8, 4, 2, 1),
) -> tuple[list[Seen], dict[UUID, Known]]:
    """Everybody meets all the gold and their part of the work, some of which is reviewed; classes are skewed."""
    dice = random.Random(seed)
    seen: list[Seen] = []
    for n in range(golden + items):
        gold, truth = n < golden, dice.choices(CLASSES, skew)[0]
        known, length = gold or dice.random() < audited, dice.lognormvariate(3.0, 0.7)
        for who in range(len(people)) if gold else sorted(dice.sample(range(len(people)), overlap)):
            place = n if not gold else dice.randrange(golden, golden + items)
            said, seconds = people[who](dice, truth, length, place - golden, items)
            one = Seen(
                lease=UUID(int=10_000 + len(seen)),
                annotator=person(who),
                item=UUID(int=5_000_000 + n),
                project=PROJECT,
                lane=LANE,
                said=said,
                category=True,
                gold=gold,
                at=BEGAN + timedelta(minutes=place),
                seconds=seconds,
                truth=truth if known else None,
                right=said == truth if known else None,
            )
            seen.append(one)
    return seen, {
        person(n): _known([s for s in seen if s.annotator == person(n)]) for n in range(len(people))
    }


def _known(mine: Sequence[Seen]) -> Known:
    told = [one for one in mine if one.right is not None]
    cells = Counter((one.truth, one.said) for one in told)
    right = sum(bool(one.right) for one in told)
    gold, work = ([bool(one.right) for one in told if one.gold is golden] for golden in (True, False))
    return Known(
        counts=[[cells[truth, said] for said in CLASSES] for truth in CLASSES],
        believed=POOL.updated(right, len(told)),
        gold=(sum(gold), len(gold)),
        work=(sum(work), len(work)),
        pieces=len(told),
        wrong=[one.lease for one in told if not one.right],
    )


def crew(n: int = 30) -> list[Say]:
    """People who differ, all of them honest."""
    return [honest(0.75 + 0.2 * k / n, 0.7 + 0.6 * ((k * 7) % n) / n) for k in range(n)]


def kinds(found: Sequence[Finding], who: int) -> set[str]:
    return {one.kind for one in found if person(who) in one.people}


def test_an_honest_crowd_of_fifty_is_left_alone_as_often_as_the_tests_promise() -> None:
    """Over 8 crowds: p < .01 each for leaks, .001 each for mixes, .05 a crowd for pairs; times and blindness none."""
    told: Counter[str] = Counter()
    for seed in range(8):
        seen, known = crowd(crew(50), seed, items=400)
        told.update(one.kind for one in suspicions(seen, known, POOL))
    people = 8 * 50
    assert told["leak"] <= 0.01 * people
    assert told["class_mix"] <= 0.001 * people + 1 and told["mix_drift"] <= 0.001 * people + 1
    assert told["copying"] <= 1
    assert told["spammer"] == told["too_fast"] == told["too_even"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_who_answers_blindly_is_found_and_nobody_else_is(seed: int) -> None:
    def blind(dice: random.Random, truth: str, length: float, n: int, of: int) -> tuple[str, float]:
        return dice.choice(CLASSES), length * dice.lognormvariate(0.0, 0.4)

    found = suspicions(*crowd([*crew(), blind], seed), POOL)
    assert "spammer" in kinds(found, 30)
    assert {one.annotator for one in found if one.kind == "spammer"} == {person(30)}
    (told,) = [one for one in found if one.kind == "spammer"]
    assert told.numbers["score_ppm"] < told.thresholds["score_max_ppm"]
    assert told.numbers["skill_upper_ppm"] < told.numbers["pool_lower_ppm"]
    assert 0 < len(told.leases) <= LEASES_MAX


def test_who_is_fast_and_wrong_is_found_and_who_is_only_fast_is_not() -> None:
    found = suspicions(*crowd([*crew(), honest(0.45, 0.1), honest(0.9, 0.1)], 4), POOL)
    assert "too_fast" in kinds(found, 30) and kinds(found, 31) == set()
    (told,) = [one for one in found if one.kind == "too_fast"]
    assert told.annotator == person(30) and "wrong" in told.signals
    assert told.numbers["fast_share_ppm"] > told.thresholds["fast_share_max_ppm"]


def test_who_always_takes_the_same_time_is_found() -> None:
    def machine(dice: random.Random, truth: str, length: float, n: int, of: int) -> tuple[str, float]:
        return truth, 20.0 + dice.random()

    found = suspicions(*crowd([*crew(), machine], 5), POOL)
    (told,) = [one for one in found if one.kind == "too_even"]
    assert told.annotator == person(30)
    assert told.numbers["variation_ppm"] < 50_000 < told.numbers["pool_spread_ppm"]


@pytest.mark.parametrize("whole", [False, True], ids=["classes", "no categories"])
def test_a_copying_pair_is_found_in_mistakes_in_common(whole: bool) -> None:
    seen, known = crowd(crew(), 6, golden=120)
    source = {one.item: one.said for one in seen if one.annotator == person(3)}
    copied = [
        replace(one, said=source.get(one.item, one.said)) if one.annotator == person(7) else one
        for one in seen
    ]
    if whole:
        copied = [
            replace(one, category=False, right=one.said == one.truth, truth=None) if one.truth else one
            for one in copied
        ]
    pairs = [one for one in suspicions(copied, known, POOL) if one.kind == "copying"]
    assert [one.people for one in pairs] == [(person(3), person(7))]
    (pair,) = pairs
    assert pair.numbers["identical"] == pair.numbers["common_wrong"] == pair.amount >= 10
    behind = {one.lease: one for one in copied if one.lease in pair.leases}
    assert {one.annotator for one in behind.values()} == {person(3), person(7)}
    assert pair.project == PROJECT and pair.since == min(
        one.at for one in copied if one.annotator in pair.people and one.lease in behind
    )


def test_who_knows_the_gold_is_found() -> None:
    seen, known = crowd([*crew(), honest(0.6)], 7, audited=0.5)
    cheat = person(30)
    known[cheat] = replace(known[cheat], gold=(known[cheat].gold[1], known[cheat].gold[1]))
    told = [one for one in suspicions(seen, known, POOL) if one.kind == "leak" and one.annotator == cheat]
    assert len(told) == 1 and told[0].numbers["p_e12"] < told[0].thresholds["p_max_e12"]
    assert told[0].numbers["gold_right"] == told[0].numbers["gold_total"] == 40


def test_whose_mix_of_classes_changes_without_the_work_is_found() -> None:
    def drifter(dice: random.Random, truth: str, length: float, n: int, of: int) -> tuple[str, float]:
        said, seconds = honest(0.9)(dice, truth, length, n, of)
        return ("d" if n > of / 2 and dice.random() < 0.5 else said), seconds

    found = suspicions(*crowd([*crew(19), drifter], 8, items=800), POOL)
    told = [one for one in found if one.kind == "mix_drift"]
    assert [one.annotator for one in told] == [person(19)]
    assert told[0].tokens == {"class": "d"} and told[0].numbers["difference_ppm"] > 0
    assert "class_mix" in kinds(found, 19), "the others answer otherwise too"


def test_when_everybodys_work_changes_nobody_has_drifted() -> None:
    def turning(dice: random.Random, truth: str, length: float, n: int, of: int) -> tuple[str, float]:
        said, seconds = honest(0.9)(dice, truth, length, n, of)
        return ("d" if n > of / 2 and dice.random() < 0.5 else said), seconds

    found = suspicions(*crowd([turning] * 20, 9, items=800), POOL)
    assert [one for one in found if one.kind in ("mix_drift", "class_mix")] == []


def test_lanes_are_not_compared_with_each_other() -> None:
    """Two kinds of work with other classes: who does only one of them answers as the others there do."""
    one, known = crowd(crew(10), 10, skew=(9, 1, 1, 1))
    two, more = crowd(crew(10), 11, skew=(1, 1, 1, 9))
    other = [
        replace(
            s,
            annotator=UUID(int=s.annotator.int + 100),
            lease=UUID(int=s.lease.int + 10**6),
            item=UUID(int=s.item.int + 10**6),
            lane=UUID(int=7),
        )
        for s in two
    ]
    everybody = known | {UUID(int=who.int + 100): k for who, k in more.items()}
    found = suspicions([*one, *other], everybody, POOL)
    assert [told for told in found if told.kind == "class_mix"] == []


def test_the_same_answers_in_another_order_give_the_same_findings() -> None:
    seen, known = crowd([*crew(), honest(0.3, 0.1), honest(0.25)], 12)
    shuffled = random.Random(1).sample(seen, len(seen))
    assert suspicions(shuffled, known, POOL) == suspicions(seen, known, POOL) != []


def test_nothing_is_said_of_nobody_and_of_who_has_no_evidence() -> None:
    assert suspicions([], {}, POOL) == []
    seen, _ = crowd(crew(), 13)
    bare = [replace(one, truth=None, right=None) for one in seen]
    nothing = Known(counts=[], believed=Beta(7, 1), gold=(0, 0), work=(0, 0), pieces=0, wrong=())
    found = suspicions(bare, {one.annotator: nothing for one in bare}, POOL)
    assert {one.kind for one in found} <= {"class_mix", "mix_drift"}
