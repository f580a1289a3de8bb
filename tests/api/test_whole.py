"""The whole application over HTTP: real use cases, real database, every operation at least once."""

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from backend.api.routes import ROUTES
from backend.usecases.access import access
from backend.usecases.tasks import deciding
from tests.api.bodies import schema_of, smallest
from tests.api.speaker import BY_ID, Speaker, connect
from tests.support.world import World

NOBODY = str(UUID(int=1))
PLAN = {"overlap": 1, "gold_share": 0.0, "review_rate": 1.0, "lease_seconds": 60}


@pytest_asyncio.fixture
async def admin(world: World) -> AsyncIterator[Speaker]:
    """A tenant administrator over HTTP."""
    made = await world.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=1)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])


async def person(admin: Speaker, name: str, *roles: str) -> tuple[Speaker, str]:
    """Somebody who was invited and has claimed, and their id."""
    body = {"name": name, "email": f"{name}@example.invalid", "roles": roles or ["annotator"]}
    invited = await admin.do("annotator_invite", body)
    claimed = await Speaker(admin.client).do("annotator_claim", {"claim_token": invited["claim_token"]})
    return Speaker(admin.client, claimed["key"]), invited["id"]


async def decide(world: World, task: str) -> None:
    """What the worker does a second after the last answer or verdict."""
    await world.system(deciding.task_decide, task=UUID(task))


