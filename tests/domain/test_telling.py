"""Telling: whatever is told of reviews, an error of which nothing is told may always be one of them."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.review.telling import Error, tellable
from tests.domain.facts import uid

KINDS = st.sampled_from(["gold", "said", "silent"])


def errors(*kinds: str) -> list[Error]:
    return [Error(uid(n), kind == "gold", kind == "said") for n, kind in enumerate(kinds, 1)]


def test_without_gold_all_that_was_said_is_told() -> None:
    assert tellable(errors("said", "silent", "said")) == {uid(1), uid(3)}


def test_as_many_reviews_are_kept_back_as_there_is_gold() -> None:
    assert tellable(errors("gold", "said")) == set()
    assert len(tellable(errors("gold", "said", "said"))) == 1
    assert len(tellable(errors("gold", "said", "said", "silent"))) == 2, "the silent one is kept back anyway"


@given(st.lists(KINDS, max_size=10))
def test_of_what_is_not_told_at_most_half_is_gold_or_nothing_is_told_at_all(kinds: list[str]) -> None:
    every = errors(*kinds)
    told = tellable(every)
    rest = [one for one in every if one.lease not in told]
    gold = sum(one.gold for one in rest)
    assert not told & {one.lease for one in every if one.gold or not one.said}
    assert not told or 2 * gold <= len(rest)


@given(st.permutations(errors("gold", "said", "said", "silent", "said", "gold")))
def test_it_does_not_depend_on_the_order(every: list[Error]) -> None:
    assert tellable(every) == tellable(sorted(every, key=lambda one: one.lease))
