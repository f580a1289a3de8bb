"""The choice under any weights, classes, arrivals and eligibilities: nothing starves, and shares are kept."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from itertools import chain, islice
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.projects.requirement import Requirement
from backend.domain.projects.rings import rings
from backend.domain.tasks.choice import Candidate, age_seconds, order, subset
from backend.domain.tasks.fairness import CORRECTION_MAX, CORRECTION_MIN, corrections
from backend.events.queue import Ring
from tests.properties.choice_world import Lane, Person, Shop, chances, least, spent

HOUR = 3_600
NEVER = 40.0
"""A lane whose chances summed up to this was passed by with a probability of e^-40: that is a bug and not bad luck."""


def uid(n: int) -> UUID:
    return UUID(int=n)


ppm = st.integers(min_value=1_000, max_value=1_000_000)
waits = st.floats(min_value=0, max_value=40 * 24 * HOUR)


@st.composite
def lanes_of_one(draw: st.DrawFn) -> list[Candidate]:
    """Lanes that one person may take: weight, staffing and correction are the project's, one lane is sticky."""
    weights = draw(st.lists(ppm, min_size=6, max_size=6))
    staffed = draw(st.lists(st.none() | st.integers(1_000, 160_000), min_size=6, max_size=6))
    mended = draw(st.lists(st.floats(CORRECTION_MIN, CORRECTION_MAX), min_size=6, max_size=6))
    of = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), waits), min_size=1, max_size=30))
    at = draw(st.integers(0, 40))
    return [
        Candidate(uid(n), uid(p), c, w, 86_400.0, weights[p], staffed[p], mended[p], n == at)
        for n, (p, c, w) in enumerate(of)
    ]


