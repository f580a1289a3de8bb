"""Northlight over HTTP: a morning's reports have something to say, and loading it twice is loading it once."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from backend.demo import northlight as it
from backend.demo.vendor import load_vendor
from backend.reenact.client import Wire
from backend.reenact.connection import Connection
from backend.reenact.keys import keys_of
from tests.api.people import events
from tests.api.speaker import Speaker
from tests.support.world import World


class Broken(Exception):
    """The client died."""


@dataclass
class Line(httpx2.AsyncBaseTransport):
    """To the application in this process, for so many requests; `sent` are their methods."""

    client: httpx2.AsyncClient
    most: int = 1_000
    sent: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if len(self.sent) == self.most:
            raise Broken
        self.sent.append(request.method)
        return await self.client.send(request)


async def load(admin: Speaker, most: int = 1_000) -> list[str]:
    """Load Northlight over a line that breaks after `most` requests; the methods that were sent."""
    line = Line(admin.client, most)
    here = Connection(url="https://muster.test", ca_file=__file__, admin_key=str(admin.key))  # type: ignore[arg-type]
    async with Wire(here, transport=line) as wire:
        await load_vendor(wire, wire.as_principal(admin.key), keys_of("test"))
    return line.sent


async def roster(world: World, admin: Speaker) -> dict[str, Any]:
    """Rows by the person's first name, with all that happened so far counted."""
    await world.follow()
    rows = (await admin.do("workforce_roster"))["data"]
    return {row["name"].split()[1].lower(): row for row in rows}


async def test_everybody_stands_somewhere_else_at_nine(world: World, admin: Speaker) -> None:
    await load(admin)
    rows = await roster(world, admin)
    assert {name: row["status"] for name, row in rows.items()} == {
        "nora": "active",
        "nils": "active",
        "nadia": "active",
        "noah": "paused",
        "nina": "active",
        "nuri": "invited",
    }
    assert {name: row["lanes_open"] for name, row in rows.items() if row["lanes_open"]} == {
        "nora": 2,
        "nils": 1,
        "nadia": 1,
    }
    assert rows["noah"]["paused_until"] is not None
    assert {name: row["answers_7_days"] for name, row in rows.items() if row["answers_7_days"]} == {
        "nora": 3,
        "nils": 3,
        "nadia": 3,
    }


async def test_the_reports_of_the_morning_have_something_to_say(world: World, admin: Speaker) -> None:
    await load(admin)
    ids = {name: row["id"] for name, row in (await roster(world, admin)).items()}

    found = await admin.do("workforce_blockers")
    alone = {(one["act"]["operation"], tuple(one["ids"])) for one in found["data"] if one["people_unlocked"]}
    assert found["people_stopped"] == 3
    assert ("annotator_resume", (ids["noah"],)) in alone
    assert any(operation == "agreement_sign" and ids["nina"] in who for operation, who in alone)

    ending = (await admin.do("workforce_expiring"))["data"]
    assert [(one["kind"], one["ids"] == [ids["nils"]], one["people"]) for one in ending] == [
        ("agreement", True, 1),
        ("course", False, 1),
        ("compliance", False, 6),
    ]
    assert [one["about"] for one in ending][2] == "iso27001"
    assert ending[1]["ids"] == [ids["nora"]]

    risk = await admin.do("workforce_risk")
    assert [(one["name"], one["ids"]) for one in risk["skills"]] == [(it.SKILL, [ids["nora"]])]
    assert [one["people"] for one in risk["lanes"]] == [1, 3]

    (vendor,) = (await admin.do("workforce_funnel"))["by_vendor"]
    reached = {one["step"]: one["reached"] for one in vendor["steps"]}
    assert (reached["invited"], reached["claimed"], reached["signed"], reached["first_answer"]) == (
        6,
        5,
        4,
        3,
    )


async def test_two_have_read_what_was_announced_and_two_have_hours_of_their_own(
    world: World, admin: Speaker
) -> None:
    await load(admin)
    (told,) = (await admin.do("announcement_list"))["data"]
    assert (told["title"], told["concerned"], told["read"]) == (it.NEWS["title"], 6, 2)
    rows = await roster(world, admin)
    zones = {name: (await admin.do("schedule_get", annotator=row["id"])) for name, row in rows.items()}
    assert {name: one["time_zone"] for name, one in zones.items() if one["hours"]} == {
        "nora": "Europe/Lisbon",
        "nils": "Asia/Kolkata",
    }


async def test_a_second_start_only_looks(world: World, admin: Speaker) -> None:
    await load(admin)
    before = await events(world)
    assert set(await load(admin)) == {"GET"}
    assert await events(world) == before


@pytest.mark.parametrize("most", [4, 17, 26, 40, 55])
async def test_what_broke_off_goes_on_where_it_was(world: World, admin: Speaker, most: int) -> None:
    with pytest.raises(Broken):
        await load(admin, most)
    await load(admin)
    rows = await roster(world, admin)
    assert len(rows) == len(it.MEMBERS) == (await admin.do("vendor_list"))["data"][0]["people"]
    assert sum(row["answers_7_days"] for row in rows.values()) == sum(one.answers for one in it.MEMBERS)
    assert sorted(row["status"] for row in rows.values()) == ["active"] * 4 + ["invited", "paused"]
    (told,) = (await admin.do("announcement_list"))["data"]
    assert told["read"] == 2
    assert set(await load(admin)) == {"GET"}
