"""Webhooks on a real database with a real receiver: nothing is lost, nothing goes astray, and time is the test's."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.ids import uuid7
from backend.events.store import outbox
from backend.events.store.database import transaction
from backend.platform.outgoing import Outgoing
from backend.usecases.access import access
from backend.usecases.webhooks import serving, stream
from backend.usecases.webhooks import webhooks as use
from backend.usecases.work import Answer, Caller, Work
from backend.workers.webhooks import Deliverer
from tests.support.receiving import (
    LOOPBACK,
    Got,
    Reply,
    brought,
    decided,
    deliveries,
    placed,
    receiving,
    registered,
)
from tests.support.refused import refused
from tests.support.world import World, found

HOUR = timedelta(hours=1)


async def pass_time(world: World, webhook: UUID, hours: float, step: float = 0.25) -> None:
    """Let hours pass in steps, at each of which the sweeper comes by."""
    for _ in range(round(hours / step)):
        world.clock.moved += HOUR * step
        await brought(world, webhook)


async def service(world: World, days: int) -> Caller:
    """A system with a manager's key."""
    said: dict[str, Any] = {"kind": "service", "roles": ("manager",), "scopes": ("*",), "days": days}
    return await world.perform.authenticate((await world.act(access.key_create, **said))["key"])


async def test_an_hour_without_receiver_loses_nothing_and_keeps_the_order(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        receiver.status = 500
        await decided(world, project, ann, *"abcdefgh")
        await brought(world, made["id"])
        await pass_time(world, made["id"], 1)
        assert receiver.taken == [] and len(receiver.got) < 30, "it is not hammered"
        receiver.status = 200
        await decided(world, project, ann, "i")
        await pass_time(world, made["id"], 2)
        indexes = [one.event["index"] for one in receiver.taken]
        assert len(indexes) == 9 and indexes == sorted(set(indexes))
        assert receiver.kinds == ["task.decided"] * 9
        assert all(one.signed_by(made["secret"]) for one in receiver.got)
        assert {row["state"] for row in await deliveries(world, made["id"])} == {"delivered"}


async def test_what_nobody_can_connect_to_waits_and_arrives(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        closed = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        port = closed.sockets[0].getsockname()[1]
        closed.close()
        await closed.wait_closed()
        made = await registered(world, f"http://127.0.0.1:{port}/")
        await decided(world, project, ann, "a")
        await brought(world, made["id"])
        (waits,) = await deliveries(world, made["id"])
        assert (waits["state"], waits["attempts"], waits["last_error"]) == ("due", 1, "cannot_connect")
        assert waits["next_at"] is not None
        said = {"name": "moved", "url": receiver.url, "events": ("task.decided",), "at_once": 1}
        await world.act(use.webhook_update, webhook=made["id"], expected_version=1, **said)
        await brought(world, made["id"])
        assert len(receiver.taken) == 1


async def test_a_poisoned_message_steps_aside_and_the_others_go_on(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        await decided(world, project, ann, *"abcd")
        await placed(world)
        poison: list[str] = []

        def picky(got: Got) -> Reply:
            """The first event it ever sees breaks it."""
            poison.append(got.headers["webhook-id"])
            return (500 if got.headers["webhook-id"] == poison[0] else 200), {}, b""

        receiver.says = picky
        await pass_time(world, made["id"], 0.5, step=0.05)
        assert len(receiver.taken) == 3, "nothing waits for 72 hours behind it"
        bad = (await deliveries(world, made["id"]))[0]
        assert bad["state"] == "aside" and bad["last_status"] == 500
        receiver.says = None
        await pass_time(world, made["id"], 8, step=1)
        assert [row["state"] for row in await deliveries(world, made["id"])] == ["delivered"] * 4
        assert receiver.taken[-1].headers["webhook-id"] == poison[0]


async def test_after_72_hours_it_is_parked_as_a_fact_and_comes_when_it_is_asked_for(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        receiver.status = 503
        await decided(world, project, ann, *"abc")
        await brought(world, made["id"])
        await pass_time(world, made["id"], 80, step=4)
        assert [row["state"] for row in await deliveries(world, made["id"])] == ["parked"] * 3
        assert sum(fact.event.deliveries for fact in await world.facts("webhook.parked")) == 3
        receiver.status = 200
        again = await world.act(serving.webhook_replay, webhook=made["id"], parked=True)
        assert again["requeued"] == 3
        await brought(world, made["id"])
        first = receiver.got[0].headers["webhook-id"]
        assert len(receiver.taken) == 3 and receiver.taken[0].headers["webhook-id"] == first


async def test_a_replay_from_an_index_or_a_moment_brings_the_same_events_again(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        await decided(world, project, ann, "before")
        await placed(world)
        made = await registered(world, receiver.url)
        await decided(world, project, ann, "a")
        async with transaction(world.perform.pool, world.tenant) as conn:
            middle = await world.clock.now(conn) + timedelta(minutes=5)
        world.clock.moved += timedelta(minutes=10)
        await decided(world, project, ann, "b")
        await brought(world, made["id"])
        ids = [one.headers["webhook-id"] for one in receiver.taken]
        assert len(ids) == 2, "what was before the webhook is not told"
        await world.act(serving.webhook_replay, webhook=made["id"], since=middle)
        await brought(world, made["id"])
        assert [one.headers["webhook-id"] for one in receiver.taken[2:]] == ids[1:]
        one = (await deliveries(world, made["id"]))[0]
        await world.act(serving.webhook_replay, webhook=made["id"], delivery=one["id"])
        await brought(world, made["id"])
        assert receiver.taken[-1].headers["webhook-id"] == ids[0]
        await world.act(serving.webhook_replay, webhook=made["id"], from_index=0)
        await brought(world, made["id"])
        assert len(receiver.taken) == 7, "from the log's beginning, for ever"
        assert [one["event"] for one in await deliveries(world, made["id"])] == [
            UUID(got.headers["webhook-id"]) for got in receiver.taken[4:]
        ]


async def test_a_replay_tells_where_it_stands_and_refuses_what_is_ahead_of_the_log(world: World) -> None:
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        await placed(world)
        at = made["next_index"]
        (row,) = await world.rows("SELECT next_idx FROM log_head WHERE tenant = $1")
        head = row["next_idx"]
        assert at < head
        told = await world.act(serving.webhook_replay, webhook=made["id"], from_index=head)
        assert told["from_index"] == at, "it had not come further"
        for ahead in ({"from_index": head + 1}, {"since": datetime(2999, 1, 1, tzinfo=UTC)}):
            with refused("webhook_replay_unclear", "invalid") as caught:
                await world.act(serving.webhook_replay, webhook=made["id"], **ahead)
            assert f"up to {head}," in caught.value.expected
        assert (await world.act(use.webhook_get, webhook=made["id"]))["next_index"] == at


async def test_a_worker_that_died_after_sending_has_it_sent_again_under_the_same_id(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        await decided(world, project, ann, "a")
        await placed(world)
        dying = Deliverer(world.perform)
        turn = await dying._turn(world.tenant, made["id"], uuid7(0, bytes(10)))
        assert turn is not None
        await dying._send(turn)  # and it is killed before it can write that down
        await brought(world, made["id"])
        assert len(receiver.taken) == 1, "somebody else still holds it"
        world.clock.moved += outbox.HELD
        await brought(world, made["id"])
        first, second = receiver.taken
        assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body
        assert await dying._settle(world.tenant, turn, [], uuid7(0, bytes(10))) is False, "it comes too late"


async def test_nobody_is_told_of_another_tenant_or_another_project(world: World) -> None:
    stranger = await found(world.perform, world.clock, [], (world.postgres, world.database))
    other = await stranger.project("theirs")
    birds, cats = await world.project("birds"), await world.project("cats")
    ann = await world.invite("ann")
    async with receiving(world) as mine, receiving() as theirs:
        said: dict[str, Any] = {"events": ("*",)}
        one = await registered(world, mine.url, project=birds, **said)
        two = await registered(stranger, theirs.url, **said)
        await decided(world, birds, ann, "a")
        await decided(world, cats, ann, "b")
        await stranger.items(other, "c")
        await brought(world, one["id"])
        await brought(stranger, two["id"])
        assert {event["project"] for event in (got.event for got in mine.taken)} == {str(birds)}
        assert {event["tenant"] for event in (got.event for got in mine.taken)} == {str(world.tenant)}
        assert {event["tenant"] for event in (got.event for got in theirs.taken)} == {str(stranger.tenant)}
        assert {"item.imported", "task.opened", "task.decided"} <= set(mine.kinds)


async def test_an_answer_goes_out_with_an_entry_until_the_right_to_export_is_gone(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    system, later = await service(world, days=1), await service(world, days=30)
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url, system, project=project, with_answers=True)
        await decided(world, project, ann, "a")
        await brought(world, made["id"])
        (got,) = receiver.taken
        assert (got.event["data"]["answer"], got.event["data"]["external_key"]) == ("answer a", "a")
        (entry,) = [one for one in await world.entries(system) if one["action"] == "webhook_disclose"]
        assert entry["fields_seen"] == ["external_key", "result"]
        assert entry["result_ids"] == [got.event["data"]["item"]]
        assert entry["resource"]["id"] == str(made["id"])

        world.clock.moved += timedelta(days=2)  # the key has run out
        await decided(world, project, await world.invite("ben"), "b")
        await brought(world, made["id"])
        now = await world.act(use.webhook_get, webhook=made["id"])
        assert (now["state"], now["why"], len(receiver.taken)) == ("paused", "right_withdrawn", 1)
        await world.act(use.webhook_resume, later, webhook=made["id"])
        await brought(world, made["id"])
        assert receiver.taken[-1].event["data"]["answer"] == "answer b", "it stands on another key now"


async def test_without_its_key_a_webhook_tells_nothing(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    key = await world.act(access.key_create, kind="service", roles=("manager",), scopes=("*",), days=1)
    system = await world.perform.authenticate(key["key"])

    async def key_revoke(work: Work) -> Answer:
        return await access.key_revoke(work, key=key["key_id"], reason="lost")

    async with receiving(world) as receiver:
        made = await registered(world, receiver.url, system)
        await world.act(key_revoke)
        await decided(world, project, ann, "a")
        await brought(world, made["id"])
        now = await world.act(use.webhook_get, webhook=made["id"])
        assert (now["state"], now["why"], receiver.got) == ("paused", "key_revoked", [])


async def test_while_a_secret_is_rotated_both_sign(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        new = await world.act(use.webhook_secret_rotate, webhook=made["id"], hours=1)
        await decided(world, project, ann, "a")
        await brought(world, made["id"])
        assert receiver.taken[0].signed_by(made["secret"]) and receiver.taken[0].signed_by(new["secret"])
        world.clock.moved += HOUR
        await decided(world, project, ann, "b")
        await brought(world, made["id"])
        assert receiver.taken[1].signed_by(new["secret"]) and not receiver.taken[1].signed_by(made["secret"])


async def test_gone_pauses_and_retry_after_is_obeyed(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        receiver.status, receiver.headers = 429, {"retry-after": "3600"}
        await decided(world, project, ann, "a")
        await brought(world, made["id"])
        world.clock.moved += timedelta(minutes=50)
        await brought(world, made["id"])
        assert len(receiver.got) == 1
        receiver.status, receiver.headers = 410, {}
        world.clock.moved += timedelta(minutes=11)
        await brought(world, made["id"])
        now = await world.act(use.webhook_get, webhook=made["id"])
        assert (now["state"], now["why"], now["waiting"]) == ("paused", "gone", 1)
        receiver.status = 200
        await world.act(use.webhook_resume, webhook=made["id"])
        await brought(world, made["id"])
        assert len(receiver.taken) == 1


async def test_one_that_hangs_stops_no_other(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as quick, receiving() as slow:
        asked, release = asyncio.Event(), asyncio.Event()

        async def hang(_: Got) -> Reply:
            asked.set()
            await release.wait()
            return 200, {}, b""

        slow.says = hang
        first, second = await registered(world, slow.url), await registered(world, quick.url)
        await decided(world, project, ann, "a")
        await placed(world)
        deliverer = Deliverer(world.perform)
        deliverer.nudge(world.tenant, first["id"])
        await asked.wait()
        await brought(world, second["id"])
        assert len(quick.taken) == 1 and slow.taken == []
        release.set()
        await deliverer.idle()
        assert len(slow.taken) == 1


async def test_a_test_tells_what_the_receiver_said_and_a_redirect_is_not_followed(world: World) -> None:
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        told = await world.act(serving.webhook_test, webhook=made["id"])
        assert (told["delivered"], told["status"], told["said"]) == (True, 200, "thank you")
        assert receiver.taken[0].event["type"] == "webhook.test" and receiver.taken[0].signed_by(
            made["secret"]
        )
        receiver.status, receiver.headers = 302, {"location": receiver.url}
        told = await world.act(serving.webhook_test, webhook=made["id"])
        assert (told["delivered"], told["status"], len(receiver.got)) == (False, 302, 2)


async def test_what_was_allowed_and_is_no_more_is_not_sent_to(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        await decided(world, project, ann, "a")
        world.perform.outgoing = Outgoing()
        await brought(world, made["id"])
        (waits,) = await deliveries(world, made["id"])
        assert (waits["last_error"], receiver.got) == ("address_refused", [])
        world.perform.outgoing = Outgoing(LOOPBACK)


async def test_the_stream_of_events_tells_the_same_as_a_webhook(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url, events=("*",), at_once=4)
        await decided(world, project, ann, "a", "b")
        await brought(world, made["id"])
        after, read = made["next_index"] - 1, []
        while True:
            page = await world.act(stream.event_stream, after=after, project=None, events=None, limit=3)
            read += page["data"]
            after = page["next_after"]
            if not page["more"]:
                break
        by_index = sorted((got.event for got in receiver.taken), key=lambda event: event["index"])
        assert read == by_index and len(read) > 4
