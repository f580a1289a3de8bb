"""Many people over HTTP: from a file with bad rows, by one act on all who are selected, and told the same news."""

from typing import Any

import pytest

from tests.api.people import claim, events, key, person, project, pull, skill, status
from tests.api.speaker import Speaker
from tests.support.world import World

ROSTER = """name,email,roles,origin,vendor,skills,scores
Ada,ada@example.invalid,annotator,,Label Works,birds:3,birds:45/50@othersystem
Ben,ben@example.invalid,annotator reviewer,crowd,,birds:1,
Cas,no address,,,,,
Dee,dee@example.invalid,king,,,,
Eve,eve@example.invalid,,,Nobody Inc,,
Fay,fay@example.invalid,,,,flying:2,
Gil,gil@example.invalid,,,,birds:11,
Hal,ada@example.invalid,,,,,
,ida@example.invalid,,,,,
Jo,jo@example.invalid,,,,,birds:51/50@othersystem
"""


async def test_the_good_rows_come_in_the_bad_ones_are_named_and_once_is_enough(
    world: World, admin: Speaker
) -> None:
    works = (await admin.do("vendor_register", {"name": "Label Works"}))["id"]
    about = await skill(admin, await project(admin, "a"))
    count = await events(world)
    dry = await admin.do("annotator_import", {"csv": ROSTER, "dry_run": True})
    assert (dry["invited"], dry["bad"], await events(world)) == (2, 8, count)

    did = await admin.do("annotator_import", {"csv": ROSTER})
    assert (did["invited"], did["exists"], did["bad"]) == (2, 0, 8)
    named = {one["row"]: one["problem"]["column"] for one in did["rows"] if one["status"] == "bad"}
    assert named == {
        4: "email",
        5: "roles",
        6: "vendor",
        7: "skills",
        8: "skills",
        9: "email",
        10: "name",
        11: "scores",
    }
    assert all(one["problem"][said] for one in did["rows"][2:] for said in ("expected", "found", "mend"))
    ada, ben = did["rows"][0], did["rows"][1]
    shown = await admin.do("annotator_get", annotator=ada["id"])
    assert (shown["origin"], shown["vendor"], shown["status"]) == ("vendor", works, "invited")
    (held,) = (await admin.do("annotator_skills", annotator=ada["id"]))["skills"]
    assert (held["skill"], held["level"], held["sources"][0]["source"]) == (about, 3, "import")
    await world.follow()
    (standing,) = (await admin.do("proficiency_get", annotator=ada["id"]))["skills"]
    imported = standing["sources"]["import"]
    assert (imported["correct"], imported["total"]) == (45, 50) and imported["weight"] < 1
    assert (await admin.do("annotator_get", annotator=ben["id"]))["roles"] == ["annotator", "reviewer"]

    count = await events(world)
    again = await admin.do("annotator_import", {"csv": ROSTER})
    assert (again["invited"], again["exists"], again["bad"], await events(world)) == (0, 2, 8, count)
    who, _ = await claim(admin, ada["claim_token"])
    await who.do("annotator_get", annotator=ada["id"])


async def crew(admin: Speaker) -> tuple[list[str], dict[str, str], list[Speaker]]:
    """Three active people, of whom the first holds a lease with a draft, and one who is suspended."""
    at = await project(admin, "a", "b", "c")
    people = [await person(admin, name) for name in ("ann", "ben", "cas", "dee")]
    lease = await pull(people[0][0], at)
    await people[0][0].do("lease_draft", {"draft": 1}, lease=lease["id"])
    await admin.do("annotator_suspend", {"reason": "audit"}, annotator=people[3][1])
    return [about for _, about in people], at, [who for who, _ in people]


