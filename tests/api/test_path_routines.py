"""Routines and drift signals over HTTP: a manager asks and acknowledges, a monitoring system tells of drift."""

from datetime import timedelta
from uuid import UUID

from backend.usecases.access import access
from tests.api.people import key, person, project
from tests.api.speaker import Speaker
from tests.support.routine import judge
from tests.support.world import World

ASKED = {
    "gold": {"every_days": 7, "least": 5, "per": "annotator", "active_from": 20},
    "sampling": {"every_days": 1, "least": 1},
}


async def test_a_missed_routine_is_an_alert_that_a_manager_acknowledges(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    manager, auditor = await key(admin, "manager"), await key(admin, "auditor")
    before = await manager.do("project_routines_get", **at)
    assert (before["version"], before["gold"]["asked"], before["gold"]["history"]) == (1, None, [])
    said = await manager.do("project_routines_update", ASKED, if_match='"1"', **at)
    assert said["sampling"]["asked"] == {"every_days": 1, "least": 1}
    assert said["sampling"]["current"] is None and said["sampling"]["asked_from"]
    await manager.refused(412, "routines_changed", "project_routines_update", ASKED, if_match='"1"', **at)
    wrong = {"sampling": {"every_days": 0, "least": 1}}
    await manager.refused(422, "body_invalid", "project_routines_update", wrong, if_match='"3"', **at)

    world.clock.moved += timedelta(days=2)
    assert await judge(world) == 1
    (alert,) = (await auditor.do("quality_alert_list", query={"state": "open"}))["data"]
    assert (alert["kind"], alert["met"], alert["numbers"]["asked"], alert["numbers"]["found"]) == (
        "sampling", False, 1, 0,
    )  # fmt: skip
    case = await auditor.do("routine_period_get", period=alert["id"])
    assert (case["events"], case["more_events"]) == ([], False)
    note = {"note": "Nobody was there."}
    await auditor.refused(403, "forbidden", "quality_alert_acknowledge", note, alert=alert["id"])
    done = await manager.do("quality_alert_acknowledge", note, alert=alert["id"])
    assert done["note"] == note["note"] and done["acknowledged_at"]
    assert (await manager.do("quality_alert_list", query={"state": "open"}))["data"] == []
    (listed,) = (await manager.do("routine_period_list", query={"met": "false"}, **at))["data"]
    assert listed["id"] == alert["id"]
    now = await manager.do("project_routines_get", **at)
    assert (now["sampling"]["open_alerts"], now["sampling"]["judged"][0]["id"]) == (0, alert["id"])
    ann, _ = await person(admin, "ann")
    await ann.refused(403, "forbidden", "project_routines_get", **at)


async def test_a_monitoring_system_with_a_narrow_key_makes_a_batch(world: World, admin: Speaker) -> None:
    at = await project(admin, "a")
    made = await world.act(
        access.key_create, kind="service", roles=("monitor",), scopes=("drift:signal",), days=30
    )
    watcher, manager = Speaker(admin.client, made["key"]), await key(admin, "manager")
    rule = await manager.do("drift_rule_get", **at)
    assert (rule["mode"], rule["cooldown_hours"], rule["said_by"]) == ("propose", 24, "product")
    told = {
        "source": "watch",
        "id": "2030-01-31T12:00Z",
        "metric": "psi",
        "value": 0.3,
        "window": {"since": "2030-01-30T00:00:00Z", "until": "2030-01-31T00:00:00Z"},
        "items": [{"external_key": "new", "payload": {"n": 1}}],
        "note": "Rain.",
    }
    first = await watcher.do("drift_signal_take", told, idempotency="one", **at)
    assert (first["outcome"], first["created"]) == ("proposed", 1)
    for again in ("one", "two"):
        assert await watcher.do("drift_signal_take", told, idempotency=again, **at) == first
    await watcher.refused(409, "signal_exists", "drift_signal_take", told | {"value": 1}, **at)
    both = told | {"id": "2", "selection": {"tags": ["night"]}}
    await watcher.refused(422, "signal_unclear", "drift_signal_take", both, **at)
    many = told | {"id": "3", "items": [{}] * 1001}
    await watcher.refused(422, "body_invalid", "drift_signal_take", many, **at)
    changed = await manager.do("drift_rule_update", {"mode": "off"}, if_match='"1"', **at)
    assert (changed["version"], changed["mode"], changed["said_by"]) == (2, "off", "project")
    await manager.refused(
        412, "drift_rule_changed", "drift_rule_update", {"mode": "open"}, if_match='"1"', **at
    )
    assert (await watcher.do("drift_signal_take", told | {"id": "4"}, **at))["outcome"] == "off"
    page = await manager.do("drift_signal_list", query={"outcome": "proposed"}, **at)
    (row,) = page["data"]
    assert (row["note"], row["value"], row["iteration_state"]) == ("Rain.", 0.3, "planned")
    opened = await manager.do("iteration_open", iteration=first["iteration"], **at)
    assert opened["state"] == "open" and UUID(opened["id"])
    await watcher.refused(403, "forbidden", "drift_signal_list", **at)
    await watcher.refused(403, "forbidden", "drift_rule_get", **at)
