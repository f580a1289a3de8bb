"""Asking in tests: a question about a project, replies to it, and its end."""

from typing import Any
from uuid import UUID

from backend.usecases.projects.clarifications import (
    clarification_ask,
    clarification_close,
    clarification_get,
    clarification_list,
    clarification_reply,
)
from backend.usecases.work import Caller
from tests.support.world import World


async def ask(
    world: World, who: Caller, project: UUID, text: str = "Do drawings count?", lease: UUID | None = None
) -> UUID:
    """Ask as this person; the id of the thread."""
    asked = await world.act(clarification_ask, who, project=project, text=text, lease=lease)
    return UUID(str(asked["id"]))


async def reply(world: World, thread: UUID, who: Caller | None = None, text: str = "They do.") -> UUID:
    """Answer as this person, or as the administrator."""
    said = await world.act(clarification_reply, who, clarification=thread, text=text)
    return UUID(str(said["id"]))


async def close(
    world: World, thread: UUID, who: Caller | None = None, *, shared: bool = True
) -> dict[str, Any]:
    """End the thread as this person, or as the administrator."""
    return await world.act(clarification_close, who, clarification=thread, shared=shared)


async def read(world: World, thread: UUID, who: Caller | None = None) -> dict[str, Any]:
    """The thread as this person or the administrator sees it."""
    return await world.act(clarification_get, who, clarification=thread)


async def listed(world: World, project: UUID, who: Caller | None = None, **query: Any) -> list[UUID]:
    """The threads of a project that this person or the administrator sees."""
    page: dict[str, Any] = {"state": None, "cursor": None, "limit": 50} | query
    return [one["id"] for one in (await world.act(clarification_list, who, project=project, **page))["data"]]


async def lived(world: World, who: Caller, expert: Caller, project: UUID) -> None:
    """Threads in every state: one open, one answered, one closed for itself and one shared."""
    for replies, end in ((0, None), (2, None), (1, False), (3, True)):
        thread = await ask(world, who, project)
        for speaker in (expert, who, None)[:replies]:
            await reply(world, thread, speaker)
        if end is not None:
            await close(world, thread, shared=end)
