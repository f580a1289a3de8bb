"""Samples: every stratum fills its quota or says what it lacks, and a larger sample holds the smaller one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.tasks.sample import Stratum, clear, strata, within
from tests.support.lots import taken

NAMES = st.sampled_from(["", "de", "en", "fr"])
COUNTS = st.dictionaries(NAMES, st.integers(min_value=1, max_value=50))
QUOTAS = st.dictionaries(NAMES, st.integers(min_value=0, max_value=60), min_size=1)
EACH = st.integers(min_value=0, max_value=60)
TASKS = st.dictionaries(
    st.integers(min_value=1, max_value=10_000).map(lambda n: UUID(int=n)), NAMES, max_size=40
)


@given(COUNTS, QUOTAS)
def test_each_stratum_gives_what_it_has_up_to_its_quota_and_says_what_it_lacks(
    counts: dict[str, int], quotas: dict[str, int]
) -> None:
    told = {one.stratum or "": one for one in strata(counts, None, quotas)}
    assert set(told) == set(counts) | set(quotas)
    for name, one in told.items():
        assert (one.matches, one.quota) == (counts.get(name, 0), quotas.get(name, 0))
        assert one.taken <= one.matches and one.taken + one.short == one.quota
        assert one.short == 0 or one.taken == one.matches


@given(COUNTS, EACH)
def test_what_has_no_stratum_is_left_out_unless_it_is_named(counts: dict[str, int], each: int) -> None:
    told = {one.stratum: one for one in strata(counts, each, None)}
    for stratum, one in told.items():
        assert one.quota == (0 if stratum is None else each)
    (named,) = strata({}, None, {"": each})
    assert named == Stratum(stratum=None, matches=0, quota=each, taken=0, short=each)


@given(TASKS, st.text(max_size=5), EACH, EACH)
def test_a_larger_sample_under_the_same_seed_holds_the_smaller_one(
    tasks: dict[UUID, str], seed: str, one: int, other: int
) -> None:
    few, many = sorted((one, other))
    assert set(taken(tasks, seed, few)) <= set(taken(tasks, seed, many))


@given(TASKS, st.text(max_size=5), QUOTAS)
def test_the_numbers_told_are_those_of_the_draw(
    tasks: dict[UUID, str], seed: str, quotas: dict[str, int]
) -> None:
    counts = {name: list(tasks.values()).count(name) for name in set(tasks.values())}
    drawn = [tasks[task] for task in taken(tasks, seed, quotas)]
    for one in strata(counts, None, quotas):
        assert drawn.count(one.stratum or "") == one.taken


def test_a_sample_says_one_of_two_and_is_not_too_large() -> None:
    clear(1, None)
    clear(None, {"de": 0})
    within(5, 5)
    for each, quotas in ((None, None), (1, {"de": 1})):
        with pytest.raises(Refusal, match="sample_unclear"):
            clear(each, quotas)
    with pytest.raises(Refusal, match="sample_too_large"):
        within(6, 5)
