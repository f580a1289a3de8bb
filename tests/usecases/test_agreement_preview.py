"""The preview of an agreement says beforehand what publishing it then does, and does nothing itself."""

from typing import Any

from backend.usecases.agreements import agreements, previewing
from backend.usecases.projects import guidelines
from backend.usecases.work import Caller
from tests.support.nda import DAY, asking, classed, codes, draft, now, publish, sign
from tests.support.refused import refused
from tests.support.skilled import ask, define, grant
from tests.support.world import World

EVENTS = "SELECT count(*) AS n FROM event WHERE tenant = $1"


async def preview(world: World, of: dict[str, Any] | None, text: str = "v2", **terms: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"title": "NDA", "text": text, "agreement": of["id"] if of else None}
    return await world.act(previewing.agreement_preview, **said, **terms)


async def stopped(world: World, *people: Caller, project: Any) -> set[Any]:
    """Who of these people gets no work now."""
    return {who.subject.id for who in people if await codes(world, who, project) != ["work"]}


async def test_the_preview_names_who_then_stops_with_what_they_have_begun(world: World) -> None:
    nda = await publish(world)
    project, free = await asking(world, nda, items=20), await asking(world, None, "free")
    ann, ben, cleo, dora = [await world.invite(name) for name in ("ann", "ben", "cleo", "dora")]
    for who in (ann, ben, cleo):
        await sign(world, who, nda)
    (lease,) = (await world.pull(ann, project))["leases"]
    await draft(world, ann, lease["id"])
    for who in (ben, dora):
        await world.pull(who, free)
    until = await now(world) + DAY
    (before,) = await world.rows(EVENTS)
    said = await preview(world, nda, resign_by=until)
    assert await world.rows(EVENTS) == [before], "a preview leaves nothing in the log"
    assert (said["version"], said["changes"], said["material"], said["deadline"]) == (2, True, True, until)
    assert {row["annotator"] for row in said["people"]} == {who.subject.id for who in (ann, ben, cleo)}
    assert (said["people_count"], said["open_leases"], said["drafts"], said["lane_count"]) == (3, 1, 1, 3)
    assert [one["id"] for one in said["projects"]] == [project]
    (of_ann,) = [row for row in said["people"] if row["annotator"] == ann.subject.id]
    assert (of_ann["signed"], of_ann["open_leases"], of_ann["drafts"]) == (1, 1, 1)

    await publish(world, "v2", nda, resign_by=until)
    world.clock.moved += DAY
    await world.decide()
    expired = {fact.event.annotator for fact in await world.facts("signature.expired")}
    assert expired == {row["annotator"] for row in said["people"]}
    assert len(await world.facts("lease.revoked")) == said["open_leases"]
    assert len(await world.rows("SELECT 1 FROM draft WHERE tenant = $1")) == said["drafts"]
    assert await stopped(world, ann, ben, cleo, project=project) == expired


async def happened(world: World, said: dict[str, Any]) -> None:
    """Time passes to the deadline; then exactly the announced people lose exactly the announced leases."""
    world.clock.moved += DAY
    await world.decide()
    sql = "SELECT annotator, count(*) AS n FROM lease_ended WHERE tenant = $1 AND how = 'revoked' GROUP BY annotator"
    revoked = {row["annotator"]: row["n"] for row in await world.rows(sql)}
    assert revoked == {row["annotator"]: row["open_leases"] for row in said["people"] if row["open_leases"]}


async def test_a_project_that_asks_through_its_conditions_is_seen(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, None)
    await ask(world, project, all_=[{"agreement": nda["id"]}])
    ann = await world.invite("ann")
    await sign(world, ann, nda)
    await world.pull(ann, project, 2)
    until = await now(world) + DAY
    said = await preview(world, nda, resign_by=until)
    assert ([one["id"] for one in said["projects"]], said["lane_count"]) == ([project], 3)
    assert (said["people_count"], said["open_leases"]) == (1, 2)
    await publish(world, "v2", nda, resign_by=until)
    await happened(world, said)
    assert await codes(world, ann, project) == ["agreement_required"]


