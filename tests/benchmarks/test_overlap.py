"""The replay of dynamic overlap: every answer once, gold never judged, and sure tasks ask for no more."""

import pytest

from benchmarks.quality import overlap
from benchmarks.quality.sets import SETS, load

pytestmark = pytest.mark.skipif(not SETS.is_dir(), reason="the shared sets do not lie beside the checkout")


def test_nobody_answers_a_task_twice_and_known_answers_are_not_dealt() -> None:
    crowd = load("bluebirds")
    replay = overlap.Replay(crowd, gold=5, seed=1)
    assert all(known.total == 5 for known in replay.people.values())
    dealt = replay.deal(routed=True, temperature=1.0)
    asked = sum(len(left) for left in replay.left.values())
    assert asked == len(crowd.answers) - 5 * len(crowd.annotators)
    assert set(dealt.results) == set(replay.truth)
    for task, n in dealt.judgments.items():
        sure = dealt.results[task].confidence_ppm >= overlap.TAU * 1_000_000
        assert 1 <= n <= overlap.MOST and (sure or n == overlap.MOST)


def test_a_seed_gives_the_same_figures_again() -> None:
    one, other = (overlap.measured(seeds=(3,), names=("bluebirds",)) for _ in range(2))
    assert one == other
    assert {row["policy"] for row in one["rows"]} == set(overlap.POLICIES)
    assert all(0 < row["accuracy"] <= 1 and row["judgments"] <= overlap.MOST for row in one["rows"])
