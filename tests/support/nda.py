"""Agreements in tests: publish, sign, work under one, and look at what stands."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.agreements import agreements, enforcing, signing
from backend.usecases.projects import projects
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from tests.support.world import World

DAY = timedelta(days=1)


async def now(world: World) -> datetime:
    """The time that the next act will see."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn)


async def publish(
    world: World, text: str = "v1", of: dict[str, Any] | None = None, **terms: Any
) -> dict[str, Any]:
    """Publish an agreement, or the next version of one."""
    said = {"title": "NDA", "text": text, "agreement": of["id"] if of else None}
    return await world.act(agreements.agreement_publish, **said, **terms)


async def sign(world: World, who: Caller, made: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Sign this version as this person."""
    exact = {
        "agreement": made["id"],
        "version": made["version"],
        "sha256": made["sha256"],
        "typed_name": "Ann Example",
    }
    return await world.act(signing.agreement_sign, who, **exact | other)


async def revoke(world: World, who: Caller, made: dict[str, Any]) -> dict[str, Any]:
    """Revoke this person's signature."""
    why = {"agreement": made["id"], "annotator": who.subject.id, "reason": "broke it"}
    return await world.act(signing.signature_revoke, **why)


async def countersign(world: World, who: Caller, made: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Countersign this person's signature as the administrator."""
    what = {
        "agreement": made["id"],
        "annotator": who.subject.id,
        "version": made["version"],
        "typed_name": "Boss",
    }
    return await world.act(signing.agreement_countersign, **what | other)


async def asking(world: World, made: dict[str, Any] | None, name: str = "birds", items: int = 5) -> UUID:
    """A project with items that asks for this agreement; for none, when there is none."""
    project = await world.project(name, agreements=(made["id"],) if made else ())
    await world.items(project, *(f"{name} {n}" for n in range(items)))
    return project


async def classed(world: World, project: UUID, data_class: str | None) -> None:
    """Say of which class a project's data are."""
    row = {"project": project, "agreements": (), "courses": (), "data_class": data_class}
    await world.act(projects.project_requirements_update, **row)


async def codes(world: World, who: Caller, project: UUID) -> list[str]:
    """Why this person gets nothing; `work` for each lease that they do get."""
    pulled = await world.pull(who, project)
    return [why["code"] for why in pulled["reasons"]] + ["work" for _ in pulled["leases"]]


async def draft(world: World, who: Caller, lease: UUID) -> None:
    """Begin an answer."""
    await world.act(holding.lease_draft, who, lease=lease, draft={"begun": True})


async def sweep(world: World) -> dict[str, Any]:
    """What the system does every few seconds about signatures."""
    return await world.system(enforcing.signatures_expire, most=1_000)


async def states(world: World, made: dict[str, Any], who: Caller) -> dict[int, str]:
    """Version -> how this person's signature under it stands."""
    sql = "SELECT version, state FROM signature WHERE tenant = $1 AND agreement = $2 AND annotator = $3"
    return {row["version"]: row["state"] for row in await world.rows(sql, made["id"], who.subject.id)}


async def tokens(world: World, who: Caller) -> list[str]:
    """The versions for which this person has a row of rights, whether they still count or not."""
    sql = "SELECT token FROM holding WHERE tenant = $1 AND annotator = $2 AND source = 'signature' ORDER BY token"
    return [row["token"].rpartition(":")[2] for row in await world.rows(sql, who.subject.id)]


async def lived(world: World, here: str = "") -> None:
    """Every way a signature comes and goes: countersigned, replaced, superseded, revoked, still awaiting."""
    made = await publish(world, f"{here}both sides", countersigned=True)
    people = [await world.invite(f"{here}signer{n}") for n in range(4)]
    for who in people[:3]:
        await sign(world, who, made)
        await countersign(world, who, made)
    await sign(world, people[3], made)
    await revoke(world, people[0], made)
    newer = await publish(world, f"{here}one side", made, countersigned=False)
    await sign(world, people[1], newer)
    await sweep(world)
