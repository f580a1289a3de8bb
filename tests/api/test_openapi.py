"""The document says what is served: it cannot drift from the file, the routes or the use cases."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.api.openapi import document, rendered
from backend.api.route import Route
from backend.api.routes import ROUTES

COMMITTED = Path(__file__).parents[2] / "openapi.json"
# Fixed by the interface for the foundation: acceptance finds the paths through them.
FIXED = """annotator_invite annotator_claim annotator_get annotator_list annotator_suspend annotator_reinstate
    annotator_erase agreement_publish agreement_sign course_publish course_attempt skill_list proficiency_get
    project_create project_get project_plan_update guideline_publish guideline_acknowledge item_import
    item_get gold_add task_get task_history lease_pull lease_get lease_start lease_heartbeat lease_draft lease_pause
    lease_resume lease_submit lease_release
    lease_skip lease_escalate lease_assign late_answer_get review_pull review_submit project_quality
    project_throughput project_export key_create key_revoke access_list"""
KEYED = """annotator_invite agreement_publish course_publish course_attempt project_create guideline_publish
    item_import intake_begin gold_add gold_variants_add lease_pull lease_assign lease_delegate lease_reassign
    review_pull key_create annotator_import annotator_bulk
    announcement_publish annotator_reinvite compliance_record team_create vendor_register
    staffing_set reviews_bulk clarification_ask clarification_reply tasks_bulk rework_plan
    project_clone pilot_project_begin pilot_project_promote
    dispute_open disputes_pull pilot_begin delivery_prepare mislabels_sample webhook_create webhook_secret_rotate
    taxonomy_create taxonomy_publish"""


def _operations() -> Iterator[dict[str, Any]]:
    for path in document()["paths"].values():
        yield from path.values()


def test_the_committed_document_is_the_one_that_the_routes_make() -> None:
    assert COMMITTED.read_text() == rendered(), "run `muster openapi > openapi.json` and read the difference"


def test_the_document_is_the_same_every_time() -> None:
    assert rendered() == rendered()


def test_every_fixed_operation_is_there_once() -> None:
    names = [operation["operationId"] for operation in _operations()]
    assert sorted(names) == sorted(set(names))
    assert set(names) >= set(FIXED.split())


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_id)
def test_a_use_case_takes_exactly_what_its_route_gives(route: Route) -> None:
    taken = inspect.signature(route.usecase).parameters
    assert set(taken) - {"work"} == route.arguments
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for name, one in taken.items() if name != "work")


def test_the_key_is_required_exactly_where_a_repeat_would_do_harm() -> None:
    assert {route.operation_id for route in ROUTES if route.key == "required"} == set(KEYED.split())


def test_every_reference_leads_somewhere() -> None:
    made = document()
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', rendered()):
        found = made
        for step in reference.split("/"):
            found = found[step]


def test_every_operation_declares_its_errors_and_its_path_parameters() -> None:
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert {"400", "401", "403", "404", "422", "500", "503"} <= set(operation["responses"])


def test_every_object_in_a_request_is_closed() -> None:
    made = document()["components"]["schemas"]
    given = {route.body.__name__ for route in ROUTES if route.body} | {
        name for name in made if "Given" in name
    }
    for name in given:
        assert made[name]["additionalProperties"] is False, name


def test_the_document_names_no_model_twice() -> None:
    assert not [name for name in document()["components"]["schemas"] if "__" in name or "-" in name]
