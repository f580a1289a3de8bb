"""What the edge makes of a request before any rule is asked, and of an answer after."""

import hashlib
from uuid import UUID

import pytest

from backend.api.reports import ROUTES as REPORTS
from backend.api.routes import ROUTES
from backend.domain.errors import Refusal
from backend.usecases.work import Answer
from tests.api.edge import ID, KEY, Edge

PULL = "/v1/leases/pull"
SUBMIT = f"/v1/leases/{ID}/submit"
KEYED = {"idempotency-key": "k-1"}
PLAN = f"/v1/projects/{ID}/plan"


async def test_a_submit_reaches_its_use_case_with_typed_arguments(edge: Edge) -> None:
    edge.perform.answer = Answer({"lease": UUID(ID), "status": "submitted", "reclaimed": False})
    response = await edge.post(SUBMIT, {"answer": {"box": [1, 2.5, None]}, "client_seconds": 3})
    assert response.status_code == 200
    assert response.json() == {"lease": ID, "status": "submitted", "reclaimed": False}
    assert edge.perform.arguments == {
        "lease": UUID(ID),
        "answer": {"box": [1, 2.5, None]},
        "client_seconds": 3,
        "unsure": False,
        "explanation": None,
    }
    assert edge.perform.asked[0][0] == "lease_submit"


async def test_what_is_left_out_has_its_default(edge: Edge) -> None:
    await edge.post(PULL, {}, more=KEYED)
    assert edge.perform.arguments == {"project": None, "max": 1}


async def test_lists_arrive_as_tuples_and_objects_inside_as_plain_dicts(edge: Edge) -> None:
    items = [{"external_key": "a", "payload": 1}]
    await edge.post(f"/v1/projects/{ID}/items", {"items": items}, more=KEYED)
    assert edge.perform.arguments["items"] == tuple(items)


async def test_a_request_without_a_body_is_one_with_an_empty_object(edge: Edge) -> None:
    response = await edge.send("POST", f"/v1/leases/{ID}/heartbeat")
    assert response.status_code == 200
    assert edge.perform.arguments == {"lease": UUID(ID)}


async def test_a_created_answer_is_201_and_an_etag_is_quoted(edge: Edge) -> None:
    edge.perform.answer = Answer({"id": ID}, "created", etag="1")
    response = await edge.post("/v1/projects", {"name": "p", "skill": "s"}, more=KEYED)
    assert (response.status_code, response.headers["etag"]) == (201, '"1"')


async def test_meta_names_request_operation_peer_and_key(edge: Edge) -> None:
    response = await edge.post(PULL, {"max": 2}, more=KEYED | {"x-forwarded-for": "6.6.6.6"})
    meta = edge.perform.meta
    assert str(meta.request) == response.headers["x-request-id"]
    assert (meta.operation, meta.source, meta.idempotency_key) == ("lease_pull", "127.0.0.1", "k-1")
    assert meta.fingerprint == hashlib.sha256(b'POST\0/v1/leases/pull\0\0{"max": 2}').digest()


async def test_the_request_id_is_ours_whatever_the_client_sends(edge: Edge) -> None:
    response = await edge.post(SUBMIT, {"answer": 1}, more={"x-request-id": ID})
    assert response.headers["x-request-id"] != ID
    assert UUID(response.headers["x-request-id"]).version == 7


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"/v1/tasks/{ID}"), ("GET", "/livez"), ("GET", "/nowhere"), ("PUT", PULL)]
)
async def test_every_response_forbids_caching_framing_and_guessing(
    edge: Edge, method: str, path: str
) -> None:
    headers = (await edge.send(method, path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert UUID(headers["x-request-id"]).version == 7


# --- who


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unauthenticated"),
        ({"authorization": "Basic abc"}, "unauthenticated"),
        ({"authorization": "Bearer"}, "unauthenticated"),
        ({"authorization": "Bearer nonsense"}, "key_malformed"),
    ],
)
async def test_nobody_is_401_and_leaves_an_entry(edge: Edge, headers: dict[str, str], code: str) -> None:
    response = await edge.post(SUBMIT, {"answer": 1}, headers=headers)
    await edge.refused(response, 401, code)
    assert response.headers["www-authenticate"] == 'Bearer realm="muster"'
    ((meta, caller, refusal),) = edge.perform.noted
    assert (meta.operation, caller, refusal.code) == ("lease_submit", None, code)
    assert edge.perform.asked == []


