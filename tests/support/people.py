"""People on their way in and out: short ways to invite, claim, ask and look."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.store.database import transaction
from backend.usecases.access import access
from backend.usecases.projects import projects
from backend.usecases.work import Caller
from backend.usecases.workforce import inviting, onboarding, people, vendors
from tests.support.world import World


async def now(world: World) -> datetime:
    """The time that the next act will see."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        return await world.clock.now(conn)


async def in_days(world: World, days: float) -> datetime:
    """A moment so many days from now."""
    return await now(world) + timedelta(days=days)


async def invite(world: World, name: str, caller: Caller | None = None, **where: Any) -> dict[str, Any]:
    """An invitation that waits to be claimed."""
    asked = {"name": name, "email": f"{name}@example.invalid", "roles": ("annotator",)}
    return await world.act(inviting.annotator_invite, caller, **(asked | where))


async def claim(world: World, invited: dict[str, Any]) -> tuple[Caller, dict[str, Any]]:
    """The person claims; returns them and what they were told."""
    claimer = await world.perform.authenticate(invited["claim_token"], "claim")
    told = await world.act(inviting.annotator_claim, claimer)
    return await world.perform.authenticate(told["key"]), told


async def join(world: World, name: str, **where: Any) -> Caller:
    """A person who was invited and has claimed."""
    return (await claim(world, await invite(world, name, **where)))[0]


async def ask(world: World, **asked: Any) -> dict[str, Any]:
    """Set what is asked before the first task."""
    before = await world.act(onboarding.onboarding_get)
    wanted = {"checks": (), "approval": False, "agreements": (), "courses": ()} | asked
    return await world.act(onboarding.onboarding_update, expected_version=before["version"], **wanted)


async def status(world: World, person: UUID) -> str:
    """Where the person stands, as a manager reads it."""
    return str((await world.act(people.annotator_get, annotator=person))["status"])


async def tokens(world: World, person: UUID, kind: str) -> list[str]:
    """The tokens of one kind that the person holds."""
    held = (await world.act(people.annotator_get, annotator=person))["tokens"]
    return [token for token in held if token.startswith(f"{kind}:")]


async def vendor(world: World, name: str = "Label Works") -> UUID:
    """A registered vendor."""
    return UUID(str((await world.act(vendors.vendor_register, name=name))["id"]))


async def team(world: World, name: str, of: UUID | None = None) -> UUID:
    """A team."""
    return UUID(str((await world.act(vendors.team_create, name=name, vendor=of))["id"]))


async def manager_of(world: World, vendor: UUID, team: UUID | None = None) -> Caller:
    """Somebody who manages this vendor's own people."""
    asked = {"kind": "user", "roles": ("vendor_manager",), "scopes": ("*",), "days": 1}
    made = await world.act(access.key_create, **asked, vendor=vendor, team=team)
    return await world.perform.authenticate(made["key"])


async def require(world: World, project: UUID, **condition: str) -> None:
    """Let work in the project ask for this condition."""
    asked = {"agreements": (), "courses": (), "conditions": {"all": [condition]}}
    await world.act(projects.project_requirements_update, project=project, **asked)


async def open_slots(world: World) -> int:
    """How many slots are free."""
    return len(await world.rows("SELECT 1 FROM open_slot WHERE tenant = $1"))
