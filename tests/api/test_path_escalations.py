"""Over HTTP: a project says when experts are called, people flag and ask, experts differ, and managers see it all."""

from typing import Any

from tests.api.people import pass_time, person, project, pull, sweep
from tests.api.speaker import Speaker
from tests.support.world import World

BLURRY = {"code": "blurry", "label": "Too blurry", "asks": "Where?"}
PLAN = {
    "overlap": 2,
    "escalate_below": 0.6,
    "experts_max": 2,
    "expert_start_seconds": 60,
    "expert_seconds": 600,
}


async def submit(who: Speaker, at: dict[str, str], answer: Any, **more: Any) -> dict[str, Any]:
    """Pull one and answer it."""
    lease = await pull(who, at)
    return dict(await who.do("lease_submit", {"answer": answer} | more, lease=lease["id"]))


async def test_an_experts_words_go_back_to_who_asked(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", plan={"double_review": 0.0, "gold_share": 0.0})
    tell = {"review_notes": True, "corrections": True}
    await admin.do("project_feedback_update", tell, if_match='"1"', **at)
    (ann, ann_id), (expert, _) = await person(admin, "ann"), await person(admin, "expert", "expert")
    lease = await pull(ann, at)
    asked = await ann.do("lease_escalate", {"code": "ambiguous", "reason": ""}, lease=lease["id"])
    (one,) = (await admin.do("escalation_list", **at))["data"]
    words = {"words": "Two tails."}
    await admin.refused(409, "escalation_open", "escalation_explain", words, escalation=one["id"])
    theirs = (await pull(expert, at))["id"]
    await expert.refused(409, "explanation_unanswered", "lease_explain", words, lease=theirs)
    long = {"answer": "fox", "explanation": "a" * 1_001}
    await expert.refused(422, "body_invalid", "lease_submit", long, lease=theirs)
    await expert.do("lease_submit", {"answer": "fox", "explanation": "A tail."}, lease=theirs)
    assert (await expert.do("lease_explain", words, lease=theirs))["status"] == "explained"
    await expert.refused(403, "forbidden", "escalation_explain", words, escalation=one["id"])
    await expert.refused(403, "forbidden", "escalation_get", escalation=one["id"])
    told = (await ann.do("feedback_get", annotator=ann_id))["asked"]
    assert [(q["escalation"], q["state"], q["answer"], q["explanation"]) for q in told] == [
        (asked["escalation"], "answered", "fox", "Two tails.")
    ]
    better = await admin.do("escalation_explain", {"words": "Section 3."}, escalation=one["id"])
    assert better == await admin.do("escalation_get", escalation=one["id"])
    assert [(q["lease"], q["words"]) for q in better["explanations"]] == [(theirs, "Section 3.")]


async def test_from_a_flag_to_the_last_word(world: World, admin: Speaker) -> None:
    at = await project(admin, "torn", "dark", plan=PLAN)
    ann, ann_id = await person(admin, "ann")
    ben, _ = await person(admin, "ben")
    shown = await admin.send("escalation_reasons_get", **at)
    assert shown.headers["etag"] == '"1"' and len(shown.json()["reasons"]) == 5
    said = {"reasons": [BLURRY]}
    told = await admin.do("escalation_reasons_set", said, if_match='"1"', **at)
    assert await admin.do("escalation_reasons_get", **at) == told
    await admin.refused(
        412, "escalation_reasons_changed", "escalation_reasons_set", said, if_match='"1"', **at
    )
    watched = await admin.do("watched_classes_set", {"classes": ["gun"]}, if_match='"1"', **at)
    assert await admin.do("watched_classes_get", **at) == watched
    await ann.refused(403, "forbidden", "watched_classes_get", **at)
    await submit(ann, at, "cat", unsure=True)
    await submit(ben, at, "dog", unsure=True)
    lease = await pull(ann, at)
    ask = {"code": "ambiguous", "reason": "dark"}
    refused = await ann.refused(422, "escalation_code_unknown", "lease_escalate", ask, lease=lease["id"])
    assert refused["allowed"] == ["blurry"]
    await ann.do("lease_escalate", ask | {"code": "blurry"}, lease=lease["id"])
    pass_time(world, minutes=2)
    assert (await sweep(world))["escalations_miss"] == 1, "the other one was opened by this sweep"
    for name, times in (("one", 2), ("two", 1)):
        expert, _ = await person(admin, name, "expert")
        for _ in range(times):
            await submit(expert, at, f"fox of {name}")
    found = (await admin.do("escalation_list", **at))["data"]
    by = {one["code"]: one for one in found}
    assert set(by) == {"blurry", "ambiguous"} and by["blurry"]["raised_by"] == ann_id
    assert by["blurry"]["missed"] == ["start"] and by["blurry"]["state"] == "resolved"
    assert by["ambiguous"]["state"] == "resolved" and len(by["ambiguous"]["experts"]) == 2
    late = await admin.do("escalation_list", query={"missed": "true", "state": "resolved"}, **at)
    assert [one["id"] for one in late["data"]] == [by["blurry"]["id"]]
    issues = await admin.do("guideline_issues_get", **at)
    assert {one["code"]: one["n"] for one in issues["codes"]} == {"blurry": 1, "ambiguous": 1}
    assert {one["label"] for one in issues["classes"]} >= {"cat", "dog"}
    await ann.refused(403, "forbidden", "guideline_issues_get", **at)
    await ann.refused(403, "forbidden", "escalation_list", **at)
