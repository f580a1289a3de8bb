"""The same request again: the same outcome, and never a payload out of a drawer."""

import asyncio
from typing import Any
from uuid import UUID

from backend.usecases.agreements import agreements, signing
from backend.usecases.leaving import outcome_place
from backend.usecases.tasks import holding, queue, submitting
from backend.usecases.work import Answer, Caller, Work
from backend.usecases.workforce import inviting, standing
from tests.support.refused import refused
from tests.support.world import World

ANN: dict[str, Any] = {"name": "ann", "email": "ann@example.invalid", "roles": ("annotator",)}


async def pull(world: World, who: Caller, project: UUID, key: str) -> dict[str, Any]:
    return await world.act(queue.lease_pull, who, project=project, max=2, key=key, again=queue.pull_again)


async def test_the_same_key_gives_the_same_invitation_with_its_claim_token(world: World) -> None:
    first, again = [await world.answer(inviting.annotator_invite, key="k1", **ANN) for _ in range(2)]
    assert str(first.body["id"]) == again.body["id"]
    assert first.body["claim_token"] == again.body["claim_token"]
    assert first.status == again.status == "created"
    assert len(await world.facts("annotator.invited")) == 1
    claimer = await world.perform.authenticate(again.body["claim_token"], "claim")
    assert (await world.act(inviting.annotator_claim, claimer))["annotator"] == first.body["id"]


async def test_another_request_under_the_same_key_is_refused(world: World) -> None:
    await world.act(inviting.annotator_invite, key="k1", **ANN)
    with refused("idempotency_mismatch", "invalid"):
        await world.act(inviting.annotator_invite, key="k1", **(ANN | {"name": "anna"}))
    assert len(await world.facts("annotator.invited")) == 1


async def test_a_refused_request_may_be_mended_under_the_same_key(world: World) -> None:
    with refused("role_unknown", "invalid"):
        await world.act(inviting.annotator_invite, key="k1", **(ANN | {"roles": ("boss",)}))
    assert (await world.act(inviting.annotator_invite, key="k1", **ANN))["status"] == "invited"


async def test_one_key_at_once_is_one_invitation(world: World) -> None:
    answers = await asyncio.gather(*(world.act(inviting.annotator_invite, key="k1", **ANN) for _ in range(6)))
    assert len({str(one["id"]) for one in answers}) == 1
    assert len({one["claim_token"] for one in answers}) == 1
    assert len(await world.facts("annotator.invited")) == 1


async def test_a_key_belongs_to_who_used_it(world: World) -> None:
    project = await world.project(plan={"overlap": 2})
    await world.items(project, "a", "b")
    ann, ben = await world.invite("ann"), await world.invite("ben")
    mine, his = await pull(world, ann, project, "k1"), await pull(world, ben, project, "k1")
    assert not {one["id"] for one in mine["leases"]} & {one["id"] for one in his["leases"]}


async def test_a_repeated_pull_gives_the_same_leases_read_again(world: World) -> None:
    project = await world.project()
    await world.items(project, *"abcd")
    ann = await world.invite("ann")
    first, again = [await pull(world, ann, project, "k1") for _ in range(2)]
    assert [one["payload"] for one in first["leases"]] == [{"task": "a"}, {"task": "b"}]
    assert first == again
    read = (await world.entries(ann))[-1]
    assert read["decision"]["rule"] == "I1 repeated request"
    assert read["fields_seen"] == ["payload"] and len(read["result_ids"]) == 2


async def test_pulls_at_once_under_one_key_claim_once(world: World) -> None:
    project = await world.project()
    await world.items(project, *"abcd")
    ann = await world.invite("ann")
    pulled = await asyncio.gather(*(pull(world, ann, project, "k1") for _ in range(6)))
    assert len({tuple(lease["id"] for lease in one["leases"]) for one in pulled}) == 1
    assert len(await world.facts("lease.claimed")) == 2


async def test_a_repeated_pull_shows_no_payload_once_the_gate_is_closed(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="v1", agreement=None)
    project = await world.project(agreements=(nda["id"],))
    await world.items(project, *"ab")
    ann = await world.invite("ann")
    signed = {"agreement": nda["id"], "version": 1, "sha256": nda["sha256"], "typed_name": "x"}
    await world.act(signing.agreement_sign, ann, **signed)
    first = await pull(world, ann, project, "k1")
    await world.submit(ann, first["leases"][0]["id"], "1")
    again = await pull(world, ann, project, "k1")
    assert [(one["state"], one["payload"] is None) for one in again["leases"]] == [
        ("submitted", True),
        ("held", False),
    ]
    await world.act(agreements.agreement_publish, title="NDA", text="v2", agreement=nda["id"])
    again = await pull(world, ann, project, "k1")
    assert [one["id"] for one in again["leases"]] == [one["id"] for one in first["leases"]]
    assert [one["payload"] for one in again["leases"]] == [None, None]
    assert (await world.entries(ann))[-1]["fields_seen"] == []
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="")
    again = await pull(world, ann, project, "k1")
    assert [(one["state"], one["payload"]) for one in again["leases"]] == [
        ("submitted", None),
        ("revoked", None),
    ]


async def test_what_is_kept_of_a_pull_holds_no_payload(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    pulled = await pull(world, ann, project, "k1")
    (row,) = await world.rows("SELECT outcome FROM idempotency WHERE tenant = $1 AND idempotency_key = 'k1'")

    async def look(work: Work) -> Answer:
        (kept,) = await work.open([outcome_place(work, bytes(row["outcome"]))])
        return Answer(kept)

    kept = await world.act(look, ann)
    assert kept["body"] == {"leases": [str(pulled["leases"][0]["id"])], "reasons": [], "hints": []}


async def test_an_empty_pull_stays_empty_under_its_key(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    first = await pull(world, ann, project, "k1")
    await world.items(project, "a")
    said = {"reasons": first["reasons"], "hints": []}
    assert await pull(world, ann, project, "k1") == first == {"leases": [], **said}
    assert len((await pull(world, ann, project, "k2"))["leases"]) == 1


async def test_an_answer_whose_response_was_lost_is_counted_once(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.expire()
    submit = {"lease": lease["id"], "answer": "1", "client_seconds": 3}
    first = await world.act(submitting.lease_submit, ann, key="s1", **submit)
    again = await world.act(submitting.lease_submit, ann, key="s1", **submit)
    assert first["reclaimed"] is again["reclaimed"] is True
    assert len(await world.facts("lease.submitted")) == 1
    assert (await world.submit(ann, lease["id"], "1"))["status"] == "submitted", "without the key as well"
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == 1


async def test_a_late_answer_is_refused_the_same_way_again(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(holding.lease_skip, ann, lease=lease["id"], reason="")
    told = []
    for _ in range(2):
        with refused("lease_lost", "conflict") as caught:
            submit = {"lease": lease["id"], "answer": "1", "client_seconds": None}
            await world.act(submitting.lease_submit, ann, key="s1", **submit)
        told.append((str(caught.value), caught.value.extra))
    assert told[0] == told[1] and told[0][1]["late_answer"]
    assert len(await world.rows("SELECT 1 FROM late_answer WHERE tenant = $1")) == 1


async def test_the_same_answers_at_once_are_one(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    said = await asyncio.gather(*(world.submit(ann, lease["id"], "1") for _ in range(5)))
    assert {one["status"] for one in said} == {"submitted"}
    assert len(await world.facts("lease.submitted")) == 1
    assert len(world.woken) == 1
