"""The audit floor: said by the tenant, one version after the other."""

import pytest

from backend.domain.review.audit_floor import AUDIT_FLOOR, SetFloor
from backend.domain.review.control import FLOOR_PPM
from backend.events import review as ev
from backend.readmodels import audit_floor
from tests.domain.gwt import given


def test_another_floor_is_the_next_version() -> None:
    asked = given(AUDIT_FLOOR).after(SetFloor(20_000)).when(SetFloor(0))
    asked.then(ev.AuditFloorSet(version=2, floor_ppm=0))


def test_the_floor_in_force_said_again_is_nothing_new() -> None:
    given(AUDIT_FLOOR).when(SetFloor(FLOOR_PPM)).then()
    given(AUDIT_FLOOR).after(SetFloor(20_000)).when(SetFloor(20_000)).then()


@pytest.mark.parametrize("floor_ppm", [-1, 1_000_001])
def test_a_floor_is_a_share(floor_ppm: int) -> None:
    given(AUDIT_FLOOR).when(SetFloor(floor_ppm)).then_refused("rate_invalid", "invalid")


def test_who_never_said_one_has_the_same_floor_in_the_rules_and_in_what_is_read() -> None:
    assert audit_floor.FLOOR_PPM == FLOOR_PPM == 10_000
