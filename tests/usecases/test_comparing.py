"""Comparing never fails and holds up nobody: what cannot be read is wrong or met by equality, what is long waits in a
thread."""

import threading
from typing import Any

import pytest

from backend.domain.projects.scoring import spelled
from backend.statistics import registry
from backend.statistics.score import Score
from backend.usecases.projects import comparing
from backend.usecases.projects.comparing import LOOP_STEPS_MAX, compare_by, ppm


def boxes(n: int) -> list[dict[str, Any]]:
    return [{"label": "cat", "box": [20 * i, 0, 20 * i + 10, 10]} for i in range(n)]


def test_an_answer_that_the_kind_cannot_read_is_worth_nothing() -> None:
    found = compare_by(spelled("boxes", {}))("cat", boxes(1))
    assert (found.value, found.passed) == (0.0, False) and "unreadable" in found.detail


def test_a_truth_that_the_kind_cannot_read_is_met_by_equality() -> None:
    compare = compare_by(spelled("boxes", {}))
    same, other = compare("cat", "cat"), compare("dog", "cat")
    assert (same.value, same.passed, other.value, other.passed) == (1.0, True, 0.0, False)
    assert "truth_unreadable" in same.detail


def test_shares_are_whole_numbers_in_the_log() -> None:
    assert ppm(Score(2 / 3, True, {})) == 666_667


RUNS = {"size": [1_000, 1_000], "counts": [400_000, 200_000, 400_000]}
FIELDS = {"fields": {"boxes": {"kind": "boxes"}, "name": {}}}


@pytest.mark.parametrize(
    ("kind", "options", "answer", "away"),
    [
        ("exact", {}, "x" * 1_000_000, False),
        ("boxes", {}, boxes(20), False),
        ("boxes", {}, boxes(200), True),
        ("masks", {}, RUNS, True),
        ("text", {}, "a word " * 100, False),
        ("text", {}, "a word " * 2_000, True),
        ("ranking", {}, list(range(100)), False),
        ("ranking", {}, list(range(500)), True),
        ("fields", FIELDS, {"boxes": boxes(3), "name": "x" * 100_000}, False),
        ("fields", FIELDS, {"boxes": boxes(200), "name": "x"}, True),
    ],
)
async def test_only_what_takes_long_leaves_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, kind: str, options: dict[str, Any], answer: Any, away: bool
) -> None:
    compare, seen = compare_by(spelled(kind, options)), []
    real = registry.compare

    def watched(*told: Any) -> Score:
        seen.append(threading.current_thread() is not threading.main_thread())
        return real(*told)

    monkeypatch.setattr(registry, "compare", watched)
    found = await compare.score(answer, answer)
    assert found == compare(answer, answer) and found.passed
    assert seen == [away, False]


def test_counting_stops_where_it_no_longer_matters() -> None:
    assert comparing._values([[0] * 10_000] * 10_000) <= 2 * LOOP_STEPS_MAX


def test_what_a_step_said_before_it_was_checked_is_equality() -> None:
    compare = compare_by('{"by":"hand"}')
    assert (compare.kind, compare(1.0, 1).passed, compare("a", "b").passed) == ("exact", True, False)
