"""People: they come in once, as themselves; they are suspended at once, and erased for good."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.events.store import secrets
from backend.usecases import vault
from backend.usecases.access import access
from backend.usecases.access.authenticating import Unauthenticated
from backend.usecases.tasks.late import late_answer_get
from backend.usecases.workforce import inviting, people, standing
from tests.support.refused import refused
from tests.support.world import World


async def invite(world: World, name: str = "ann", email: str | None = None) -> dict[str, Any]:
    address = email or f"{name}@example.invalid"
    return await world.act(inviting.annotator_invite, name=name, email=address, roles=("annotator",))


async def test_a_claim_token_is_exchanged_once_for_own_credentials(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    claimed = await world.act(inviting.annotator_claim, claimer)
    person = await world.perform.authenticate(claimed["key"])
    assert person.subject.id == invited["id"] == claimed["annotator"]
    assert person.subject.roles == {"annotator"}
    with refused("claim_used", "conflict"):
        await world.act(inviting.annotator_claim, claimer)


async def test_of_two_claims_at_once_one_gets_a_key(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    both = await asyncio.gather(
        *(world.act(inviting.annotator_claim, claimer) for _ in range(2)), return_exceptions=True
    )
    assert [type(one) for one in both].count(dict) == 1
    assert [one.code for one in both if isinstance(one, Refusal)] == ["claim_used"]
    keys = await world.rows("SELECT 1 FROM credential WHERE tenant = $1 AND principal = $2", invited["id"])
    assert len(keys) == 2, "the claim token and one key"


async def test_a_claim_key_opens_no_other_door(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    with refused("forbidden"):
        await world.pull(claimer)
    with pytest.raises(Unauthenticated, match="another kind"):
        await world.perform.authenticate(invited["claim_token"])


async def test_an_invitation_can_be_claimed_on_its_last_day(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    world.clock.moved = timedelta(days=13, hours=23)
    assert (await world.act(inviting.annotator_claim, claimer))["annotator"] == invited["id"]


async def test_an_old_invitation_is_refused(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    world.clock.moved = timedelta(days=14, seconds=1)
    with refused("claim_expired", "forbidden"):
        await world.act(inviting.annotator_claim, claimer)


async def test_an_address_that_is_taken_names_its_person(world: World) -> None:
    invited = await invite(world, email="Ann@Example.invalid")
    with refused("annotator_exists", "conflict") as caught:
        await invite(world, "other", email=" ann@example.INVALID ")
    assert caught.value.extra == {"annotator": str(invited["id"])}


async def test_of_invitations_of_one_address_at_once_one_is_made(world: World) -> None:
    answers = await asyncio.gather(
        *(invite(world, f"p{n}", "same@example.invalid") for n in range(5)), return_exceptions=True
    )
    (made,) = [one for one in answers if isinstance(one, dict)]
    others = [one for one in answers if isinstance(one, Refusal)]
    assert {one.extra["annotator"] for one in others} == {str(made["id"])}
    assert len(await world.facts("annotator.invited")) == 1


async def test_no_stored_byte_holds_a_readable_name_or_address(world: World) -> None:
    ann = await world.invite("annabella")
    shown = await world.act(people.annotator_get, ann, annotator=ann.subject.id)
    assert (shown["name"], shown["email"]) == ("annabella", "annabella@example.invalid")
    for table in ("event", "person", "access_entry", "credential", "idempotency"):
        for row in await world.rows(
            f"SELECT t::text, t::text LIKE '%annabella%' AS found FROM {table} t WHERE tenant = $1"
        ):
            assert not row["found"], table
    bodies = await world.rows(
        "SELECT body FROM event WHERE tenant = $1 UNION ALL SELECT body FROM access_entry WHERE tenant = $1"
    )
    assert bodies and not any(b"annabella" in bytes(row["body"]) for row in bodies)


async def test_a_person_sees_nobody_else(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    with refused("forbidden"):
        await world.act(people.annotator_get, ann, annotator=ben.subject.id)
    with refused("forbidden"):
        await world.act(people.annotator_list, ann, status=None, cursor=None, limit=10)


async def test_a_suspension_revokes_leases_in_its_own_transaction(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    ann = await world.invite("ann")
    pulled = (await world.pull(ann, project, 2))["leases"]
    said = await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="looking into it")
    assert said == {"id": ann.subject.id, "status": "suspended", "leases_revoked": 2}
    # One transaction: whoever sees the suspension sees the revocations.
    xids = await world.rows(
        "SELECT DISTINCT xid::text FROM event WHERE tenant = $1 AND type IN ('annotator.suspended', 'lease.revoked')"
    )
    assert len(xids) == 1
    assert len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1")) == 2
    assert (await world.pull(ann, project))["reasons"] == [{"code": "suspended"}]
    with refused("lease_revoked", "conflict"):
        await world.submit(ann, pulled[0]["id"], "1")
    await world.act(standing.annotator_reinstate, annotator=ann.subject.id, reason="nothing found")
    assert len((await world.pull(ann, project, 2))["leases"]) == 2


async def test_a_suspended_person_is_shown_with_the_reason(world: World) -> None:
    ann = await world.invite("ann")
    await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="looking into it")
    again = await world.act(standing.annotator_suspend, annotator=ann.subject.id, reason="again")
    assert again["leases_revoked"] == 0
    shown = await world.act(people.annotator_get, annotator=ann.subject.id)
    assert (shown["status"], shown["reason"]) == ("suspended", "looking into it")
    listed = await world.act(people.annotator_list, status="suspended", cursor=None, limit=10)
    assert [one["id"] for one in listed["data"]] == [ann.subject.id]


async def test_an_erased_person_cannot_be_read_and_gets_no_work(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    await world.pull(ann, project)
    said = await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for it")
    assert said["status"] == "erased" and said["leases_revoked"] == 1
    shown = await world.act(people.annotator_get, annotator=ann.subject.id)
    assert (shown["status"], shown["name"], shown["email"]) == ("erased", None, None)
    keys = await world.rows(
        "SELECT state, length(wrapped) AS n FROM keys.data_key WHERE tenant = $1 AND scope_id = $2",
        ann.subject.id,
    )
    assert keys and all((key["state"], key["n"]) == ("destroyed", 0) for key in keys)
    # The fact stays, its ciphertext opens for nobody.
    (invited,) = await world.facts("annotator.invited")
    place = vault.Sealed("person", ann.subject.id, "annotator", ann.subject.id, "name", invited.event.name)
    async with world.perform.pool.acquire() as conn, conn.transaction():
        await conn.execute(f"SELECT set_config('app.tenant', '{world.tenant}', true)")
        assert await world.perform.vault.open_json(conn, world.tenant, [place]) == [None]
    pulled = await world.pull(ann, project)
    assert pulled["leases"] == [] and pulled["reasons"][0]["code"] in ("erased", "suspended")
    assert (await world.entries(ann))[-1]["source"] is None, "an entry, but no address"


async def test_the_keys_of_the_erased_are_refused_and_their_address_is_free(world: World) -> None:
    invited = await invite(world)
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    key = (await world.act(inviting.annotator_claim, claimer))["key"]
    await world.perform.authenticate(key)
    await world.act(standing.annotator_erase, annotator=invited["id"], reason="asked for it")
    forget_credentials(world)
    with pytest.raises(Unauthenticated) as caught:
        await world.perform.authenticate(key)
    assert caught.value.code == "key_revoked"
    assert (await invite(world))["id"] != invited["id"]
    with refused("not_now", "conflict"):
        await world.act(standing.annotator_reinstate, annotator=invited["id"], reason="back")


async def test_a_late_answer_of_the_erased_is_kept(world: World) -> None:
    project = await world.project()
    await world.items(project, "a")
    ann = await world.invite("ann")
    (lease,) = (await world.pull(ann, project))["leases"]
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for it")
    with refused("lease_revoked") as caught:
        await world.submit(ann, lease["id"], "1")
    kept = await world.act(late_answer_get, late_answer=UUID(caught.value.extra["late_answer"]))
    assert kept["answer"] == "1"


async def test_a_revoked_key_is_refused(world: World) -> None:
    made = await world.act(access.key_create, kind="user", roles=("manager",), scopes=("*",), days=1)
    manager = await world.perform.authenticate(made["key"])
    await world.act(people.annotator_list, manager, status=None, cursor=None, limit=1)
    revoke = {"key": made["key_id"], "reason": "lost"}
    meta = world.meta(access.key_revoke, None, revoke)
    assert (await world.perform(access.key_revoke, world.admin, meta, **revoke)).body["revoked"]
    forget_credentials(world)
    with pytest.raises(Unauthenticated) as caught:
        await world.perform.authenticate(made["key"])
    assert caught.value.code == "key_revoked"


async def test_expired_unknown_and_mistyped_keys_are_told_apart(world: World) -> None:
    short = await world.act(access.key_create, kind="service", roles=("manager",), scopes=("*",), days=0)
    unknown = secrets.mint(bytes(range(secrets.MINT_BYTES)))[1]
    codes = []
    for text in (short["key"], short["key"][:-1] + "!", unknown):
        with pytest.raises(Unauthenticated) as caught:
            await world.perform.authenticate(text)
        codes.append(caught.value.code)
    assert codes == ["key_expired", "key_malformed", "unauthenticated"]


def forget_credentials(world: World) -> None:
    """As two seconds later: credentials are looked up anew."""
    world.perform._authenticate.forget()