@pytest.mark.parametrize(
    ("act", "changed", "refused", "stops", "revoked"),
    [
        ({"kind": "pause", "reason": "fair", "until": "2999-01-01T00:00:00Z"}, 3, 1, 3, 1),
        ({"kind": "resume", "reason": "back"}, 0, 1, 0, 0),
        ({"kind": "suspend", "reason": "audit"}, 3, 0, 3, 1),
        ({"kind": "reinstate", "reason": "well"}, 1, 0, 0, 0),
        ({"kind": "offboard", "reason": "over"}, 4, 0, 3, 1),
        ({"kind": "move", "origin": "crowd"}, 4, 0, 0, 0),
        ({"kind": "remind"}, 4, 0, 0, 0),
    ],
    ids=lambda one: one["kind"] if isinstance(one, dict) else "",
)
async def test_an_act_does_exactly_what_its_preview_said(
    world: World, admin: Speaker, act: dict[str, Any], changed: int, refused: int, stops: int, revoked: int
) -> None:
    ids, _, _ = await crew(admin)
    body = {"selection": {"ids": ids}, "act": act}
    count = await events(world)
    looked = await admin.do("annotator_bulk", body | {"preview": True})
    assert await events(world) == count, "a preview records no fact"
    told = (looked["matched"], looked["would"]["changed"], len(looked["would"]["refused"]))
    assert told == (4, changed, refused), looked["would"]["refused"]
    did = await admin.do("annotator_bulk", body | {"preview": False, "expect": 4})
    assert did | {"preview": True} == looked
    assert len(did["stops"]) == stops
    (lease,) = await world.rows("SELECT count(*) AS n FROM lease WHERE tenant = $1")
    assert lease["n"] == 1 - revoked
    if act["kind"] in ("pause", "suspend", "offboard"):
        assert (did["leases"], did["drafts"]) == (1, 1)
        expected = {"pause": "paused", "suspend": "suspended", "offboard": "offboarded"}[act["kind"]]
        assert [await status(admin, one) for one in ids[:3]] == [expected] * 3


async def test_a_level_is_granted_to_all_who_are_selected_and_who_holds_it_is_selected_by_it(
    admin: Speaker,
) -> None:
    ids, at, _ = await crew(admin)
    about = await skill(admin, at)
    grant = {"kind": "grant", "skill": about, "level": 2, "reason": "passed the day"}
    body = {"selection": {"status": "active"}, "act": grant}
    problem = await admin.refused(422, "expect_required", "annotator_bulk", body | {"preview": False})
    assert problem["action"] == "fix and resend"
    looked = await admin.do("annotator_bulk", body | {"preview": True})
    did = await admin.do("annotator_bulk", body | {"preview": False, "expect": looked["matched"]})
    assert (did["matched"], did["would"]["changed"]) == (3, 3)
    remind = {"selection": {"skill": about}, "act": {"kind": "remind"}, "preview": True}
    assert (await admin.do("annotator_bulk", remind))["matched"] == 3
    changed = remind | {"expect": 4}
    await admin.refused(409, "selection_changed", "annotator_bulk", changed)
    await admin.refused(422, "selection_unclear", "annotator_bulk", remind | {"selection": {}})
    (held,) = (await admin.do("annotator_skills", annotator=ids[0]))["skills"]
    assert (held["level"], held["sources"][0]["source"]) == (2, "manager")


async def test_news_are_read_by_those_whom_they_concern_with_a_receipt(admin: Speaker) -> None:
    works = (await admin.do("vendor_register", {"name": "Label Works"}))["id"]
    (ann, ann_id), (ben, ben_id) = await person(admin, "ann", vendor=works), await person(admin, "ben")
    manager = await key(admin, "manager")
    news = {"title": "Breaks", "text": "Breaks are longer.", "audience": "vendor", "about": works}
    told = (await manager.do("announcement_publish", news))["id"]
    wide = await manager.do("announcement_publish", {"title": "All", "text": "Hear.", "audience": "all"})
    assert [one["id"] for one in (await ann.do("announcement_list"))["data"]] == [wide["id"], told]
    assert [one["id"] for one in (await ben.do("announcement_list"))["data"]] == [wide["id"]]
    await ben.refused(404, "not_found", "announcement_read", announcement=told)
    first = await ann.do("announcement_read", announcement=told)
    assert await ann.do("announcement_read", announcement=told) == first
    counts = {
        one["id"]: (one["concerned"], one["read"]) for one in (await manager.do("announcement_list"))["data"]
    }
    assert counts == {told: (1, 1), wide["id"]: (2, 0)}
    query = {"read": "false"}
    unread = (await manager.do("announcement_receipts", query=query, announcement=wide["id"]))["data"]
    assert {one["annotator"] for one in unread} == {ann_id, ben_id}
    assert {one["read_at"] for one in unread} == {None}
    await manager.refused(422, "audience_unclear", "announcement_publish", news | {"audience": "all"})
    await ann.refused(403, "forbidden", "announcement_publish", news)
    await ann.refused(403, "forbidden", "announcement_receipts", announcement=told)
