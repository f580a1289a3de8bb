"""Devices and addresses on a real database: from a request to a fact, to a flag, to the graph; and what stays out."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import open_pool
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.perform import Perform
from backend.usecases.quality import flags, fraud_graph
from backend.usecases.quality.flags_gone import flags_close
from backend.usecases.quality.sighted import sightings_tell
from backend.usecases.sightings import KEPT_MAX, Whence
from backend.usecases.tasks import queue
from backend.usecases.work import Caller
from backend.usecases.workforce import standing, vendors
from backend.workers.sweeps import sweep_all
from tests.support import shared
from tests.support.flagged import scan, settle, suspect
from tests.support.refused import refused
from tests.support.shared import PHONE, day, graph, night, see
from tests.support.skilled import define, skill_of
from tests.support.world import World

PENDING = "SELECT * FROM sighting_pending WHERE tenant = $1 ORDER BY annotator, day"
KEPT = "SELECT * FROM sighting WHERE tenant = $1 ORDER BY annotator, day"
OFFICE = "198.51.100.20"


async def answered(world: World, *names: str) -> tuple[UUID, list[Caller]]:
    """These people have one answer each in one skill."""
    project = await world.project(plan={"overlap": len(names)})
    people = [await world.invite(name) for name in names]
    await world.items(project, "x")
    for who in people:
        await world.work(who, project, "a")
    await world.decide()
    return await skill_of(world, project), people


async def in_turns(world: World, ann: Caller, ben: Caller, whence: Whence, days: int = 6) -> None:
    """The two by turns, hour by hour, day after day."""
    for _ in range(days):
        turns = {slot: [((ann, ben)[slot // 4 % 2], whence)] for slot in range(32, 56)}
        await day(world, turns)
        await night(world)


async def test_what_a_person_is_seen_with_becomes_one_fact_a_day_that_names_nothing_readable(
    world: World,
) -> None:
    ann = await world.invite("ann")
    await day(world, {40: [(ann, PHONE)], 41: [(ann, PHONE)], 44: [(ann, PHONE)]})
    await see(world, ann)
    (row,) = await world.rows(PENDING)
    assert row["slots"] == [40, 41, 44]
    assert (await world.system(sightings_tell, most=500))["told"] == 0, "the day is not over"
    assert await night(world) == 1
    (fact,) = await world.facts("annotator.seen")
    e = fact.event
    assert (e.annotator, e.slots, e.weak) == (ann.subject.id, (40, 41, 44), False)
    assert e.kept_until - e.day == timedelta(days=90)
    assert all(len(token) == 32 for token in (e.address, e.network, e.device)) and e.address != e.network
    (stored,) = await world.rows("SELECT body FROM event WHERE tenant = $1 AND type = 'annotator.seen'")
    assert b"203.0.113" not in bytes(stored["body"]) and b"phone-1" not in bytes(stored["body"])
    assert await world.rows(PENDING) == []
    (kept,) = await world.rows(KEPT)
    assert (kept["stream"], kept["version"]) == (fact.stream, fact.version)


async def test_addresses_of_one_network_have_one_network_token_and_each_its_own(world: World) -> None:
    ann = await world.invite("ann")
    spelled = [
        "203.0.113.7",
        "::ffff:203.0.113.7",
        "203.0.113.200",
        "203.0.114.7",
        "2001:db8::1",
        "2001:DB8:0::2",
    ]
    for one in [*spelled, "no address"]:
        await see(world, ann, Whence(one))
    rows = await world.rows(PENDING)
    assert len({row["address"] for row in rows}) == 5 and len({row["network"] for row in rows}) == 3
    assert not await world.rows("SELECT 1 FROM sighting_pending WHERE tenant = $1 AND address = ''")


async def test_nothing_is_written_twice_and_nothing_at_all_where_it_is_turned_off(world: World) -> None:
    ann = await world.invite("ann")
    await see(world, ann)
    before = await world.rows("SELECT xmin::text FROM sighting_pending WHERE tenant = $1")
    await see(world, ann)
    other = Perform(world.perform.pool, world.perform.vault, world.clock, lambda _t, _j: None, "other")
    other.sighted(ann, PHONE)
    await other.sightings.close()
    assert await world.rows("SELECT xmin::text FROM sighting_pending WHERE tenant = $1") == before
    off = Perform(
        world.perform.pool, world.perform.vault, world.clock, lambda _t, _j: None, "off", sighting_days=0
    )
    off.sighted(ann, Whence(OFFICE))
    off.sighted(world.admin, PHONE)
    await off.sightings.flush()
    await see(world, world.admin)
    assert len(await world.rows(PENDING)) == 1, "and only people who work are seen"


async def test_memory_is_bounded_and_what_could_not_be_written_is_written_later(world: World) -> None:
    ann = await world.invite("ann")
    noted = world.perform.sightings
    for n in range(KEPT_MAX + 5):
        noted.note(ann, Whence("", b"%d" % n))
    assert len(noted._fresh) == KEPT_MAX
    noted._fresh.clear()
    noted.note(ann, PHONE)
    pool, noted._pool = noted._pool, await open_pool(world.dsn("muster_app"), size_max=1)
    await noted._pool.close()
    await noted.flush()
    assert await world.rows(PENDING) == [] and len(noted._fresh) == 1
    noted._pool = pool
    await noted.flush()
    assert len(await world.rows(PENDING)) == 1


async def test_a_pull_asks_no_statement_more_for_it(world: World) -> None:
    project, ann = await world.project(), await world.invite("ann")
    await world.items(project, "a", "b", "c")
    counted: list[Any] = []

    async def lease_pull(work: Any, **given: Any) -> Any:
        note = counted.append
        work.conn.add_query_logger(note)
        pulled = await queue.lease_pull(work, **given)
        work.conn.remove_query_logger(note)
        return pulled

    async def statements() -> int:
        counted.clear()
        await world.act(lease_pull, ann, project=project, max=1)
        return len(counted)

    await statements()
    without = await statements()
    world.perform.sighted(ann, PHONE)
    assert await statements() == without
    assert not any("sighting" in one.query for one in counted)
    assert await world.rows(PENDING) == [], "it is in memory only"
    await world.perform.sightings.close()
    assert len(await world.rows(PENDING)) == 1, "until the process ends or some seconds have passed"


async def test_two_accounts_on_one_device_by_turns_are_flagged_with_the_days_and_the_facts_behind(
    world: World,
) -> None:
    skill, (ann, ben, cas) = await answered(world, "ann", "ben", "cas")
    await in_turns(world, ann, ben, PHONE)
    await day(world, {40: [(cas, Whence("192.0.2.1", b"phone-2"))]})
    await night(world)
    (flag,) = (await scan(world, skill))["raised"]
    case = await world.act(flags.flag_get, flag=flag)
    assert case["kind"] == "shared_device" and case["signals"] == ["apart"]
    assert {case["annotator"], case["other"]} == {ann.subject.id, ben.subject.id}
    assert (case["numbers"]["days"], case["numbers"]["slots_common"], case["numbers"]["turns"]) == (6, 0, 30)
    assert case["numbers"]["apart_p_e12"] < case["thresholds"]["p_max_e12"]
    (token,) = {row["device"] for row in await world.rows(KEPT) if row["annotator"] == ann.subject.id}
    assert case["tokens"] == {"device 1": token[:12]}
    assert len(case["days"]) == 6 and case["days"][0]["first"] and case["days"][0]["second"]
    streams = {UUID(one) for shown in case["days"] for one in shown["streams"]}
    mine = (ann.subject.id, ben.subject.id)
    assert streams == {
        fact.stream for fact in await world.facts("annotator.seen") if fact.event.annotator in mine
    }
    assert (await scan(world, skill))["raised"] == [], "once"
    assert await world.facts("annotator.suspended") == []

    (group,) = (await graph(world, skill=skill))["groups"]
    (edge,) = group["edges"]
    assert edge["kind"] == "shared_device"
    assert (edge["flag"], edge["open"], edge["days"], edge["strength"]) == (flag, True, 6, 1.0)
    assert {one["annotator"] for one in group["people"]} == set(mine)
    assert all(one["open_flags"] == ["shared_device"] for one in group["people"])
    file = await world.act(fraud_graph.fraud_case, annotator=ben.subject.id, since=None, days=5)
    assert [one["id"] for one in file["flags"]] == [flag] and len(file["edges"][0]["shared_days"]) == 6
    with refused("not_found"):
        await world.act(fraud_graph.fraud_case, annotator=cas.subject.id, since=None, days=5)
    entry = (await world.entries(world.admin))[-2]
    assert entry["action"] == "fraud_case" and {str(one) for one in mine} <= set(entry["subjects"])

    await settle(world, flag, "explained")
    assert (await graph(world))["groups"] == [], "explained is no edge"


async def test_explained_holds_for_the_pair_in_every_skill(world: World) -> None:
    skill, (ann, ben) = await answered(world, "ann", "ben")
    other = await define(world, "moths")
    await settle(world, await suspect(world, ann, other, "shared_device", ben), "explained")
    await in_turns(world, ann, ben, PHONE)
    assert (await scan(world, skill))["raised"] == []


async def test_an_office_of_thirty_on_one_address_is_nobodys_suspicion(world: World) -> None:
    skill, people = await answered(world, "ann", "ben")
    people += [await world.invite(f"clerk {n}") for n in range(28)]
    for _ in range(6):
        here = [(who, Whence(OFFICE, b"desk %d" % n)) for n, who in enumerate(people)]
        await day(world, dict.fromkeys(range(36, 44), here))
        await night(world)
    assert (await scan(world, skill))["raised"] == []
    assert (await graph(world, days=1))["groups"] == []


async def test_the_graph_is_filtered_bounded_and_not_for_everybody(world: World) -> None:
    skill, (ann, ben) = await answered(world, "ann", "ben")
    dee, eve = await world.invite("dee"), await world.invite("eve")
    for _ in range(5):
        await day(
            world,
            {40: [(one, PHONE) for one in (ann, ben)] + [(one, Whence("", b"z")) for one in (dee, eve)]},
        )
        await night(world)
    found = await graph(world)
    assert len(found["groups"]) == 2 and found["left_out"] == {"groups": 0, "people": 0}
    few = await graph(world, limit=1)
    assert len(few["groups"]) == 1 and few["left_out"] == {"groups": 1, "people": 2}
    (mine,) = (await graph(world, skill=skill))["groups"]
    assert {one["annotator"] for one in mine["people"]} == {ann.subject.id, ben.subject.id}
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    assert (await graph(world, vendor=acme))["groups"] == []
    await world.act(standing.annotator_offboard, annotator=eve.subject.id, reason="left")
    assert len((await graph(world))["groups"]) == 1
    for who in (ann, await world.invite("rev", "reviewer")):
        with refused("forbidden", "forbidden"):
            await graph(world, who)


async def test_what_is_kept_ends_with_its_days_and_with_the_person(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await day(world, {40: [(ann, PHONE), (ben, PHONE)]})
    await night(world)
    await see(world, ben)
    await world.act(standing.annotator_erase, annotator=ben.subject.id, reason="asked for")
    assert await world.rows(PENDING) == []
    world.perform.sighted(ben, Whence(OFFICE))
    await world.perform.sightings.flush()
    assert await world.rows(PENDING) == [], "nothing new of who was erased"
    assert {row["annotator"] for row in await world.rows(KEPT)} == {ann.subject.id}
    world.clock.moved += timedelta(days=91)
    await day(world, {40: [(ann, PHONE)]})
    await night(world)
    assert len(await world.rows(KEPT)) == 1, "the older one is forgotten"


async def test_open_cases_about_who_is_gone_are_closed_and_not_raised_again(world: World) -> None:
    skill, (ann, ben, cas) = await answered(world, "ann", "ben", "cas")
    one = await suspect(world, ann, skill)
    pair = await suspect(world, ann, skill, "copying", ben)
    other = await suspect(world, ben, skill, "copying", cas)
    await world.act(standing.annotator_offboard, annotator=ann.subject.id, reason="left")
    assert (await sweep_all(world.perform, world.tenant))["flags_close"] == 1
    state = {row["id"]: row["decision"] for row in await _listed(world)}
    assert state == {one: "person_gone", pair: None, other: None}, "of a pair somebody is still here"
    await world.act(standing.annotator_erase, annotator=ben.subject.id, reason="asked for")
    assert (await world.system(flags_close, most=10))["closed"] == 2
    case = await world.act(flags.flag_get, flag=pair)
    assert (case["state"], case["decision"], case["numbers"]) == ("settled", "person_gone", {"answers": 20})
    assert [fact["fact"] for fact in case["history"]] == ["flag.raised", "flag.closed"]
    await in_turns(world, cas, ann, PHONE)
    assert len((await scan(world, skill))["raised"]) == 1, "about who is still here"


async def _listed(world: World) -> list[dict[str, Any]]:
    query = {"state": None, "kind": None, "annotator": None, "project": None, "cursor": None, "limit": 50}
    return list((await world.act(flags.flag_list, **query))["data"])


async def test_a_rebuild_gives_the_same_sightings_and_cases(world: World) -> None:
    await shared.lived(world)
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    result = await rebuild_check(world.perform.pool, sequencer, [world.tenant])
    await sequencer.close()
    assert result["differences"] == []
    assert result["projections"]["sightings"] == {"equal": True, "rows": 4}
    assert len(await world.facts("flag.closed")) == 1
    assert len(await world.rows(PENDING)) == 1


async def test_a_day_that_comes_late_adds_nothing_to_what_was_told(world: World) -> None:
    ann = await world.invite("ann")
    await day(world, {40: [(ann, PHONE)]})
    (row,) = await world.rows(PENDING)
    assert await night(world) == 1
    await world.rows(
        "INSERT INTO sighting_pending SELECT $1, $2, $3, $4, $5, $6, false, '{50}', $7 RETURNING 1",
        *(row[name] for name in ("annotator", "day", "address", "device", "network", "kept_until")),
    )
    await world.system(sightings_tell, most=500)
    assert len(await world.facts("annotator.seen")) == 1 and await world.rows(PENDING) == []
