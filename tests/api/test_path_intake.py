"""Items over HTTP: one by one, by the batch and by the stream; cut in the middle, taken up again, and bad in every way
that a line can be."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from backend.api.app import create_app
from backend.api.probes import Readiness
from tests.api.people import project
from tests.api.speaker import Speaker
from tests.support.world import World

NDJSON, CSV = "application/x-ndjson", "text/csv"
NOBODY = str(UUID(int=1))
MIB = 1_048_576


def line(n: int, **more: Any) -> bytes:
    return json.dumps({"external_key": f"k{n}", "payload": {"n": n}} | more).encode()


def lines(first: int, last: int) -> bytes:
    return b"".join(line(n) + b"\n" for n in range(first, last + 1))


async def begin(admin: Speaker, at: dict[str, str], form: str = "ndjson", **said: Any) -> str:
    """A new import of the project."""
    return str((await admin.do("intake_begin", {"form": form} | said, **at))["id"])


async def stream(
    admin: Speaker, intake: str, body: bytes | AsyncIterator[bytes], media: str | None = NDJSON, **query: Any
) -> httpx2.Response:
    """Send a body to an import."""
    headers = {"authorization": f"Bearer {admin.key}"} | ({"content-type": media} if media else {})
    return await admin.client.request(
        "PUT", f"/v1/intakes/{intake}/stream", content=body, headers=headers, params=query
    )


async def streamed(
    admin: Speaker, intake: str, body: Any, media: str = NDJSON, **query: Any
) -> dict[str, Any]:
    """How far the import has come after this body."""
    response = await stream(admin, intake, body, media, **query)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def cut(world: World, admin: Speaker, intake: str, pieces: Iterable[bytes], **query: Any) -> list[Any]:
    """The application's answer to a body whose sender is gone after these pieces."""

    async def ready() -> Readiness:
        return Readiness(True, {"database": "ok"})

    left = list(pieces)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "https",
        "path": f"/v1/intakes/{intake}/stream",
        "raw_path": b"",
        "root_path": "",
        "query_string": httpx2.QueryParams(query).__str__().encode(),
        "headers": [(b"authorization", f"Bearer {admin.key}".encode()), (b"content-type", NDJSON.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("muster.test", 443),
    }
    await create_app(world.perform, ready, "test")(scope, receive, send)
    return sent


async def bad_lines(admin: Speaker, intake: str) -> dict[int, str]:
    """Line -> code of every refused line."""
    query = {"status": "refused", "limit": 200}
    page = await admin.do("intake_results", query=query, intake=intake)
    return {one["line"]: one["problem"]["code"] for one in page["data"]}


async def test_one_item_is_created_marked_listed_and_read(admin: Speaker) -> None:
    at = await project(admin, "old")
    said = {"external_key": "a", "payload": {"n": 1}, "tags": ["night"], "priority": 1, "group": "film"}
    made = await admin.do("item_create", said, **at)
    assert await admin.do("item_create", said, **at) == made
    problem = await admin.refused(409, "item_exists", "item_create", said | {"priority": 2}, **at)
    assert problem["item"] == made["item"]
    marked = await admin.do("item_mark", {"edge_case": True}, item=made["item"])
    assert (marked["tags"], marked["edge_case"]) == (["night"], True)
    page = await admin.do("item_list", query={"tag": "night", "edge_case": True, "state": "open"}, **at)
    assert [one["external_key"] for one in page["data"]] == ["a"]
    shown = await admin.do("item_get", item=made["item"])
    assert (shown["payload"], shown["group"], shown["state"]) == ({"n": 1}, made["group"], "open")
    assert (await admin.do("item_schema", **at))["item"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"needs": {"all": [{"skill": NOBODY}]}}, "skill_unknown"),
        ({"needs": {"any": [[{"team": NOBODY}, {"vendor": NOBODY}]]}}, "vendor_unknown"),
        ({"needs": {"all": [{"check": "Bad!"}]}}, "condition_invalid"),
        ({"needs": {"all": [{"check": "x"}], "none": [{"check": "x"}]}}, "conditions_contradict"),
        ({"payload_uri": "https://example.org/1"}, "payload_unclear"),
        ({"payload_uri": "javascript:alert(1)", "payload": ...}, "payload_uri_invalid"),
        ({"tags": [f"t{n}" for n in range(33)]}, "body_invalid"),
        ({"priority": 4}, "body_invalid"),
        ({"deadline": "tomorrow"}, "body_invalid"),
        ({"colour": "red"}, "body_invalid"),
    ],
)
async def test_a_bad_item_is_refused_and_nothing_is_changed(
    world: World, admin: Speaker, more: dict[str, Any], code: str
) -> None:
    at = await project(admin, "old")
    (before,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    said = {"external_key": "a", "payload": 1} | more
    said = {name: value for name, value in said.items() if value is not ...}
    await admin.refused(422, code, "item_create", said, **at)
    assert await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1") == [before]


async def test_a_batch_says_of_each_item_what_became_of_it(admin: Speaker) -> None:
    at = await project(admin, "old")
    items = [{"external_key": "a", "payload": 1}, {"external_key": "b", "payload": 1, "tags": 7}, {"x": 1}]
    told = await admin.do("item_import", {"items": items}, **at)
    assert [one["status"] for one in told["results"]] == ["created", "refused", "refused"]
    assert [one["problem"]["code"] for one in told["results"][1:]] == ["tags_invalid", "item_invalid"]


async def test_a_stream_is_taken_and_every_line_accounted_for(world: World, admin: Speaker) -> None:
    at = await project(admin, "k1")
    intake = await begin(admin, at)
    assert (await admin.do("intake_get", intake=intake))["next_line"] == 1

    async def body() -> AsyncIterator[bytes]:
        raw = lines(1, 2_300)
        for at_byte in range(0, len(raw), 7_919):
            yield raw[at_byte : at_byte + 7_919]

    done = await streamed(admin, intake, body())
    assert (done["lines"], done["created"], done["known"], done["finished"]) == (2_300, 2_299, 1, True)
    entries = [one for one in await world.entries() if one["action"] == "intake_stream"]
    assert len(entries) == 4 and len({one["request"] for one in entries}) == 1, (
        "one when it opens, one per chunk"
    )
    (slots,) = await world.rows("SELECT count(*) AS n FROM open_slot WHERE tenant = $1")
    assert slots["n"] == 2_300
    page = await admin.do("intake_results", query={"limit": 2}, intake=intake)
    assert [one["status"] for one in page["data"]] == ["exists", "created"]
    query = {"limit": 2, "cursor": page["next_cursor"]}
    assert [
        one["line"] for one in (await admin.do("intake_results", query=query, intake=intake))["data"]
    ] == [3, 4]
    assert await admin.do("intake_stream", intake=intake) == done, "the end again is the same end"


async def test_a_stream_that_is_cut_goes_on_at_the_line_it_names(world: World, admin: Speaker) -> None:
    at = await project(admin)
    intake = await begin(admin, at)
    raw = lines(1, 1_500)
    cut_at = raw.index(line(1_400)) + 5
    assert await cut(world, admin, intake, [raw[:40_000], raw[40_000:cut_at]]) == []
    shown = await admin.do("intake_get", intake=intake)
    assert (shown["next_line"], shown["finished"]) == (1_400, False), (
        "whole lines are taken, half a line is not"
    )
    problem = (await stream(admin, intake, lines(1_402, 1_500), from_line=1_402)).json()
    assert (problem["code"], problem["next_line"]) == ("intake_gap", 1_400)
    done = await streamed(admin, intake, lines(1_400, 1_500), from_line=1_400)
    assert (done["created"], done["known"], done["finished"]) == (1_500, 0, True)
    late = (await stream(admin, intake, line(1_501), from_line=1_501)).json()
    assert late["code"] == "intake_finished"


async def test_a_stream_that_is_cut_may_be_sent_again_from_its_beginning(
    world: World, admin: Speaker
) -> None:
    at = await project(admin)
    intake = await begin(admin, at)
    await cut(world, admin, intake, [lines(1, 10) + line(11)[:8]])
    first = await streamed(admin, intake, lines(1, 20), more=True)
    assert (first["created"], first["known"], first["next_line"], first["finished"]) == (20, 0, 21, False)
    done = await streamed(admin, intake, lines(21, 30), from_line=21)
    assert (done["created"], done["lines"]) == (30, 30)


async def test_a_line_that_is_not_understood_is_one_refused_line(admin: Speaker) -> None:
    at = await project(admin)
    intake = await begin(admin, at)
    body = b"\n".join(
        [
            line(1),
            b"{",
            b'{"external_key": "\xff", "payload": 1}',
            b'{"external_key": "big", "payload": "' + b"x" * 5 * MIB + b'"}',
            b'{"external_key": "a", "external_key": "b", "payload": 1}',
            b'{"external_key": "a", "payload": "\\u0000"}',
            b'{"external_key": "a", "payload": ' + b"[" * 100 + b"]" * 100 + b"}",
            b"[]",
            b"",
            line(10, needs={"all": [{"skill": NOBODY}]}),
            line(11, tags=[f"t{n}" for n in range(33)]),
            line(12, colour="red"),
            line(13) + b"\r",
            line(14),
        ]
    )
    done = await streamed(admin, intake, body)
    assert (done["lines"], done["created"], done["refused"]) == (14, 3, 10)
    assert await bad_lines(admin, intake) == {
        2: "line_not_json",
        3: "line_not_utf8",
        4: "line_too_long",
        5: "line_malformed",
        6: "line_malformed",
        7: "line_malformed",
        8: "item_invalid",
        10: "skill_unknown",
        11: "tags_invalid",
        12: "item_invalid",
    }


TABLE = """id,url,tags,priority,note
a,https://example.org/1.png,night scene:rain,1,x
b,"s3://bucket/with,comma",,,"two
lines"
c,https://example.org/3.png,Bad Tag,,
d,https://example.org/4.png,,9,
e,only two
"f,unclosed
"""


async def test_a_table_is_taken_by_its_columns(admin: Speaker) -> None:
    at = await project(admin)
    columns = {"id": "external_key", "url": "payload_uri", "note": ""}
    intake = await begin(admin, at, "csv", columns=columns)
    done = await streamed(admin, intake, b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode(), CSV)
    assert (done["lines"], done["created"], done["refused"]) == (7, 2, 4)
    assert await bad_lines(admin, intake) == {
        4: "tags_invalid",
        5: "priority_invalid",
        6: "line_malformed",
        7: "line_malformed",
    }
    page = await admin.do("item_list", query={"tag": "scene:rain"}, **at)
    (shown,) = page["data"]
    assert (shown["external_key"], shown["priority"]) == ("a", 1)
    whole = await admin.do("item_get", item=shown["id"])
    assert whole["payload"] == {"uri": "https://example.org/1.png"}


async def test_a_table_goes_on_without_its_first_row_and_again_only_with_the_same(admin: Speaker) -> None:
    at = await project(admin)
    intake = await begin(admin, at, "csv", delimiter=";")
    first = await streamed(admin, intake, b'external_key;payload.x;payload.y\na;1;"2;"\n', CSV, more=True)
    assert first["next_line"] == 3
    assert (await streamed(admin, intake, b"b;3;4", CSV, from_line=3, more=True))["created"] == 2
    other = await stream(admin, intake, b"external_key;payload.y;payload.x\na;1;2\n", CSV)
    assert (other.status_code, other.json()["code"]) == (422, "intake_header_wrong")
    done = await streamed(admin, intake, b'external_key;payload.x;payload.y\na;1;"2;"\nb;3;4\nc;;', CSV)
    assert (done["lines"], done["created"], done["refused"]) == (4, 2, 1)
    (one,) = (await admin.do("item_list", query={"limit": 1}, **at))["data"]
    assert (await admin.do("item_get", item=one["id"]))["payload"] == {"x": "1", "y": "2;"}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (b"external_key,colour", "colour"),
        (b"payload", "external_key"),
        (b"a,a", None),
        (b'"x', None),
        (b"\xff", None),
    ],
)
async def test_an_unknown_column_refuses_the_table_before_any_row(
    world: World, admin: Speaker, header: bytes, column: str | None
) -> None:
    at = await project(admin)
    intake = await begin(admin, at, "csv")
    response = await stream(admin, intake, header + b"\na,b\n", CSV)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "intake_header_wrong"), problem
    assert column is None or problem["column"] == column
    assert (await admin.do("intake_get", intake=intake))["next_line"] == 1
    assert await world.facts("item.imported") == []


