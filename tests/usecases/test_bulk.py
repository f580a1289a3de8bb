"""Bulk acts: the preview is what happens, and nobody who is refused stops the others."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.usecases.proficiency.skills import skill_define
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import inviting, standing, vendors
from backend.usecases.workforce.announcements import announcement_list
from backend.usecases.workforce.bulk import annotator_bulk
from backend.usecases.workforce.importing import annotator_import
from backend.usecases.workforce.people import annotator_get
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_importing import manager_of

NUMBERS = ("matched", "would", "stops", "leases", "leases_revoked", "drafts")


async def bulk(
    world: World, selection: dict[str, Any], act: dict[str, Any], who: Caller | None = None, **how: Any
) -> dict[str, Any]:
    """Look first, then do it: the numbers are the same; the preview leaves nothing behind."""
    before = await kept(world)
    looked = await world.act(
        annotator_bulk, who, selection=selection, act=act, preview=True, expect=how.get("expect")
    )
    assert await kept(world) == before, "a preview changes nothing"
    did = await world.act(
        annotator_bulk, who, selection=selection, act=act, preview=False, expect=looked["matched"]
    )
    assert {name: looked[name] for name in NUMBERS} == {name: did[name] for name in NUMBERS}
    assert (looked["preview"], did["preview"], looked["tokens"]) == (True, False, [])
    return did


async def kept(world: World) -> list[list[dict[str, Any]]]:
    tables = ("event", "person", "holding", "lease", "job", "announcement", "credential")
    return [
        await world.rows(f"SELECT t::text FROM {table} t WHERE tenant = $1 ORDER BY 1") for table in tables
    ]


async def status(world: World, *people: Caller) -> list[str]:
    return [(await world.act(annotator_get, annotator=one.subject.id))["status"] for one in people]


def of(*people: Caller) -> dict[str, Any]:
    return {"ids": [one.subject.id for one in people]}


async def test_a_suspension_says_who_stops_and_what_they_have_open(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b", "c")
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.pull(ben, project)
    await world.act(holding.lease_draft, ann, lease=lease["id"], draft={"half": "done"})
    await world.act(standing.annotator_suspend, annotator=cas.subject.id, reason="before")
    did = await bulk(world, of(ann, ben, cas), {"kind": "suspend", "reason": "audit"})
    assert (did["matched"], did["would"]) == (3, {"changed": 2, "unchanged": 1, "refused": []})
    assert did["stops"] == sorted([ann.subject.id, ben.subject.id])
    assert (did["leases"], did["leases_revoked"], did["drafts"]) == (2, 2, 1)
    assert await status(world, ann, ben, cas) == ["suspended"] * 3
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 3
    xids = await world.rows(
        "SELECT DISTINCT xid::text FROM event WHERE tenant = $1 AND type = 'lease.revoked'"
        " OR tenant = $1 AND type = 'annotator.suspended' AND stream <> $2",
        cas.subject.id,
    )
    assert len(xids) == 1, "one transaction"


async def test_a_refusal_of_one_stops_nobody_else(world: World) -> None:
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    await world.act(standing.annotator_suspend, annotator=ben.subject.id, reason="before")
    nobody = uuid4()
    selection = {"ids": [*of(ann, ben, cas)["ids"], nobody]}
    did = await bulk(world, selection, {"kind": "pause", "reason": "holiday", "until": None})
    assert (did["matched"], did["would"]["changed"], did["would"]["unchanged"]) == (3, 2, 0)
    refusals = {one["id"]: one["code"] for one in did["would"]["refused"]}
    assert set(refusals) == {ben.subject.id, nobody} and refusals[nobody] == "not_found"
    assert await status(world, ann, ben, cas) == ["paused", "suspended", "paused"]


async def test_paused_people_are_resumed_by_their_status(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await bulk(world, of(ann), {"kind": "pause", "reason": "holiday"})
    did = await bulk(world, {"status": "paused"}, {"kind": "resume", "reason": "back"})
    assert (did["matched"], did["stops"]) == (1, [])
    assert await status(world, ann, ben) == ["active", "active"]


async def test_a_selection_that_changed_after_the_preview_is_refused(world: World) -> None:
    ann = await world.invite("ann")
    selection, act = {"status": "active"}, {"kind": "offboard", "reason": "over"}
    looked = await world.act(annotator_bulk, selection=selection, act=act, preview=True, expect=None)
    ben = await world.invite("ben")
    with refused("selection_changed", "conflict"):
        await world.act(annotator_bulk, selection=selection, act=act, preview=False, expect=looked["matched"])
    assert await status(world, ann, ben) == ["active", "active"]


async def test_nothing_is_done_that_was_not_looked_at(world: World) -> None:
    ann = await world.invite("ann")
    act = {"kind": "offboard", "reason": "over"}
    with refused("expect_required", "invalid") as caught:
        await world.act(annotator_bulk, selection=of(ann), act=act, preview=False, expect=None)
    assert "preview" in caught.value.mend
    assert await status(world, ann) == ["active"]


async def test_a_pause_that_holds_is_kept_with_its_end_and_one_that_is_over_is_not(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    now = (await world.act(annotator_get, annotator=ann.subject.id))["invited_at"]
    soon, late = now + timedelta(days=1), now + timedelta(days=9)
    await bulk(world, of(ann), {"kind": "pause", "reason": "own holiday", "until": soon})
    did = await bulk(world, of(ann, ben), {"kind": "pause", "reason": "closed", "until": late})
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}
    assert did["stops"] == [ben.subject.id]
    assert await pauses(world, ann, ben) == [("own holiday", soon), ("closed", late)]
    world.clock.moved += timedelta(days=2)
    did = await bulk(world, of(ann, ben), {"kind": "pause", "reason": "closed", "until": late})
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}
    assert await pauses(world, ann, ben) == [("closed", late)] * 2


async def pauses(world: World, *people: Caller) -> list[tuple[str, Any]]:
    shown = [await world.act(annotator_get, annotator=one.subject.id) for one in people]
    return [(one["reason"], one["paused_until"]) for one in shown]


@pytest.mark.parametrize("nowhere", [{}, {"origin": None, "vendor": None, "team": None}])
async def test_a_move_to_nowhere_moves_nobody(world: World, nowhere: dict[str, Any]) -> None:
    ann = await world.invite("ann")
    acme = await vendor_with(world, "Acme", ann)
    with refused("move_unclear", "invalid"):
        await bulk(world, of(ann), {"kind": "move", **nowhere})
    assert (await world.act(annotator_get, annotator=ann.subject.id))["vendor"] == acme


@pytest.mark.parametrize("what", ["vendor", "team", "skill"])
async def test_a_selection_by_what_does_not_exist_is_refused(world: World, what: str) -> None:
    ann = await world.invite("ann")
    for more in ({}, of(ann)):
        with refused("not_found", "not_found"):
            await bulk(world, {what: uuid4(), **more}, {"kind": "remind"})


async def test_what_others_have_does_not_exist_for_a_limited_manager(world: World) -> None:
    acme, other = await vendor_with(world, "Acme"), await vendor_with(world, "Other")
    names = (("Night", acme), ("Day", acme), ("Late", other), ("Staff", None))
    teams = [(await world.act(vendors.team_create, name=n, vendor=v))["id"] for n, v in names]
    night, day, late, staff = teams
    pause = {"kind": "pause", "reason": "x"}
    for manager, foreign in (
        (await manager_of(world, acme), [{"vendor": other}, {"team": late}, {"team": staff}]),
        (await manager_of(world, acme, night), [{"vendor": other}, {"team": day}, {"team": late}]),
    ):
        for selection in foreign:
            with refused("not_found") as known:
                await bulk(world, selection, pause, manager)
            with refused("not_found") as unknown:
                await bulk(world, dict.fromkeys(selection, uuid4()), pause, manager)
            assert str(known.value) == str(unknown.value)
        assert (await bulk(world, {"vendor": acme, "team": night}, pause, manager))["matched"] == 0


@pytest.mark.parametrize("selection", [{}, {"vendor": None, "ids": None}])
async def test_everybody_at_once_is_nobody(world: World, selection: dict[str, Any]) -> None:
    act = {"kind": "offboard", "reason": "over"}
    with refused("selection_unclear", "invalid"):
        await world.act(annotator_bulk, selection=selection, act=act, preview=True, expect=None)


async def vendor_with(world: World, name: str, *people: Caller) -> UUID:
    vendor = UUID(str((await world.act(vendors.vendor_register, name=name))["id"]))
    if people:
        await bulk(world, of(*people), {"kind": "move", "vendor": vendor})
    return vendor


async def test_moved_people_lose_the_leases_that_need_the_old_place(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    acme = await vendor_with(world, "Acme", ann, ben)
    person = await world.rows("SELECT origin, vendor, tokens FROM person WHERE tenant = $1")
    assert {(one["origin"], one["vendor"]) for one in person} == {("vendor", acme)}
    assert all(f"vendor:{acme}" in one["tokens"] for one in person)
    did = await bulk(world, {"vendor": acme, "ids": [ann.subject.id]}, {"kind": "move", "origin": "staff"})
    assert (did["matched"], did["would"]["changed"]) == (1, 1)
    did = await bulk(world, of(ann, ben), {"kind": "move", "origin": "staff"})
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}


async def test_a_whole_vendor_is_suspended_and_reinstated_itself(world: World) -> None:
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    acme = await vendor_with(world, "Acme", ann, ben)
    await world.act(standing.annotator_suspend, annotator=ben.subject.id, reason="own reason")
    did = await bulk(world, {"vendor": acme}, {"kind": "suspend", "reason": "audit"})
    assert (did["matched"], did["stops"]) == (2, [ann.subject.id])
    assert (await world.act(vendors.vendor_get, vendor=acme))["status"] == "suspended"
    assert await status(world, ann, ben, cas) == ["suspended", "suspended", "active"]
    did = await bulk(world, of(ann), {"kind": "reinstate", "reason": "too early"})
    assert [one["code"] for one in did["would"]["refused"]] == ["vendor_suspended"]
    did = await bulk(world, {"vendor": acme}, {"kind": "reinstate", "reason": "clean"})
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}
    assert (await world.act(vendors.vendor_get, vendor=acme))["status"] == "active"
    assert await status(world, ann, ben) == ["active", "suspended"]
    did = await bulk(world, {"vendor": acme}, {"kind": "reinstate", "reason": "clean"})
    assert did["would"]["changed"] == 1
    assert await status(world, ann, ben) == ["active", "active"]


async def test_a_vendors_manager_acts_on_own_people_only(world: World) -> None:
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    acme = await vendor_with(world, "Acme", ann, ben)
    manager = await manager_of(world, acme)
    did = await bulk(world, of(ann, cas), {"kind": "suspend", "reason": "x"}, manager)
    assert (did["matched"], [one["id"] for one in did["would"]["refused"]]) == (1, [cas.subject.id])
    did = await bulk(world, {"vendor": acme}, {"kind": "suspend", "reason": "x"}, manager)
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}
    assert (await world.act(vendors.vendor_get, vendor=acme))["status"] == "active", "not theirs to stop"
    with refused("forbidden"):
        await bulk(world, {"vendor": acme}, {"kind": "move", "origin": "staff"}, manager)
    assert await status(world, ann, ben, cas) == ["suspended", "suspended", "active"]


async def test_a_skill_is_granted_to_all_who_do_not_hold_it_so(world: World) -> None:
    skill = (await world.act(skill_define, name="birds", kind="domain"))["id"]
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    grant = {"kind": "grant", "skill": skill, "level": 3, "reason": "known for it"}
    await bulk(world, of(ann), grant)
    did = await bulk(world, of(ann, ben), grant)
    assert did["would"] == {"changed": 1, "unchanged": 1, "refused": []}
    did = await bulk(world, {"skill": skill}, {"kind": "pause", "reason": "exam"})
    assert (did["matched"], did["stops"]) == (2, sorted([ann.subject.id, ben.subject.id]))
    assert await status(world, cas) == ["active"]
    with refused("skill_unknown", "invalid"):
        await bulk(world, of(ann), {**grant, "skill": uuid4()})


async def test_a_reminder_is_an_announcement_and_a_new_token_where_the_old_one_has_run_out(
    world: World,
) -> None:
    ann = await world.invite("ann")
    said = await world.act(annotator_import, csv="name,email\nBen,ben@x\n", dry_run=False)
    ben = said["rows"][0]["id"]
    did = await bulk(world, {"ids": [ann.subject.id, ben]}, {"kind": "remind"})
    assert (did["would"]["changed"], did["tokens"]) == (2, [])
    world.clock.moved += timedelta(days=15)
    did = await bulk(
        world, {"ids": [ann.subject.id, ben]}, {"kind": "remind", "title": "Come", "text": "Now."}
    )
    assert [one["id"] for one in did["tokens"]] == [ben]
    claimer = await world.perform.authenticate(did["tokens"][0]["claim_token"], "claim")
    assert (await world.act(inviting.annotator_claim, claimer))["annotator"] == ben
    seen = (await world.act(announcement_list, ann, cursor=None, limit=5))["data"]
    assert [one["title"] for one in seen] == ["Come", "Please look at what is still open"]


async def test_people_who_leave_together_leave_their_leases(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await world.pull(ann, project)
    did = await bulk(world, {"status": "active"}, {"kind": "offboard", "reason": "season over"})
    assert (did["would"]["changed"], did["leases_revoked"]) == (2, 1)
    assert await status(world, ann, ben) == ["offboarded", "offboarded"]
    did = await bulk(world, of(ann), {"kind": "remind"})
    assert [one["code"] for one in did["would"]["refused"]] == ["not_now"]


async def test_an_act_needs_the_right_to_that_act(world: World) -> None:
    ann = await world.invite("ann")
    with refused("forbidden"):
        await bulk(world, of(ann), {"kind": "pause", "reason": "x"}, ann)


async def test_a_thousand_people_are_suspended_in_one_go(world: World) -> None:
    csv = "name,email\n" + "".join(f"P{n},p{n}@x\n" for n in range(1_000))
    await world.act(annotator_import, csv=csv, dry_run=False)
    act = {"kind": "suspend", "reason": "audit"}
    did = await bulk(world, {"status": "invited"}, act)
    assert did["would"] == {"changed": 1_000, "unchanged": 0, "refused": []}
    assert did["stops"] == [], "nobody of them could work yet"
    assert len(await world.facts("annotator.suspended")) == 1_000
