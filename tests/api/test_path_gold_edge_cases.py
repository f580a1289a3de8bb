"""Edge cases as gold over HTTP: marked as they are added or later, first in work, in their share in an exam."""

from typing import Any

from tests.api.people import person, project, pull, skill
from tests.api.speaker import Speaker

GOLD: list[dict[str, Any]] = [
    {"external_key": f"g{n}", "payload": {"item": f"g{n}"}, "truth": "x", "edge_case": n == 1}
    for n in range(3)
]


async def test_edge_cases_are_met_first_by_the_plans_share(admin: Speaker) -> None:
    at = await project(admin, "work", plan={"gold_share": 1.0, "gold_edge_case_share": 1.0})
    assert (await admin.do("project_get", **at))["plan"]["gold_edge_case_share"] == 1.0
    gold = (await admin.do("gold_add", {"gold": GOLD}, **at))["gold"]
    await admin.do("item_mark", {"edge_case": True}, item=gold[2]["item"])
    shown = [(await admin.do("item_get", item=one["item"]))["edge_case"] for one in gold]
    assert shown == [False, True, True]
    ann, _ = await person(admin, "ann")
    met = []
    for _ in range(4):
        lease = await pull(ann, at)
        met.append(lease["payload"]["item"])
        await ann.do("lease_submit", {"answer": "x"}, lease=lease["id"])
        assert "edge_case" not in str(lease)
    assert (sorted(met[:2]), met[2:]) == (["g1", "g2"], ["g0", "work"])


async def test_an_exam_asks_its_share_of_edge_cases(admin: Speaker) -> None:
    at = await project(admin)
    gold = (await admin.do("gold_add", {"gold": GOLD, "exam_only": True}, **at))["gold"]
    said: dict[str, Any] = {
        "title": "Exam",
        "content": None,
        "pass_mark": 1,
        "gold": [one["id"] for one in gold],
    }
    said |= {"skill": await skill(admin, at), "edge_case_share": 0.5}
    told = await admin.refused(422, "course_invalid", "course_publish", said)
    assert told["field"] == "edge_case_share"
    exam = (await admin.do("course_publish", said | {"sample": 2}))["id"]
    ann, _ = await person(admin, "ann")
    assert (await ann.do("course_get", course=exam))["edge_case_share"] == 0.5
    begun = await ann.do("course_attempt_begin", course=exam)
    assert gold[1]["id"] in [one["id"] for one in begun["questions"]]
    assert "edge_case" not in str(begun)


async def test_shares_and_marks_of_another_form_are_refused(admin: Speaker) -> None:
    at = await project(admin)
    await admin.refused(422, "body_invalid", "gold_add", {"gold": [GOLD[0] | {"edge_case": "yes"}]}, **at)
    plan = {"name": "p", "skill": "s", "plan": {"gold_edge_case_share": 1.5}}
    await admin.refused(422, "body_invalid", "project_create", plan)
