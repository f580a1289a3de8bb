"""`muster backtest`: beside a running instance, or with the embedded servers started for it; it only reads."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter, ValidationError

from backend.api.backtest import Money
from backend.api.fields import Moment
from backend.api.projects import PlanGiven
from backend.domain.errors import Refusal
from backend.events.ids import TenantId
from backend.events.store.database import DatabaseClock, open_pool
from backend.platform.instance import Instance
from backend.platform.problems import PlatformProblem
from backend.platform.services import start_services
from backend.processes import settle_in
from backend.readmodels import backtest as rows
from backend.readmodels.backtest import Window
from backend.readmodels.rebuild import snapshot, tenants
from backend.settings import Settings
from backend.usecases.backtest import telling
from backend.usecases.backtest.backtest import Trial, past_of
from backend.wiring import running

COST = "cost_per_error"
KNOWN = (*get_type_hints(PlanGiven), COST)
"""The fields of a quality plan, as the API names them, and what an error costs that goes out."""


def plan_in(file: Path) -> dict[str, Any]:
    """The fields of a quality plan that the file names. PlatformProblem says what is wrong with it."""
    expected = f"{file} should hold one JSON object with fields of a quality plan."
    try:
        said = json.loads(file.read_text())
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise PlatformProblem(expected, f"{error}.", "Correct the path or the file.") from None
    if not isinstance(said, dict):
        raise PlatformProblem(expected, "It holds something else.", 'Write it as {"review_rate": 0.2}.')
    if unknown := sorted(set(said) - set(KNOWN)):
        raise PlatformProblem(expected, f"It names {', '.join(unknown)}.", f"Known are {', '.join(KNOWN)}.")
    try:
        TypeAdapter(PlanGiven).validate_python({name: one for name, one in said.items() if name != COST})
        TypeAdapter(Money | None).validate_python(said.get(COST))
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise PlatformProblem(expected, f"{wrong}.", "Correct these fields.") from None
    return said


def moment(name: str, text: str | None) -> datetime | None:
    """A moment with its zone. PlatformProblem for anything else."""
    if text is None:
        return None
    try:
        at: datetime = TypeAdapter(Moment).validate_python(text)
    except ValidationError:
        raise PlatformProblem(
            f"{name} should be a moment with its zone.", f"It is {text!r}.", "Write 2030-01-31T12:00:00Z."
        ) from None
    return at


async def backtest_of(
    settings: Settings, project: str, plan: dict[str, Any], window: Window
) -> dict[str, Any]:
    """The backtest of a project, by its id or name. PlatformProblem when the database cannot be reached, or when what
    is asked cannot be answered."""
    settle_in()
    where = running(settings)
    if where is not None:
        return await _backtest(where.app_dsn, where.sequencer_dsn, project, plan, window)
    with Instance(settings.data):
        services = start_services(settings)
        try:
            return await _backtest(services.app_dsn, services.sequencer_dsn, project, plan, window)
        finally:
            services.stop()


async def _backtest(
    app_dsn: str, sequencer_dsn: str, project: str, plan: dict[str, Any], window: Window
) -> dict[str, Any]:
    app, sequencer = await open_pool(app_dsn, size_max=1), await open_pool(sequencer_dsn, size_max=1)
    try:
        async with app.acquire() as conn:
            return await backtest(conn, await tenants(sequencer), project, plan, window)
    finally:
        await app.close()
        await sequencer.close()


async def backtest(
    conn: asyncpg.Connection, among: list[TenantId], project: str, plan: dict[str, Any], window: Window
) -> dict[str, Any]:
    """The same over a connection, for a project of one of these tenants. Everything is read in one snapshot, in a
    transaction that cannot write."""
    found: list[tuple[TenantId, UUID]] = []
    for tenant in among:
        async with snapshot(conn, tenant):
            found += [(tenant, one) for one in await rows.named(conn, tenant, project)]
    if len(found) != 1:
        raise PlatformProblem(
            "--project should name one project.",
            f"{len(found)} have the id or name {project!r}.",
            "Give the id that the API shows.",
        )
    _progress("reading the history")
    try:
        async with snapshot(conn, found[0][0]):
            tenant, about = found[0]
            fields = {name: one for name, one in plan.items() if name != COST}
            asked = Trial(about, fields, window, plan.get(COST))
            past = await past_of(conn, tenant, asked, await DatabaseClock().now(conn))
    except Refusal as refusal:
        raise PlatformProblem(
            f"Expected {refusal.expected}.", f"Found {refusal.found}.", f"{refusal.mend}."
        ) from None
    _progress(f"replaying {len(past.answers)} answers")
    return telling.backtested(past)


def _progress(says: str) -> None:
    print(f"muster: {says}", file=sys.stderr)
