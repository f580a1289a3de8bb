"""The quality plan over HTTP: what the tenant says for all its projects, what one says itself, and who said what."""

from tests.api.people import PLAN, nda, project
from tests.api.speaker import Speaker


async def test_a_plan_is_read_changed_and_inherited(admin: Speaker) -> None:
    everywhere = await nda(admin, scope="tenant")
    at = await project(admin)
    first = await admin.do("plan_defaults_get")
    assert first["version"] == 1 and set(first["said_by"].values()) == {"product"}
    told = await admin.do("plan_defaults_update", {"overlap": 2, "stop_at": 0.75}, if_match='"1"')
    assert (told["plan"]["stop_at"], told["said_by"]["stop_at"]) == (0.75, "tenant")
    mine = await admin.do("project_get", **at)
    assert (mine["plan"]["overlap"], mine["plan"]["stop_at"]) == (PLAN["overlap"], 0.75)
    said = {name: mine["plan_said_by"][name] for name in ("overlap", "stop_at", "rework_max")}
    assert said == {"overlap": "project", "stop_at": "tenant", "rework_max": "product"}
    assert (mine["plan_version"], mine["plan_defaults_version"]) == (2, 2)
    asked = {"id": everywhere["id"], "version": 1, "title": "NDA", "said_by": "tenant"}
    assert (mine["agreements"], mine["agreements_asked"]) == ([], [asked])
    mine = await admin.do("project_plan_update", {"overlap": None}, if_match='"2"', **at)
    assert (mine["plan"]["overlap"], mine["plan_said_by"]["overlap"]) == (2, "tenant")
    await admin.refused(412, "plan_changed", "plan_defaults_update", {"overlap": 1}, if_match='"1"')
    await admin.refused(422, "body_invalid", "plan_defaults_update", {"overlap": 51}, if_match='"2"')
