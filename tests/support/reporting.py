"""Short ways to read a workforce report, each held against what the API documents."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backend.api.routes import ROUTES
from backend.usecases.access import access
from backend.usecases.work import Caller, UseCase
from backend.usecases.workforce import inviting, vendors
from tests.support.world import World

SHAPES = {route.operation_id: route for route in ROUTES}


async def report(
    world: World, usecase: UseCase, caller: Caller | None = None, **given: Any
) -> dict[str, Any]:
    """What a report answers, with the query's own defaults; exactly as its shape says, no field more or less."""
    route = SHAPES[usecase.__name__]
    assert route.query is not None and issubclass(route.answer, BaseModel)
    body = await world.act(usecase, caller, **(route.query().model_dump() | given))
    assert route.answer.model_validate(body, strict=True).model_dump() == body
    return body


async def vendor(world: World, name: str) -> UUID:
    """A vendor of this name."""
    return UUID(str((await world.act(vendors.vendor_register, name=name))["id"]))


async def manager_of(world: World, employer: UUID) -> Caller:
    """Somebody who manages this vendor's people."""
    made = await world.act(
        access.key_create, kind="user", roles=("vendor_manager",), scopes=("*",), days=1, vendor=employer
    )
    return await world.perform.authenticate(made["key"])


async def invited(world: World, name: str, employer: UUID | None = None) -> dict[str, Any]:
    """The answer to an invitation."""
    mail = f"{name}@example.invalid"
    return await world.act(
        inviting.annotator_invite, name=name, email=mail, roles=("annotator",), vendor=employer
    )


async def joined(world: World, name: str, employer: UUID | None = None) -> Caller:
    """A person who was invited for this vendor and has claimed."""
    claimer = await world.perform.authenticate((await invited(world, name, employer))["claim_token"], "claim")
    return await world.perform.authenticate((await world.act(inviting.annotator_claim, claimer))["key"])
