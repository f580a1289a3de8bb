"""Imports: good rows come in, bad rows are named, the same file again changes nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.access import access
from backend.usecases.proficiency.skills import annotator_skills, skill_define
from backend.usecases.work import Caller, Work
from backend.usecases.workforce import importing, inviting, people, vendors
from backend.usecases.workforce.importing import annotator_import
from tests.support.refused import refused
from tests.support.world import World

EVENTS = "SELECT count(*) AS n FROM event WHERE tenant = $1"


async def bring(world: World, csv: str, who: Caller | None = None, dry_run: bool = False) -> dict[str, Any]:
    return await world.act(annotator_import, who, csv=csv, dry_run=dry_run)


async def events(world: World) -> int:
    (row,) = await world.rows(EVENTS)
    return int(row["n"])


async def manager_of(world: World, vendor: UUID | None, team: UUID | None = None) -> Caller:
    made = await world.act(
        access.key_create,
        kind="user",
        roles=("vendor_manager",),
        scopes=("*",),
        days=1,
        vendor=vendor,
        team=team,
    )
    return await world.perform.authenticate(made["key"])


async def test_good_rows_come_in_and_bad_rows_are_named(world: World) -> None:
    said = await bring(world, "name,email,roles\nAda,ada@x,reviewer\nBen,no address,\nCas,cas@x,wizard\n")
    assert (said["invited"], said["exists"], said["bad"]) == (1, 0, 2)
    good, *bad = said["rows"]
    assert (good["row"], good["status"], good["problem"]) == (2, "invited", None)
    assert [(one["row"], one["status"], one["problem"]["column"]) for one in bad] == [
        (3, "bad", "email"),
        (4, "bad", "roles"),
    ]
    claimer = await world.perform.authenticate(good["claim_token"], "claim")
    claimed = await world.act(inviting.annotator_claim, claimer)
    ada = await world.perform.authenticate(claimed["key"])
    assert ada.subject.id == good["id"]
    assert ada.subject.roles == {"reviewer"}
    shown = await world.act(people.annotator_get, annotator=good["id"])
    assert (shown["name"], shown["email"]) == ("Ada", "ada@x")


async def test_the_same_file_again_changes_nothing(world: World) -> None:
    await world.act(skill_define, name="birds", kind="domain")
    csv = "name,email,skills,scores\nAda,ada@x,birds:3,birds:45/50@other\nBen,ben@x,,\n,,birds:3,\n"
    first = await bring(world, csv)
    before = await events(world)
    again = await bring(world, csv.replace("ada@x", " ADA@x "))
    assert await events(world) == before
    assert (again["invited"], again["exists"], again["bad"]) == (0, 2, 1)
    assert [one["id"] for one in again["rows"]] == [one["id"] for one in first["rows"]]
    assert again["claim_until"] is None and all(one["claim_token"] is None for one in again["rows"])


async def test_a_dry_run_says_the_same_and_does_nothing(world: World) -> None:
    await bring(world, "name,email\nAda,ada@x\n")
    before = await events(world)
    csv = "name,email\nAda,ada@x\nBen,ben@x\nCas,\n"
    said = await bring(world, csv, dry_run=True)
    assert [one["status"] for one in said["rows"]] == ["exists", "invited", "bad"]
    assert said["rows"][1]["id"] is None
    assert await events(world) == before
    assert [one["status"] for one in (await bring(world, csv))["rows"]] == ["exists", "invited", "bad"]


async def test_a_repeated_request_finds_its_ids_and_no_tokens(world: World) -> None:
    csv = "name,email\nAda,ada@x\n"
    first = (await world.answer(annotator_import, key="k1", csv=csv, dry_run=False)).body
    again = (await world.answer(annotator_import, key="k1", csv=csv, dry_run=False)).body
    assert first["rows"][0]["claim_token"]
    assert again["rows"] == [
        {**first["rows"][0], "id": str(first["rows"][0]["id"]), "claim_token": None},
    ]


async def test_skills_and_scores_come_in_as_evidence_of_their_own_kind(world: World) -> None:
    skill = (await world.act(skill_define, name="bird song", kind="domain"))["id"]
    said = await bring(
        world, 'name,email,skills,scores\nAda,ada@x,bird song:3,"bird song:45/50@other"\nBen,b@x,cats:1,\n'
    )
    ada, ben = said["rows"]
    assert (ben["status"], ben["problem"]["column"]) == ("bad", "skills")
    (held,) = (await world.act(annotator_skills, annotator=ada["id"]))["skills"]
    assert (held["skill"], held["level"]) == (skill, 3)
    assert [one["source"] for one in held["sources"]] == ["import"]
    (score,) = await world.facts("score.imported")
    assert (score.event.correct, score.event.total, score.event.system) == (45, 50, "other")


async def test_vendors_and_teams_are_named_or_given_by_id(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    night = (await world.act(vendors.team_create, name="Night", vendor=acme))["id"]
    staff = (await world.act(vendors.team_create, name="Night", vendor=None))["id"]
    rows = f"A,a@x,acme, NIGHT ,\nB,b@x,{acme},{night},\nC,c@x,,night,\nD,d@x,,,crowd\nE,e@x,,{night},\n"
    bad = "F,f@x,other,,\nG,g@x,Acme,Day,\nH,h@x,Acme,,staff\nI,i@x,,,vendor\n" + f"J,j@x,Acme,{staff},\n"
    said = await bring(world, f"name,email,vendor,team,origin\n{rows}{bad}")
    assert [one["status"] for one in said["rows"]] == ["invited"] * 5 + ["bad"] * 5
    assert [one["problem"]["column"] for one in said["rows"][5:]] == [
        "vendor",
        "team",
        "origin",
        "origin",
        "team",
    ]
    places = [
        (fact.event.origin, fact.event.vendor, fact.event.team)
        for fact in await world.facts("annotator.invited")
    ]
    assert places == [
        ("vendor", acme, night),
        ("vendor", acme, night),
        ("staff", None, staff),
        ("crowd", None, None),
        ("vendor", acme, night),
    ]


async def test_a_suspended_vendor_takes_nobody(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    await world.act(vendors.vendor_suspend, vendor=acme, reason="audit")
    (row,) = (await bring(world, "name,email,vendor\nA,a@x,Acme\n"))["rows"]
    assert (row["status"], row["problem"]["column"]) == ("bad", "vendor")


async def test_a_vendors_manager_brings_own_people_only(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    other = (await world.act(vendors.vendor_register, name="Other"))["id"]
    await bring(world, "name,email,vendor\nTaken,taken@x,Other\n")
    manager = await manager_of(world, acme)
    said = await bring(
        world, "name,email,vendor\nA,a@x,\nB,b@x,Acme\nC,c@x,Other\nD,taken@x,\nE,e@x,Nobody\n", manager
    )
    assert [one["status"] for one in said["rows"]] == ["invited", "invited", "bad", "bad", "bad"]
    assert [one["problem"]["column"] for one in said["rows"][2:]] == ["vendor", "email", "vendor"]
    # Whether another vendor exists is not theirs to learn.
    assert said["rows"][2]["problem"] == said["rows"][4]["problem"]
    assert said["rows"][3]["id"] is None
    hired = [fact.event.vendor for fact in await world.facts("annotator.invited")]
    assert hired == [other, acme, acme]


async def test_a_vendors_manager_grants_no_skills_by_a_file(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    await world.act(skill_define, name="birds", kind="domain")
    manager = await manager_of(world, acme)
    for cells, columns in (
        ("birds:10,", ["skills"]),
        (",birds:9/9@x", ["scores"]),
        ("unknown:1,birds:9/9@x", ["skills", "scores"]),
    ):
        with refused("forbidden") as caught:
            await bring(world, f"name,email,skills,scores\nA,a@x,{cells}\n", manager)
        assert caught.value.extra == {"columns": columns}
        assert f"leave {' and '.join(columns)} out, or ask a manager" in caught.value.mend
    assert (await bring(world, "name,email,skills,scores\nA,a@x,,\n", manager))["invited"] == 1


async def test_a_row_about_somebody_known_says_which_of_its_cells_differ(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    await world.act(vendors.team_create, name="Night", vendor=acme)
    first = await bring(world, "name,email,roles,vendor\nA,a@x,reviewer annotator,Acme\nB,b@x,,\n")
    assert [one["differs"] for one in first["rows"]] == [[], []]
    before = await events(world)
    for cells, differs in (
        ("Other,a@x,,,,", []),
        ("A,a@x,annotator reviewer,vendor,acme,", []),
        ("A,a@x,expert,,Acme,Night", ["roles", "team"]),
        ("A,a@x,,crowd,,", ["origin"]),
        ("B,b@x,annotator,vendor,Acme,", ["origin", "vendor"]),
        ("C,c@x,expert,crowd,,", []),
    ):
        for dry_run in (True, False) if "c@x" not in cells else (True,):
            (row,) = (await bring(world, f"name,email,roles,origin,vendor,team\n{cells}\n", dry_run=dry_run))[
                "rows"
            ]
            assert row["differs"] == differs, cells
    assert await events(world) == before


async def test_of_two_imports_of_one_file_at_once_one_invites(world: World) -> None:
    csv = "name,email\n" + "".join(f"P{n},p{n}@x\n" for n in range(20))
    both = await asyncio.gather(bring(world, csv), bring(world, csv))
    assert sorted(one["invited"] for one in both) == [0, 20]
    assert len(await world.facts("annotator.invited")) == 20


async def test_an_import_that_another_one_overtakes_judges_its_rows_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv, others = "name,email\nA,a@x\nB,b@x\n", ["name,email\nA,a@x\n"]

    async def overtaken(work: Work, wanted: Sequence[inviting.Invitation]) -> list[inviting.Token]:
        if others:
            assert (await bring(world, others.pop()))["invited"] == 1
        return await inviting.invite_people(work, wanted)

    monkeypatch.setattr(importing, "invite_people", overtaken)
    said = await bring(world, csv)
    assert [one["status"] for one in said["rows"]] == ["exists", "invited"]
    assert len(await world.facts("annotator.invited")) == 2


async def test_a_person_imports_nobody(world: World) -> None:
    ann = await world.invite("ann")
    with refused("forbidden"):
        await bring(world, "name,email\nA,a@x\n", ann)


async def test_a_file_that_is_no_roster_is_refused_whole(world: World) -> None:
    with refused("roster_header_wrong", "invalid"):
        await bring(world, "a,b\n1,2\n")
    assert await world.facts("annotator.invited") == []


async def test_ten_thousand_rows_with_one_in_a_hundred_bad_come_in_at_once(world: World) -> None:
    await world.act(skill_define, name="birds", kind="domain")
    n = 10_000
    rows = [f"Person {i},p{i}@example.invalid,birds:{i % 10 + 1}" for i in range(n)]
    for i in range(0, n, 100):
        rows[i] = f"Person {i},nothing,birds:1"
    csv = "name,email,skills\n" + "\n".join(rows)
    said = await bring(world, csv)
    assert (said["invited"], said["exists"], said["bad"]) == (n - 100, 0, 100)
    assert [one["row"] for one in said["rows"] if one["status"] == "bad"] == list(range(2, n + 2, 100))
    assert len({one["claim_token"] for one in said["rows"]} - {None}) == n - 100
    before = await events(world)
    people = await world.rows("SELECT count(*) AS n FROM person WHERE tenant = $1 AND status = 'invited'")
    assert people[0]["n"] == n - 100
    again = await bring(world, csv)
    assert (again["invited"], again["exists"], again["bad"]) == (0, n - 100, 100)
    assert await events(world) == before
