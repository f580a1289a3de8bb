"""Expert calls: a project's reasons and watched classes, each in versions."""

import pytest

from backend.domain.errors import Refusal
from backend.domain.review.expert_calls import (
    BUILT_IN,
    EXPERT_CALLS,
    REASONS_MAX,
    WATCHED_MAX,
    SetReasons,
    SetWatched,
    known_code,
)
from backend.events import review as ev
from tests.domain.facts import HIDDEN, PROJECT_A
from tests.domain.gwt import given


def reasons(*codes: str, token: str = "t") -> SetReasons:
    return SetReasons(project=PROJECT_A, codes=codes, reasons=HIDDEN, reasons_token=token)


def watched(*classes: str) -> SetWatched:
    return SetWatched(project=PROJECT_A, classes=classes, labels=HIDDEN)


def set_to(version: int, *codes: str, token: str = "t") -> ev.EscalationReasonsSet:
    return ev.EscalationReasonsSet(
        project=PROJECT_A, version=version, codes=codes, reasons=HIDDEN, reasons_token=token
    )


def test_reasons_are_set_in_versions_and_the_same_again_is_nothing() -> None:
    given(EXPERT_CALLS).when(reasons("blurry")).then(set_to(1, "blurry"))
    once = given(EXPERT_CALLS, set_to(1, "blurry"))
    once.when(reasons("blurry")).then()
    once.when(reasons("blurry", token="other words")).then(set_to(2, "blurry", token="other words"))


@pytest.mark.parametrize(
    "codes", [("No",), ("a", "a"), ("",), tuple(f"r{n}" for n in range(REASONS_MAX + 1))]
)
def test_reasons_are_words_each_once_and_not_too_many(codes: tuple[str, ...]) -> None:
    given(EXPERT_CALLS).when(reasons(*codes)).then_refused("escalation_reasons_invalid", "invalid")


def test_watched_classes_are_set_in_versions_beside_the_reasons() -> None:
    now = ev.WatchedClassesSet(project=PROJECT_A, version=1, classes=("x",), labels=HIDDEN)
    given(EXPERT_CALLS, set_to(4, "blurry")).when(watched("x")).then(now)
    given(EXPERT_CALLS, now).when(watched("x")).then()
    given(EXPERT_CALLS, now).when(watched()).then(
        ev.WatchedClassesSet(project=PROJECT_A, version=2, classes=(), labels=HIDDEN)
    )
    many = watched(*(f"c{n}" for n in range(WATCHED_MAX + 1)))
    given(EXPERT_CALLS).when(many).then_refused("watched_classes_invalid", "invalid")


def test_a_code_is_one_of_the_projects_or_where_it_has_none_of_the_products() -> None:
    assert known_code((), "ambiguous") == "ambiguous"
    assert known_code(("blurry",), "") == ""
    for codes, code in ((("blurry",), "ambiguous"), ((), "blurry")):
        with pytest.raises(Refusal) as refused:
            known_code(codes, code)
        assert refused.value.code == "escalation_code_unknown"
        assert refused.value.extra["allowed"] == (list(codes) or [one.code for one in BUILT_IN])