async def test_nobody_learns_what_a_body_should_be(edge: Edge) -> None:
    response = await edge.post(SUBMIT, b"{not json", headers={})
    await edge.refused(response, 401, "unauthenticated")


async def test_the_scheme_is_read_in_any_case(edge: Edge) -> None:
    response = await edge.post(SUBMIT, {"answer": 1}, headers={"authorization": f"bearer {KEY}"})
    assert response.status_code == 200


async def test_a_claim_is_authenticated_by_its_token_alone(edge: Edge) -> None:
    response = await edge.post("/v1/annotators/claim", {"claim_token": "mstr_claim_x"}, headers={})
    assert response.status_code == 200
    assert edge.perform.shown == [("mstr_claim_x", "claim")]
    assert edge.perform.arguments == {}


async def test_a_header_sent_twice_is_refused(edge: Edge) -> None:
    twice = [("authorization", f"Bearer {KEY}"), ("authorization", "Bearer other")]
    response = await edge.client.request("POST", SUBMIT, headers=twice)
    await edge.refused(response, 400, "header_malformed")


# --- what goes wrong


async def test_a_refusal_of_a_use_case_is_told_with_its_extras(edge: Edge) -> None:
    edge.perform.raises = Refusal(
        "conflict",
        "lease_lost",
        expected="a lease that you still hold",
        found="a lease that was abandoned",
        mend="pull again",
        extra={"late_answer": ID, "status": "never this", "code": "nor this"},
    )
    problem = await edge.refused(await edge.post(SUBMIT, {"answer": 1}), 409, "lease_lost")
    assert (problem["action"], problem["late_answer"]) == ("pull again", ID)
    assert edge.perform.noted == [], "Perform wrote the entry itself"


async def test_an_error_that_nobody_foresaw_is_500_and_says_nothing_of_itself(
    edge: Edge, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    edge.perform.raises = RuntimeError("SELECT secret FROM person")
    response = await edge.post(SUBMIT, {"answer": "canary"})
    problem = await edge.refused(response, 500, "internal_error")
    assert "secret" not in response.text
    logged = caplog.text + "".join(capsys.readouterr())
    assert problem["request_id"] in logged
    assert "RuntimeError" in logged
    assert "secret" not in logged
    assert "canary" not in logged
    assert [refusal.code for _, _, refusal in edge.perform.noted] == ["internal_error"]


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError()])
async def test_a_database_that_is_away_is_503_with_a_time_to_wait(edge: Edge, error: Exception) -> None:
    edge.perform.raises = error
    response = await edge.post(SUBMIT, {"answer": 1})
    assert (await edge.refused(response, 503, "database_unavailable"))["action"] == "retry"
    assert response.headers["retry-after"] == "1"


async def test_an_entry_that_cannot_be_written_changes_no_refusal(edge: Edge) -> None:
    edge.perform.note_raises = ConnectionResetError()
    await edge.refused(await edge.post(SUBMIT, b"{"), 400, "body_not_json")


async def test_an_unknown_path_is_a_problem_and_leaves_an_entry(edge: Edge) -> None:
    paths = ("/", "/v1", "/v1/leases/pull/", "/docs", "/openapi.json", "/v1/nowhere")
    for path in paths:
        await edge.refused(await edge.send("GET", path), 404, "no_such_path")
    assert [meta.operation for meta, _, _ in edge.perform.noted] == ["unserved"] * len(paths)


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/annotators", "GET, POST"), (PULL, "POST"), (PLAN, "PUT"), ("/livez", "GET")]
)
async def test_a_wrong_method_is_405_and_says_which_are_right(edge: Edge, path: str, allowed: str) -> None:
    for method in ("DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"):
        response = await edge.send(method, path)
        await edge.refused(response, 405, "method_not_allowed")
        assert response.headers["allow"] == allowed
    assert len(edge.perform.noted) == (0 if path == "/livez" else 5)


async def test_every_operation_asks_who_before_anything_else(edge: Edge) -> None:
    for route in ROUTES:
        if route.auth == "key":
            path = route.path.format(**dict.fromkeys(route.path_names, ID))
            await edge.refused(await edge.send(route.method, path, headers={}), 401, "unauthenticated")
    assert edge.perform.asked == []


async def test_shown_routes_are_reached_by_their_own_path(edge: Edge) -> None:
    for route in REPORTS:
        edge.perform.asked.clear()
        response = await edge.send("GET", route.path.format(project=ID))
        assert (response.status_code, edge.perform.asked[0][0]) == (200, route.operation_id)
