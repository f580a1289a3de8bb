"""Devices and addresses over HTTP: what requests say of themselves is noted, and what only a front-end may say is not
believed of others."""

from typing import Any
from uuid import uuid4

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.api.people import key, person, project
from tests.api.speaker import Speaker
from tests.support.shared import frontend_for, night
from tests.support.world import World

PENDING = """
SELECT annotator, address, device, weak FROM sighting_pending WHERE tenant = $1 ORDER BY annotator, address, device
"""


async def pull(who: Speaker, at: dict[str, str], **headers: str) -> None:
    """Pull with these headers."""
    sent = {"authorization": f"Bearer {who.key}", "idempotency-key": str(uuid4())}
    answer = await who.client.post(
        "/v1/leases/pull",
        json=at,
        headers=sent | {name.replace("_", "-"): said for name, said in headers.items()},
    )
    assert answer.status_code == 200, answer.text


async def pending(world: World) -> list[dict[str, Any]]:
    """What was noted, written down now."""
    await world.perform.sightings.flush()
    return await world.rows(PENDING)


async def test_a_pull_notes_the_connection_and_the_device_and_a_forwarded_address_of_a_person_is_ignored(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", "b", "c")
    ann, _ = await person(admin, "ann")
    token = world.perform.vault.token
    await pull(ann, at, muster_device="phone-1")
    await pull(ann, at, muster_device="phone-1", muster_client_address="203.0.113.9")
    (row,) = await pending(world)
    assert row["address"] == token(world.tenant, "address-token", "127.0.0.1") and not row["weak"]
    assert row["device"] == token(world.tenant, "device-token", "phone-1")
    await pull(ann, at, user_agent="Browser/1", accept_language="de")
    await pull(ann, at, user_agent="Browser/1", accept_language="de", muster_device="x" * 201)
    (_, weak) = sorted(await pending(world), key=lambda row: row["weak"])
    assert weak["weak"] and weak["device"] == token(world.tenant, "device-token", "Browser/1\nde")


async def test_a_front_end_says_where_the_person_is_and_its_own_connection_counts_for_nothing(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    caller = await world.perform.authenticate(str(ann.key))
    acting = Speaker(admin.client, await frontend_for(world, caller))
    await pull(acting, at)
    assert await pending(world) == []
    await pull(acting, at, muster_client_address=" 203.0.113.9 ")
    (row,) = await pending(world)
    assert row["address"] == world.perform.vault.token(world.tenant, "address-token", "203.0.113.9")
    assert row["device"] == ""


async def test_managers_read_the_graph_and_a_groups_file_and_nobody_else_does(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a", "b")
    (ann, ann_id), (ben, ben_id) = await person(admin, "ann"), await person(admin, "ben")
    for who in (ann, ben):
        await pull(who, at, muster_device="kiosk")
    await pending(world)
    await night(world)
    manager = await key(admin, "manager")
    found = await manager.do("fraud_graph", query={"days": 1})
    (group,) = found["groups"]
    assert {one["annotator"] for one in group["people"]} == {ann_id, ben_id}
    (edge,) = group["edges"]
    assert (edge["kind"], edge["days"], edge["flag"], edge["weak"]) == ("shared_device", 1, None, False)
    file = await manager.do("fraud_case", annotator=ann_id, query={"days": 1})
    assert file["edges"][0]["numbers"]["people"] == 2 and len(file["edges"][0]["shared_days"]) == 1
    assert (await manager.do("fraud_graph"))["groups"] == [], "one day is too few"
    await manager.refused(404, "not_found", "fraud_case", annotator=ann_id)
    await manager.refused(422, "query_invalid", "fraud_graph", query={"days": 0})
    for unknown in ("vendor", "skill"):
        await manager.refused(404, "not_found", "fraud_graph", query={unknown: str(uuid4())})
    for who in (ann, await key(admin, "monitor")):
        await who.refused(403, "forbidden", "fraud_graph")
        await who.refused(403, "forbidden", "fraud_case", annotator=ann_id)


async def test_behind_a_trusted_proxy_the_rightmost_address_that_is_not_trusted_counts() -> None:
    """What the API process is started with: from anybody else X-Forwarded-For is no address."""
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["client"][0])

    behind = ProxyHeadersMiddleware(app, "10.0.0.0/8")
    said = [(b"x-forwarded-for", b"1.2.3.4, 203.0.113.9, 10.0.0.2")]
    for peer in ("10.0.0.1", "198.51.100.1"):
        await behind({"type": "http", "client": (peer, 1), "headers": said}, None, None)  # type: ignore[arg-type,typeddict-item]
    assert asked == ["203.0.113.9", "198.51.100.1"]
