"""Every workforce report over HTTP on one small scene whose figures are known."""

from typing import Any

from tests.api.people import (
    At,
    invited,
    key,
    moment,
    nda,
    pass_time,
    person,
    project,
    pull,
    require,
    sign,
    skill,
    sweep,
)
from tests.api.speaker import Speaker
from tests.support.shift import monday
from tests.support.world import World


async def work(world: World, who: Speaker, at: At) -> None:
    """One answer in two minutes."""
    lease = await pull(who, at)
    pass_time(world, minutes=2)
    await who.do("lease_heartbeat", lease=lease["id"])
    await who.do("lease_submit", {"answer": "cat"}, lease=lease["id"])


async def scene(world: World, admin: Speaker) -> dict[str, Any]:
    """Ann of a vendor works, Ben of the staff has not signed, Cas is still invited, Dee has left."""
    await monday(world)
    works = (await admin.do("vendor_register", {"name": "Label Works"}))["id"]
    agreement = await nda(admin, valid_days=20)
    at = await project(admin, *"abcde")
    about = await skill(admin, at)
    await require(admin, at, agreements=[agreement["id"]], conditions={"all": [{"skill": about}]})
    ann, ann_id = await person(admin, "ann", vendor=works)
    _, ben_id = await person(admin, "ben")
    cas = await invited(admin, "cas")
    _, dee_id = await person(admin, "dee")
    for who in (ann_id, ben_id):
        until = await moment(world, days=10)
        grant = {"level": 1, "reason": "knows birds", "until": until}
        await admin.do("skill_grant", grant, annotator=who, skill=about)
    await sign(ann, agreement["id"])
    for _ in range(3):
        await work(world, ann, at)
    await admin.do("annotator_offboard", {"reason": "over"}, annotator=dee_id)
    pass_time(world, minutes=6)
    await sweep(world)
    await world.follow()
    ids = {"ann": ann_id, "ben": ben_id, "cas": cas["id"], "dee": dee_id}
    return ids | {"vendor": works, "agreement": agreement["id"], "skill": about, **at}


async def test_every_report_answers_with_the_figures_of_a_known_scene(world: World, admin: Speaker) -> None:
    known = await scene(world, admin)
    manager = await key(admin, "manager")

    blockers = await manager.do("workforce_blockers")
    (stop,) = [one for one in blockers["data"] if one["code"] == "agreement_required"]
    assert (stop["people"], stop["people_unlocked"]) == (2, 1), "Cas has to claim first"
    assert set(stop["ids"]) == {known["ben"], known["cas"]}
    assert (stop["act"]["operation"], stop["act"]["by"]) == ("agreement_sign", "annotator")
    assert (blockers["people_served"], blockers["lanes"]) == (1, 1)

    roster = {one["name"]: one for one in (await manager.do("workforce_roster"))["data"]}
    assert (roster["ann"]["answers_7_days"], roster["ann"]["blocked"]) == (3, False)
    assert (roster["ben"]["blocked"], roster["ben"]["blockers"]) == (True, ["agreement_required"])
    assert roster["cas"]["status"] == "invited" and "dee" not in roster

    funnel = await manager.do("workforce_funnel")
    reached = {one["step"]: one["reached"] for one in funnel["steps"]}
    assert (reached["invited"], reached["claimed"], reached["signed"], reached["first_answer"]) == (
        4,
        3,
        1,
        1,
    )

    expiring = (await manager.do("workforce_expiring", query={"days": 30}))["data"]
    ends = {one["kind"]: (one["about"], one["people"]) for one in expiring}
    assert ends == {"agreement": (known["agreement"], 1), "skill": (known["skill"], 2)}

    risk = await manager.do("workforce_risk", query={"people_max": 2})
    assert [(one["skill"], one["people"]) for one in risk["skills"]] == [(known["skill"], 2)]
    (depends,) = [one for one in risk["dependencies"] if one["project"] == known["project"]]
    assert (depends["vendor"], depends["answers"]["share"]) == (known["vendor"], 1.0)

    hours = (await manager.do("workforce_hours", query={"by": "vendor"}))["data"]
    (mine,) = [one for one in hours if one["id"] == known["vendor"]]
    assert (mine["answers"], mine["people"], round(mine["hours_counted"] * 60)) == (3, 1, 6)

    fatigue = await manager.do("workforce_fatigue")
    assert [one["errors"]["n"] for one in fatigue["data"]] == [0] * len(fatigue["data"])
    assert (await manager.do("workforce_ramp"))["data"] == [], "nothing was judged yet"

    turnover = await manager.do("workforce_turnover", query={"months": 1})
    assert (turnover["period"]["joined"], turnover["period"]["left"]) == (3, 1)
    assert (turnover["tenure_days"]["n"], turnover["tenure_days"]["still_here"]) == (3, 2)


async def test_nobody_without_the_right_reads_a_report(world: World, admin: Speaker) -> None:
    ann, _ = await person(admin, "ann")
    for name in "blockers roster funnel expiring risk hours fatigue ramp turnover".split():
        await ann.refused(403, "forbidden", f"workforce_{name}")
        await admin.refused(422, "query_invalid", f"workforce_{name}", query={"nobody": "asked"})
