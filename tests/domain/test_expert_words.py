"""Experts' words: the newest of an answer count, the same again are nothing, and as much is kept back as gold asks."""

from uuid import UUID

import pytest

from backend.domain.review.expert_words import EXPERT_WORDS, Explain, Words, kept_back
from backend.events.base import Secret
from backend.events.ids import ItemId, LeaseId, PrincipalId, ProjectId

LEASE, ANN, MAY = UUID(int=1), PrincipalId(UUID(int=4)), PrincipalId(UUID(int=5))


def explain(by: PrincipalId, token: str) -> Explain:
    return Explain(
        lease=LeaseId(LEASE),
        item=ItemId(UUID(int=2)),
        project=ProjectId(UUID(int=3)),
        by=by,
        words=Secret(b"x"),
        words_token=token,
    )


def test_the_same_words_of_the_same_one_are_said_once() -> None:
    (first,) = EXPERT_WORDS.decide(explain(ANN, "a"), Words())
    said = EXPERT_WORDS.evolve(Words(), first)
    assert (said.version, EXPERT_WORDS.decide(explain(ANN, "a"), said)) == (1, [])


@pytest.mark.parametrize(("by", "token"), [(ANN, "b"), (MAY, "a"), (MAY, "b")])
def test_other_words_or_somebody_elses_are_the_next_version(by: PrincipalId, token: str) -> None:
    (next_one,) = EXPERT_WORDS.decide(explain(by, token), Words("a", ANN, 1))
    assert (next_one.by, next_one.version) == (by, 2)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.2, 0.4])
def test_as_much_work_is_kept_back_as_there_is_gold_beside_it(share: float) -> None:
    lots = [n / 10_000 for n in range(10_000)]
    kept = sum(kept_back(lot, share) for lot in lots) / len(lots)
    assert kept * (1 - share) == pytest.approx(share, abs=1e-3)


def test_nothing_is_kept_back_without_gold_and_everything_where_it_is_half() -> None:
    assert not any(kept_back(lot, 0.0) for lot in (0.0, 0.5, 0.99))
    assert all(kept_back(lot, share) for lot in (0.0, 0.99) for share in (0.5, 1.0))
