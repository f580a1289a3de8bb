"""Vendors: all their people stop and start together; their own managers see nobody else; compliance speaks for all."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.usecases.access import access
from backend.usecases.work import Caller, UseCase
from backend.usecases.workforce import compliance, inviting, people, screening, standing, vendors
from tests.support import people as way
from tests.support.refused import refused
from tests.support.world import World


async def listed(world: World, caller: Caller | None = None, **which: UUID) -> set[UUID]:
    page = await world.act(people.annotator_list, caller, status=None, cursor=None, limit=200, **which)
    return {one["id"] for one in page["data"]}


async def test_a_suspended_vendors_people_stop_at_once_and_start_again_with_it(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b", "c")
    works = await way.vendor(world)
    ann, ben = [await way.join(world, name, vendor=works) for name in ("ann", "ben")]
    cas, dee = await way.join(world, "cas", vendor=works), await way.join(world, "dee")
    waiting = await way.invite(world, "eve", vendor=works)
    await world.act(standing.annotator_pause, annotator=ben.subject.id, reason="on leave", until=None)
    await world.act(standing.annotator_suspend, annotator=cas.subject.id, reason="own reason")
    await world.pull(ann, project)
    await world.pull(dee, project)
    said = await world.act(vendors.vendor_suspend, vendor=works, reason="breach")
    assert (said["people"], said["leases_revoked"]) == (3, 1)
    assert await way.open_slots(world) == 2, "the lease of the tenant's own person stays"
    xids = await world.rows(
        "SELECT DISTINCT xid FROM event WHERE tenant = $1 AND type = ANY($2)",
        ["vendor.suspended", "lease.revoked"],
    )
    assert len(xids) == 1
    assert (await world.pull(ann, project))["reasons"] == [{"code": "suspended"}]
    with refused("suspended", "forbidden"):
        await way.claim(world, waiting)
    assert (await world.act(vendors.vendor_suspend, vendor=works, reason="again"))["people"] == 0
    back = await world.act(vendors.vendor_reinstate, vendor=works, reason="settled")
    assert back["people"] == 3
    standings = [await way.status(world, one.subject.id) for one in (ann, ben, cas)]
    assert standings == ["active", "paused", "suspended"]
    assert (await way.claim(world, waiting))[1]["status"] == "active"


async def test_nobody_comes_to_or_returns_under_a_suspended_vendor(world: World) -> None:
    works = await way.vendor(world)
    ann = await way.join(world, "ann", vendor=works)
    ben = await way.join(world, "ben")
    await world.act(vendors.vendor_suspend, vendor=works, reason="breach")
    move = {"origin": None, "vendor": works, "team": None}
    for act in (
        way.invite(world, "cas", vendor=works),
        world.act(standing.annotator_move, annotator=ben.subject.id, **move),
        world.act(standing.annotator_reinstate, annotator=ann.subject.id, reason="but she is good"),
    ):
        with refused("vendor_suspended", "conflict"):
            await act
    away = {"origin": None, "vendor": None, "team": None}
    await world.act(standing.annotator_move, annotator=ann.subject.id, **away)
    said = await world.act(standing.annotator_reinstate, annotator=ann.subject.id, reason="ours now")
    assert said["status"] == "active"


async def test_a_vendor_and_a_team_have_names_of_their_own(world: World) -> None:
    works = await way.vendor(world)
    with refused("vendor_exists", "conflict") as caught:
        await way.vendor(world, " label WORKS ")
    assert caught.value.extra == {"vendor": str(works)}
    night = await way.team(world, "night", works)
    await way.team(world, "night")
    with refused("team_exists", "conflict"):
        await way.team(world, "Night", works)
    await way.join(world, "ann", team=night)
    shown = await world.act(vendors.vendor_get, vendor=works)
    assert (shown["name"], shown["status"], shown["people"]) == ("Label Works", "active", 1)
    teams = (await world.act(vendors.team_list, vendor=works, cursor=None, limit=10))["data"]
    assert teams == [{"id": night, "name": "night", "vendor": works, "people": 1}]
    rows = await world.rows("SELECT name FROM vendor WHERE tenant = $1")
    assert b"Label" not in bytes(rows[0]["name"])


async def test_where_somebody_belongs_follows_from_the_team_and_must_fit(world: World) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    night = await way.team(world, "night", works)
    ann = await way.join(world, "ann", team=night)
    shown = await world.act(people.annotator_get, annotator=ann.subject.id)
    assert (shown["origin"], shown["vendor"], shown["team"]) == ("vendor", works, night)
    assert {f"vendor:{works}", f"team:{night}", "origin:vendor"} <= set(shown["tokens"])
    for code, where in (
        ("team_mismatch", {"vendor": other, "team": night}),
        ("team_mismatch", {"origin": "staff", "team": night}),
        ("vendor_mismatch", {"origin": "vendor"}),
        ("vendor_unknown", {"vendor": night}),
        ("team_unknown", {"team": works}),
    ):
        with refused(code, "invalid"):
            await way.invite(world, "ben", **where)
    moved = {"origin": "crowd", "vendor": None, "team": None}
    await world.act(standing.annotator_move, annotator=ann.subject.id, **moved)
    held = (await world.act(people.annotator_get, annotator=ann.subject.id))["tokens"]
    assert "origin:crowd" in held and not [t for t in held if t.startswith(("vendor:", "team:"))]


async def test_a_vendor_manager_sees_and_manages_their_own_people_only(world: World) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    ann, ben, cas = [
        (await way.join(world, name, **where)).subject.id
        for name, where in (("ann", {"vendor": works}), ("ben", {"vendor": other}), ("cas", {}))
    ]
    boss = await way.manager_of(world, works)
    assert await listed(world, boss) == {ann}
    assert await listed(world, boss, vendor=other) == set()
    assert (await world.act(people.annotator_get, boss, annotator=ann))["name"] == "ann"
    for foreign in (ben, cas, UUID(int=7)):
        for usecase, said in FOREIGN:
            with refused("not_found", "not_found"):
                await world.act(usecase, boss, annotator=foreign, **said)
    await world.act(standing.annotator_pause, boss, annotator=ann, reason="on leave", until=None)
    assert await way.status(world, ann) == "paused"
    with refused("not_found", "not_found"):
        await world.act(vendors.vendor_get, boss, vendor=other)
    seen = (await world.act(vendors.vendor_list, boss, cursor=None, limit=10))["data"]
    assert [one["id"] for one in seen] == [works]
    for usecase, said in (
        (vendors.vendor_suspend, {"vendor": works, "reason": "no"}),
        (standing.annotator_erase, {"annotator": ann, "reason": "no"}),
        (standing.annotator_move, {"annotator": ann, "origin": None, "vendor": other, "team": None}),
        (screening.annotator_screen, {"annotator": ann, "reason": None}),
    ):
        with refused("forbidden", "forbidden"):
            await world.act(usecase, boss, **said)


FOREIGN: list[tuple[UseCase, dict[str, object]]] = [
    (people.annotator_get, {}),
    (people.annotator_history, {}),
    (standing.annotator_pause, {"reason": "x", "until": None}),
    (standing.annotator_resume, {"reason": None}),
    (standing.annotator_suspend, {"reason": "x"}),
    (standing.annotator_reinstate, {"reason": "x"}),
    (standing.annotator_offboard, {"reason": "x"}),
    (inviting.annotator_reinvite, {}),
    (
        screening.annotator_check_record,
        {"kind": "identity", "passed": True, "evidence": None, "until": None},
    ),
    (
        compliance.compliance_list,
        {"vendor": None, "ended": False, "cursor": None, "limit": 10},
    ),
]


async def test_a_vendor_manager_invites_into_the_own_vendor_whatever_is_asked(world: World) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    night, theirs = await way.team(world, "night", works), await way.team(world, "night", other)
    boss, lead = await way.manager_of(world, works), await way.manager_of(world, works, night)
    invited = await way.invite(world, "ann", boss, origin="staff", vendor=other)
    assert await listed(world, boss) == {invited["id"]}
    with refused("team_unknown", "invalid"):
        await way.invite(world, "ben", boss, team=theirs)
    own = await way.invite(world, "cas", lead)
    shown = await world.act(people.annotator_get, annotator=own["id"])
    assert (shown["vendor"], shown["team"]) == (works, night)
    assert await listed(world, lead) == {own["id"]}
    assert await listed(world, boss) == {invited["id"], own["id"]}


async def test_a_manager_of_a_staff_team_stays_within_it(world: World) -> None:
    day = await way.team(world, "day")
    asked = {"kind": "user", "roles": ("manager",), "scopes": ("*",), "days": 1}
    made = await world.act(access.key_create, **asked, vendor=None, team=day)
    lead = await world.perform.authenticate(made["key"])
    ann, ben = await way.join(world, "ann", team=day), await way.join(world, "ben")
    assert await listed(world, lead) == {ann.subject.id}
    with refused("not_found"):
        await world.act(people.annotator_get, lead, annotator=ben.subject.id)
    with refused("forbidden") as caught:
        await world.act(way.onboarding.onboarding_get, lead)
    assert "V1" in caught.value.found


async def test_the_key_of_a_vendor_manager_needs_a_vendor_that_exists(world: World) -> None:
    asked = {"kind": "user", "roles": ("vendor_manager",), "scopes": ("*",), "days": 1}
    with refused("vendor_required", "invalid"):
        await world.act(access.key_create, **asked)
    with refused("vendor_unknown", "invalid"):
        await world.act(access.key_create, **asked, vendor=UUID(int=7))


async def record(world: World, **about: object) -> UUID:
    said = {"kind": "iso27001", "vendor": None, "annotator": None, "evidence": "number 12", "until": None}
    return UUID(str((await world.act(compliance.compliance_record, **(said | about)))["id"]))


async def test_compliance_of_a_vendor_speaks_for_all_its_people_also_those_who_come_later(
    world: World,
) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    project = await world.project()
    await world.items(project, "a", "b")
    await way.require(world, project, compliance="iso27001")
    ann = await way.join(world, "ann", vendor=works)
    assert (await world.pull(ann, project))["leases"] == []
    first = await record(world, vendor=works)
    ben = await way.join(world, "ben", vendor=works)
    cas = await way.join(world, "cas", vendor=other)
    who = [one.subject.id for one in (ann, ben, cas)]
    assert [await way.tokens(world, one, "compliance") for one in who] == [["compliance:iso27001"]] * 2 + [[]]
    assert len((await world.pull(ann, project))["leases"]) == 1
    moved = {"origin": None, "vendor": other, "team": None}
    said = await world.act(standing.annotator_move, annotator=ann.subject.id, **moved)
    assert said["leases_revoked"] == 1
    assert await way.tokens(world, ann.subject.id, "compliance") == []
    await world.pull(ben, project)
    ended = await world.act(compliance.compliance_withdraw, record=first, reason="forged")
    assert ended["leases_revoked"] == 1
    assert await way.tokens(world, ben.subject.id, "compliance") == []
    assert await way.open_slots(world) == 2


async def test_two_records_of_one_kind_hold_until_the_last_of_them_ends(world: World) -> None:
    works = await way.vendor(world)
    ann = await way.join(world, "ann", vendor=works)
    await record(world, vendor=works, until=await way.in_days(world, 1))
    own = await record(world, annotator=ann.subject.id, evidence={"training": "done"})
    world.clock.moved += timedelta(days=1, seconds=1)
    assert (await world.system(compliance.compliance_expire, most=10))["expired"] == 1
    assert (await world.system(compliance.compliance_expire, most=10))["expired"] == 0
    assert await way.tokens(world, ann.subject.id, "compliance") == ["compliance:iso27001"]
    await world.act(compliance.compliance_withdraw, record=own, reason="forged")
    assert await way.tokens(world, ann.subject.id, "compliance") == []


async def test_a_compliance_right_ends_at_its_moment_without_the_sweep(world: World) -> None:
    works = await way.vendor(world)
    ann = await way.join(world, "ann", vendor=works)
    await record(world, vendor=works, until=await way.in_days(world, 1))
    assert await way.tokens(world, ann.subject.id, "compliance") == ["compliance:iso27001"]
    world.clock.moved += timedelta(days=1, seconds=1)
    assert await way.tokens(world, ann.subject.id, "compliance") == []


async def test_records_are_listed_with_their_evidence_to_whom_they_concern(world: World) -> None:
    works, other = await way.vendor(world), await way.vendor(world, "Others")
    boss = await way.manager_of(world, works)
    ann = await way.join(world, "ann", vendor=works)
    mine, hers = await record(world, vendor=works), await record(world, annotator=ann.subject.id)
    theirs = await record(world, vendor=other)
    await world.act(compliance.compliance_withdraw, record=mine, reason="forged")
    every = {"vendor": None, "annotator": None, "cursor": None, "limit": 10}
    seen = (await world.act(compliance.compliance_list, boss, **every, ended=True))["data"]
    assert [(one["id"], one["in_force"], one["reason"]) for one in seen] == [
        (mine, False, "forged"),
        (hers, True, None),
    ]
    assert seen[0]["evidence"] == "number 12"
    all_ = (await world.act(compliance.compliance_list, **every, ended=False))["data"]
    assert [one["id"] for one in all_] == [hers, theirs]


@pytest.mark.parametrize("about", [{}, {"both": True}])
async def test_a_record_is_about_one_of_the_two(world: World, about: dict[str, bool]) -> None:
    ann = await way.join(world, "ann")
    both = {"vendor": await way.vendor(world), "annotator": ann.subject.id} if about else {}
    with refused("compliance_subject", "invalid"):
        await record(world, **both)
