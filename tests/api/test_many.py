"""Many people at once over HTTP: files, selections and announcements as a client sends them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from backend.usecases.access import access
from backend.usecases.workforce.vendors import vendor_register
from tests.api.edge import Edge
from tests.api.speaker import Speaker, connect
from tests.support.world import World

CSV = "name,email,roles\nÄda,ada@x.invalid,annotator\nBen,nothing,\n"


@pytest_asyncio.fixture
async def manager(world: World) -> AsyncIterator[Speaker]:
    """A workforce manager over HTTP."""
    made = await world.act(access.key_create, kind="user", roles=("manager",), scopes=("*",), days=1)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])


async def test_from_a_file_to_people_who_have_read_the_news(manager: Speaker) -> None:
    dry = await manager.do("annotator_import", {"csv": CSV, "dry_run": True})
    assert (dry["invited"], dry["bad"], dry["rows"][0]["id"]) == (1, 1, None)
    said = await manager.do("annotator_import", {"csv": CSV}, idempotency="once")
    good, bad = said["rows"]
    assert (bad["row"], bad["status"], bad["problem"]["column"]) == (3, "bad", "email")
    again = await manager.do("annotator_import", {"csv": CSV}, idempotency="once")
    assert again["rows"] == [{**good, "claim_token": None}, bad]
    claimed = await Speaker(manager.client).do("annotator_claim", {"claim_token": good["claim_token"]})
    ada = Speaker(manager.client, claimed["key"])
    news = {"title": "News", "text": "Breaks are longer.", "audience": "people", "people": [good["id"]]}
    told = await manager.do("announcement_publish", news)
    (mine,) = (await ada.do("announcement_list"))["data"]
    assert (mine["id"], mine["read_at"]) == (told["id"], None)
    read = await ada.do("announcement_read", announcement=told["id"])
    (receipt,) = (await manager.do("announcement_receipts", announcement=told["id"]))["data"]
    assert receipt == {"annotator": good["id"], "read_at": read["read_at"]}
    (counted,) = (await manager.do("announcement_list"))["data"]
    assert (counted["concerned"], counted["read"]) == (1, 1)


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "move", "origin": "crowd"},
        {"kind": "pause", "reason": "holiday", "until": "2999-01-01T00:00:00Z"},
        {"kind": "suspend", "reason": "audit"},
        {"kind": "remind"},
        {"kind": "offboard", "reason": "over"},
    ],
)
async def test_an_act_is_looked_at_and_then_done(manager: Speaker, act: dict[str, Any]) -> None:
    csv = "name,email\n" + "".join(f"P{n},p{n}@x.invalid\n" for n in range(3))
    rows = (await manager.do("annotator_import", {"csv": csv}))["rows"]
    token = {"claim_token": rows[0]["claim_token"]}
    await Speaker(manager.client).do("annotator_claim", token)
    body = {"selection": {"status": "active"}, "act": act}
    looked = await manager.do("annotator_bulk", {**body, "preview": True})
    assert (looked["matched"], looked["would"]["changed"]) == (1, 1)
    did = await manager.do("annotator_bulk", {**body, "preview": False, "expect": 1})
    assert {**did, "preview": True} == looked
    if act["kind"] not in ("move", "remind"):
        assert did["stops"] == [rows[0]["id"]]
        await manager.refused(
            409, "selection_changed", "annotator_bulk", {**body, "preview": False, "expect": 1}
        )


async def test_a_wrong_header_is_refused_with_what_is_wrong(manager: Speaker) -> None:
    problem = await manager.refused(
        422, "roster_header_wrong", "annotator_import", {"csv": "name,mail\nA,a@x\n"}
    )
    assert (problem["unknown"], problem["missing"], problem["action"]) == (
        ["mail"],
        ["email"],
        "fix and resend",
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "body_not_json"),
        (b'{"csv": "name,email\\u0000"}', 400, "body_nul"),
        (b'{"csv": 1}', 422, "body_invalid"),
        (b'{"csv": "name,email", "dry_run": "yes"}', 422, "body_invalid"),
        (b'{"csv": "' + b"x" * 5_000_001 + b'"}', 422, "body_invalid"),
        (b'{"csv": "' + b"x" * 16_777_216 + b'"}', 413, "body_too_large"),
    ],
)
async def test_a_bad_import_is_refused_before_anything_is_read_of_it(
    edge: Edge, body: bytes, status: int, code: str
) -> None:
    key = {"idempotency-key": "k"}
    await edge.refused(await edge.post("/v1/annotators/import", body, more=key), status, code)
    assert edge.perform.asked == []


async def test_an_import_needs_an_idempotency_key(edge: Edge) -> None:
    response = await edge.post("/v1/annotators/import", {"csv": "name,email"})
    await edge.refused(response, 400, "idempotency_key_required")


async def test_a_file_of_five_megabytes_reaches_its_use_case(edge: Edge) -> None:
    csv = "name,email\n" + "я" * 2_400_000
    await edge.post("/v1/annotators/import", {"csv": csv}, more={"idempotency-key": "k"})
    assert edge.perform.arguments == {"csv": csv, "dry_run": False}


@pytest.mark.parametrize(
    ("selection", "act"),
    [
        ({"everybody": True}, {"kind": "suspend", "reason": "x"}),
        ({"ids": []}, {"kind": "suspend", "reason": "x"}),
        ({"status": "erased"}, {"kind": "suspend", "reason": "x"}),
        ({"status": "active"}, {"kind": "erase", "reason": "x"}),
        ({"status": "active"}, {"kind": "suspend"}),
        ({"status": "active"}, {"kind": "suspend", "reason": "x", "until": None}),
        ({"status": "active"}, {"kind": "grant", "skill": str(uuid4()), "level": 11, "reason": "x"}),
        ({"status": "active"}, {"kind": "pause", "reason": "x", "until": "2030-01-01T00:00:00"}),
    ],
)
async def test_an_act_or_a_selection_of_another_shape_is_refused(
    edge: Edge, selection: dict[str, Any], act: dict[str, Any]
) -> None:
    body = {"selection": selection, "act": act, "preview": True}
    response = await edge.post("/v1/annotators/bulk", body, more={"idempotency-key": "k"})
    await edge.refused(response, 422, "body_invalid")


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ({"kind": "erase-4711", "reason": "x"}, "one of move, pause, resume, grant, remind"),
        ({"kind": ["move"]}, "one of move, pause, resume, grant, remind"),
        ({"reason": "x"}, "one of move, pause, resume, grant, remind"),
        ("move", "Input should be an object"),
        (
            {"kind": "pause", "reason": "x", "until": "2030-01-01"},
            "a moment is text with date, time and zone",
        ),
        ({"kind": "pause", "reason": "x", "until": "2030-01-01T00:00:00"}, "a moment says its zone"),
    ],
)
async def test_a_wrong_act_is_told_what_belongs_there_and_not_what_was_sent(
    edge: Edge, act: Any, says: str
) -> None:
    body = {"selection": {"status": "active"}, "act": act, "preview": True}
    response = await edge.post("/v1/annotators/bulk", body, more={"idempotency-key": "k"})
    await edge.refused(response, 422, "body_invalid")
    (problem,) = response.json()["problems"]
    assert says in problem["says"] and "Value error" not in response.text and "4711" not in response.text


async def test_a_file_may_name_skills_only_for_who_may_grant_them(world: World, manager: Speaker) -> None:
    works = (await world.act(vendor_register, name="Label Works"))["id"]
    wanted = {"kind": "user", "roles": ("vendor_manager",), "scopes": ("*",), "days": 1, "vendor": works}
    boss = Speaker(manager.client, (await world.act(access.key_create, **wanted))["key"])
    csv = "name,email,skills,scores\nAda,ada@x.invalid,birds:3,\n"
    problem = await boss.refused(403, "forbidden", "annotator_import", {"csv": csv})
    assert problem["columns"] == ["skills"] and "leave skills out" in problem["mend"]
    await boss.do("annotator_import", {"csv": csv.replace("birds:3", "")})


async def test_a_bulk_act_reaches_its_use_case_with_typed_arguments(edge: Edge) -> None:
    one = uuid4()
    body = {"selection": {"ids": [str(one)]}, "act": {"kind": "resume", "reason": "back"}, "preview": True}
    await edge.post("/v1/annotators/bulk", body, more={"idempotency-key": "k"})
    asked = edge.perform.arguments
    assert asked == {
        "selection": {"ids": [one]},
        "act": {"kind": "resume", "reason": "back"},
        "preview": True,
        "expect": None,
    }
