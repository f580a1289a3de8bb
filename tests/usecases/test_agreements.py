"""Agreements over time: grace and deadline, expiry, revocation, signing again, languages, wider scopes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.usecases.access import delegation
from backend.usecases.agreements import agreements, signing
from backend.usecases.tasks import queue
from backend.usecases.workforce import standing
from tests.support.nda import (
    DAY,
    asking,
    classed,
    codes,
    countersign,
    draft,
    now,
    publish,
    revoke,
    sign,
    states,
    sweep,
    tokens,
)
from tests.support.refused import refused
from tests.support.world import World

MOMENT = timedelta(microseconds=1)


async def test_work_begins_with_the_signature_and_not_before(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    assert await codes(world, ann, project) == ["agreement_required"]
    said = await sign(world, ann, nda)
    assert (said["until"], said["awaits_countersigning"]) == (None, False)
    assert await codes(world, ann, project) == ["work"]
    assert await states(world, nda, ann) == {1: "counts"}


async def test_a_grace_period_stops_nobody_before_its_end_and_everybody_at_it(world: World) -> None:
    nda = await publish(world)
    project, ann, ben = await asking(world, nda), await world.invite("ann"), await world.invite("ben")
    for who in (ann, ben):
        await sign(world, who, nda)
    until = await now(world) + 14 * DAY
    second = await publish(world, "v2", nda, resign_by=until)
    assert second["deadline"] == until and not second["over"]
    (lease,) = (await world.pull(ann, project))["leases"]
    await draft(world, ann, lease["id"])
    await sign(world, ben, second)
    world.clock.moved += until - await now(world) - timedelta(seconds=30)
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"]
    assert await codes(world, ben, project) == ["work"]
    world.clock.moved += timedelta(seconds=30)
    # Nothing has swept: the right itself has ended.
    with refused("agreement_required", "forbidden"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    assert await codes(world, ann, project) == ["agreement_required"]
    await world.decide()
    assert await states(world, nda, ann) == {1: "expired"} and await states(world, nda, ben) == {
        1: "replaced",
        2: "counts",
    }
    (revoked,) = await world.facts("lease.revoked")
    assert (revoked.event.lease, revoked.event.reason) == (lease["id"], "agreement")
    (expired,) = await world.facts("signature.expired")
    assert (expired.event.annotator, expired.event.superseded_by) == (ann.subject.id, 2)
    assert [fact.event.version for fact in await world.facts("agreement.enforced")] == [2]
    await sign(world, ann, second)
    again = (await world.pull(ann, project, 5))["leases"]
    drafts = [(await world.act(queue.lease_get, ann, lease=one["id"])).get("draft") for one in again]
    assert {"begun": True} in drafts, "the draft waited for the person"


async def test_lanes_ask_for_the_new_version_only_from_its_deadline_on(world: World) -> None:
    nda = await publish(world)
    project = await asking(world, nda)
    asked = "SELECT DISTINCT t FROM lane, unnest(requires) t WHERE tenant = $1 AND t LIKE 'agreement:%'"
    until = await now(world) + DAY
    await publish(world, "v2", nda, effective_at=until)
    assert [row["t"] for row in await world.rows(asked)] == [f"agreement:{nda['id']}:1"]
    cleo = await world.invite("cleo")
    world.clock.moved += DAY
    await world.decide()
    assert [row["t"] for row in await world.rows(asked)] == [f"agreement:{nda['id']}:2"]
    assert await codes(world, cleo, project) == ["agreement_required"]


async def test_an_immediate_version_takes_leases_from_who_signed_the_old_one(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    await sign(world, ann, nda)
    (lease,) = (await world.pull(ann, project))["leases"]
    second = await publish(world, "v2", nda)
    with refused("agreement_required", "forbidden"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    await world.decide()
    assert len(await world.facts("lease.revoked")) == 1
    await sign(world, ann, second)
    assert await codes(world, ann, project) == ["work"]


async def test_a_version_that_is_not_material_stops_nobody(world: World) -> None:
    nda = await publish(world)
    project, ann, ben = await asking(world, nda), await world.invite("ann"), await world.invite("ben")
    await sign(world, ann, nda)
    second = await publish(world, "v1, with a comma", nda, material=False)
    await world.decide()
    world.clock.moved += 400 * DAY
    assert (await sweep(world))["expired"] == 0
    assert await codes(world, ann, project) == ["work"]
    with refused("agreement_changed", "stale"):
        await sign(world, ben, nda)
    await sign(world, ben, second)
    assert await codes(world, ben, project) == ["work"] and await tokens(world, ben) == ["1", "2"]


async def test_who_signs_early_works_on_without_a_break(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    second = await publish(world, "v2", nda, effective_at=await now(world) + DAY)
    await sign(world, ann, second)
    assert await codes(world, ann, project) == ["work"]
    world.clock.moved += DAY
    await world.decide()
    assert await codes(world, ann, project) == ["work"]
    assert await world.facts("signature.expired") == []


async def test_who_signs_the_old_version_in_the_grace_period_stops_at_its_end_too(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    await publish(world, "v2", nda, effective_at=await now(world) + DAY)
    await sign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]
    world.clock.moved += DAY
    assert await codes(world, ann, project) == ["agreement_required"]


async def test_a_signature_ends_with_its_days_to_the_moment_and_can_be_given_again(world: World) -> None:
    nda = await publish(world, valid_days=365)
    project, ann = await asking(world, nda), await world.invite("ann")
    until = (await sign(world, ann, nda))["until"]
    (lease,) = (await world.pull(ann, project))["leases"]
    world.clock.moved += until - await now(world)
    assert await codes(world, ann, project) == ["agreement_required"]
    with refused("agreement_required", "forbidden"):
        await world.act(queue.lease_get, ann, lease=lease["id"])
    assert await sweep(world) == {"expired": 1, "leases_revoked": 1}
    assert await sweep(world) == {"expired": 0, "leases_revoked": 0}
    assert await states(world, nda, ann) == {1: "expired"} and await tokens(world, ann) == []
    await sign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]


async def test_an_ended_signature_can_be_given_again_before_anybody_swept(world: World) -> None:
    nda = await publish(world, valid_days=1)
    project, ann = await asking(world, nda), await world.invite("ann")
    await sign(world, ann, nda)
    world.clock.moved += DAY
    await sign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]
    assert [len(await world.facts(kind)) for kind in ("agreement.signed", "signature.expired")] == [2, 1]


async def test_a_revoked_signature_takes_its_leases_in_the_same_act_and_keeps_the_draft(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    free = await asking(world, None, "free")
    await sign(world, ann, nda)
    (lease,) = (await world.pull(ann, project))["leases"]
    (other,) = (await world.pull(ann, free))["leases"]
    await draft(world, ann, lease["id"])
    said = await revoke(world, ann, nda)
    assert (said["versions"], said["leases_revoked"]) == ([1], 1)
    assert await codes(world, ann, project) == ["agreement_required"]
    assert (await world.act(queue.lease_get, ann, lease=other["id"]))["payload"], (
        "what does not ask for it goes on"
    )
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["payload"] is None
    assert len(await world.rows("SELECT 1 FROM draft WHERE tenant = $1")) == 1
    again = await revoke(world, ann, nda)
    assert (again["versions"], again["leases_revoked"]) == ([], 0)
    await sign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]


async def test_only_managers_revoke_and_only_what_was_signed(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    with refused("not_signed", "conflict"):
        await revoke(world, ann, nda)
    await sign(world, ann, nda)
    with refused("forbidden"):
        why = {"agreement": nda["id"], "annotator": ann.subject.id, "reason": "x"}
        await world.act(signing.signature_revoke, ann, **why)


async def test_the_same_version_is_signed_in_any_of_its_languages(world: World) -> None:
    texts = ({"language": "de", "text": "Nichts sagen."}, {"language": "ar", "text": "لا تقل شيئا"})
    nda = await publish(world, "Say nothing.", language="en", texts=texts)
    project, ann = await asking(world, nda), await world.invite("ann")
    shown = await world.act(agreements.agreement_get, ann, agreement=nda["id"], language="DE")
    assert (shown["text"], shown["language"], shown["languages"]) == (
        "Nichts sagen.",
        "de",
        ["en", "de", "ar"],
    )
    with refused("language_unknown", "invalid"):
        await world.act(agreements.agreement_get, ann, agreement=nda["id"], language="fr")
    await sign(world, ann, shown)
    (fact,) = await world.facts("agreement.signed")
    assert (fact.event.language, fact.event.sha256) == ("de", shown["sha256"])
    assert await codes(world, ann, project) == ["work"]
    (version,) = (await world.act(agreements.agreement_versions, agreement=nda["id"]))["data"]
    assert [one["language"] for one in version["texts"]] == ["en", "de", "ar"] and version["in_force"]


async def test_work_under_a_countersigned_agreement_waits_for_the_other_side(world: World) -> None:
    nda = await publish(world, countersigned=True, valid_days=30)
    project, ann = await asking(world, nda), await world.invite("ann")
    assert (await sign(world, ann, nda))["awaits_countersigning"]
    assert await codes(world, ann, project) == ["agreement_required"]
    assert await states(world, nda, ann) == {1: "awaiting"}
    await countersign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]
    world.clock.moved += 30 * DAY
    assert await codes(world, ann, project) == ["agreement_required"]
    with refused("not_signed", "conflict"):
        await countersign(world, ann, nda)


async def test_the_old_signature_counts_while_the_new_one_waits_for_the_other_side(world: World) -> None:
    nda = await publish(world)
    project, ann = await asking(world, nda), await world.invite("ann")
    await sign(world, ann, nda)
    second = await publish(world, "v2", nda, countersigned=True, resign_by=await now(world) + DAY)
    await sign(world, ann, second)
    assert await codes(world, ann, project) == ["work"]
    world.clock.moved += DAY
    await world.decide()
    assert await codes(world, ann, project) == ["agreement_required"]
    await countersign(world, ann, second)
    assert await codes(world, ann, project) == ["work"]
    assert await states(world, nda, ann) == {1: "expired", 2: "counts"}


async def test_an_agreement_of_the_whole_tenant_is_asked_for_everywhere(world: World) -> None:
    project, other = await asking(world, None), await asking(world, None, "cats")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    until = await now(world) + DAY
    nda = await publish(world, scope="tenant", resign_by=until)
    assert await codes(world, ann, other) == ["work"], "nobody is stopped before the first deadline"
    world.clock.moved += DAY
    await world.decide()
    assert len(await world.facts("lease.revoked")) == 2
    for where in (project, other, await asking(world, None, "dogs")):
        assert await codes(world, ann, where) == ["agreement_required"]
    await sign(world, ann, nda)
    assert await codes(world, ann, project) == ["work"]
    assert (await world.act(queue.lease_get, ann, lease=lease["id"]))["state"] == "revoked"


async def test_an_agreement_of_a_data_class_is_asked_for_where_the_data_are_of_it(world: World) -> None:
    project, other = await asking(world, None), await asking(world, None, "cats")
    ann = await world.invite("ann")
    await classed(world, project, "health")
    nda = await publish(world, scope="data_class", data_class="health")
    assert await codes(world, ann, project) == ["agreement_required"]
    assert await codes(world, ann, other) == ["work"]
    await classed(world, project, None)
    assert await codes(world, ann, project) == ["work"]
    await classed(world, other, "health")
    world.clock.moved += DAY
    assert await codes(world, ann, other) == ["agreement_required"]
    await sign(world, ann, nda)
    assert await codes(world, ann, other) == ["work"]


async def test_a_front_end_cannot_sign_or_agree_for_a_person(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    made = await world.act(
        delegation.annotator_token_create, annotator=ann.subject.id, project=None, minutes=5
    )
    front_end = await world.perform.authenticate(made["token"])
    with refused("forbidden"):
        await sign(world, front_end, nda)
    what: dict[str, Any] = {"agreement": nda["id"], "version": 1}
    with refused("forbidden"):
        await world.act(signing.agreement_present, front_end, **what)
    with refused("forbidden"):
        await world.act(signing.agreement_consent, front_end, **what, words="I agree.")
    assert (await world.act(agreements.agreement_get, front_end, agreement=nda["id"]))["text"] == "v1"


async def test_the_list_says_what_is_in_force_what_is_asked_and_what_one_signed(world: World) -> None:
    first, ann = await publish(world), await world.invite("ann")
    await sign(world, ann, first)
    await publish(world, "v2", first, effective_at=await now(world) + DAY)
    await publish(world, "other")
    page = await world.act(agreements.agreement_list, ann, cursor=None, limit=1)
    (shown,) = page["data"]
    assert (shown["version"], shown["newest"], shown["asked"], shown["mine"]["version"]) == (1, 2, 1, 1)
    rest = await world.act(agreements.agreement_list, ann, cursor=page["next_cursor"], limit=1)
    assert rest["next_cursor"] is None and rest["data"][0]["mine"] is None
    newer = await world.act(agreements.agreement_get, ann, agreement=first["id"], version=2)
    assert (newer["text"], newer["in_force"]) == ("v2", False)


async def test_the_erased_hold_nothing_and_their_signature_ends_with_them(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    await sign(world, ann, nda)
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for it")
    assert await tokens(world, ann) == []
    await publish(world, "v2", nda)
    await world.decide()
    assert await tokens(world, ann) == []


@pytest.mark.parametrize("usecase", [agreements.agreement_get, agreements.agreement_versions])
async def test_what_was_never_published_is_not_found(world: World, usecase: Any) -> None:
    with refused("not_found"):
        await world.act(usecase, agreement=UUID(int=7))
