"""Over HTTP: a metric, overrides and shown labels are said, read again, tried on the slider and kept in history."""

from typing import Any
from uuid import uuid4

from tests.api.people import person, project
from tests.api.speaker import Speaker
from tests.support.world import World

METRIC = {"kind": "recall", "at_least": 0.9, "sure": False, "n_min": 5}


async def test_a_metric_is_said_and_tried_before_it_is_meant(world: World, admin: Speaker) -> None:
    at = await project(admin)
    ann, _ = await person(admin, "ann")
    model = (await admin.do("model_register", {"name": "bird-net", "version": "9"}))["id"]
    said: dict[str, Any] = {
        "model": model,
        "default_threshold": 0.5,
        "metric": {"kind": "map", "at_least": 0.5},
    }
    told = await admin.do("model_routing_set", said, if_match='"1"', **at)
    assert told["metric"] == {"kind": "map", "at_least": 0.5, "sure": True, "n_min": 30}
    assert (told["overrides"], told["show_labels"]) == ([], "none")
    overrides = [{"class": "dog", "to": "machine"}]
    said |= {"metric": METRIC, "overrides": overrides, "show_labels": "both"}
    told = await admin.do("model_routing_set", said, if_match='"2"', **at)
    assert (told["metric"], told["overrides"], told["show_labels"]) == (METRIC, overrides, "both")
    versions = (await admin.do("model_routing_history", **at))["data"]
    assert [one["show_labels"] for one in versions] == ["both", "none"]
    wrong = said | {"metric": METRIC | {"kind": "f1"}}
    await admin.refused(422, "body_invalid", "model_routing_set", wrong, if_match='"3"', **at)
    twice = said | {"overrides": overrides * 2}
    await admin.refused(422, "model_routing_invalid", "model_routing_set", twice, if_match='"3"', **at)
    prediction = {"model": model, "answer": "dog", "confidence": 0.1}
    await admin.do("item_create", {"external_key": "a", "payload": {}, "prediction": prediction}, **at)
    prediction = {"model": model, "answer": "cat", "confidence": 1}
    await admin.do("item_create", {"external_key": "b", "payload": {}, "prediction": prediction}, **at)
    seen = await admin.do(
        "model_routing_preview",
        query={"kind": "accuracy", "at_least": "0.7", "sure": "false", "n_min": "3"},
        **at,
    )
    by = {one["label"]: (one["side"], one["because"], one["now"], one["value"]) for one in seen["classes"]}
    assert by == {
        "dog": ("machine", "override_machine", None, None),
        "cat": ("people", "class_unmeasured", None, None),
    }
    assert (seen["all"]["items"], seen["all"]["machine"], seen["all"]["error"]) == (2, 0.95, None)
    assert (await admin.do("model_routing_preview", **at))["metric"] == METRIC, "the project's own"
    told = (await admin.do("model_routing_preview", query={"at_least": "0.6"}, **at))["metric"]
    assert told == METRIC | {"at_least": 0.6}
    other = await project(admin, name="owls")
    told = (await admin.do("model_routing_preview", **other))["metric"]
    assert told == {"kind": "precision", "at_least": 0.9, "sure": True, "n_min": 30}
    unknown = {"model": str(uuid4())}
    await admin.refused(404, "not_found", "model_routing_preview", query=unknown, **at)
    await ann.refused(403, "forbidden", "model_routing_preview", **at)
    stock = await admin.do("gold_stock", **at)
    assert stock["labels"]["untested"] and stock["labels"]["shown_to"] == "both"
