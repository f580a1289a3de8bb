"""A history to replay: people work under one plan, reviewers judge what is drawn, and another plan is tried on it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from backend.usecases.backtest.backtest import project_backtest
from backend.usecases.work import Caller
from tests.support.world import World

Right = Callable[[int], bool]


async def worked(
    world: World, project: UUID, people: list[Caller], items: int, right: Right, follow_every: int = 1
) -> None:
    """Each item is answered once, in turn, and reviewed where it is drawn; nth is right or wrong as `right` says."""
    await world.items(project, *(f"w{n:03}" for n in range(items)))
    rev = await world.invite(f"rev{project.hex[-4:]}", "reviewer")
    for n in range(items):
        await world.work(people[n % len(people)], project, "ab"[n % 2])
        await judge(world, project, rev, right(n))
        if n % follow_every == 0:
            await world.follow()
    await world.follow()


async def judge(world: World, project: UUID, rev: Caller, right: bool) -> None:
    """Whatever waits for review."""
    while pulled := (await world.review_pull(rev, project, 20))["leases"]:
        for review in pulled:
            await world.review(rev, review["id"], "accept" if right else "reject")


async def tried(world: World, project: UUID, caller: Caller | None = None, **plan: Any) -> dict[str, Any]:
    """The backtest of a plan on everything that happened."""
    return await world.act(project_backtest, caller, project=project, plan=plan, since=None, until=None)


async def contents(world: World) -> dict[str, str]:
    """Every table -> a digest of all its rows, whoever's they are."""
    conn = await asyncpg.connect(world.postgres.superuser_dsn(world.database))
    try:
        tables = await conn.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        sql = "SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {} t"
        return {row["name"]: await conn.fetchval(sql.format(row["name"])) for row in tables}
    finally:
        await conn.close()
