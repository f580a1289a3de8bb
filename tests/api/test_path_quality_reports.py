"""Reports of quality over HTTP: a number, what is behind it, a vendor's card, probable mislabels, and labels."""

from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import UUID

from tests.api.people import NOBODY, At, person, project, pull
from tests.api.speaker import Speaker
from tests.support.world import World


async def judged(world: World, admin: Speaker) -> tuple[At, str, Speaker]:
    """A project of three reviewed answers, one of them wrong, by somebody of a vendor."""
    at = await project(admin, "a", "b", "c", plan={"review_rate": 1.0})
    vendor = (await admin.do("vendor_register", {"name": "Acme"}))["id"]
    ann, ann_id = await person(admin, "ann")
    rev, _ = await person(admin, "rev", "reviewer")
    await admin.do("annotator_move", {"vendor": vendor}, annotator=ann_id)
    for said in ("dog", "dog", "wolf"):
        await ann.do("lease_submit", {"answer": said}, lease=(await pull(ann, at))["id"])
    while leases := (await rev.do("review_pull", at))["leases"]:
        verdict = "reject" if leases[0]["answer"] == "wolf" else "accept"
        await rev.do("review_submit", {"verdict": verdict}, lease=leases[0]["id"])
    await world.decide()
    await world.follow()
    return at, vendor, ann


async def test_a_number_is_followed_to_its_events_by_its_own_link(world: World, admin: Speaker) -> None:
    at, _, ann = await judged(world, admin)
    told = await admin.do("project_accuracy", **at, query={"by": "class", "limit": 1})
    assert (told["total"]["n"], told["total"]["errors"]) == (3, 1)
    query: dict[str, Any] = {"by": "class", "cursor": told["next_cursor"]}
    more = await admin.do("project_accuracy", **at, query=query)
    groups = {one["label"]: one for one in [*told["data"], *more["data"]]}
    assert {label: one["n"] for label, one in groups.items()} == {"dog": 2, "wolf": 1}
    url = urlparse(groups["dog"]["behind"])
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    answers = await admin.do("project_accuracy_answers", **at, query=asked | {"limit": 1})
    rest = await admin.do("project_accuracy_answers", **at, query=asked | {"cursor": answers["next_cursor"]})
    rows = [*answers["data"], *rest["data"]]
    assert [(row["passed"], len(row["events"])) for row in rows] == [(True, 1), (True, 1)]
    assert all(isinstance(row["events"][0]["index"], int) for row in rows)
    await admin.refused(422, "query_invalid", "project_accuracy", **at, query={"by": "shoe_size"})
    await ann.refused(403, "forbidden", "project_accuracy", **at)
    agreeing = await admin.do("project_agreement", **at)
    assert agreeing["answers"] == 2, "a rejected answer is nobody's opinion any more"
    await admin.refused(404, "not_found", "project_accuracy", project=NOBODY)


async def test_a_vendors_card_mislabels_and_labels_are_read(world: World, admin: Speaker) -> None:
    at, vendor, ann = await judged(world, admin)
    card = await admin.do("vendor_quality", vendor=vendor, query={"months": 3})
    assert [UUID(one["project"]) for one in card["data"]] == [UUID(str(at["project"]))]
    told = await admin.do("project_mislabels", **at, query={"worst": 2})
    assert {one["label"] for one in told["data"]} == {"dog"}
    again = told["data"][0]["review_with"]
    await admin.do(again["operation"], again["body"], **at)
    labels = await admin.do("project_labels", **at)
    assert [(one["label"], one["count"]) for one in labels["classes"]] == [("dog", 2)]
    for operation in ("project_mislabels", "project_labels"):
        await ann.refused(403, "forbidden", operation, **at)
