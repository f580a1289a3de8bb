"""Leases over HTTP: started, put aside and taken up again, handed on, taken away and listed, each as documented."""

from typing import Any

from tests.api.people import NOBODY, key, pass_time, person, project, pull, sweep
from tests.api.speaker import Speaker
from tests.support.world import World


async def tasks_of(admin: Speaker, *items: str) -> tuple[dict[str, str], list[str]]:
    """A project with these items; its path parameter and the tasks."""
    at = await project(admin)
    given = [{"external_key": one, "payload": {"item": one}} for one in items]
    made = await admin.do("item_import", {"items": given}, **at)
    return at, [one["task"] for one in made["results"]]


async def test_what_a_manager_gives_by_name_is_opened_put_aside_and_answered(
    world: World, admin: Speaker
) -> None:
    _, (task, *_) = await tasks_of(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    manager = await key(admin, "manager")
    named = await manager.do("lease_assign", {"annotator": ann_id}, task=task)
    one = {"lease": named["lease"]}
    waiting = await ann.do("lease_get", **one)
    assert (waiting["state"], waiting["assigned"], waiting["start_by"]) == ("held", True, named["start_by"])
    await ann.refused(409, "lease_not_started", "lease_pause", {}, **one)

    begun = await ann.do("lease_start", **one)
    assert begun["state"] == "started" and begun["expires_at"] <= begun["hard_until"]
    put = await ann.do("lease_pause", {"draft": {"boxes": [1]}}, **one)
    assert put["state"] == "paused"
    told = await ann.refused(409, "lease_paused", "lease_heartbeat", **one)
    assert told["action"] == "fix and resend" and "resume" in told["detail"]
    pass_time(world, minutes=30)
    going = await ann.do("lease_resume", **one)
    assert (going["state"], going["hard_until"] > begun["hard_until"]) == ("started", True)
    assert (await ann.do("lease_heartbeat", **one))["state"] == "started"
    assert (await ann.do("lease_get", **one))["draft"] == {"boxes": [1]}
    assert (await ann.do("lease_submit", {"answer": "cat"}, **one))["reclaimed"] is False
    await ann.refused(409, "lease_lost", "lease_resume", **one)


async def test_what_is_not_opened_in_time_is_returned_and_may_still_be_answered(
    world: World, admin: Speaker
) -> None:
    _, (task,) = await tasks_of(admin, "a")
    ann, ann_id = await person(admin, "ann")
    named = await admin.do("lease_assign", {"annotator": ann_id}, task=task)
    pass_time(world, hours=5)
    assert (await sweep(world))["leases_expire"] == 1
    shown = await ann.do("lease_get", lease=named["lease"])
    assert (shown["state"], shown["payload"]) == ("returned", None)
    late = await ann.do("lease_submit", {"answer": "cat"}, lease=named["lease"])
    assert late["reclaimed"] is True


async def test_reasons_are_the_projects_codes(admin: Speaker) -> None:
    at, _ = await tasks_of(admin, "a", "b")
    ann, _ = await person(admin, "ann")
    lease = await pull(ann, at)
    one = {"lease": lease["id"]}
    told = await ann.refused(422, "skip_code_unknown", "lease_skip", {"code": "bored"}, **one)
    assert "conflict_of_interest" in told["allowed"]
    await ann.refused(422, "body_invalid", "lease_skip", {"code": "My Boss"}, **one)
    said = {"code": "conflict_of_interest", "reason": "my sister's"}
    assert (await ann.do("lease_skip", said, **one))["status"] == "skipped"
    other = await pull(ann, at)
    released = await ann.do("lease_release", {"code": "no_time"}, lease=other["id"])
    assert released["status"] == "released"


async def test_a_lease_goes_from_colleague_to_colleague_and_a_manager_moves_it(admin: Speaker) -> None:
    at, _ = await tasks_of(admin, "a")
    ann, _ = await person(admin, "ann")
    ben, ben_id = await person(admin, "ben")
    eve, eve_id = await person(admin, "eve")
    manager = await key(admin, "manager")
    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": {"boxes": [1]}}, lease=lease["id"])
    told = await ann.refused(
        409, "cannot_take_over", "lease_delegate", {"annotator": NOBODY}, lease=lease["id"]
    )
    assert told["action"] == "ask a person"
    hand: dict[str, Any] = {"body": {"annotator": ben_id, "reason": "birds"}, "lease": lease["id"]}
    handed = await ann.do("lease_delegate", **hand, idempotency="hand-1")
    assert handed == {"lease": lease["id"], "status": "reassigned"}
    assert await ann.do("lease_delegate", **hand, idempotency="hand-1") == handed, "a repeat does no harm"

    (mine,) = (await ben.do("lease_list"))["data"]
    assert (mine["annotator"], mine["state"], mine["assigned"]) == (ben_id, "held", True)
    first = await pull(ben, at)
    assert first["id"] == mine["id"] and (first["task"], first["item"]) == (mine["task"], mine["item"])
    assert (await ben.do("lease_get", lease=first["id"]))["draft"] == {"boxes": [1]}

    await ben.refused(403, "forbidden", "lease_reassign", {"annotator": eve_id}, lease=first["id"])
    body = {"annotator": eve_id, "keep_draft": False, "reason": "ben is away"}
    moved = await manager.do("lease_reassign", body, lease=first["id"])
    assert (moved["annotator"], moved["expires_at"]) == (eve_id, moved["start_by"])
    await ben.refused(409, "lease_lost", "lease_heartbeat", lease=first["id"])
    last = await pull(eve, at)
    assert "draft" not in await eve.do("lease_get", lease=last["id"])


async def test_a_manager_sees_who_holds_what_and_takes_it_away(world: World, admin: Speaker) -> None:
    at, tasks = await tasks_of(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    ben, ben_id = await person(admin, "ben")
    first = await pull(ann, at)
    pass_time(world, minutes=3)
    second = await pull(ben, at)
    manager, auditor = await key(admin, "manager"), await key(admin, "auditor")
    page = await manager.do("lease_list", query={**at, "limit": 1})
    assert [one["id"] for one in page["data"]] == [first["id"]] and page["data"][0]["task"] in tasks
    assert page["data"][0]["age_seconds"] >= 180
    rest = await manager.do("lease_list", query={**at, "limit": 1, "cursor": page["next_cursor"]})
    assert ([one["id"] for one in rest["data"]], rest["next_cursor"]) == ([second["id"]], None)
    theirs = await auditor.do("lease_list", query={"annotator": ben_id, "state": "started"})
    assert [one["id"] for one in theirs["data"]] == [second["id"]]
    await ann.refused(403, "forbidden", "lease_list", query={"annotator": ben_id})
    await manager.refused(422, "cursor_invalid", "lease_list", query={"cursor": "AAAA"})

    await auditor.refused(403, "forbidden", "lease_revoke", {}, lease=first["id"])
    taken = await manager.do("lease_revoke", {"reason": "wrong data"}, lease=first["id"])
    assert taken == {"lease": first["id"], "status": "revoked"}
    late = await ann.refused(409, "lease_revoked", "lease_submit", {"answer": 1}, lease=first["id"])
    assert (await manager.do("late_answer_get", late_answer=late["late_answer"]))["annotator"] == ann_id


async def test_a_token_for_one_project_reaches_no_lease_of_another(admin: Speaker) -> None:
    at, _ = await tasks_of(admin, "a")
    other = await project(admin, "x", name="bees")
    ann, ann_id = await person(admin, "ann")
    here, there = await pull(ann, at), await pull(ann, other)
    asked = {"kind": "service", "roles": ["frontend"], "scopes": ["*"]}
    front = Speaker(admin.client, (await admin.do("key_create", asked))["key"])
    made = await front.do("annotator_token_create", at, annotator=ann_id)
    limited = Speaker(admin.client, made["token"])
    assert [one["id"] for one in (await limited.do("lease_list"))["data"]] == [here["id"]]
    for verb in ("lease_heartbeat", "lease_start", "lease_pause", "lease_resume"):
        await limited.refused(404, "not_found", verb, {}, lease=there["id"])
    await limited.do("lease_pause", {}, lease=here["id"])
