"""A front-end acts for a person: for a short while, within limits, under both names; it never signs for anybody."""

from datetime import timedelta
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from backend.usecases.access import access, delegation
from backend.usecases.access.authenticating import Unauthenticated
from backend.usecases.agreements import agreements, signing
from backend.usecases.tasks import queue, submitting
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.refused import refused
from tests.support.world import World


async def frontend(world: World) -> tuple[Caller, str]:
    """A front-end's service key: who it is, and its id."""
    made = await world.act(access.key_create, kind="service", roles=("frontend",), scopes=("*",), days=1)
    return await world.perform.authenticate(made["key"]), str(made["key_id"])


async def token(world: World, front: Caller, who: Caller, project: UUID | None = None) -> str:
    """A token of this front-end for this person."""
    made = await world.act(
        delegation.annotator_token_create, front, annotator=who.subject.id, project=project, minutes=15
    )
    return str(made["token"])


async def test_a_front_end_pulls_and_submits_for_a_person_and_both_are_named(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    front, key = await frontend(world)
    acting = await world.perform.authenticate(await token(world, front, ann))
    (lease,) = (await world.pull(acting, project))["leases"]
    await world.submit(acting, lease["id"], "1")
    (answer,) = await world.rows("SELECT annotator FROM answer WHERE tenant = $1")
    assert answer["annotator"] == ann.subject.id
    entry = (
        await world.act(
            access.access_list, actor=None, action="lease_submit", about=None, cursor=None, limit=1
        )
    )["data"][0]
    assert entry["actor"] == {
        "kind": "service",
        "id": str(front.subject.id),
        "behalf_of": str(ann.subject.id),
        "credential": key,
    }


async def test_a_front_end_never_signs_for_a_person(world: World) -> None:
    nda = await world.act(agreements.agreement_publish, title="NDA", text="Say nothing.", agreement=None)
    ann = await world.invite("ann")
    front, _ = await frontend(world)
    acting = await world.perform.authenticate(await token(world, front, ann))
    with refused("forbidden"):
        await world.act(
            signing.agreement_sign,
            acting,
            agreement=nda["id"],
            version=1,
            sha256=nda["sha256"],
            typed_name="Ann",
        )
    with refused("forbidden"):
        await world.act(queue.lease_pull, front, project=None, max=1)


async def test_a_token_for_one_project_reaches_no_other(world: World) -> None:
    birds, cats = await world.project("birds"), await world.project("cats")
    await world.items(birds, "a")
    await world.items(cats, "b")
    ann = await world.invite("ann")
    front, _ = await frontend(world)
    acting = await world.perform.authenticate(await token(world, front, ann, cats))
    with refused("forbidden"):
        await world.pull(acting, birds)
    (lease,) = (await world.pull(acting))["leases"]
    assert lease["project"] == cats
    (own,) = (await world.pull(ann, birds))["leases"]
    with refused("not_found"):
        await world.act(queue.lease_get, acting, lease=own["id"])
    with refused("not_found"):
        await world.act(submitting.lease_submit, acting, lease=own["id"], answer="1", client_seconds=None)


async def test_a_token_ends_with_its_time_with_its_key_and_with_the_persons_standing(world: World) -> None:
    ann = await world.invite("ann")
    front, key = await frontend(world)
    text = await token(world, front, ann)
    world.clock.moved += timedelta(minutes=16)
    with pytest.raises(Unauthenticated, match="token_invalid"):
        await world.perform.authenticate(text)
    world.clock.moved = timedelta()
    await world.perform.authenticate(text)
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="away")
    acting = await world.perform.authenticate(text)
    assert (await world.pull(acting))["reasons"][0]["code"] == "suspended"
    with refused("not_active"):
        await token(world, front, ann)
    revoke = {"key": key, "reason": "rotated"}
    await world.perform(access.key_revoke, world.admin, world.meta(access.key_revoke, None, revoke), **revoke)
    world.perform._authenticate.forget()  # as two seconds later
    with pytest.raises(Unauthenticated, match="token_invalid"):
        await world.perform.authenticate(text)


@pytest.mark.parametrize(
    "header", [{"alg": "HS256", "typ": "JWT", "kid": "1"}, {"alg": "HS256", "typ": "at+jwt"}]
)
async def test_a_token_of_another_kind_is_refused_even_when_well_signed(
    world: World, header: dict[str, str]
) -> None:
    key = OctKey.import_key(world.perform.vault.delegation_key())
    text = jwt.encode(header, {"iss": "muster", "aud": "muster", "exp": 4_000_000_000}, key)
    for one in (text, text[:-2] + "AA", "ey.ey.ey", "ey" * 5_000):
        with pytest.raises(Unauthenticated):
            await world.perform.authenticate(one)
