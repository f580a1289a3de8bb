"""The client repeats, under the same key, what may be repeated, and says clearly what may not."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend.reenact import client as client_file
from backend.reenact import connection as connections
from backend.reenact.client import Caller, Tally, Wire
from backend.reenact.connection import Connection
from backend.reenact.problems import ApiProblem, Unreachable, UsageProblem

HERE = Connection(url="https://server.test", ca_file=Path("none"), admin_key="mstr_live_x")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_file, "BACKOFF_SECONDS", (0.0, 0.0))


class Script(httpx2.AsyncBaseTransport):
    """Answers in the order given, and remembers what was asked."""

    def __init__(self, answers: list[httpx2.Response | Exception]) -> None:
        self.answers: Iterator[httpx2.Response | Exception] = iter(answers)
        self.asked: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, code: str, **more: Any) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, **more})


def post(script: Script, expect: tuple[str, ...] = (), patience_seconds: float = 5.0) -> tuple[Any, Tally]:
    """One POST through the script; its outcome, or what was raised, and the tally."""

    async def once() -> tuple[Any, Tally]:
        async with Wire(HERE, transport=script, patience_seconds=patience_seconds) as wire:
            try:
                return await Caller(wire, "k").post("/v1/x", {"a": 1}, "key-1", expect), wire.tally
            except (ApiProblem, Unreachable) as raised:
                return raised, wire.tally

    return asyncio.run(once())


def test_a_request_is_repeated_under_the_same_key_until_it_is_answered() -> None:
    script = Script(
        [
            httpx2.ConnectError("down"),
            httpx2.ReadTimeout("slow"),
            problem(503, "unavailable"),
            httpx2.Response(429, headers={"Retry-After": "0"}),
            httpx2.Response(500, text="Internal Server Error"),
            httpx2.RemoteProtocolError("killed"),
            httpx2.Response(201, json={"id": "1"}),
        ]
    )
    outcome, tally = post(script)
    assert outcome == {"id": "1"}
    assert (tally.requests, tally.retries, tally.http_errors) == (7, 6, 0)
    assert {one.headers["Idempotency-Key"] for one in script.asked} == {"key-1"}
    assert {one.headers["Authorization"] for one in script.asked} == {"Bearer k"}
    assert [json.loads(one.content) for one in script.asked] == [{"a": 1}] * 7


def test_a_refusal_is_not_repeated_and_counts_as_an_error() -> None:
    raised, tally = post(Script([problem(422, "body_invalid", expected="x", found="y", mend="z")]))
    assert isinstance(raised, ApiProblem)
    assert (raised.status, raised.code, raised.body["mend"]) == (422, "body_invalid", "z")
    assert str(raised) == "POST /v1/x: 422 body_invalid: x; y; z"
    assert (tally.requests, tally.http_errors) == (1, 1)


def test_a_refusal_that_was_expected_is_no_error() -> None:
    raised, tally = post(Script([problem(409, "lease_lost", late_answer="7")]), expect=("lease_lost",))
    assert isinstance(raised, ApiProblem)
    assert raised.body["late_answer"] == "7"
    assert tally.http_errors == 0


def test_a_refusal_that_says_retry_is_repeated() -> None:
    outcome, tally = post(Script([problem(409, "busy", action="retry"), httpx2.Response(200, json=[])]))
    assert outcome == []
    assert (tally.retries, tally.http_errors) == (1, 0)


def test_a_server_that_stays_away_is_given_up() -> None:
    raised, tally = post(Script([httpx2.ConnectError("down")]), patience_seconds=-1.0)
    assert isinstance(raised, Unreachable)
    assert tally.http_errors == 1


def test_lists_are_read_page_by_page() -> None:
    script = Script(
        [
            httpx2.Response(200, json={"data": [1, 2], "next_cursor": "a+b"}),
            httpx2.Response(200, json={"data": [3], "next_cursor": None}),
        ]
    )

    async def all_of_it() -> list[Any]:
        async with Wire(HERE, transport=script) as wire:
            return [one async for one in Caller(wire, "k").pages("/v1/list?status=active")]

    assert asyncio.run(all_of_it()) == [1, 2, 3]
    assert script.asked[1].url.params["cursor"] == "a+b"
    assert script.asked[1].url.params["status"] == "active"


def test_a_ca_file_that_cannot_be_read_is_a_usage_problem(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(UsageProblem, match="no CA file that can be read"):
        Wire(Connection(url="https://x", ca_file=file, admin_key="k"))


def test_a_connection_file_is_read_with_the_ca_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"url": "https://h:1/", "ca_file": "ca.pem", "admin_key": "k", "more": 1}))
    found = connections.read(file)
    assert (found.url, found.ca_file) == ("https://h:1", tmp_path / "ca.pem")
    assert "admin_key" not in repr(found)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"url": "https://h", "ca_file": "x"}'])
def test_a_connection_file_that_cannot_be_used_says_what_to_do(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "connection.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageProblem, match=r"connection\.json"):
        connections.read(file)


def test_without_a_data_folder_the_connection_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUSTER_DATA", raising=False)
    with pytest.raises(UsageProblem, match="--connection FILE"):
        connections.default_file()
