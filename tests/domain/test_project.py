"""Projects: plans within their ranges, versions that count up, nothing written twice."""

from dataclasses import fields, replace

import pytest

from backend.domain.projects.plan_default import PLAN_RANGES
from backend.domain.projects.project import (
    PROJECT,
    Command,
    Create,
    PublishGuideline,
    Running,
    UpdatePlan,
    UpdateRequirements,
)
from backend.events import projects as ev
from backend.events.projects import QualityPlan
from tests.domain.facts import AGREEMENT_A, COURSE_A, HIDDEN, PROJECT_A, SKILL_A
from tests.domain.gwt import given

CREATE = Create(
    project=PROJECT_A,
    name="Birds",
    skill=SKILL_A,
    agreements=(AGREEMENT_A,),
    courses=(),
    plan=QualityPlan(),
    own=("skips_max", "overlap"),
)
CREATED = ev.ProjectCreated(
    project=PROJECT_A,
    name="Birds",
    skill=SKILL_A,
    agreements=(AGREEMENT_A,),
    courses=(),
    plan=QualityPlan(),
    own=("overlap", "skips_max"),
)


def test_a_project_is_created_once() -> None:
    given(PROJECT).when(CREATE).then(CREATED)
    given(PROJECT, CREATED).when(CREATE).then()
    given(PROJECT, CREATED).when(replace(CREATE, name="Cats")).then_refused("not_now", "conflict")


def test_a_plan_is_written_when_it_differs() -> None:
    plan = QualityPlan(overlap=3)
    update = UpdatePlan(plan=plan, own=("overlap",))
    given(PROJECT, CREATED).when(update).then(
        ev.PlanUpdated(project=PROJECT_A, plan_version=2, plan=plan, own=("overlap",))
    )
    given(PROJECT, CREATED).after(update).when(update).then()


def test_who_says_a_field_is_part_of_the_plan() -> None:
    same = UpdatePlan(plan=CREATED.plan, own=("overlap",))
    given(PROJECT, CREATED).when(same).then(
        ev.PlanUpdated(project=PROJECT_A, plan_version=2, plan=CREATED.plan, own=("overlap",))
    )
    given(PROJECT, CREATED).when(replace(same, own=CREATE.own)).then()
    given(PROJECT, CREATED).when(replace(CREATE, own=("overlap",))).then_refused("not_now", "conflict")


def test_every_field_of_a_plan_has_a_range() -> None:
    assert {*PLAN_RANGES, "review_mode"} == {field.name for field in fields(QualityPlan)}


@pytest.mark.parametrize("field", sorted(PLAN_RANGES))
def test_a_plan_outside_a_range_names_field_range_and_value(field: str) -> None:
    lowest, highest = PLAN_RANGES[field]
    for bad in (lowest - 1, highest + 1):
        plan = replace(QualityPlan(), **{field: bad})
        for stream, command in (
            (given(PROJECT), replace(CREATE, plan=plan)),
            (given(PROJECT, CREATED), UpdatePlan(plan=plan, own=(field,))),
        ):
            refusal = stream.when(command).then_refused("plan_invalid", "invalid")
            assert refusal.extra == {"field": field, "lowest": lowest, "highest": highest, "found": bad}
    for good in (lowest, highest):
        plan = replace(QualityPlan(), **{field: good})
        assert len(given(PROJECT).when(replace(CREATE, plan=plan)).events) == 1


def test_requirements_are_written_when_they_differ() -> None:
    change = UpdateRequirements(agreements=(AGREEMENT_A,), courses=(COURSE_A,))
    given(PROJECT, CREATED).when(change).then(
        ev.RequirementsUpdated(
            project=PROJECT_A,
            agreements=(AGREEMENT_A,),
            courses=(COURSE_A,),
            data_class=None,
            conditions=ev.Conditions(),
        )
    )
    given(PROJECT, CREATED).after(change).when(change).then()


def test_a_data_class_and_conditions_are_requirements_too() -> None:
    classed = UpdateRequirements(agreements=(), courses=(), data_class="phi")
    for change in (classed, replace(classed, conditions=ev.Conditions(all_of=("origin:staff",)))):
        (told,) = given(PROJECT, CREATED).when(change).events
        assert isinstance(told, ev.RequirementsUpdated)
        assert (told.data_class, told.conditions) == ("phi", change.conditions)


def test_other_bytes_of_the_guideline_are_the_next_version() -> None:
    first, second = PublishGuideline(sha256="a", text=HIDDEN), PublishGuideline(sha256="b", text=HIDDEN)
    given(PROJECT, CREATED).when(first).then(
        ev.GuidelinePublished(project=PROJECT_A, version=1, sha256="a", text=HIDDEN, delta_course=None)
    )
    given(PROJECT, CREATED).after(first).when(first).then()
    state = given(PROJECT, CREATED).after(first, second, first).state
    assert isinstance(state, Running) and state.guideline_version == 3


@pytest.mark.parametrize(
    "command",
    [
        UpdatePlan(plan=QualityPlan(), own=()),
        UpdateRequirements(agreements=(), courses=()),
        PublishGuideline(sha256="a", text=HIDDEN),
    ],
)
def test_a_project_that_was_never_created_is_not_found(command: Command) -> None:
    given(PROJECT).when(command).then_refused("not_found", "not_found")
