"""Registering webhooks: who may, for what, whereto; and that nothing is told that is not listed."""

import typing
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from backend.events.base import EVENTS, Secret
from backend.usecases.access import access
from backend.usecases.webhooks import stream
from backend.usecases.webhooks import webhooks as use
from backend.usecases.webhooks.telling import KINDS
from backend.usecases.work import Caller
from tests.support.receiving import placed, receiving, registered
from tests.support.refused import refused
from tests.support.world import World

UNTOLD = ("_token", "_class", "_index", "seed", "digest", "draw", "reviewer", "author")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_told_of_a_kind_is_there_and_is_no_secret(kind: str) -> None:
    hints = typing.get_type_hints(EVENTS[kind][1])
    for name in KINDS[kind].fields:
        parts = {hints[name], *typing.get_args(hints[name])}
        assert not {bytes, Secret} & parts and not name.endswith(UNTOLD), name
        known = (UUID, str, int, bool, datetime)
        bare = {getattr(one, "__supertype__", one) for one in parts}
        assert bare & set(known), name
    has = "project" in hints
    assert not KINDS[kind].by_task or ("task" in hints and not has), "its own project is the nearer one"


async def service(world: World, role: str, *scopes: str) -> Caller:
    said: dict[str, Any] = {"kind": "service", "roles": (role,), "scopes": scopes or ("*",), "days": 1}
    return await world.perform.authenticate((await world.act(access.key_create, **said))["key"])


async def test_a_key_tells_only_what_it_may_read(world: World) -> None:
    async with receiving(world) as receiver:
        narrow = await service(world, "manager", "webhook:*", "task:read")
        await registered(world, receiver.url, narrow)
        with refused("forbidden", "forbidden"):
            await registered(world, receiver.url, narrow, events=("flag.raised",))
        with refused("forbidden", "forbidden"):
            await registered(world, receiver.url, narrow, events=("*",))
        project = await world.project()
        with refused("forbidden", "forbidden"):
            await registered(world, receiver.url, narrow, project=project, with_answers=True)
        with refused("forbidden", "forbidden"):
            await registered(world, receiver.url, await world.invite("ann"))


async def test_addresses_that_are_not_public_are_refused_before_anything_is_sent(world: World) -> None:
    async with receiving(world):
        for url in ("https://10.0.0.1/", "http://8.8.8.8/", "https://[::ffff:10.0.0.1]/"):
            with refused("webhook_url_refused", "invalid"):
                await registered(world, url)
        with refused("webhook_event_unknown", "invalid"):
            await registered(world, "https://hooks.example/", events=("gold.added",))


async def test_a_port_that_there_is_not_is_named(world: World) -> None:
    async with receiving(world):
        for port in ("99999", "0", "https"):
            with refused("webhook_url_invalid", "invalid") as caught:
                await registered(world, f"https://localhost:{port}/")
            assert caught.value.found == f"port {port}" and "port" in caught.value.mend


async def test_answers_go_along_with_decisions_or_the_webhook_is_refused(world: World) -> None:
    project = await world.project()
    async with receiving(world) as receiver:
        said: dict[str, Any] = {"project": project, "with_answers": True}
        with refused("webhook_invalid", "invalid"):
            await registered(world, receiver.url, events=("task.opened",), **said)
        made = await registered(world, receiver.url, events=("*",), **said)
        change = {"name": "x", "url": receiver.url, "events": ("task.opened",), "at_once": 1}
        with refused("webhook_invalid", "invalid"):
            await world.act(use.webhook_update, webhook=made["id"], expected_version=1, **change)


async def test_nothing_readable_of_a_webhook_lies_in_the_log(world: World) -> None:
    async with receiving(world):
        made = await registered(world, "https://hooks.example/very-own-path", name="my hook")
        for row in await world.rows("SELECT body FROM event WHERE tenant = $1 AND type LIKE 'webhook.%'"):
            body = bytes(row["body"])
            assert b"very-own-path" not in body and b"my hook" not in body
            assert made["secret"].removeprefix("whsec_").encode() not in body
        assert "secret" not in await world.act(use.webhook_get, webhook=made["id"])


async def test_a_retired_webhook_is_listed_no_more(world: World) -> None:
    async with receiving(world) as receiver:
        made = await registered(world, receiver.url)
        page: dict[str, Any] = {"project": None, "cursor": None, "limit": 10}
        assert len((await world.act(use.webhook_list, **page))["data"]) == 1
        assert (await world.act(use.webhook_retire, webhook=made["id"]))["state"] == "retired"
        assert (await world.act(use.webhook_list, **page))["data"] == []
        with refused("webhook_retired", "conflict"):
            await world.act(use.webhook_resume, webhook=made["id"])


async def test_the_stream_shows_each_reader_what_they_may_read(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    await placed(world)
    asked: dict[str, Any] = {"after": -1, "project": project, "events": None, "limit": 100}
    seen = (await world.act(stream.event_stream, **asked))["data"]
    assert [one["type"] for one in seen if one["type"].startswith(("item", "task"))] == [
        "item.imported",
        "task.opened",
    ]
    narrow = await service(world, "auditor", "event:read", "project:read")
    assert {one["type"] for one in (await world.act(stream.event_stream, narrow, **asked))["data"]} == {
        "project.created"
    }
    with refused("forbidden", "forbidden"):
        await world.act(stream.event_stream, narrow, **asked | {"events": "task.decided"})
