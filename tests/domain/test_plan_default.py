"""The tenant's quality plan: only what it says is said, and old facts of projects follow nobody."""

from pathlib import Path

import pytest

from backend.domain.projects.plan_default import FIELDS, PLAN_DEFAULTS, PRODUCT, UpdateDefaults, under
from backend.domain.projects.project import PROJECT, Running
from backend.events.projects import PlanDefaultsUpdated, QualityPlan
from backend.events.store.codec import decode
from tests.domain.gwt import given

GOLDEN = Path(__file__).parents[1] / "events" / "golden"


def test_what_is_not_said_is_the_product_s() -> None:
    plan = QualityPlan(overlap=3, skips_max=9)
    one = UpdateDefaults(plan=plan, own=("overlap", "what is no field"))
    told = PlanDefaultsUpdated(version=1, plan=QualityPlan(overlap=3), own=("overlap",))
    given(PLAN_DEFAULTS).when(one).then(told)
    given(PLAN_DEFAULTS, told).when(one).then()


def test_saying_what_the_product_says_is_a_word_of_its_own() -> None:
    given(PLAN_DEFAULTS).when(UpdateDefaults(plan=PRODUCT, own=("overlap",))).then(
        PlanDefaultsUpdated(version=1, plan=PRODUCT, own=("overlap",))
    )
    given(PLAN_DEFAULTS).when(UpdateDefaults(plan=PRODUCT, own=())).then()


def test_a_default_outside_its_range_is_refused() -> None:
    wrong = UpdateDefaults(plan=QualityPlan(overlap=51), own=("overlap",))
    refusal = given(PLAN_DEFAULTS).when(wrong).then_refused("plan_invalid", "invalid")
    assert refusal.extra["field"] == "overlap"


def test_a_plan_is_the_defaults_under_what_is_its_own() -> None:
    mine = QualityPlan(overlap=3, skips_max=9)
    assert under(QualityPlan(overlap=5, rework_max=1), mine, ("overlap",)) == QualityPlan(
        overlap=3, rework_max=1
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_plan_from_before_there_were_defaults_is_all_the_project_s_own(version: int) -> None:
    facts = [
        decode((GOLDEN / f"project.{name}.{version}.json").read_bytes())
        for name in ("created", "plan_updated")
    ]
    first, later = (PROJECT.fold(one.event for one in facts[:n]) for n in (1, 2))
    assert isinstance(first, Running) and isinstance(later, Running)
    assert first.plan_own == later.plan_own == FIELDS
    assert (first.plan, later.plan) == (facts[0].event.plan, facts[1].event.plan)
    assert under(QualityPlan(), later.plan, later.plan_own) == later.plan
