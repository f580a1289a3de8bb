"""Pace as evidence: fast against the item, even against the pool, and nothing from too little."""

import math
import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.pace import Pace, Rule, Timing, judge


def crew(seconds_of: dict[str, float], items: int = 40, seed: int = 3) -> list[Timing]:
    """Everybody does every item; an item has its own length, a person a factor, and chance its part."""
    dice = random.Random(seed)
    lengths = [dice.lognormvariate(3.0, 0.8) for _ in range(items)]
    return [
        Timing(name, f"item-{n}", length * factor * dice.lognormvariate(0.0, 0.3))
        for name, factor in seconds_of.items()
        for n, length in enumerate(lengths)
    ]


def of(found: list[Pace], name: str) -> Pace:
    return next(one for one in found if one.annotator == name)


HONEST = {f"honest-{n}": 1.0 + n / 10 for n in range(8)}


def test_who_takes_a_tenth_of_the_items_time_is_too_fast_and_who_is_merely_quick_is_not() -> None:
    found = judge(crew({**HONEST, "bot": 0.1, "quick": 0.55}))
    assert [one.annotator for one in found if one.too_fast] == ["bot"]
    bot = of(found, "bot")
    assert bot.fast_share is not None and bot.fast_share > 0.9 and bot.compared == 40


def test_the_fast_answers_are_named() -> None:
    timings = crew({**HONEST, "bot": 0.1})
    for place in of(judge(timings), "bot").fast_at:
        others = [o.seconds for o in timings if o.item == timings[place].item and o.annotator != "bot"]
        assert timings[place].annotator == "bot" and timings[place].seconds < median(others) / 4


def test_short_items_make_nobody_fast() -> None:
    timings = [Timing(name, f"short-{n}", 1.0) for name in HONEST for n in range(30)]
    timings += [Timing(name, f"long-{n}", 60.0) for name in HONEST for n in range(30)]
    assert all(one.fast_at == () for one in judge(timings))


def test_who_waits_the_same_time_every_time_is_too_even() -> None:
    steady = [Timing("machine", f"item-{n}", 20.0 + n % 2) for n in range(40)]
    found = judge(crew(HONEST) + steady)
    assert [one.annotator for one in found if one.too_even] == ["machine"]


def test_a_few_answers_are_no_evidence() -> None:
    found = judge(crew({**HONEST, "bot": 0.1}, items=19))
    assert not any(one.too_fast or one.too_even for one in found)
    assert of(found, "bot").fast_share is not None and of(found, "bot").spread is None


def test_where_nobody_else_answered_there_is_no_median_to_be_under() -> None:
    alone = [Timing("only", f"item-{n}", 0.1) for n in range(50)]
    (found,) = judge(alone)
    assert (found.compared, found.fast_share, found.too_fast, found.too_even) == (0, None, False, False)


def test_two_answers_by_one_person_do_not_count_among_the_others() -> None:
    timings = [Timing(name, "item", 10.0) for name in ("a", "b", "c")] + [Timing("me", "item", 1.0)] * 4
    mine = of(judge(timings), "me")
    assert mine.fast_at == (3, 4, 5, 6)
    assert of(judge(timings), "a").compared == 1


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(Timing, st.sampled_from("abcde"), st.sampled_from("xyz"), st.floats(0.0, 1e4)), max_size=40
    )
)
def test_it_is_what_a_plain_count_finds(timings: list[Timing]) -> None:
    for one in judge(timings, Rule(answers_min=1, others_min=2)):
        fast, compared = [], 0
        for place, t in enumerate(timings):
            others = [o.seconds for o in timings if o.item == t.item and o.annotator != t.annotator]
            if t.annotator == one.annotator and len(others) >= 2:
                compared += 1
                fast += [place] if t.seconds < 0.25 * median(others) else []
        assert (one.compared, one.fast_at) == (compared, tuple(fast))
        logs = [math.log(max(t.seconds, 0.001)) for t in timings if t.annotator == one.annotator]
        assert one.spread == pytest.approx(1.4826 * median(abs(x - median(logs)) for x in logs))


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan])
def test_impossible_times_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="expected seconds of 0 or more"):
        judge([Timing("a", "x", seconds)])
