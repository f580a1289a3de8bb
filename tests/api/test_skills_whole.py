"""Skills, conditions and eligibility over HTTP: as documented, field by field."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from backend.usecases.access import access
from tests.api.speaker import Speaker, connect
from tests.support.world import World


@pytest_asyncio.fixture
async def admin(world: World) -> AsyncIterator[Speaker]:
    """A tenant administrator over HTTP."""
    made = await world.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=1)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])


async def person(admin: Speaker, name: str) -> tuple[Speaker, str]:
    """Somebody who was invited and has claimed, and their id."""
    body = {"name": name, "email": f"{name}@example.invalid", "roles": ["annotator"]}
    invited = await admin.do("annotator_invite", body)
    claimed = await Speaker(admin.client).do("annotator_claim", {"claim_token": invited["claim_token"]})
    return Speaker(admin.client, claimed["key"]), invited["id"]


async def test_a_skill_opens_the_work_that_asks_for_it(admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    german = (await admin.do("skill_define", {"name": "German", "kind": "language"}))["id"]
    listed = await admin.do("skill_list")
    weights = {"gold": 1, "exam": 0.5, "import": 0.5, "review": 1, "adjudication": 0.1}
    german_now = {"id": german, "name": "German", "kind": "language", "below_floor": "close_skill"}
    assert listed["data"] == [german_now | {"weights": weights}]
    project = (await admin.do("project_create", {"name": "p", "skill": "s"}))["id"]
    conditions: dict[str, Any] = {
        "all": [{"skill": german, "level_min": 2}],
        "any": [[{"origin": "crowd"}, {"origin": "staff"}]],
        "none": [{"compliance": "banned"}],
    }
    asked = {"agreements": [], "courses": [], "conditions": conditions, "data_class": "phi"}
    shown = await admin.do("project_requirements_update", asked, project=project)
    assert (shown["conditions"], shown["data_class"]) == (conditions, "phi")
    await admin.do("item_import", {"items": [{"external_key": "a", "payload": 1}]}, project=project)

    about = {"annotator": ann_id, "query": {"project": project}}
    told = await admin.do("annotator_eligibility", **about)
    (failing,) = [one for one in told["conditions"] if not one["passed"]]
    assert (told["eligible"], failing["condition"], failing["stage"]) == (False, "skill_level", "annotate")
    assert failing["required"] == {"skill": german, "level": 2, "name": "German"}
    act = failing["act"]
    assert act["operation"] == "skill_grant"
    (why,) = (await ann.do("lease_pull", {"project": project}))["reasons"]
    assert (why["code"], why["act"]) == ("not_qualified", act)

    path = {name: act["arguments"][name] for name in ("annotator", "skill")}
    body = {"level": act["arguments"]["level"], "reason": "speaks it", "until": "2999-01-01T00:00:00Z"}
    granted = await admin.do(act["operation"], body, **path)
    assert (granted["level"], granted["leases_revoked"]) == (2, 0)
    for who in (admin, ann):
        assert (await who.do("annotator_eligibility", **about))["eligible"]
        (mine,) = (await who.do("annotator_skills", annotator=ann_id))["skills"]
        assert (mine["level"], mine["closed"], mine["sources"][0]["source"]) == (2, False, "manager")
    assert len((await ann.do("lease_pull", {"project": project}))["leases"]) == 1

    withdrawn = await admin.do("skill_withdraw", {"reason": "a mistake"}, **path)
    assert withdrawn["leases_revoked"] == 1
    reopened = await admin.do("skill_reopen", {"reason": "nothing was closed"}, **path)
    assert reopened["closed"] is False


async def test_imported_scores_are_counted_once_and_shown_as_imported(admin: Speaker) -> None:
    _, ann_id = await person(admin, "ann")
    skill = (await admin.do("skill_define", {"name": "birds"}))["id"]
    score = {"annotator": ann_id, "skill": skill, "correct": 9, "total": 10, "system": "old-tool"}
    assert await admin.do("score_import", {"scores": [score]}) == {"imported": 1, "unchanged": 0}
    assert await admin.do("score_import", {"scores": [score]}) == {"imported": 0, "unchanged": 1}
    assert (await admin.do("proficiency_get", annotator=ann_id))["skills"] == [], "folded a moment later"


async def test_weights_are_set_read_and_bounded(world: World, admin: Speaker) -> None:
    ann, ann_id = await person(admin, "ann")
    skill = (await admin.do("skill_define", {"name": "birds"}))["id"]
    score = {"annotator": ann_id, "skill": skill, "correct": 9, "total": 10, "system": "old-tool"}
    await admin.do("score_import", {"scores": [score]})
    await world.follow()
    asked = {"exam": 0.25, "import": 0, "review": 0.5}
    for _ in range(2):
        told = await admin.do("skill_weights_update", asked, skill=skill)
        assert told == {"skill": skill, "weights": asked | {"gold": 1, "adjudication": 0.1}}
    (listed,) = (await admin.do("skill_list"))["data"]
    assert listed["weights"] == told["weights"]
    (standing,) = (await admin.do("proficiency_get", annotator=ann_id))["skills"]
    assert standing["sources"] == {"import": {"correct": 9, "total": 10, "weight": 0}}
    assert standing["mean"] == 0.5, "nothing counts"

    problem = await admin.refused(
        422, "weight_invalid", "skill_weights_update", asked | {"exam": 0.6}, skill=skill
    )
    assert (problem["field"], problem["highest"]) == ("exam_ppm", 500_000)
    for wrong in ({"exam": 0.5}, asked | {"gold": 1}, asked | {"review": 1.5}, asked | {"review": "1"}):
        await admin.refused(422, "body_invalid", "skill_weights_update", wrong, skill=skill)
    await ann.refused(403, "forbidden", "skill_weights_update", asked, skill=skill)
    nowhere = "00000000-0000-0000-0000-000000000009"
    await admin.refused(404, "not_found", "skill_weights_update", asked, skill=nowhere)


async def test_what_cannot_be_is_refused_with_its_code(admin: Speaker) -> None:
    _, ann_id = await person(admin, "ann")
    project = (await admin.do("project_create", {"name": "p", "skill": "s"}))["id"]
    nobody = "00000000-0000-0000-0000-000000000009"
    for conditions, code in (
        ({"all": [{"skill": nobody}]}, "skill_unknown"),
        ({"all": [{"origin": "staff"}], "none": [{"origin": "staff"}]}, "conditions_contradict"),
        ({"any": [[]]}, "condition_invalid"),
    ):
        body = {"agreements": [], "courses": [], "conditions": conditions}
        answer = await admin.send("project_requirements_update", body, project=project)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    answer = await admin.send("annotator_eligibility", annotator=ann_id)
    assert (answer.status_code, answer.json()["code"]) == (422, "eligibility_of_what")
