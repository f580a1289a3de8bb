"""A crowd: people who come in by a file, are acted on together and are told things, each thing once."""

from typing import Any
from uuid import UUID

from backend.usecases.proficiency import skills
from backend.usecases.workforce import bulk, importing, vendors
from backend.usecases.workforce.announcements import announcement_publish, announcement_read
from backend.usecases.workforce.inviting import annotator_claim
from tests.support.world import World


async def act_on(world: World, selection: dict[str, Any], **act: Any) -> dict[str, Any]:
    """One act on everybody selected, looked at first as every bulk act is."""
    about: dict[str, Any] = {"selection": selection, "act": act}
    looked = await world.act(bulk.annotator_bulk, **about, preview=True, expect=None)
    return await world.act(bulk.annotator_bulk, **about, preview=False, expect=looked["matched"])


async def crowd(world: World, here: str = "") -> list[UUID]:
    """Six people come in by a file; afterwards they stand in different places, some with skills, two have left."""
    vendor = (await world.act(vendors.vendor_register, name=f"{here}Acme"))["id"]
    team = (await world.act(vendors.team_create, name=f"{here}Night", vendor=vendor))["id"]
    skill = (await world.act(skills.skill_define, name=f"{here}bats", kind="domain"))["id"]
    rows = "".join(
        f"P{n},{here}p{n}@crowd.invalid,{here}Acme,{here}bats:{n + 1},{here}bats:{n}/9@old\n"
        for n in range(6)
    )
    csv = f"name,email,vendor,skills,scores\n{rows}broken\n"
    said = (await world.act(importing.annotator_import, csv=csv, dry_run=False))["rows"]
    assert [one["status"] for one in said] == ["invited"] * 6 + ["bad"], said
    people = [one["id"] for one in said[:6]]
    for one in said[:3]:
        claimer = await world.perform.authenticate(one["claim_token"], "claim")
        claimed = await world.act(annotator_claim, claimer)
        person = await world.perform.authenticate(claimed["key"])
        told: dict[str, Any] = {"title": "Hello", "text": "You are in.", "audience": "people", "about": None}
        news = await world.act(announcement_publish, people=(one["id"],), **told)
        await world.act(announcement_read, person, announcement=news["id"])
    await act_on(world, {"ids": people[:4]}, kind="move", vendor=vendor, team=team)
    await act_on(world, {"team": team}, kind="move", origin="crowd")
    await act_on(world, {"ids": people[:2]}, kind="move", vendor=vendor, team=team)
    await act_on(world, {"ids": people}, kind="grant", skill=skill, level=2, reason="seen")
    await act_on(world, {"ids": people[:3]}, kind="pause", reason="holiday")
    await act_on(world, {"vendor": vendor}, kind="suspend", reason="audit")
    await act_on(world, {"vendor": vendor}, kind="reinstate", reason="clean")
    await act_on(world, {"ids": people[:3]}, kind="resume", reason="back")
    await act_on(world, {"ids": people}, kind="remind")
    await act_on(world, {"ids": people[4:]}, kind="offboard", reason="season over")
    told = {"title": "Vendor", "text": "All of you.", "audience": "vendor", "about": vendor}
    await world.act(announcement_publish, people=(), **told)
    return people
