"""The edge over a recorder. The application over the real use cases is in test_whole.py."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.api.edge import Edge


@pytest_asyncio.fixture
async def edge() -> AsyncIterator[Edge]:
    """A client of the application whose Perform only records."""
    made = Edge()
    yield made
    await made.client.aclose()
