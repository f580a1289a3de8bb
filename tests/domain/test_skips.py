"""Reasons for giving work back: a project's own catalogue, or the built-in one."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.tasks.skips import BUILT_IN, UNSAID, catalogue, policy_of
from backend.events.queue import QueueSettings, SkipPolicy

USUAL = QueueSettings()
OWN = QueueSettings(skips=(SkipPolicy(code="blurred", holds=True),))


@pytest.mark.parametrize(
    ("code", "returns", "counts"),
    [
        ("unclear", False, True),
        ("broken_data", False, True),
        ("too_hard", False, True),
        ("conflict_of_interest", False, False),
        ("no_time", True, False),
        ("other", False, True),
    ],
)
def test_a_reason_means_what_its_policy_says(code: str, returns: bool, counts: bool) -> None:
    policy = policy_of(USUAL, code)
    assert (policy.returns, policy.counts, policy.holds) == (returns, counts, False)


def test_a_project_with_reasons_of_its_own_has_only_these() -> None:
    assert catalogue(USUAL) == BUILT_IN and catalogue(OWN) == OWN.skips
    assert policy_of(OWN, "blurred").holds
    with pytest.raises(Refusal) as caught:
        policy_of(OWN, "unclear")
    assert (caught.value.kind, caught.value.code) == ("invalid", "skip_code_unknown")
    assert caught.value.extra == {"allowed": ["blurred"]}


def test_who_gives_no_reason_declines_for_good_and_it_counts() -> None:
    assert policy_of(OWN, "") == UNSAID == SkipPolicy(code="", returns=False, counts=True)
