"""Agreements over HTTP: what ends a signature stops the work at that moment; signed again, the draft is back."""

from tests.api.people import (
    codes,
    failing,
    moment,
    nda,
    pass_time,
    person,
    project,
    pull,
    sign,
    sweep,
)
from tests.api.speaker import Speaker
from tests.support.world import World


async def test_revoking_a_signature_takes_the_lease_and_keeps_the_draft(admin: Speaker) -> None:
    made = await nda(admin)
    about = {"agreement": made["id"]}
    at = await project(admin, "a", agreements=[made["id"]])
    (ann, ann_id), (ben, _) = await person(admin, "ann"), await person(admin, "ben")
    for who in (ann, ben):
        await sign(who, made["id"])
    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": "begun"}, lease=lease["id"])
    said = {"annotator": ann_id, "reason": "told a friend"}
    revoked = await admin.do("signature_revoke", said, **about)
    assert (revoked["versions"], revoked["leases_revoked"]) == ([1], 1)
    again = await admin.do("signature_revoke", said, **about)
    assert (again["versions"], again["leases_revoked"]) == ([], 0)

    ended = await ann.do("lease_get", lease=lease["id"])
    assert (ended["state"], ended["payload"]) == ("revoked", None) and "draft" not in ended
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    await ann.refused(409, "lease_revoked", "lease_submit", {"answer": 1}, lease=lease["id"])
    assert await codes(ann, at) == ["agreement_required"]
    assert await failing(admin, ann_id, at) == ["agreement"]
    theirs = await pull(ben, at)
    assert theirs["payload"] == {"item": "a"}, "the slot was returned in the same transaction"
    assert "draft" not in await ben.do("lease_get", lease=theirs["id"]), "a draft is its author's alone"
    await ben.do("lease_release", lease=theirs["id"])

    await sign(ann, made["id"])
    back = await pull(ann, at)
    assert (await ann.do("lease_get", lease=back["id"]))["draft"] == "begun"
    told = await admin.do("agreement_evidence", query={"annotator": ann_id}, **about)
    steps = [one["what"] for one in told["chain"]]
    once = ["presented", "consented", "signed"]
    assert steps == ["published", *once, "revoked", *once]
    assert next(one["reason"] for one in told["chain"] if one["what"] == "revoked") == "told a friend"


async def test_a_new_version_is_previewed_put_off_enforced_and_signed(world: World, admin: Speaker) -> None:
    made = await nda(admin)
    at = await project(admin, "a", "b", agreements=[made["id"]])
    (ann, ann_id), (ben, ben_id) = await person(admin, "ann"), await person(admin, "ben")
    for who in (ann, ben):
        await sign(who, made["id"])
    deadline = await moment(world, hours=1)
    lease = await pull(ann, at)
    await ann.do("lease_draft", {"draft": "begun"}, lease=lease["id"])

    wanted = {"title": "NDA", "text": "Say less.", "agreement": made["id"], "resign_by": deadline}
    looked = await admin.do("agreement_preview", wanted)
    assert (looked["version"], looked["deadline"][:19], looked["material"]) == (2, deadline[:19], True)
    stopping = {
        one["annotator"]: (one["signed"], one["open_leases"], one["drafts"]) for one in looked["people"]
    }
    assert stopping == {ann_id: (1, 1, 1), ben_id: (1, 0, 0)}
    assert (looked["people_count"], looked["open_leases"], looked["drafts"]) == (2, 1, 1)
    assert [one["id"] for one in looked["projects"]] == [at["project"]]
    assert (await admin.do("agreement_get", agreement=made["id"]))["version"] == 1, "nothing is published"

    await admin.do("agreement_publish", wanted)
    versions = (await admin.do("agreement_versions", agreement=made["id"]))["data"]
    assert [(one["version"], one["over"]) for one in versions] == [(2, False), (1, True)]
    await sign(ben, made["id"], version=2)
    pass_time(world, minutes=58)
    await ann.do("lease_heartbeat", lease=lease["id"])
    assert (await ann.do("lease_get", lease=lease["id"]))["payload"] == {"item": "a"}, "it works before"

    pass_time(world, minutes=2, seconds=1)
    stopped = await ann.refused(403, "agreement_required", "lease_get", lease=lease["id"])
    assert stopped["action"] == "ask a person"
    assert (await codes(ann, at))[0] == "agreement_required", "at the moment, before any worker has run"
    await sweep(world)
    await ann.refused(409, "lease_revoked", "lease_heartbeat", lease=lease["id"])
    theirs = await pull(ben, at)
    await ben.do("lease_release", lease=theirs["id"])

    await sign(ann, made["id"])
    leases = [await pull(ann, at), await pull(ann, at)]
    drafts = [(await ann.do("lease_get", lease=one["id"])).get("draft") for one in leases]
    assert sorted(drafts, key=str) == [None, "begun"]
    (mine,) = (await ann.do("agreement_list"))["data"]
    assert (mine["asked"], mine["mine"]["version"], mine["mine"]["state"]) == (2, 2, "counts")


async def test_a_change_that_is_not_material_stops_nobody(admin: Speaker) -> None:
    made = await nda(admin)
    at = await project(admin, "a", agreements=[made["id"]])
    ann, _ = await person(admin, "ann")
    await sign(ann, made["id"])
    typo = {"title": "NDA", "text": "Say nothing!", "agreement": made["id"], "material": False}
    looked = await admin.do("agreement_preview", typo)
    assert (looked["changes"], looked["deadline"], looked["people_count"]) == (True, None, 0)
    await admin.do("agreement_publish", typo)
    await pull(ann, at)


async def test_work_waits_for_the_countersignature(admin: Speaker) -> None:
    made = await nda(admin, countersigned=True)
    at = await project(admin, "a", agreements=[made["id"]])
    ann, ann_id = await person(admin, "ann")
    assert (await sign(ann, made["id"]))["awaits_countersigning"]
    assert await codes(ann, at) == ["agreement_required"]
    other = {"annotator": ann_id, "version": 1, "typed_name": "B. Boss"}
    await ann.refused(403, "forbidden", "agreement_countersign", other, agreement=made["id"])
    await admin.do("agreement_countersign", other, agreement=made["id"])
    await pull(ann, at)
    query = {"annotator": ann_id}
    told = await admin.do("agreement_evidence", query=query, agreement=made["id"])
    assert [one["typed_name"] for one in told["chain"] if "typed_name" in one] == ["A. Name", "B. Boss"]
    page = await admin.send("agreement_evidence", query=query | {"format": "html"}, agreement=made["id"])
    assert page.headers["content-type"].startswith("text/html")
    assert made["sha256"] in page.text and "A. Name" in page.text


async def test_a_text_in_another_language_is_signed_to_its_own_bytes(admin: Speaker) -> None:
    german = {"language": "de", "text": "Schweigen."}
    made = await nda(admin, language="en", texts=[german])
    at = {"agreement": made["id"]}
    ann, ann_id = await person(admin, "ann")
    shown = await ann.do("agreement_present", {"version": 1, "language": "de"}, **at)
    assert shown["text"] == "Schweigen." and shown["sha256"] != made["sha256"]
    wrong = {"version": 1, "sha256": "0" * 64, "typed_name": "A. Name"}
    await ann.refused(412, "agreement_changed", "agreement_sign", wrong, **at)
    await ann.do("agreement_sign", wrong | {"sha256": shown["sha256"]}, **at)
    told = await admin.do("agreement_evidence", query={"annotator": ann_id}, **at)
    (text,) = told["texts"]
    assert (text["language"], text["text"], text["intact"]) == ("de", "Schweigen.", True)
