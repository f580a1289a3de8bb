"""Webhooks over HTTP: registered, tested, brought, replayed, retired; and the stream that tells the same."""

import json
from uuid import UUID

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.receiving import brought, receiving
from tests.support.world import World


async def test_an_integration_is_told_what_was_decided_and_moves_to_the_stream(
    world: World, admin: Speaker
) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    manager = await key(admin, "manager")
    async with receiving(world) as receiver:
        body = {"name": "front", "url": receiver.url, "events": ["task.decided"], "with_answers": True, **at}
        made = await manager.do("webhook_create", body)
        at_hook = {"webhook": made["id"]}
        assert made["secret"].startswith("whsec_") and made["state"] == "active"
        told = await manager.do("webhook_test", {}, **at_hook)
        assert told["delivered"] and receiver.taken[0].signed_by(made["secret"])

        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
        await world.decide()
        await brought(world, UUID(made["id"]))
        got = receiver.taken[1]
        assert got.headers["webhook-id"] == got.event["id"] and got.event["data"]["answer"] == "1"
        (row,) = (await manager.do("webhook_delivery_list", **at_hook))["data"]
        assert (row["state"], row["attempts"], row["last_status"]) == ("delivered", 1, 200)
        assert row["event"] == got.headers["webhook-id"]
        again = await manager.do("webhook_replay", {"delivery": row["id"]}, **at_hook)
        assert again["requeued"] == 1
        await brought(world, UUID(made["id"]))
        assert receiver.taken[2].body == got.body

        page = await manager.do("event_stream", query={"events": "task.decided"})
        thin = {
            name: one for name, one in got.event["data"].items() if name not in ("answer", "external_key")
        }
        assert page["data"] == [{**json.loads(got.body), "data": thin}]

        assert (await manager.do("webhook_get", **at_hook))["waiting"] == 0
        assert [one["id"] for one in (await manager.do("webhook_list"))["data"]] == [made["id"]]
        change = {"name": "back", "url": receiver.url, "events": ["*"]}
        changed = await manager.do("webhook_update", change, if_match='"1"', **at_hook)
        assert (changed["version"], changed["events"]) == (2, ["*"])
        assert (await manager.do("webhook_secret_rotate", {"hours": 1}, **at_hook))["secret"] != made[
            "secret"
        ]
        assert (await manager.do("webhook_pause", {}, **at_hook))["why"] == "manager"
        assert (await manager.do("webhook_resume", {}, **at_hook))["state"] == "active"
        assert (await manager.do("webhook_retire", {}, **at_hook))["state"] == "retired"


async def test_bad_webhooks_are_refused_clearly(world: World, admin: Speaker) -> None:
    async with receiving(world) as receiver:
        body = {"name": "front", "url": receiver.url, "events": ["task.decided"]}
        await admin.refused(422, "webhook_url_refused", "webhook_create", body | {"url": "https://10.0.0.1/"})
        await admin.refused(422, "webhook_url_invalid", "webhook_create", body | {"url": "not an address"})
        await admin.refused(422, "webhook_event_unknown", "webhook_create", body | {"events": ["gold.added"]})
        await admin.refused(
            422, "webhook_answers_of_no_project", "webhook_create", body | {"with_answers": True}
        )
        made = await admin.do("webhook_create", body)
        both = {"parked": True, "from_index": 0}
        await admin.refused(422, "webhook_replay_unclear", "webhook_replay", both, webhook=made["id"])
        gone = {"webhook": "00000000-0000-0000-0000-000000000001"}
        await admin.refused(404, "not_found", "webhook_get", **gone)
        ann, _ = await person(admin, "ann")
        await ann.refused(403, "forbidden", "webhook_create", body)
        await ann.refused(403, "forbidden", "event_stream")
