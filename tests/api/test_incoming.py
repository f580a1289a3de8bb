"""What comes in is read in one meaning only, typed and limited, or refused with a code."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import not_found
from backend.usecases.work import Answer
from tests.api.edge import CALLER, ID, KEY, Edge

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
PULL = "/v1/leases/pull"
SUBMIT = f"/v1/leases/{ID}/submit"
KEYED = {"idempotency-key": "k-1"}
PLAN = f"/v1/projects/{ID}/plan"


# --- bodies


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "body_not_json"),
        (b'{"answer": NaN}', "body_not_finite"),
        (b'{"answer": 1e999}', "body_not_finite"),
        (b'{"answer": "\\u0000"}', "body_nul"),
        (b'{"answer": "\\ud800"}', "body_surrogate"),
        (b'{"answer": 1, "answer": 2}', "body_duplicate_key"),
        (b'{"answer": ' + b"[" * 100 + b"]" * 100 + b"}", "body_too_deep"),
        ('{"answer": "é"}'.encode("utf-16"), "body_not_utf8"),
    ],
)
async def test_a_body_that_has_no_one_meaning_is_400_and_leaves_an_entry(
    edge: Edge, body: bytes, code: str
) -> None:
    problem = await edge.refused(await edge.post(SUBMIT, body), 400, code)
    assert problem["action"] == "fix and resend"
    ((_, caller, refusal),) = edge.perform.noted
    assert (caller, refusal.code) == (CALLER, code)


async def test_a_body_that_does_not_fit_lists_each_place_without_repeating_the_values(edge: Edge) -> None:
    body = {"name": "", "email": "secret-value", "roles": ["expert", "king"], "rolls": 1}
    response = await edge.post("/v1/annotators", body, more=KEYED)
    problem = await edge.refused(response, 422, "body_invalid")
    assert {one["where"] for one in problem["problems"]} == {"/name", "/email", "/roles/1", "/rolls"}
    assert "secret-value" not in response.text
    assert "king" not in response.text


async def test_no_more_than_twenty_places_are_listed(edge: Edge) -> None:
    good, bad = [{"external_key": key, "payload": 1, "truth": 1} for key in ("a", "")]
    body = {"gold": [good] + [bad] * 500}
    response = await edge.post(f"/v1/projects/{ID}/gold", body, more=KEYED)
    problem = await edge.refused(response, 422, "body_invalid")
    assert len(problem["problems"]) == 20
    assert problem["found"].startswith("500 problem(s)")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PULL, {"max": "2"}),
        (PULL, {"max": True}),
        (PULL, {"max": 0}),
        (PULL, {"max": 21}),
        (PULL, {"project": "x"}),
        (PULL, []),
        (PULL, "x"),
        (SUBMIT, {}),
        (SUBMIT, {"answer": 1, "client_seconds": -1}),
        ("/v1/annotators", {"name": " ", "email": "a@b"}),
        ("/v1/annotators", {"name": "x" * 201, "email": "a@b"}),
        ("/v1/annotators", {"name": "x", "email": "a b@c"}),
        ("/v1/agreements", {"title": "t", "text": "x" * 200_001}),
        ("/v1/courses", {"title": "t", "content": 1, "pass_mark": 1.1}),
        ("/v1/courses", {"title": "t", "content": 1, "pass_mark": "0.5"}),
        ("/v1/projects", {"name": "p", "skill": "s", "plan": {"overlap": 51}}),
        ("/v1/projects", {"name": "p", "skill": "s", "plan": {"other": 1}}),
        (f"/v1/projects/{ID}/items", {"items": []}),
        (f"/v1/projects/{ID}/gold", {"gold": [{"external_key": "x" * 501, "payload": 1, "truth": 1}]}),
        (f"/v1/projects/{ID}/items", {"items": [{"external_key": "x", "payload": 1}] * 1_001}),
        (f"/v1/leases/{ID}/skip", {"reason": "x" * 501}),
        (f"/v1/reviews/{ID}/submit", {"verdict": "maybe"}),
        ("/v1/keys", {"kind": "annotator", "roles": ["manager"]}),
        ("/v1/keys", {"kind": "user", "roles": ["manager"], "days": 366}),
    ],
)
async def test_everything_has_a_type_and_a_limit(edge: Edge, path: str, body: Any) -> None:
    await edge.refused(await edge.post(path, body, more=KEYED), 422, "body_invalid")
    assert edge.perform.asked == []


async def test_a_body_beyond_the_limit_is_413_and_ends_the_connection(edge: Edge) -> None:
    response = await edge.post(SUBMIT, b'{"answer": "' + b"x" * 1_048_576 + b'"}')
    await edge.refused(response, 413, "body_too_large")
    assert response.headers["connection"] == "close"


async def test_a_body_that_grows_beyond_the_limit_unannounced_is_413(edge: Edge) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 65_536

    response = await edge.send("POST", SUBMIT, content=chunks(), more={"content-type": "application/json"})
    await edge.refused(response, 413, "body_too_large")


async def test_an_import_may_be_larger_than_an_answer(edge: Edge) -> None:
    items = [{"external_key": f"{n}", "payload": "x" * 4_000} for n in range(500)]
    response = await edge.post(f"/v1/projects/{ID}/items", {"items": items}, more=KEYED)
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_is_not_declared_as_json_is_415(edge: Edge, kind: str) -> None:
    response = await edge.post(SUBMIT, {"answer": 1}, more={"content-type": kind})
    await edge.refused(response, 415, "body_wrong_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'application/JSON;charset="UTF-8"'])
async def test_utf8_may_be_declared(edge: Edge, kind: str) -> None:
    response = await edge.post(SUBMIT, {"answer": 1}, more={"content-type": kind})
    assert response.status_code == 200


async def test_a_read_takes_no_body(edge: Edge) -> None:
    response = await edge.send("GET", f"/v1/tasks/{ID}", content=b"{}")
    await edge.refused(response, 400, "body_unexpected")


async def test_a_client_that_hangs_up_is_not_answered_and_nothing_is_done(edge: Edge) -> None:
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": SUBMIT,
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(b"authorization", f"Bearer {KEY}".encode())],
    }
    await edge.app(scope, receive, send)
    assert (sent, edge.perform.asked) == ([], [])


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside the repository")
async def test_no_published_json_vector_breaks_the_edge(edge: Edge) -> None:
    for file in sorted((VECTORS / "json_parsing").glob("*.json")):
        response = await edge.post(SUBMIT, file.read_bytes())
        assert response.status_code in (200, 400, 422), file.name
        assert file.name.startswith(("y_", "i_")) or response.status_code != 200, file.name


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside the repository")
async def test_naughty_strings_arrive_unchanged_or_are_refused(edge: Edge) -> None:
    for text in json.loads((VECTORS / "blns.json").read_text()):
        edge.perform.asked.clear()
        response = await edge.post(
            f"/v1/agreements/{ID}/sign", {"version": 1, "sha256": "0" * 64, "typed_name": text}
        )
        if response.status_code == 200:
            assert edge.perform.arguments["typed_name"] == text
        else:
            assert response.status_code in (400, 422), text


# --- paths and queries


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tasks/nonsense",
        f"/v1/tasks/{{{ID}}}",
        f"/v1/tasks/{ID.replace('-', '')}",
        f"/v1/tasks/{ID}%00",
        f"/v1/tasks/urn:uuid:{ID}",
    ],
)
async def test_a_malformed_id_is_not_found_like_a_foreign_one(edge: Edge, path: str) -> None:
    malformed = await edge.refused(await edge.send("GET", path), 404, "not_found")
    edge.perform.raises = not_found("a task")
    foreign = await edge.refused(await edge.send("GET", f"/v1/tasks/{ID}"), 404, "not_found")
    del malformed["request_id"], foreign["request_id"]
    assert malformed == foreign


@pytest.mark.parametrize("version", ["0", "x", "1.0", "99999999999", "2147483648"])
async def test_a_malformed_version_is_not_found(edge: Edge, version: str) -> None:
    response = await edge.post(f"/v1/projects/{ID}/guidelines/{version}/acknowledge")
    await edge.refused(response, 404, "not_found")


async def test_a_key_id_is_twelve_base62_characters(edge: Edge) -> None:
    body = {"reason": "lost"}
    await edge.refused(await edge.post("/v1/keys/short/revoke", body), 404, "not_found")
    assert (await edge.post("/v1/keys/0123456789aZ/revoke", body)).status_code == 200
    assert edge.perform.arguments == {"key": "0123456789aZ", "reason": "lost"}


async def test_a_query_is_typed_and_limited(edge: Edge) -> None:
    await edge.send("GET", f"/v1/access?actor={ID}&action=lease_pull&limit=7")
    assert edge.perform.arguments == {
        "actor": UUID(ID),
        "action": "lease_pull",
        "about": None,
        "cursor": None,
        "limit": 7,
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "query_invalid"),
        ("limit=201", 422, "query_invalid"),
        ("limit=1&limit=2", 422, "query_invalid"),
        ("page=1", 422, "query_invalid"),
        ("status=king", 422, "query_invalid"),
        ("cursor=", 422, "query_invalid"),
        ("cursor=nonsense!", 422, "cursor_invalid"),
        ("cursor=bm9uc2Vuc2U", 422, "cursor_invalid"),
        ("status=%ff", 400, "query_malformed"),
        ("status=a%00", 400, "query_malformed"),
        ("&".join(f"a{n}=1" for n in range(30)), 400, "query_malformed"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused(edge: Edge, query: str, status: int, code: str) -> None:
    await edge.refused(await edge.send("GET", f"/v1/annotators?{query}"), status, code)


async def test_an_operation_without_parameters_takes_no_query(edge: Edge) -> None:
    await edge.refused(await edge.send("GET", f"/v1/tasks/{ID}?a=1"), 422, "query_invalid")


async def test_a_cursor_is_opaque_and_comes_back_as_the_key_it_was(edge: Edge) -> None:
    edge.perform.answer = Answer({"data": [], "next_cursor": ID})
    cursor = (await edge.send("GET", "/v1/annotators")).json()["next_cursor"]
    assert ID not in cursor
    await edge.send("GET", f"/v1/annotators?cursor={cursor}")
    assert edge.perform.asked[1][2]["cursor"] == ID


async def test_the_last_page_has_no_cursor(edge: Edge) -> None:
    edge.perform.answer = Answer({"data": [], "next_cursor": None})
    assert (await edge.send("GET", "/v1/projects")).json() == {"data": [], "next_cursor": None}


# --- headers that carry meaning


async def test_where_a_repeat_would_do_harm_the_key_is_required(edge: Edge) -> None:
    problem = await edge.refused(await edge.post(PULL, {}), 400, "idempotency_key_required")
    assert problem["action"] == "fix and resend"


async def test_where_a_repeat_does_no_harm_the_key_may_be_sent(edge: Edge) -> None:
    await edge.post(f"/v1/leases/{ID}/heartbeat", {}, more=KEYED)
    await edge.post(f"/v1/leases/{ID}/heartbeat", {})
    assert [meta.idempotency_key for _, meta, _ in edge.perform.asked] == ["k-1", None]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
async def test_a_key_of_other_characters_is_refused(edge: Edge, key: str) -> None:
    response = await edge.post(PULL, {}, more={"idempotency-key": key.encode()})
    await edge.refused(response, 400, "idempotency_key_malformed")


async def test_another_body_path_or_query_has_another_fingerprint(edge: Edge) -> None:
    other = ID.replace("1", "2")
    await edge.post(SUBMIT, {"answer": 1})
    await edge.post(SUBMIT, {"answer": 2})
    await edge.post(f"/v1/leases/{other}/submit", {"answer": 1})
    await edge.post(SUBMIT, {"answer": 1})
    first, second, third, again = (meta.fingerprint for _, meta, _ in edge.perform.asked)
    assert len({first, second, third}) == 3
    assert first == again


async def test_if_match_carries_the_version_that_was_read(edge: Edge) -> None:
    how = {"content": b'{"overlap": 3}', "more": {"content-type": "application/json", "if-match": '"3"'}}
    assert (await edge.send("PUT", PLAN, **how)).status_code == 200
    assert edge.perform.arguments == {"project": UUID(ID), "plan": {"overlap": 3}, "expected_version": 3}


async def test_without_if_match_a_plan_is_not_changed(edge: Edge) -> None:
    response = await edge.send("PUT", PLAN, content=b"{}", more={"content-type": "application/json"})
    await edge.refused(response, 428, "precondition_required")


@pytest.mark.parametrize("etag", ['W/"3"', "3", "*", '"3", "4"', '"x"', '"0"'])
async def test_if_match_takes_one_strong_etag(edge: Edge, etag: str) -> None:
    response = await edge.send("PUT", PLAN, more={"if-match": etag})
    await edge.refused(response, 400, "precondition_malformed")