async def test_a_stream_is_refused_where_any_request_would_be(world: World, admin: Speaker) -> None:
    at = await project(admin)
    intake = await begin(admin, at)
    nobody = Speaker(admin.client, "mstr_live_nobody")
    assert (await stream(nobody, intake, line(1))).status_code == 401
    reader = await admin.do("key_create", {"kind": "service", "roles": ["auditor"], "days": 1})
    assert (await stream(Speaker(admin.client, reader["key"]), intake, line(1))).status_code == 403
    assert (await stream(admin, NOBODY, line(1))).status_code == 404
    assert (await stream(admin, "nonsense", line(1))).status_code == 404
    assert (await stream(admin, intake, line(1), CSV)).json()["code"] == "body_wrong_type"
    assert (await stream(admin, intake, line(1), from_line=0)).json()["code"] == "query_invalid"
    assert (await stream(admin, intake, line(1), colour=1)).json()["code"] == "query_invalid"
    headers = {"authorization": f"Bearer {admin.key}", "content-encoding": "gzip"}
    zipped = await admin.client.put(f"/v1/intakes/{intake}/stream", content=b"x", headers=headers)
    assert (zipped.status_code, zipped.json()["code"]) == (415, "body_wrong_type")
    await admin.refused(422, "body_invalid", "intake_begin", {"form": "xml"}, **at)
    await admin.refused(
        422, "intake_options_invalid", "intake_begin", {"form": "csv", "columns": {"a": "b"}}, **at
    )
    assert await world.facts("item.imported") == []
    await admin.refused(422, "cursor_invalid", "intake_results", query={"cursor": "AAAA"}, intake=intake)
