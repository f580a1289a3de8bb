"""Over HTTP: a model is registered and routed, items come with its answers, everybody sees what they should."""

from typing import Any

from tests.api.people import pass_time, person, project, pull, sweep
from tests.api.speaker import Speaker
from tests.support.world import World

LOW = {"below": 0.5, "to": "expert", "seconds": 30, "fallback": "machine"}
ROUTING: dict[str, Any] = {
    "default_threshold": 0.9,
    "classes": [{"class": "dog", "threshold": 0.8, "metric": "precision", "metric_value": 0.97}],
    "always_human": ["owl"],
    "audit_share": 0.0,
    "low_confidence": LOW,
}


def foretold(key: str, model: str, answer: Any, sure: float, **more: Any) -> dict[str, Any]:
    said = {"model": model, "answer": answer, "confidence": sure}
    return {"external_key": key, "payload": {"task": key}, "prediction": said} | more


async def test_from_a_registered_model_to_what_it_decides(world: World, admin: Speaker) -> None:
    at = await project(admin)
    ann, _ = await person(admin, "ann")
    told = await admin.do("model_register", {"name": "bird-net", "version": "2.1", "notes": "on a wall"})
    model = told["id"]
    assert await admin.do("model_list") == {"data": [told]}
    await ann.refused(403, "forbidden", "model_list")
    said = ROUTING | {"model": model}
    shown = await admin.send("model_routing_get", **at)
    assert shown.headers["etag"] == '"1"' and shown.json()["model"] is None
    routing = await admin.do("model_routing_set", said, if_match='"1"', **at)
    assert await admin.do("model_routing_get", **at) == routing
    assert routing["classes"] == ROUTING["classes"] and routing["low_confidence"] == LOW
    await admin.refused(412, "model_routing_changed", "model_routing_set", said, if_match='"1"', **at)
    nonsense = said | {"always_human": [[1]]}
    await admin.refused(422, "model_routing_invalid", "model_routing_set", nonsense, if_match='"2"', **at)
    (version,) = (await admin.do("model_routing_history", **at))["data"]
    assert version["version"] == 2 and version["always_human"] == ["owl"]
    items = [
        foretold("stands", model, "dog", 0.85),
        foretold("owl", model, "owl", 1),
        foretold("wrong", model, "cat", 1.5),
        foretold("unsure", model, "cat", 0.2, priority=0),
    ]
    made = await admin.do("item_import", {"items": items}, **at)
    assert [one["status"] for one in made["results"]] == ["created", "created", "refused", "created"]
    problem = made["results"][2]["problem"]
    assert (problem["code"], problem["where"]) == ("prediction_invalid", "/prediction/confidence")
    alone = await admin.do("item_create", foretold("one", model, "dog", 0.81), **at)
    found = {one["external_key"]: one for one in (await admin.do("project_export", **at))["data"]}
    assert [found[key]["decided_by"] for key in ("stands", "one", "owl", "unsure")] == [
        "model",
        "model",
        None,
        None,
    ]
    lease = await pull(ann, at)
    assert lease["payload"] == {"task": "owl"} and "prediction" not in lease
    predictions = await admin.do("item_predictions", item=alone["item"])
    assert predictions["data"][0]["answer"] == "dog" and predictions["data"][0]["routed"] == "machine"
    await ann.refused(403, "forbidden", "item_predictions", item=alone["item"])
    later = {"model": model, "answer": "dog", "confidence": 0.81}
    assert (await admin.do("item_predict", later, item=alone["item"]))["id"] == predictions["data"][0]["id"]
    other = later | {"answer": "cat"}
    await admin.refused(409, "prediction_exists", "item_predict", other, item=alone["item"])
    pass_time(world, minutes=1)
    assert (await sweep(world))["escalations_miss"] == 1
    found = {one["external_key"]: one for one in (await admin.do("project_export", **at))["data"]}
    assert found["unsure"]["decided_by"] == "model"
    report = await admin.do("model_routing_report", query={"error": "0.05"}, **at)
    assert (report["all"]["items"], report["all"]["machine"], report["all"]["expert"]) == (4, 2, 1)
    await ann.refused(403, "forbidden", "model_routing_report", **at)
    retired = await admin.do("model_retire", {}, model=model)
    assert retired["retired_at"] is not None
    await admin.refused(422, "model_unknown", "item_create", foretold("two", model, "dog", 0.9), **at)
    await admin.refused(409, "model_retired", "model_routing_set", said, if_match='"2"', **at)


async def test_a_step_says_which_model_answers_beside_people(world: World, admin: Speaker) -> None:
    at = await project(admin)
    model = (await admin.do("model_register", {"name": "bird-net", "version": "3"}))["id"]
    by_machine = {"field": "decided_by", "op": "eq", "value": "machine"}
    label: dict[str, Any] = {
        "name": "label",
        "stage": "annotate",
        "model": model,
        "then": [{"to": "look", "all": [by_machine]}],
    }
    steps = [label, {"name": "look", "stage": "custom"}]
    told = await admin.do("workflow_publish", {"first": ["label"], "steps": steps}, if_match='"1"', **at)
    assert [one["model"] for one in told["steps"]] == [model, None]
    again = told["steps"]
    assert again[0]["then"][0]["all"] == [by_machine]
    wrong = [label | {"model": None, "then": ["look"]}, steps[1] | {"model": model}]
    wrong[0]["then"] = [{"to": "look", "all": [by_machine | {"value": "nobody"}]}]
    body = {"first": ["label"], "steps": wrong}
    await admin.refused(422, "arrow_condition_invalid", "workflow_publish", body, if_match='"2"', **at)
    await admin.do("item_create", foretold("one", model, "dog", 0.99), **at)
    report = await admin.do("model_routing_report", query={"model": model}, **at)
    assert (report["all"]["human"], report["all"]["deflection"], report["all"]["answered"]) == (1, None, 0)