uniform = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(lanes_of_one(), uniform, st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_order_is_a_choice_without_repeats_and_follows_from_its_arguments(
    candidates: list[Candidate], turn: float, limit: int, dice: Random
) -> None:
    draws = [dice.random() for _ in candidates]
    found = order(candidates, draws, turn, limit)
    assert found == order(candidates, draws, turn, limit)
    assert len(found) == len({one.lane for one in found}) == min(limit, len(candidates))
    assert all(one.candidate in candidates for one in found)


@given(lanes_of_one(), uniform, st.randoms(use_true_random=False))
def test_real_time_is_always_first_and_the_rest_by_class_in_its_turns(
    candidates: list[Candidate], turn: float, dice: Random
) -> None:
    found = order(candidates, [dice.random() for _ in candidates], turn, len(candidates))
    classes = [one.candidate.priority for one in found]
    real_time = classes.count(0)
    assert not any(classes[:real_time])
    others = [one.candidate.priority for one in found if one.turn == "class"]
    assert others == sorted(others)
    assert all(one.turn == "class" for one in found[real_time:]) or turn < 0.2


@given(lanes_of_one())
def test_whatever_has_waited_long_enough_has_at_least_its_floor(candidates: list[Candidate]) -> None:
    """The heart of the proof: from `age_seconds` on a lane's chance is bounded from below in every single pull, so it
    is passed by n times with a probability of at most (1 - least)^n."""
    ordinary = [one for one in candidates if one.priority > 0]
    found = chances(ordinary)
    assert sum(found.values()) == pytest.approx(1.0 if ordinary else 0.0)
    for one in ordinary:
        if one.waited_s >= age_seconds(one.priority):
            assert found[one.lane] >= least(ordinary, one) * (1 - 1e-9)


@given(
    st.lists(lanes_of_one(), min_size=1, max_size=3), st.integers(1, 40), st.randoms(use_true_random=False)
)
def test_a_subset_keeps_real_time_and_as_many_as_it_may(
    many: list[list[Candidate]], cap: int, dice: Random
) -> None:
    crowd = [one._replace(lane=uid(n)) for n, one in enumerate(chain(*many))]
    kept = subset(crowd, [dice.random() for _ in crowd], cap)
    assert len({one.lane for one in kept}) == len(kept) == min(cap, len(crowd))
    real_time = [one for one in crowd if one.priority == 0]
    assert all(one in kept for one in real_time[:1]) or len(real_time) > cap * 0.8


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Up to seven lanes of classes 1 to 3 and up to three people; every lane may be taken by somebody."""
    projects = draw(st.integers(1, 4))
    lanes = [
        Lane(
            uid(100 + n),
            uid(draw(st.integers(0, projects - 1))),
            draw(st.integers(1, 3)),
            deque([-3_600.0 * draw(st.sampled_from((0, 5, 27, 48)))] * draw(st.sampled_from((0, 10, 5_000)))),
            draw(st.sampled_from((30.0, 200.0, 3_000.0))),
        )
        for n in range(draw(st.integers(2, 7)))
    ]
    people = [
        Person(draw(st.lists(st.sampled_from(lanes), unique_by=lambda lane: lane.id, min_size=1)))
        for _ in range(draw(st.integers(1, 3)))
    ]
    people[0].lanes = [
        lane for lane in lanes if not any(lane in one.lanes for one in people[1:]) or lane in people[0].lanes
    ]
    weights = {uid(n): draw(ppm) for n in range(projects)}
    seconds = {uid(n): draw(st.sampled_from((60.0, 200.0, 600.0))) for n in range(projects)}
    return Shop([one for one in people if one.lanes], weights, seconds, Random(draw(st.integers(0, 999))))


@settings(max_examples=25, deadline=None)
@given(shops())
def test_every_lane_that_somebody_may_take_is_served_within_bounded_luck(shop: Shop) -> None:
    """From `age_seconds(class)` on, a lane uses up chances with every pull of anybody who may take it, not less than
    `least` each; when they sum up to NEVER it should have been served, e^40 to one. So it is served after at most
    NEVER / least pulls."""
    luck: dict[UUID, float] = defaultdict(float)
    served = 0
    for _, _, found, chosen in islice(shop.pulls(72 * HOUR), 1_500):
        chance = chances(found)
        for one in found:
            if one.waited_s >= age_seconds(one.priority):
                assert chance[one.lane] >= least(found, one) * (1 - 1e-9)
            luck[one.lane] += spent(chance[one.lane])
        if chosen:
            luck[chosen.lane] = 0.0
            served += 1
        assert max(luck.values(), default=0.0) < NEVER, (found, luck)
    assert served


def test_real_time_starves_the_others_and_that_is_what_it_says() -> None:
    endless = Lane(uid(1), uid(1), 0, deque(), every_s=10.0)
    old = Lane(uid(2), uid(2), 1, deque([-99.0 * HOUR]))
    shop = Shop(
        [Person([endless, old])],
        {uid(1): 1, uid(2): 1_000_000},
        dict.fromkeys((uid(1), uid(2)), 60.0),
        Random(1),
    )
    assert {chosen.candidate.priority for *_, chosen in shop.pulls(5 * HOUR) if chosen} == {0}


def test_urgent_work_keeps_four_fifths_of_the_pulls_however_old_the_backlog() -> None:
    urgent = Lane(uid(1), uid(1), 1, deque([0.0] * 99_999))
    backlogs = [Lane(uid(n), uid(n), 3, deque([-60.0 * 24 * HOUR] * 99_999)) for n in (2, 3, 4)]
    lanes = [urgent, *backlogs]
    shop = Shop(
        [Person(lanes)],
        {lane.project: 1 for lane in lanes},
        {lane.project: 60.0 for lane in lanes},
        Random(5),
        corrects=False,
    )
    served = Counter(chosen.candidate.priority for *_, chosen in shop.pulls(80 * HOUR) if chosen)
    assert served[1] / served.total() == pytest.approx(0.8, abs=0.02)


def endless(*weights: int) -> tuple[list[Lane], dict[UUID, int]]:
    lanes = [Lane(uid(10 + n), uid(n), 2, deque([0.0] * 200_000)) for n in range(len(weights))]
    return lanes, {uid(n): weight for n, weight in enumerate(weights)}


def chi_square(found: Sequence[float], expected: Sequence[float]) -> float:
    return sum((f - e) ** 2 / e for f, e in zip(found, expected, strict=True))


def test_weights_of_1_2_4_give_shares_of_1_2_4() -> None:
    dice = Random(7)
    lanes, weights = endless(1, 2, 4)
    candidates = [
        Candidate(lane.id, lane.project, 2, 60.0, 86_400.0, weights[lane.project]) for lane in lanes
    ]
    first = Counter(
        order(candidates, [dice.random() for _ in lanes], dice.random(), 1)[0].lane for _ in range(14_000)
    )
    # The 99.9 % quantile of chi-square with two degrees of freedom is 13.8.
    assert chi_square([first[lane.id] for lane in lanes], [2_000, 4_000, 8_000]) < 13.8


def test_staying_at_a_lane_leaves_the_shares_as_they_are() -> None:
    lanes, weights = endless(1, 2, 4)
    shop = Shop([Person(lanes)], weights, dict.fromkeys(weights, 10.0), Random(3), corrects=False)
    list(shop.pulls(100 * HOUR))
    stayed = [a[2] == b[2] for a, b in zip(shop.delivered, shop.delivered[1:], strict=False)]
    assert sum(stayed) / len(stayed) > 0.8
    assert shop.realised(0) == pytest.approx({uid(0): 1 / 7, uid(1): 2 / 7, uid(2): 4 / 7}, abs=0.02)


def far_off(shop: Shop, hours: int, target: Sequence[float]) -> float:
    """The largest distance of a project's share of the minutes from its target, the first hour left out."""
    list(shop.pulls(hours * HOUR))
    got = shop.realised(HOUR)
    return max(abs(got[uid(n)] - due) for n, due in enumerate(target))


def shop_of_20(seed: int, **how: bool) -> Shop:
    lanes, weights = endless(1, 2, 4)
    seconds = {uid(0): 180.0, uid(1): 60.0, uid(2): 20.0}
    return Shop([Person(lanes) for _ in range(20)], weights, seconds, Random(seed), **how)


@pytest.mark.parametrize("seed", range(3))
def test_minutes_converge_to_the_targets_whatever_a_task_takes(seed: int) -> None:
    target = (1 / 7, 2 / 7, 4 / 7)
    assert far_off(shop_of_20(seed, corrects=False), 6, target) > 0.2
    assert far_off(shop_of_20(seed, remembers=False), 6, target) > 0.1
    assert far_off(shop_of_20(seed), 6, target) < 0.03


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_corrections_settle_where_the_minutes_are_the_targets(target: list[float], dice: Random) -> None:
    """Without noise, windows one after the other: whatever tasks take within a ratio of sixteen."""
    due = {n: share / sum(target) for n, share in enumerate(target)}
    takes = {n: 16 ** dice.random() for n in due}
    found: dict[int, float] = {}
    for _ in range(60):
        raw = {n: due[n] * found.get(n, 1.0) * takes[n] for n in due}
        got = {n: one / sum(raw.values()) for n, one in raw.items()}
        found = corrections(due, got, found, gain=0.5)
    assert got == pytest.approx(due, rel=0.02)


def test_staffing_holds_for_each_team() -> None:
    lanes, weights = endless(1, 1, 2, 4)
    seconds = {uid(0): 90.0, uid(1): 30.0, uid(2): 60.0, uid(3): 45.0}
    north = [Person(lanes, "north", {uid(0): 600_000, uid(1): 250_000}) for _ in range(8)]
    south = [Person(lanes, "south", {uid(3): 500_000}) for _ in range(8)]
    others = [Person(lanes, "others") for _ in range(8)]
    shop = Shop([*north, *south, *others], weights, seconds, Random(11))
    list(shop.pulls(8 * HOUR))
    expected = {
        "north": (0.6, 0.25, 0.15 / 3, 0.15 * 2 / 3),
        "south": (0.125, 0.125, 0.25, 0.5),
        "others": (1 / 8, 1 / 8, 2 / 8, 4 / 8),
    }
    for team, due in expected.items():
        got = shop.realised(HOUR, team)
        assert [got[uid(n)] for n in range(4)] == pytest.approx(due, abs=0.03), team


def test_a_lane_nobody_is_fully_qualified_for_is_served_once_its_ring_opens() -> None:
    """Two rings: after 10 minutes without the skill's level, after an hour without the team; never without the
    agreement, so the third person waits for ever."""
    whole = Requirement(requires=("agreement:nda:1", "skill:s:3", "team:north"))
    asked = rings(
        whole,
        (
            Ring(after_seconds=600, without=("skill:s:3",)),
            Ring(after_seconds=3_600, without=("team:north", "agreement:nda:1")),
        ),
    )
    people = {
        "north": {"agreement:nda:1", "team:north"},
        "south": {"agreement:nda:1"},
        "stranger": {"team:north", "skill:s:3"},
    }
    met = {
        who: tuple(
            (n, ring.after_seconds)
            for n, ring in enumerate(asked, 1)
            if not Requirement(requires=ring.requires, any_of=ring.any_of, excludes=ring.excludes).unmet(held)
        )
        for who, held in people.items()
    }
    served: dict[str, tuple[int, int]] = {}
    for now in range(0, 2 * HOUR, 60):
        for who, rings_met in met.items():
            opened = [ring for ring, after_seconds in rings_met[:1] if now >= after_seconds]
            for ring in opened if who not in served else ():
                candidate = Candidate(uid(1), uid(1), 2, float(now), 86_400.0, ring=ring)
                (chosen,) = order([candidate], [0.5], 0.5)
                served[who] = (now, chosen.why["ring"])
    assert not any(whole.unmet(held) == () for held in people.values())
    assert served == {"north": (600, 1), "south": (3_600, 2)}
