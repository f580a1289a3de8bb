"""Taxonomies over HTTP: uploads of three forms, a hundred thousand classes at once, search and rolled reports."""

import json
from typing import Any

from tests.api.speaker import Speaker
from tests.support.classed import ANIMALS
from tests.support.world import World

CSV = (
    "code,label,parent,synonyms,deprecated,replaced_by\r\n"
    'animal,Animal,,,,\r\n"dog","Dog, the",animal,Hound|Canis,,\r\nmutt,Mutt,dog,,true,dog\r\n'
)


async def upload(who: Speaker, taxonomy: str, kind: str, body: str | bytes) -> Any:
    """The response to an upload in this form."""
    return await who.send("taxonomy_publish", taxonomy=taxonomy, upload=(kind, body))


def lines(classes: Any) -> str:
    return "\n".join(json.dumps(one) for one in classes) + "\n"


async def test_three_forms_say_the_same_and_what_is_wrong_is_named_by_its_line(admin: Speaker) -> None:
    about = (await admin.do("taxonomy_create", {"name": "animals"}))["taxonomy"]
    first = await upload(admin, about, "application/json", json.dumps({"classes": ANIMALS}))
    assert (first.status_code, first.json()["version"], first.json()["levels"]) == (201, 1, 3), first.text
    said = ("application/x-ndjson; charset=utf-8", lines(ANIMALS))
    same = await admin.do("taxonomy_publish", taxonomy=about, upload=said)
    assert (same["version"], same["sha256"]) == (1, first.json()["sha256"])
    other = await upload(admin, about, "text/csv", CSV)
    assert (other.json()["version"], other.json()["changes"]["removed"]) == (2, 5), other.text
    at = {"taxonomy": about, "version": 2}
    (dog,) = (await admin.do("taxonomy_classes", **at, query={"prefix": "hou"}))["data"]
    assert (dog["label"], dog["synonyms"], dog["children"]) == ("Dog, the", ["Hound", "Canis"], 1)
    diff = await admin.do("taxonomy_diff", **at, query={"kind": "removed", "limit": 2})
    assert [one["code"] for one in diff["data"]] == ["cat", "poodle"]
    for kind, body, where in (
        ("application/x-ndjson", lines(ANIMALS) + "\n{no\n", "line 9"),
        ("application/x-ndjson", '{"code":"a"},{"code":"b"}\n{"code":"c"\n"label":"C"}\n', "line 1"),
        ("text/csv", CSV + "dog,Again\r\n", "line 5"),
        ("application/json", json.dumps({"classes": [{"code": "x"}]}), "classes/0"),
    ):
        refused = (await upload(admin, about, kind, body)).json()
        assert (refused["code"], refused["problems"][0]["where"]) == ("taxonomy_invalid", where), refused
    for kind, body, code in (
        ("text/plain", "a", "body_wrong_type"),
        ("application/json", "[]", "body_invalid"),
        ("application/json", "{", "body_not_json"),
        ("text/csv", '"', "body_invalid"),
    ):
        assert (await upload(admin, about, kind, body)).json()["code"] == code
    saved = await admin.do("taxonomy_export", **at)
    again = await upload(admin, about, "application/jsonl", saved)
    assert again.json()["version"] == 2, "what was exported is what was published"
    assert (await admin.do("taxonomy_list"))["data"][0]["classes"] == 3
    assert [one["version"] for one in (await admin.do("taxonomy_get", taxonomy=about))["versions"]] == [2, 1]


async def test_a_csv_file_that_cannot_be_read_is_refused_with_its_line(admin: Speaker) -> None:
    about = (await admin.do("taxonomy_create", {"name": "files"}))["taxonomy"]
    for body, line, found in (
        (b"code,label,label\na,A,B\n", 1, "in line 1 the column 'label' more than once"),
        (b"code,label\na,A\nb,\xff\n", 3, "in line 3 byte 0xff at byte 2 of it"),
        (b"code,label\r\na,\0\r\n", 2, "in line 2 NUL at byte 2 of it"),
        (b'code,label\n"a","A\nA"\n\nb,"B\nc,C\n', 5, "in line 5 unexpected end of data in the row"),
    ):
        refused = (await upload(admin, about, "text/csv", body)).json()
        assert (refused["status"], refused["code"]) == (422, "body_invalid")
        assert refused["where"] == f"line {line}" and refused["found"].startswith(found), refused
    wide = (await upload(admin, about, "text/csv", 'code,label\na,"A\nA"\nb,B,C\n')).json()
    assert [(one["where"], one["rule"]) for one in wide["problems"]] == [
        ("line 2", "label"),
        ("line 4", "line"),
    ]
    assert "3 cells under 2 columns" in wide["problems"][1]["says"]
    kind = (await upload(admin, about, "text/plain", "a")).json()
    assert (kind["status"], kind["title"]) == (415, "Not this content type")


async def test_a_hundred_thousand_classes_are_published_searched_and_asked_of_answers(
    world: World, admin: Speaker
) -> None:
    about = (await admin.do("taxonomy_create", {"name": "everything"}))["taxonomy"]
    many = (
        {"code": f"c{n:06}", "label": f"Class {n}"} | ({"parent": f"c{n // 10:06}"} if n > 9 else {})
        for n in range(100_000)
    )
    told = (await upload(admin, about, "application/x-ndjson", lines(many))).json()
    assert (told["classes"], told["levels"]) == (100_000, 5)
    project = await world.project(plan={"review_rate": 1.0})
    at = {"project": project}
    none = await admin.do("project_taxonomy_get", **at)
    assert (none["setting"], none["taxonomy"]) == (0, None)
    asked = {"taxonomy": about, "version": 2}
    await admin.refused(422, "taxonomy_unknown", "project_taxonomy_update", asked, **at, if_match='"1"')
    asked["version"] = 1
    set_ = await admin.do("project_taxonomy_update", asked, **at, if_match='"1"')
    assert (set_["setting"], set_["at"]) == (1, [""])
    await admin.refused(
        412, "project_taxonomy_changed", "project_taxonomy_update", asked, **at, if_match='"1"'
    )
    found = await admin.do("project_taxonomy_classes", **at, query={"prefix": "class 4321", "limit": 3})
    assert [one["code"] for one in found["data"]] == ["c004321", "c043210", "c043211"]
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    await world.items(project, *"abcd")
    for code in ("c012345", "c012399", "c098765", "c000001"):
        await world.work(ann, project, code)
    for verdict in ("accept", "reject", "accept", "accept"):
        (lease,) = (await world.review_pull(rev, project))["leases"]
        await world.review(rev, lease["id"], verdict)
    await world.follow()
    by = {"by": "class", "level": 1}
    rolled = await admin.do("project_accuracy", **at, query=by)
    assert {one["label"]: one["n"] for one in rolled["data"]} == {"c000001": 3, "c000009": 1}
    under = await admin.do("project_accuracy", **at, query={"by": "class", "under": "c000123"})
    assert {one["class"]["code"] for one in under["data"]} == {"c001234", "c001239"}
    assert (under["total"]["n"], under["data"][0]["class"]["path"]) == (2, ["c000001", "c000012", "c000123"])
    top = next(one for one in rolled["data"] if one["label"] == "c000001")
    answers = await admin.do("project_accuracy_answers", **at, query=by | {"group": top["group"]})
    assert len(answers["data"]) == 3
    await admin.refused(
        422, "class_unknown", "project_accuracy", **at, query={"by": "class", "under": "nothing"}
    )
