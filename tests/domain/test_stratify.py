"""A stratified draw: even over the classes, without repetition, the same for the same seed, telling no class."""

from collections import Counter
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.training.stratify import mixed, stratified

POOLS = st.dictionaries(
    st.integers(min_value=1, max_value=10_000).map(lambda n: UUID(int=n)),
    st.sampled_from(["a", "b", "c", None]),
    max_size=40,
)
SIZES, SEEDS = st.integers(min_value=0, max_value=50), st.binary(min_size=1, max_size=8)


@given(POOLS, SIZES, SEEDS)
def test_as_many_as_wanted_or_all_and_none_twice(pool: dict[UUID, str | None], n: int, seed: bytes) -> None:
    drawn = stratified(pool, n, seed)
    assert len(drawn) == len(set(drawn)) == min(n, len(pool))
    assert set(drawn) <= set(pool)


@given(POOLS, SIZES, SEEDS)
def test_shares_differ_by_one_at_most_except_where_a_class_has_no_more(
    pool: dict[UUID, str | None], n: int, seed: bytes
) -> None:
    there, taken = Counter(pool.values()), Counter(pool[one] for one in stratified(pool, n, seed))
    most = max(taken.values(), default=0)
    assert [name for name in there if taken[name] < most - 1 and taken[name] < there[name]] == []


@given(POOLS, SIZES, SEEDS)
def test_the_same_seed_draws_the_same_whatever_the_order_of_the_pool(
    pool: dict[UUID, str | None], n: int, seed: bytes
) -> None:
    turned = dict(reversed(pool.items()))
    assert stratified(pool, n, seed) == stratified(turned, n, seed)


@given(st.integers(min_value=1, max_value=40), SEEDS)
def test_the_order_tells_nothing_of_the_classes(n: int, seed: bytes) -> None:
    """With the classes' names exchanged the same items of an even pool come in the same order."""
    ids = [UUID(int=one) for one in range(1, 41)]
    plain = {one: "ab"[place % 2] for place, one in enumerate(ids)}
    drawn = stratified(plain, n, seed)
    assert list(drawn) == [one for one in stratified(dict.fromkeys(ids, "a"), 40, seed) if one in drawn]


def test_another_seed_draws_others() -> None:
    pool = {UUID(int=n): "ab"[n % 2] for n in range(1, 101)}
    assert len({stratified(pool, 10, bytes([seed])) for seed in range(20)}) == 20


MARKS, SHARES = st.integers(min_value=1, max_value=7), st.integers(min_value=1, max_value=1_000_000)


@given(POOLS, MARKS, SIZES, SHARES, SEEDS)
def test_a_share_is_of_edge_cases_as_far_as_there_are_enough_of_each_kind(
    pool: dict[UUID, str | None], every: int, n: int, share: int, seed: bytes
) -> None:
    edge = {one for one in pool if one.int % every == 0}
    drawn = mixed(pool, edge, n, share, seed)
    assert len(drawn) == len(set(drawn)) == min(n, len(pool))
    rounded = int(Fraction(n * share, 1_000_000) + Fraction(1, 2))
    least = min(n, len(pool)) - (len(pool) - len(edge))
    assert len(edge & set(drawn)) == max(min(rounded, len(edge)), least)


@given(POOLS, MARKS, SIZES, SEEDS)
def test_without_a_share_the_mark_changes_nothing(
    pool: dict[UUID, str | None], every: int, n: int, seed: bytes
) -> None:
    edge = {one for one in pool if one.int % every == 0}
    assert mixed(pool, edge, n, 0, seed) == stratified(pool, n, seed)


@given(SEEDS)
def test_classes_stay_even_over_both_kinds(seed: bytes) -> None:
    pool = {UUID(int=n): "ab"[n % 2] for n in range(1, 41)}
    edge = {UUID(int=n) for n in range(1, 11)}
    drawn = mixed(pool, edge, 12, 250_000, seed)
    assert len(edge & set(drawn)) == 3
    assert Counter(pool[one] for one in drawn) == {"a": 6, "b": 6}


@given(st.integers(min_value=1, max_value=40), SHARES, SEEDS)
def test_the_order_tells_nothing_of_the_kinds(n: int, share: int, seed: bytes) -> None:
    ids = [UUID(int=one) for one in range(1, 41)]
    pool: dict[UUID, str | None] = dict.fromkeys(ids, "a")
    drawn = mixed(pool, set(ids[::3]), n, share, seed)
    assert list(drawn) == [one for one in stratified(pool, 40, seed) if one in drawn]
