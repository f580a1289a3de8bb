"""Over HTTP: what experts decided is read as questions, drawn for a course, practised, and counted."""

from tests.api.people import person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World

REASONS = {"reasons": [{"code": "blurry", "label": "Too blurry", "asks": "Where?"}]}


async def test_from_an_experts_word_to_practice(world: World, admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    await admin.do("escalation_reasons_set", REASONS, if_match='"1"', **at)
    asker, _ = await person(admin, "asker")
    expert, expert_id = await person(admin, "expert", "expert")
    for _ in "ab":
        lease = await pull(asker, at)
        await asker.do("lease_escalate", {"code": "blurry", "reason": ""}, lease=lease["id"])
    drawn = {"project": at["project"], "code": "blurry", "limit": 5, "since": "2020-01-01T00:00:00Z"}
    module = {"id": "try", "kind": "practice", "title": "Blurry ones", "escalations": drawn}
    course = {"title": "Blur", "content": None, "pass_mark": 1, "modules": [module]}
    refused = await admin.refused(409, "practice_empty", "course_publish", course)
    assert refused["left_out"] == {"open": 2}
    lease = await pull(expert, at)
    await expert.do("lease_submit", {"answer": "fox"}, lease=lease["id"])
    found = await admin.do("escalation_questions", query={"code": "blurry"}, **at)
    (one,) = found["data"]
    assert (one["expert"], one["lease"], one["question"]["answer"]) == (expert_id, lease["id"], "fox")
    assert found["left_out"] == [{"why": "open", "n": 1}]
    await asker.refused(403, "forbidden", "escalation_questions", query={"code": "blurry"}, **at)
    twice = module | {"questions": [one["question"]]}
    await admin.refused(422, "course_invalid", "course_publish", course | {"modules": [twice]})
    made = await admin.do("course_publish", course)
    whence = (await admin.do("course_get", course=made["id"]))["escalations"]
    assert [(q["escalation"], q["lease"], q["stands"]) for q in whence] == [
        (one["escalation"], lease["id"], True)
    ]
    pupil, _ = await person(admin, "pupil")
    (shown,) = (await pupil.do("course_get", course=made["id"]))["modules"]
    assert shown["questions"] == [
        {"id": one["escalation"], "prompt": one["question"]["prompt"], "hint": "Where?"}
    ]
    given = {"version": 1, "module": "try", "answers": [{"question": one["escalation"], "answer": "fox"}]}
    told = await pupil.do("course_attempt", given, course=made["id"])
    assert told["course_passed"] and told["results"][0]["explanation"] == "Too blurry: Where?"
    report = await admin.do("guideline_issues_get", **at)
    assert [(code["n"], code["taught"]) for code in report["codes"]] == [(2, 1)]
    assert [(p["questions"], p["passed"], p["people"]) for p in report["practice"]] == [(1, 1, 0)]