async def test_who_meets_a_group_by_another_option_does_not_stop(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, None)
    cleared = await define(world, "cleared")
    await ask(world, project, any_=[[{"agreement": nda["id"]}, {"skill": cleared}]])
    ann, ben, cleo = [await world.invite(name) for name in ("ann", "ben", "cleo")]
    for who in (ann, ben):
        await sign(world, who, nda)
    for who in (ben, cleo):
        await grant(world, who, cleared)
    for who in (ann, ben, cleo):
        assert len((await world.pull(who, project))["leases"]) == 1
    until = await now(world) + DAY
    said = await preview(world, nda, resign_by=until)
    assert [one["id"] for one in said["projects"]] == [project]
    assert [row["annotator"] for row in said["people"]] == [ann.subject.id] and said["open_leases"] == 1
    await publish(world, "v2", nda, resign_by=until)
    await happened(world, said)
    assert await stopped(world, ann, ben, cleo, project=project) == {ann.subject.id}


async def test_where_a_signature_keeps_people_out_nobody_stops(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, None)
    await ask(world, project, none=[{"agreement": nda["id"]}])
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await sign(world, ann, nda)
    await world.pull(ben, project)
    said = await preview(world, nda)
    assert ([one["id"] for one in said["projects"]], said["people_count"]) == ([project], 0)
    await publish(world, "v2", nda)
    await happened(world, said)


async def test_what_was_begun_before_something_else_was_asked_is_counted_too(world: World) -> None:
    """Work begun under the guideline of then may be finished; the agreement takes it away all the same."""
    nda = await publish(world)
    project, other = await asking(world, nda), await asking(world, None, "cats")
    ann = await world.invite("ann")
    await sign(world, ann, nda)
    await world.pull(ann, project)
    await world.pull(ann, other)
    await world.act(guidelines.guideline_publish, project=project, text="Look twice.")
    said = await preview(world, nda)
    assert (said["people_count"], said["open_leases"]) == (1, 1)
    await publish(world, "v2", nda)
    await happened(world, said)


async def test_a_preview_leaves_everything_as_it_was(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, nda)
    ann = await world.invite("ann")
    await sign(world, ann, nda)
    await preview(world, nda)
    assert await codes(world, ann, project) == ["work"]
    assert world.woken == [] and (await publish(world, "v2", nda))["version"] == 2


async def test_nothing_new_and_nothing_material_stop_nobody(world: World) -> None:
    nda = await publish(world)
    await asking(world, nda)
    await sign(world, await world.invite("ann"), nda)
    same = await preview(world, nda, "v1")
    assert (same["changes"], same["version"], same["people_count"]) == (False, 1, 0)
    small = await preview(world, nda, material=False)
    assert (small["changes"], small["deadline"], small["people_count"]) == (True, None, 0)
    assert (await preview(world, None))["projects"] == []


async def test_whose_signature_ends_before_the_deadline_does_not_stop_by_the_new_version(
    world: World,
) -> None:
    nda = await publish(world, valid_days=5)
    await asking(world, nda)
    await sign(world, await world.invite("ann"), nda)
    assert (await preview(world, nda, resign_by=await now(world) + 4 * DAY))["people_count"] == 1
    assert (await preview(world, nda, resign_by=await now(world) + 6 * DAY))["people_count"] == 0


async def test_a_wider_scope_stops_whoever_works_where_it_was_not_asked_for(world: World) -> None:
    nda = await publish(world)
    project, other = await asking(world, nda), await asking(world, None, "cats")
    await classed(world, other, "health")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    rev = await world.invite("rev", "reviewer")
    await sign(world, ann, nda)
    await world.pull(ben, other)
    narrow = await preview(world, nda, scope="data_class", data_class="pictures")
    assert {row["annotator"] for row in narrow["people"]} == {ann.subject.id}
    wide = await preview(world, nda, scope="data_class", data_class="health")
    assert {row["annotator"] for row in wide["people"]} == {ann.subject.id, ben.subject.id, rev.subject.id}
    assert {one["id"] for one in wide["projects"]} == {project, other} and wide["open_leases"] == 1
    await publish(world, "v2", nda, scope="data_class", data_class="health")
    await world.decide()
    assert len(await world.facts("lease.revoked")) == 1
    assert await stopped(world, ann, ben, project=other) == {ann.subject.id, ben.subject.id}


async def test_what_could_not_be_published_cannot_be_previewed(world: World) -> None:
    nda = await publish(world)
    with refused("agreement_invalid", "invalid"):
        await preview(world, nda, scope="data_class")
    with refused("forbidden"):
        said = {"title": "NDA", "text": "v2", "agreement": nda["id"]}
        await world.act(previewing.agreement_preview, await world.invite("ann"), **said)
    assert (await world.act(agreements.agreement_get, agreement=nda["id"]))["version"] == 1
