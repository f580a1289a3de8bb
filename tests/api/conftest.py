"""The edge over a recorder, and an administrator who speaks to the application over the real use cases."""

from collections.abc import AsyncIterator

import pytest_asyncio

from backend.usecases.access import access
from tests.api.edge import Edge
from tests.api.speaker import Speaker, connect
from tests.support.world import World


@pytest_asyncio.fixture
async def edge() -> AsyncIterator[Edge]:
    """A client of the application whose Perform only records."""
    made = Edge()
    yield made
    await made.client.aclose()


@pytest_asyncio.fixture
async def admin(world: World) -> AsyncIterator[Speaker]:
    """A tenant administrator over HTTP, whose key outlives every test's moving of the clock."""
    made = await world.act(access.key_create, kind="user", roles=("tenant_admin",), scopes=("*",), days=365)
    async with connect(world.perform) as client:
        yield Speaker(client, made["key"])
