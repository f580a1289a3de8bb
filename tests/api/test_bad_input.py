"""What the document forbids is refused by every operation with a code of the catalogue, and leaves no fact."""

from collections import Counter
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from backend.api.catalogue import CODES
from backend.api.route import Route
from backend.api.routes import ROUTES
from tests.api.bodies import NOBODY, forbidden, schema_of, smallest
from tests.api.people import events, person, project, skill
from tests.api.speaker import Speaker
from tests.support.world import World

WITH_BODY = [route for route in ROUTES if route.body is not None]


def path_of(route: Route) -> str:
    """The route's path about nobody."""
    names = {name: {"version": "1", "key": "0" * 12}.get(name, NOBODY) for name in route.path_names}
    return route.path.format(**names)


def test_the_smallest_body_of_every_operation_fits() -> None:
    for route in WITH_BODY:
        TypeAdapter(Any if route.body is None else route.body).validate_python(smallest(schema_of(route)))


async def test_every_body_that_the_document_forbids_is_refused_and_changes_nothing(
    world: World, admin: Speaker
) -> None:
    before = await events(world)
    tried: Counter[str] = Counter()
    for route in WITH_BODY:
        for rule, body in forbidden(schema_of(route)):
            headers = {
                "authorization": f"Bearer {admin.key}",
                "idempotency-key": str(uuid4()),
                "if-match": '"1"',
            }
            response = await admin.client.request(route.method, path_of(route), json=body, headers=headers)
            problem = response.json()
            about = (route.operation_id, rule, body, problem)
            assert response.status_code in (400, 422), about
            assert problem["code"] in CODES and problem["expected"] and problem["mend"], about
            tried[route.operation_id] += 1
    assert await events(world) == before
    assert set(tried) == {route.operation_id for route in WITH_BODY}
    assert sum(tried.values()) > 500


async def test_every_operation_refuses_a_query_that_it_does_not_know(world: World, admin: Speaker) -> None:
    before = await events(world)
    for route in (route for route in ROUTES if route.auth == "key"):
        body = smallest(schema_of(route)) if route.body else None
        headers = {"authorization": f"Bearer {admin.key}", "idempotency-key": str(uuid4()), "if-match": '"1"'}
        path = path_of(route) + "?nobody=asked"
        response = await admin.client.request(route.method, path, json=body, headers=headers)
        problem = response.json()
        assert (response.status_code, problem["code"]) == (422, "query_invalid"), (
            route.operation_id,
            problem,
        )
    assert await events(world) == before


EDGES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "1700000000",
    "2030-01-01T00:00:00",
    "2030-01-01",
)


async def test_no_moment_at_the_edge_of_time_breaks_anything(admin: Speaker) -> None:
    _, ann_id = await person(admin, "ann")
    at = await project(admin, "a")
    about = {"annotator": ann_id, "skill": await skill(admin, at)}
    for edge in EDGES:
        for operation, body in (
            ("annotator_check_record", {"kind": "background", "passed": True, "evidence": 1, "until": edge}),
            ("skill_grant", {"level": 1, "reason": "x", "until": edge}),
            ("compliance_record", {"kind": "hipaa", "annotator": ann_id, "evidence": 1, "until": edge}),
            ("agreement_publish", {"title": "NDA", "text": edge, "resign_by": edge}),
            ("agreement_preview", {"title": "NDA", "text": edge, "effective_at": edge}),
            ("annotator_pause", {"reason": "x", "until": edge}),
        ):
            response = await admin.send(operation, body, **about)
            problem = response.json()
            assert response.status_code in (200, 201, 409, 422), (operation, edge, problem)
            assert response.status_code < 300 or problem["code"] in CODES
        for report in ("funnel", "hours", "fatigue"):
            for side in ("since", "until"):
                response = await admin.send(f"workforce_{report}", query={side: edge})
                assert response.status_code in (200, 422), (report, edge, response.text)
        span = {"from": edge[:10], "to": edge[:10]}
        response = await admin.send("working_time_get", query=span, annotator=ann_id)
        assert response.status_code in (200, 422), (edge, response.text)


async def test_no_schedule_at_the_edge_of_time_breaks_a_pull(admin: Speaker) -> None:
    at = await project(admin, "a")
    for n, day in enumerate(("0001-01-01", "9999-12-31", "0000-00-00", "2030-02-30")):
        ann, ann_id = await person(admin, f"ann{n}")
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
            other = {"date": day, "begins": 0, "ends": 1440}
            body = {"time_zone": zone, "exceptions": [other], "enforced": True}
            response = await admin.send("schedule_update", body, annotator=ann_id)
            assert response.status_code in (200, 422), (day, zone, response.text)
            assert (await ann.send("lease_pull", at)).status_code == 200, (day, zone)
