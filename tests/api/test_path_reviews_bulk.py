"""The holding tank over HTTP: a manager lists what waits, a reviewer looks at much of it and decides it at once."""

from tests.api.people import key, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_what_waits_is_listed_looked_at_and_decided_at_once(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b", "c", plan={"review_rate": 1.0})
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    for said in ("1", "1", "0"):
        await ann.do("lease_submit", {"answer": said}, lease=(await pull(ann, at))["id"])
    manager = await key(admin, "manager")
    page = await manager.do("reviews_waiting", **at, query={"limit": 2, "annotator": ann_id})
    rest = await manager.do("reviews_waiting", **at, query={"cursor": page["next_cursor"], "unsure": False})
    leases = [one["lease"] for one in page["data"] + rest["data"]]
    assert len(leases) == 3 and rest["next_cursor"] is None
    await rev.refused(403, "forbidden", "reviews_waiting", **at)
    await manager.refused(403, "forbidden", "reviews_bulk", _said({"most": 2}), **at)

    looked = await rev.do("reviews_bulk", _said({"most": 2}, dry_run=True), **at)
    assert [one["answer"] for one in looked["first"]] == ["1", "1"] and looked["bulk"] is None
    done = await rev.do("reviews_bulk", _said({"leases": leases[:2]}, note="fine"), **at)
    assert (done["decided"], done["first"]) == (2, [])
    problem = await rev.refused(409, "bulk_refused", "reviews_bulk", _said({"leases": leases}), **at)
    assert {one["code"] for one in problem["refused"]} == {"review_not_waiting"}
    last = _said({"leases": leases}, verdict="reject", skip_refused=True)
    assert (await rev.do("reviews_bulk", last, **at))["decided"] == 1
    told = await manager.do("review_yield", **at)
    assert (told["reviewed"], told["let_through"], told["errors"]) == (1, 2, 1)


async def test_what_waits_in_a_step_is_named_by_its_task(world: World, admin: Speaker) -> None:
    at = await project(admin)
    look = {"name": "look", "stage": "review", "shows": ["draw"]}
    draw = {"name": "draw", "stage": "annotate", "then": [{"to": "look"}]}
    await admin.do("workflow_publish", {"first": ["draw"], "steps": [draw, look]}, if_match='"1"', **at)
    await admin.do("item_import", {"items": [{"external_key": name, "payload": 1} for name in "ab"]}, **at)
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    for _ in "ab":
        await ann.do("lease_submit", {"answer": "1"}, lease=(await pull(ann, at))["id"])
    await world.decide()
    page = await admin.do("reviews_waiting", **at, query={"review_step": "look", "step": "draw"})
    assert [one["annotator"] for one in page["data"]] == [ann_id] * 2
    looked = await rev.do("reviews_bulk", _said({"review_step": "look"}, dry_run=True), **at)
    assert {one["task"] for one in looked["first"]} == {one["task"] for one in page["data"]}
    one, other = page["data"]
    named = _said({"tasks": [one["task"]], "leases": [other["lease"]]})
    assert (await rev.do("reviews_bulk", named, **at))["decided"] == 2
    problem = await rev.refused(409, "bulk_refused", "reviews_bulk", named, **at)
    assert [(one["lease"], one["task"]) for one in problem["refused"]] == [
        (other["lease"], None),
        (None, one["task"]),
    ]


async def test_a_selection_says_one_thing(admin: Speaker) -> None:
    at = await project(admin, "a", plan={"review_rate": 1.0})
    rev, _ = await person(admin, "rev", "reviewer")
    await rev.refused(422, "leases_or_filter", "reviews_bulk", _said({}), **at)
    for wrong in ({"most": 1_001}, {"leases": []}, {"colour": "red"}):
        await rev.refused(422, "body_invalid", "reviews_bulk", _said(wrong), **at)
    await rev.refused(422, "body_invalid", "reviews_bulk", _said({"most": 1}, verdict="correct"), **at)
    nothing = await rev.do("reviews_bulk", _said({"most": 1}), **at)
    assert (nothing["decided"], nothing["bulk"]) == (0, None)


def _said(selection: dict[str, object], verdict: str = "approve", **more: object) -> dict[str, object]:
    return {"verdict": verdict, "selection": selection} | more