async def test_from_an_empty_tenant_to_an_export(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    nda = await admin.do("agreement_publish", {"title": "NDA", "text": "Say nothing."})
    questions = [{"id": "q1", "prompt": "2+2?", "answer": 4}]
    course = await admin.do(
        "course_publish", {"title": "Basics", "content": "Read.", "questions": questions, "pass_mark": 1}
    )
    project = await admin.do(
        "project_create",
        {"name": "p", "skill": "s", "agreements": [nda["id"]], "courses": [course["id"]], "plan": PLAN},
    )
    at = {"project": project["id"]}
    guideline = await admin.do("guideline_publish", {"text": "Look twice."}, **at)
    imported = await admin.do("item_import", {"items": [{"external_key": "a", "payload": {"n": 1}}]}, **at)
    gold = [{"external_key": "g", "payload": 1, "truth": "x"}]
    await admin.do("gold_add", {"gold": gold, "exam_only": True}, **at)

    empty = await ann.do("lease_pull", at)
    assert {one["code"] for one in empty["reasons"]} == {
        "agreement_required",
        "training_required",
        "guideline_required",
    }
    for who in (ann, rev):
        text = await who.do("agreement_get", agreement=nda["id"])
        signature = {"version": text["version"], "sha256": text["sha256"], "typed_name": "A. Name"}
        await who.do("agreement_sign", signature, agreement=nda["id"])
        asked = await who.do("course_get", course=course["id"])
        assert asked["questions"] == [{"id": "q1", "prompt": "2+2?"}]
        answers = {"version": asked["version"], "answers": [{"question": "q1", "answer": 4}]}
        assert (await who.do("course_attempt", answers, course=course["id"]))["passed"]
        await who.do("guideline_get", **at)
        await who.do("guideline_acknowledge", version=guideline["version"], **at)

    (lease,) = (await ann.do("lease_pull", at))["leases"]
    assert lease["payload"] == {"n": 1}
    assert lease["item"] != imported["results"][0]["item"]
    await ann.do("lease_get", lease=lease["id"])
    await ann.do("lease_heartbeat", lease=lease["id"])
    await ann.do("lease_submit", {"answer": "cat", "client_seconds": 2}, lease=lease["id"])
    (review,) = (await rev.do("review_pull", at))["leases"]
    assert review["answer"] == "cat"
    await rev.do("review_submit", {"verdict": "correct", "correction": "dog"}, lease=review["id"])

    task = imported["results"][0]["task"]
    await decide(world, task)
    (row,) = (await admin.do("project_export", **at))["data"]
    assert (row["external_key"], row["answer"], row["decided_by"]) == ("a", "dog", "review")
    await admin.do("item_get", item=imported["results"][0]["item"])
    assert (await admin.do("task_get", task=task))["answers"] == 1
    history = await admin.do("task_history", task=task)
    assert "cat" not in str(history)
    assert (await admin.do("project_quality", **at))["reviews"]["corrected"] == 1
    await admin.do("project_throughput", **at)
    await admin.do("project_get", **at)
    await admin.do("proficiency_get", annotator=ann_id)
    await admin.do("annotator_get", annotator=ann_id)
    assert (await admin.do("skill_list"))["data"][0]["name"] == "s"


async def test_what_a_person_gives_back_loses_or_cannot_do(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    ben, ben_id = await person(admin, "ben")
    made = await admin.do("project_create", {"name": "p", "skill": "s", "plan": PLAN | {"review_rate": 0}})
    at = {"project": made["id"]}
    items = [{"external_key": name, "payload": name} for name in "abcd"]
    imported = (await admin.do("item_import", {"items": items}, **at))["results"]

    first, second, third = (await ann.do("lease_pull", at | {"max": 3}))["leases"]
    await ann.do("lease_release", lease=first["id"])
    await ann.do("lease_skip", {"reason": "unclear"}, lease=second["id"])
    await ann.do("lease_escalate", {"reason": "hard", "note": "see corner"}, lease=third["id"])
    await ben.refused(404, "not_found", "lease_get", lease=first["id"])
    await ben.refused(404, "not_found", "lease_submit", {"answer": 1}, lease=first["id"])
    await ann.refused(409, "lease_lost", "lease_heartbeat", lease=second["id"])

    late = await ann.refused(409, "lease_lost", "lease_submit", {"answer": "late"}, lease=second["id"])
    assert late["action"] == "pull again"
    kept = await ann.do("late_answer_get", late_answer=late["late_answer"])
    assert (kept["answer"], kept["annotator"]) == ("late", ann_id)
    await ben.refused(403, "forbidden", "late_answer_get", late_answer=late["late_answer"])

    named = await admin.do("lease_assign", {"annotator": ben_id}, task=imported[0]["task"])
    assert (await ben.do("lease_get", lease=named["lease"]))["payload"] == "a"
    await admin.refused(
        409, "already_worked", "lease_assign", {"annotator": ben_id}, task=imported[0]["task"]
    )

    suspended = await admin.do("annotator_suspend", {"reason": "break"}, annotator=ben_id)
    assert suspended["leases_revoked"] == 1
    assert (await ben.do("lease_pull", at))["reasons"] == [{"code": "suspended"}]
    await ben.refused(409, "lease_revoked", "lease_heartbeat", lease=named["lease"])
    await admin.do("annotator_reinstate", {"reason": "back"}, annotator=ben_id)
    assert (await admin.do("annotator_erase", {"reason": "asked"}, annotator=ben_id))["status"] == "erased"
    assert (await admin.do("annotator_get", annotator=ben_id))["name"] is None


async def test_a_plan_is_changed_only_by_who_has_read_it(admin: Speaker) -> None:
    made = await admin.do("project_create", {"name": "p", "skill": "s", "plan": PLAN})
    at = {"project": made["id"]}
    changed = await admin.do("project_plan_update", {"overlap": 3}, if_match='"1"', **at)
    assert (changed["plan"]["overlap"], changed["plan"]["review_rate"], changed["plan_version"]) == (
        3,
        1.0,
        2,
    )
    stale = await admin.refused(
        412, "plan_changed", "project_plan_update", {"overlap": 4}, if_match='"1"', **at
    )
    assert stale["action"] == "fix and resend"
    await admin.refused(428, "precondition_required", "project_plan_update", {"overlap": 4}, **at)
    await admin.do("project_requirements_update", {"agreements": [], "courses": []}, **at)
    wrong = {"agreements": [NOBODY], "courses": []}
    await admin.refused(422, "agreement_unknown", "project_requirements_update", wrong, **at)


async def test_a_repeated_request_has_the_same_outcome_once(admin: Speaker) -> None:
    body = {"name": "p", "skill": "s"}
    first = await admin.do("project_create", body, idempotency="k")
    again = await admin.do("project_create", body, idempotency="k")
    assert first["id"] == again["id"]
    assert len((await admin.do("project_list"))["data"]) == 1
    other = body | {"name": "q"}
    await admin.refused(422, "idempotency_mismatch", "project_create", other, idempotency="k")


async def test_a_repeated_pull_gives_the_same_leases_with_their_payloads(admin: Speaker) -> None:
    ann, _ = await person(admin, "ann")
    project = (await admin.do("project_create", {"name": "p", "skill": "s", "plan": PLAN}))["id"]
    items = [{"external_key": name, "payload": name} for name in "ab"]
    await admin.do("item_import", {"items": items}, project=project)
    first = await ann.do("lease_pull", {}, idempotency="k")
    assert await ann.do("lease_pull", {}, idempotency="k") == first
    assert first["leases"][0]["payload"] in ("a", "b")


async def test_lists_are_walked_page_by_page(admin: Speaker) -> None:
    for n in range(5):
        await admin.do("project_create", {"name": f"p{n}", "skill": f"s{n}"})
        await person(admin, f"a{n}")
    project = (await admin.do("project_list"))["data"][0]["id"]
    items = [{"external_key": f"i{n}", "payload": n} for n in range(5)]
    await admin.do("item_import", {"items": items}, project=project)
    for operation in ("annotator_list", "skill_list", "project_list", "project_export", "access_list"):
        names: list[Any] = []
        cursor: str | None = None
        while cursor is not None or not names:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = await admin.do(operation, query=query, project=project)
            assert len(page["data"]) <= 2
            names += [one.get("id") or one["item"] for one in page["data"]]
            cursor = page["next_cursor"] if len(names) < 20 else None
        assert len(names) == len(set(names)) >= 5, operation


async def test_a_key_that_is_revoked_opens_nothing(world: World, admin: Speaker) -> None:
    made = await admin.do("key_create", {"kind": "service", "roles": ["manager"], "days": 1})
    service = Speaker(admin.client, made["key"])
    await service.do("project_list")
    await service.refused(403, "forbidden", "key_create", {"kind": "user", "roles": ["tenant_admin"]})
    assert (await admin.do("key_revoke", {"reason": "lost"}, key=made["key_id"]))["revoked"]
    world.perform._authenticate.forget()  # what two seconds do
    await service.refused(401, "key_revoked", "project_list")
    await admin.refused(404, "not_found", "key_revoke", {"reason": "lost"}, key="0" * 12)
    await admin.refused(422, "role_unknown", "key_create", {"kind": "user", "roles": ["king"]})


async def test_every_request_leaves_exactly_one_entry_under_its_request_id(
    world: World, admin: Speaker
) -> None:
    ids = [
        (await admin.send("project_list")).headers["x-request-id"],
        (await admin.send("project_get", project=NOBODY)).headers["x-request-id"],
        (await admin.send("project_get", project="nonsense")).headers["x-request-id"],
        (await admin.send("project_create", {"name": 1})).headers["x-request-id"],
        (await admin.send("lease_pull")).headers["x-request-id"],
    ]
    entries = (await admin.do("access_list", query={"limit": 200}))["data"]
    logged = [one["request"] for one in entries]
    assert [logged.count(one) for one in ids] == [1] * len(ids)
    newest = (await admin.do("access_list", query={"action": "access_list"}))["data"]
    assert len(newest) == 1, "the search before this one"


async def test_what_is_foreign_malformed_or_absent_looks_the_same(admin: Speaker) -> None:
    for operation in ("project_get", "annotator_get", "task_get", "item_get", "agreement_get", "course_get"):
        name = BY_ID[operation].path_names[0]
        absent = await admin.refused(404, "not_found", operation, **{name: NOBODY})
        malformed = await admin.refused(404, "not_found", operation, **{name: "nonsense"})
        del absent["request_id"], malformed["request_id"]
        assert absent == malformed


async def test_no_operation_breaks_on_ids_that_nobody_has_or_that_are_another_kind_of_things(
    admin: Speaker,
) -> None:
    ann, ann_id = await person(admin, "ann", "annotator", "reviewer", "expert")
    skill = (await admin.do("skill_define", {"name": "birds", "kind": "domain"}))["id"]
    more: dict[str, dict[str, Any]] = {
        "agreement_consent": {"words": "I agree."},
        "gold_promote": {"all": True},
    }
    asked: dict[str, dict[str, Any]] = {
        "annotator_eligibility": {"project": NOBODY},
        "escalation_questions": {"code": "unclear"},
        "review_recheck": {"period": 1},
    }
    for route in (route for route in ROUTES if route.path_names):
        fixed = {"version": 1, "key": "0" * 12}
        body = smallest(schema_of(route)) | more.get(route.operation_id, {}) if route.body else None
        query = asked.get(route.operation_id)
        # A skill is no person, and a person is nothing else.
        other = skill if "annotator" in route.path_names else ann_id
        for who, thing in ((admin, NOBODY), (ann, NOBODY), (admin, other)):
            path: dict[str, Any] = {name: fixed.get(name, thing) for name in route.path_names}
            response = await who.send(route.operation_id, body, if_match='"1"', query=query, **path)
            assert response.status_code in (403, 404), (route.operation_id, response.text)


def test_every_operation_is_done_by_some_test_here() -> None:
    """`do` sends the request, and holds the status and every field of the answer against the document."""
    calls = (
        node
        for file in Path(__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "do"
    )
    done = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert {route.operation_id for route in ROUTES} - done == set()


async def test_a_broken_connection_is_503_and_the_next_request_is_served(
    world: World, admin: Speaker
) -> None:
    await admin.do("project_list")
    await asyncio.gather(*(admin.do("project_list") for _ in range(4)))
    async with world.perform.pool.acquire() as conn:
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
        )
    statuses = [(await admin.send("project_list", idempotency=str(uuid4()))).status_code for _ in range(8)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


BAD_BODIES = (
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe{}",
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\u0000"}',
    b'{"a": "\\ud800"}',
    b'{"nobody asked for this": 1}',
    b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
)


async def test_a_bad_body_is_refused_clearly_by_every_operation_and_writes_nothing(
    world: World, admin: Speaker
) -> None:
    (before,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    for route in (route for route in ROUTES if route.body):
        path = route.path.format(**{name: 1 if name == "version" else NOBODY for name in route.path_names})
        for raw in BAD_BODIES:
            headers = {
                "authorization": f"Bearer {admin.key}",
                "content-type": "application/json",
                "idempotency-key": str(uuid4()),
            }
            response = await admin.client.request(route.method, path, content=raw, headers=headers)
            problem = response.json()
            assert response.status_code in (400, 422), (route.operation_id, raw, response.text)
            assert response.headers["content-type"] == "application/problem+json"
            assert problem["code"] and problem["expected"] and problem["mend"], problem
    (after,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    assert after == before
