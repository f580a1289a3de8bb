"""What ends by time, over HTTP: the payload closes at the moment, the lease goes next, the draft comes back."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.api.people import (
    codes,
    failing,
    learn,
    moment,
    nda,
    pass_time,
    person,
    project,
    pull,
    quiz,
    sign,
    skill,
    sweep,
)
from tests.api.people import require as requires
from tests.api.speaker import Speaker
from tests.support.world import World

Again = Callable[[], Awaitable[Any]]
Given = Callable[[World, Speaker, Speaker, str, dict[str, str]], Awaitable[Again]]
"""Gives the person a right that ends in a day and is asked for; what gives it again is returned."""


async def signature(world: World, admin: Speaker, who: Speaker, _: str, at: dict[str, str]) -> Again:
    """A signature that holds for a day."""
    made = await nda(admin, valid_days=1)
    await requires(admin, at, agreements=[made["id"]])
    assert (await sign(who, made["id"]))["until"]
    return lambda: sign(who, made["id"])


async def course(world: World, admin: Speaker, who: Speaker, _: str, at: dict[str, str]) -> Again:
    """A course whose passing holds for a day."""
    made = await quiz(admin, valid_days=1)
    await requires(admin, at, courses=[made])
    assert (await learn(who, made))["until"]
    return lambda: learn(who, made)


async def level(world: World, admin: Speaker, _: Speaker, annotator: str, at: dict[str, str]) -> Again:
    """A level of a skill that a manager gave for a day."""
    about = {"annotator": annotator, "skill": await skill(admin, at)}
    await requires(admin, at, conditions={"all": [{"skill": about["skill"], "level_min": 3}]})

    async def give() -> None:
        until = await moment(world, days=1)
        await admin.do("skill_grant", {"level": 3, "until": until, "reason": "saw her work"}, **about)

    await give()
    return give


async def check(world: World, admin: Speaker, _: Speaker, annotator: str, at: dict[str, str]) -> Again:
    """A check that counts for a day."""
    await requires(admin, at, conditions={"all": [{"check": "background"}]})

    async def give() -> None:
        until = await moment(world, days=1)
        said = {"kind": "background", "passed": True, "evidence": "seen", "until": until}
        await admin.do("annotator_check_record", said, annotator=annotator)

    await give()
    return give


async def record(world: World, admin: Speaker, _: Speaker, annotator: str, at: dict[str, str]) -> Again:
    """Evidence of compliance that counts for a day."""
    await requires(admin, at, conditions={"all": [{"compliance": "hipaa"}]})

    async def give() -> None:
        until = await moment(world, days=1)
        said = {"kind": "hipaa", "annotator": annotator, "evidence": "certificate", "until": until}
        await admin.do("compliance_record", said)

    await give()
    return give


@pytest.mark.parametrize(
    ("given", "code", "condition"),
    [
        (signature, "agreement_required", "agreement"),
        (course, "training_required", "course"),
        (level, "not_qualified", "skill_level"),
        (check, "not_qualified", "check"),
        (record, "not_qualified", "compliance"),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
async def test_what_has_ended_stops_the_work_at_once_and_done_again_it_goes_on(
    world: World, admin: Speaker, given: Given, code: str, condition: str
) -> None:
    ann, ann_id = await person(admin, "ann")
    at = await project(admin, "a")
    again = await given(world, admin, ann, ann_id, at)
    pass_time(world, hours=23, minutes=30)
    assert await sweep(world) == {}, "nothing is due yet"
    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": "begun"}, lease=lease["id"])

    pass_time(world, minutes=31)
    await ann.refused(403, code, "lease_get", lease=lease["id"])
    assert (await codes(ann, at))[0] == code
    assert condition in await failing(ann, ann_id, at)
    swept = await sweep(world)
    swept.pop("work_count")
    assert list(swept.values()) == [1], "one fact is recorded"
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    assert await sweep(world) == {}, "once"

    await again()
    back = await pull(ann, at)
    shown = await ann.do("lease_get", lease=back["id"])
    assert (shown["payload"], shown["draft"]) == ({"item": "a"}, "begun")
    await ann.do("lease_submit", {"answer": "cat"}, lease=back["id"])


async def test_a_pause_ends_by_itself_at_its_time(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    at = await project(admin, "a")
    lease = await pull(ann, at)
    until = await moment(world, hours=2)
    said = {"reason": "holiday", "until": until}
    assert (await admin.do("annotator_pause", said, annotator=ann_id))["leases_revoked"] == 1
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    told = await ann.do("lease_pull", at)
    assert (told["reasons"][0]["code"], told["reasons"][0]["until"][:19]) == ("paused", until[:19])
    shown = await admin.do("annotator_get", annotator=ann_id)
    assert (shown["status"], shown["reason"], shown["paused_until"][:19]) == ("paused", "holiday", until[:19])
    pass_time(world, hours=2, seconds=1)
    assert await sweep(world) == {"annotators_resume": 1}
    await pull(ann, at)
    steps = (await admin.do("annotator_history", annotator=ann_id))["steps"]
    assert (steps[-1]["status"], steps[-1]["by"]["kind"]) == ("active", "system")
