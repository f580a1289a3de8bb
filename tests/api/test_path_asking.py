"""Asking over HTTP: a question, its answers, and its end, which others may read when it is shared."""

from tests.api.people import NOBODY, key, person, project, pull
from tests.api.speaker import Speaker


async def test_a_question_is_answered_and_shared(admin: Speaker) -> None:
    at = await project(admin, "a", "b")
    ann, ann_id = await person(admin, "ann")
    ben, _ = await person(admin, "ben")
    exp, _ = await person(admin, "exp", "expert")
    boss = await key(admin, "manager")
    lease, _ = await pull(ann, at), await pull(ben, at)
    question = {"text": "Do drawings count?", "lease": lease["id"]}
    asked = await ann.do("clarification_ask", question, idempotency="q", **at)
    assert await ann.do("clarification_ask", question, idempotency="q", **at) == asked
    one = {"clarification": asked["id"]}
    await ben.refused(404, "not_found", "clarification_get", **one)
    await exp.do("clarification_reply", {"text": "They do."}, **one)
    await ann.do("clarification_reply", {"text": "Thanks."}, **one)

    (open_one,) = (await boss.do("clarification_list", query={"state": "open"}, **at))["data"]
    assert (open_one["id"], open_one["reply_count"], open_one["annotator"]) == (asked["id"], 2, ann_id)
    assert open_one["first_answer_after_s"] >= 0
    assert await boss.do("clarification_close", {"shared": True}, **one) == {
        "id": asked["id"],
        "state": "closed",
        "shared": True,
    }
    shared = await ben.do("clarification_get", **one)
    assert (shared["text"], shared["annotator"], shared["lease"], shared["item"]) == (
        question["text"],
        None,
        None,
        None,
    )
    assert [(said["by"], said["text"]) for said in shared["replies"]] == [
        ("expert", "They do."),
        ("asker", "Thanks."),
    ]
    assert [said["id"] for said in (await ben.do("clarification_list", **at))["data"]] == [asked["id"]]
    late = await ann.refused(409, "clarification_closed", "clarification_reply", {"text": "But?"}, **one)
    assert late["action"] == "stop"


async def test_what_is_asked_wrongly_is_refused(admin: Speaker) -> None:
    at = await project(admin, "a")
    ann, _ = await person(admin, "ann")
    await ann.refused(422, "body_invalid", "clarification_ask", {"text": "  "}, **at)
    await ann.refused(404, "not_found", "clarification_ask", {"text": "?", "lease": NOBODY}, **at)
    await admin.refused(403, "forbidden", "clarification_ask", {"text": "?"}, **at)
    await ann.refused(422, "query_invalid", "clarification_list", query={"state": "lost"}, **at)
    await ann.refused(404, "not_found", "clarification_get", clarification=NOBODY)
