"""Access entries: every request leaves exactly one, allowed or denied, naming what was shown and to whom."""

import base64
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.access import access
from backend.usecases.agreements import agreements
from backend.usecases.insight import reports
from backend.usecases.projects import guidelines, intake, projects
from backend.usecases.tasks import assigning, queue
from backend.usecases.vault import Sealed
from backend.usecases.work import UseCase
from backend.usecases.workforce import people, standing
from tests.support.refused import refused
from tests.support.world import World


async def test_every_request_leaves_exactly_one_entry(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    before = len(await world.entries())
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.submit(ann, lease["id"], "1")
    with refused("lease_lost"):
        await world.submit(ann, lease["id"], "0")
    with refused("not_found"):
        await world.submit(ann, UUID(int=7), "0")
    with refused("forbidden"):
        await world.act(reports.project_export, ann, project=project, cursor=None, limit=1)
    new = (await world.entries())[before:]
    assert [
        (one["action"], one["outcome"]["kind"], one["outcome"]["error_code"], one["decision"]["allow"])
        for one in new
    ] == [
        ("lease_pull", "ok", None, True),
        ("lease_submit", "ok", None, True),
        ("lease_submit", "conflict", "lease_lost", True),
        ("lease_submit", "not_found", "not_found", False),
        ("project_export", "forbidden", "forbidden", False),
    ]
    assert len({one["request"] for one in new}) == 5
    assert {one["actor"]["id"] for one in new} == {str(ann.subject.id)}
    assert new[-1]["decision"]["rule"].endswith("(D1 no role allows it)")


async def test_a_payload_read_names_items_and_fields(world: World) -> None:
    project = await world.project(plan={"review_rate": 1.0})
    rows = await world.items(project, "a", "b")
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    leases = (await world.pull(ann, project, 2))["leases"]
    entry = (await world.entries(ann))[-1]
    assert entry["fields_seen"] == ["payload"]
    assert sorted(entry["result_ids"]) == sorted(str(row["item"]) for row in rows)
    await world.submit(ann, leases[0]["id"], "1")
    await world.review_pull(rev, project)
    assert (await world.entries(rev))[-1]["fields_seen"] == ["answer", "payload"]
    await world.act(intake.item_get, item=rows[0]["item"])
    entry = (await world.entries(world.admin))[-1]
    assert entry["fields_seen"] == ["external_key", "payload"] and entry["result_ids"] == [
        str(rows[0]["item"])
    ]
    await world.export(project)
    assert (await world.entries(world.admin))[-1]["fields_seen"] == ["answer", "external_key", "result"]


async def test_an_empty_pull_shows_nothing(world: World) -> None:
    ann = await world.invite("ann")
    await world.pull(ann)
    entry = (await world.entries(ann))[-1]
    assert (entry["fields_seen"], entry["result_ids"], entry["outcome"]["kind"]) == ([], [], "ok")


async def test_who_reads_a_name_is_found_by_the_person(world: World) -> None:
    ann = await world.invite("ann")
    await world.act(people.annotator_get, annotator=ann.subject.id)
    searched = {"actor": world.admin.subject.id, "action": "annotator_get", "about": ann.subject.id}
    (entry,) = (await world.act(access.access_list, cursor=None, limit=10, **searched))["data"]
    assert entry["fields_seen"] == ["email", "name"] and entry["subjects"] == [str(ann.subject.id)]
    assert "salt" not in entry
    (search,) = (
        await world.act(
            access.access_list, actor=None, action="access_list", about=None, cursor=None, limit=1
        )
    )["data"]
    assert search["result_ids"] == [entry["id"]], "the search is an entry too"


async def test_entries_come_newest_first_page_by_page(world: World) -> None:
    ann = await world.invite("ann")
    for _ in range(5):
        await world.pull(ann)
    asked: dict[str, Any] = {"actor": ann.subject.id, "action": "lease_pull", "about": None, "limit": 2}
    seen, cursor = [], None
    while True:
        page = await world.act(access.access_list, cursor=cursor, **asked)
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    written = [one["id"] for one in await world.entries(ann) if one["action"] == "lease_pull"]
    assert seen == written[::-1] and len(seen) == 5


async def test_the_address_is_ciphertext_under_the_callers_own_key(world: World) -> None:
    ann = await world.invite("ann")
    await world.pull(ann)
    entry = (await world.entries(ann))[-1]
    envelope = base64.b64decode(entry["source"])
    assert b"127.0.0.1" not in envelope
    place = Sealed("person", ann.subject.id, "access_entry", UUID(entry["id"]), "source", envelope)
    async with world.perform.pool.acquire() as conn, conn.transaction():
        await conn.execute(f"SELECT set_config('app.tenant', '{world.tenant}', true)")
        assert await world.perform.vault.open_json(conn, world.tenant, [place]) == ["127.0.0.1"]


FOREIGN: list[tuple[UseCase, str, str, dict[str, Any]]] = [
    (projects.project_get, "project", "project", {}),
    (reports.project_export, "project", "project", {"cursor": None, "limit": 10}),
    (reports.project_quality, "project", "project", {}),
    (projects.project_plan_update, "project", "project", {"expected_version": 1, "plan": {}}),
    (guidelines.guideline_publish, "project", "project", {"text": "Look."}),
    (intake.item_import, "project", "project", {"items": ({"external_key": "x", "payload": 1},)}),
    (intake.item_get, "item", "item", {}),
    (reports.task_get, "task", "task", {}),
    (reports.task_history, "task", "task", {}),
    (people.annotator_get, "annotator", "annotator", {}),
    (standing.annotator_suspend, "annotator", "annotator", {"reason": ""}),
    (standing.annotator_erase, "annotator", "annotator", {"reason": ""}),
    (agreements.agreement_get, "agreement", "agreement", {}),
    (agreements.agreement_publish, "agreement", "agreement", {"title": "t", "text": "x"}),
]


@pytest.mark.parametrize(
    ("usecase", "argument", "what", "more"), FOREIGN, ids=lambda v: getattr(v, "__name__", "")
)
async def test_what_belongs_to_another_tenant_does_not_exist(
    world: World, neighbour: World, usecase: UseCase, argument: str, what: str, more: dict[str, Any]
) -> None:
    project = await neighbour.project()
    (row,) = await neighbour.items(project, "a")
    nda = await neighbour.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    ids = {
        "project": project,
        "item": row["item"],
        "task": row["task"],
        "annotator": (await neighbour.invite("ann")).subject.id,
        "agreement": nda["id"],
    }
    texts = []
    for about in (ids[what], UUID(int=7)):
        with refused("not_found", "not_found") as caught:
            await world.act(usecase, **{argument: about}, **more)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert (await world.entries(world.admin))[-1]["outcome"]["kind"] == "not_found"


async def test_another_tenants_leases_and_assignments_do_not_exist(world: World, neighbour: World) -> None:
    project = await neighbour.project(plan={"overlap": 2})
    (row,) = await neighbour.items(project, "a")
    theirs, mine = await neighbour.invite("ann"), await world.invite("ann")
    (lease,) = (await neighbour.pull(theirs, project))["leases"]
    assert (await world.pull(mine, project))["leases"] == []
    with refused("not_found"):
        await world.act(queue.lease_get, mine, lease=lease["id"])
    with refused("not_found"):
        await world.submit(mine, lease["id"], "1")
    with refused("not_found"):
        await world.act(assigning.lease_assign, task=row["task"], annotator=mine.subject.id)
    assert await world.rows("SELECT 1 FROM lease WHERE tenant = $1") == []


async def test_a_caller_of_one_tenant_is_nobody_in_another(world: World, neighbour: World) -> None:
    with refused("not_found"):
        await neighbour.act(people.annotator_get, annotator=(await world.invite("ann")).subject.id)
    assert await neighbour.rows("SELECT 1 FROM person WHERE tenant = $1") == []
    rows = await neighbour.rows("SELECT count(*) AS n FROM person WHERE tenant <> $1")
    assert rows[0]["n"] == 0, "row-level security hides every other tenant"
