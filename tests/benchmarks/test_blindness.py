"""What judges blindness sees what is there to see: a planted tell is found, and where there is none nothing is."""

import json
import uuid
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.blindness import Reply, Seen, afterwards, features, report
from benchmarks.quality.telling import auc, judge, strongest, table

CHANCE = np.random.default_rng(4)


def reply(*payloads: str, seconds: float = 0.004, priority: int = 2) -> tuple[Reply, dict[str, Any]]:
    """The answer to a pull, as the API gives it."""
    ids = [uuid.UUID(bytes=CHANCE.bytes(16)) for _ in range(3 * len(payloads) + 1)]
    leases = [
        {
            "id": str(ids[3 * n]),
            "task": str(ids[3 * n + 1]),
            "item": str(ids[3 * n + 2]),
            "project": str(uuid.UUID(int=7)),
            "stage": "annotate",
            "priority": priority,
            "payload": {"text": text},
            "claimed_at": "2026-11-02T08:00:00.125000Z",
            "start_by": None,
            "hard_until": None,
            "expires_at": "2026-11-02T08:05:00.125000Z",
        }
        for n, text in enumerate(payloads)
    ]
    body = {"leases": leases, "reasons": [], "hints": []}
    raw = json.dumps(body, separators=(",", ":")).encode()
    head = [
        ("content-type", "application/json"),
        ("x-request-id", str(ids[-1])),
        ("content-length", str(len(raw))),
    ]
    return Reply(200, head, raw, seconds), body


def test_all_that_a_client_sees_is_a_feature_but_for_the_payload() -> None:
    pulled, body = reply("short", "a much longer one")
    seen = features(pulled, body, 1, 9)
    assert (seen["place"], seen["of"], seen["spoken"], seen["field_priority"]) == (1, 2, 9, 2)
    assert (seen["expires_at_after"], seen["claimed_at_microsecond"], seen["start_by_after"]) == (
        300.0,
        125000,
        None,
    )
    assert bytes(seen[f"task_{n}"] for n in range(16)) == uuid.UUID(body["leases"][1]["task"]).bytes
    assert "longer" not in json.dumps(seen)
    other, same = reply("a payload of quite another length", "")
    assert features(other, same, 0, 9)["pull_size"] == seen["pull_size"]
    said = Reply(200, pulled.head, b'{"lease":"x","status":"submitted","reclaimed":false}', 0.003)
    assert (afterwards(said)["submit_status"], afterwards(said)["submit_seconds"]) == ("submitted", 0.003)


def gathered(n: int, tell: float, priority: int = 2) -> Seen:
    """Leases of both kinds; gold takes `tell` of a second longer and has this priority."""
    seen = Seen()
    for k in range(n):
        gold = k % 2 == 0
        seconds = float(CHANCE.gamma(9.0, 0.0005)) + tell * gold
        pulled, body = reply("x", seconds=seconds, priority=priority if gold else 2)
        said = Reply(
            200, pulled.head, b'{"lease":"x","status":"submitted"}', float(CHANCE.gamma(9.0, 0.0005))
        )
        one = features(pulled, body, 0, k)
        seen.lease.append(one)
        seen.whole.append(one | afterwards(said))
        seen.gold.append(gold)
        seen.of.append(k // 2 % 20)
    return seen


def test_a_millisecond_more_is_found_by_both_classifiers() -> None:
    seen = gathered(1_200, 0.0015)
    told = judge(seen.lease, seen.gold, seen.of, 1)
    assert min(one.low for one in told.values()) > 0.55
    assert strongest(seen.lease, seen.gold, 1)[0]["column"] == "pull_seconds"


def test_another_priority_is_found_and_nothing_where_there_is_nothing() -> None:
    other = gathered(300, 0.0, 1)
    assert judge(other.lease, other.gold, other.of, 1)["stumps"].auc == 1.0
    seen = gathered(1_200, 0.0)
    for one in judge(seen.whole, seen.gold, seen.of, 1).values():
        assert one.low < 0.5 < one.high or abs(one.auc - 0.5) < 0.05
    told = report({"alone": seen, "together": seen, "all": seen}, 1)
    assert told["met"] is False, "six hundred of each kind prove nothing"


def test_the_area_under_the_curve_has_its_known_values() -> None:
    y = np.array([1.0, 1.0, 0.0, 0.0])
    assert auc(np.array([3.0, 2.0, 1.0, 0.0]), y).auc == 1.0
    assert auc(np.array([1.0, 0.0, 1.0, 0.0]), y).auc == 0.5
    assert auc(np.array([2.0, 0.0, 1.0, 0.0]), y).auc == pytest.approx(0.625)
    n = 2_000
    told = auc(np.random.default_rng(1).normal(size=2 * n), np.tile([0.0, 1.0], n))
    # Hanley and McNeil at one half: sqrt((n + n + 1) / (12 n n)).
    assert (told.high - told.low) / 2 == pytest.approx(1.96 * ((2 * n + 1) / (12 * n * n)) ** 0.5, rel=0.05)


def test_words_become_columns_and_what_never_differs_tells_nothing() -> None:
    names, numbers = table([{"a": "x", "b": 1}, {"a": "y", "b": None}, {"a": "x"}])
    assert numbers.shape == (3, len(names))
    assert numbers[:, names.index("b")].tolist() == [1.0, -1.0, -1.0]
    assert numbers[:, names.index("a=x")].tolist() == [1.0, 0.0, 1.0]
