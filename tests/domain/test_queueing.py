"""How work is handed out: what may be set, what of it is whose, and which ring serves whom when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects import project as projects
from backend.domain.projects.queueing import (
    FIELDS,
    PRODUCT,
    QUEUE_DEFAULTS,
    RANGES,
    UpdateDefaults,
    check,
    said,
)
from backend.domain.projects.requirement import Requirement
from backend.domain.projects.waiting import Ring as Rung
from backend.domain.projects.waiting import opens_at, ring_for, ring_open
from backend.events.projects import QualityPlan
from backend.events.queue import QueueDefaultsUpdated, QueueSettings, QueueUpdated, Ring, SkipPolicy
from tests.domain.facts import NOON, PROJECT_A, SKILL_A, uid
from tests.domain.gwt import given

LEVEL = f"skill:{uid(33)}:3"
CREATE = projects.Create(
    project=PROJECT_A, name="birds", skill=SKILL_A, agreements=(), courses=(), plan=QualityPlan(), own=()
)


def ring(after: int, *without: str) -> Ring:
    return Ring(after_seconds=after, without=without or (LEVEL,))


def test_the_product_s_own_settings_are_allowed() -> None:
    check(PRODUCT)
    assert set(RANGES) < set(FIELDS)


@pytest.mark.parametrize("field", sorted(RANGES))
def test_a_setting_is_allowed_up_to_its_bounds_and_not_beyond(field: str) -> None:
    lowest, highest = RANGES[field]

    def with_value(n: int) -> QueueSettings:
        said: dict[str, Any] = {field: n}
        return replace(PRODUCT, **said)

    for allowed in (lowest, highest):
        check(with_value(allowed))
    for beyond in (lowest - 1, highest + 1):
        with pytest.raises(Refusal) as caught:
            check(with_value(beyond))
        assert (caught.value.code, caught.value.extra["field"]) == ("queue_invalid", field)


@pytest.mark.parametrize(
    "rings",
    [
        (ring(9),),
        (ring(60), ring(60)),
        (ring(60), ring(30)),
        (Ring(after_seconds=60, without=()),),
        (ring(60, "agreement:x:1"),),
        (ring(60, f"role:{uid(1)}"),),
        (ring(60, f"skill:{uid(1)}:11"),),
        tuple(ring(10 * n) for n in range(1, 8)),
    ],
)
def test_a_ring_opens_later_than_the_one_before_and_leaves_out_only_what_may_be_left_out(
    rings: tuple[Ring, ...],
) -> None:
    with pytest.raises(Refusal) as caught:
        check(replace(PRODUCT, rings=rings))
    assert (caught.value.code, caught.value.extra["field"]) == ("queue_invalid", "rings")


def test_rings_may_leave_out_levels_languages_teams_and_vendors() -> None:
    check(
        replace(PRODUCT, rings=(ring(10), ring(20, f"skill:{uid(1)}", f"team:{uid(2)}", f"vendor:{uid(3)}")))
    )


@pytest.mark.parametrize("codes", [("blurry", "blurry"), ("Blurry",), ("",)])
def test_a_reason_for_skipping_is_a_word_and_said_once(codes: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as caught:
        check(replace(PRODUCT, skips=tuple(SkipPolicy(code=code) for code in codes)))
    assert caught.value.extra["field"] == "skips"


def test_what_is_not_one_s_own_is_not_kept() -> None:
    settings = replace(PRODUCT, prefetch_max=5, start_seconds=60)
    kept, own = said(settings, ("prefetch_max", "nonsense"))
    assert (kept, own) == (replace(PRODUCT, prefetch_max=5), ("prefetch_max",))


def test_a_project_says_its_own_settings_in_versions_and_the_same_words_are_no_event() -> None:
    began = given(projects.PROJECT).after(CREATE)
    five = replace(PRODUCT, prefetch_max=5)
    command = projects.UpdateQueue(settings=five, own=("prefetch_max",))
    first = QueueUpdated(project=PROJECT_A, queue_version=1, settings=five, own=("prefetch_max",))
    began.when(command).then(first)
    began.after(command).when(command).then()
    began.after(command).when(projects.UpdateQueue(settings=PRODUCT, own=())).then(
        QueueUpdated(project=PROJECT_A, queue_version=2, settings=PRODUCT, own=())
    )
    same = projects.UpdateQueue(settings=PRODUCT, own=("prefetch_max",))
    began.when(same).then(
        QueueUpdated(project=PROJECT_A, queue_version=1, settings=PRODUCT, own=("prefetch_max",))
    )
    given(projects.PROJECT).when(command).then_refused("not_found")


def test_the_tenant_says_what_holds_elsewhere_in_versions() -> None:
    one = replace(PRODUCT, poison="escalate")
    command = UpdateDefaults(settings=one, own=("poison",))
    told = QueueDefaultsUpdated(version=1, settings=one, own=("poison",))
    given(QUEUE_DEFAULTS).when(command).then(told)
    given(QUEUE_DEFAULTS, told).when(command).then()
    bad = UpdateDefaults(settings=replace(PRODUCT, poison="burn"), own=("poison",))
    given(QUEUE_DEFAULTS, told).when(bad).then_refused("queue_invalid", "invalid")


def _rungs(*asked: tuple[int, tuple[str, ...]]) -> list[Rung]:
    return [Rung(n, after, Requirement(requires=tokens)) for n, (after, tokens) in enumerate(asked)]


RUNGS = _rungs((0, ("a", "b", "c")), (60, ("a", "b")), (600, ("a",)))


@pytest.mark.parametrize(("waited", "expected"), [(0, 0), (59.9, 0), (60, 1), (599, 1), (600, 2), (10**6, 2)])
def test_a_ring_is_open_from_its_waiting_time_on(waited: float, expected: int) -> None:
    assert ring_open(RUNGS, waited).ring == expected


@pytest.mark.parametrize(("held", "expected"), [("abc", 0), ("abx", 1), ("a", 2), ("", None), ("bc", None)])
def test_the_first_ring_that_somebody_meets_serves_them(held: str, expected: int | None) -> None:
    found = ring_for(RUNGS, held)
    assert (None if found is None else found.ring) == expected


def test_a_ring_opens_so_long_after_what_waits_was_published() -> None:
    assert opens_at(RUNGS[1], NOON) == NOON + timedelta(minutes=1)


def test_settings_beside_the_named_ones_follow_the_product() -> None:
    assert said(QueueSettings(hard_factor=9), ()) == (PRODUCT, ())
