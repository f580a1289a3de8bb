"""Money in tests: what own people and vendors cost, and work that took exactly so long."""

from typing import Any
from uuid import UUID

from backend.usecases.projects import staff_rates
from backend.usecases.workforce import vendor_rates
from tests.support.world import World

RATE: dict[str, Any] = {"stage": None, "per": "hour", "currency": "EUR", "effective": "2020-01-01"}


async def staff(world: World, project: UUID, minor: int | None, **other: Any) -> dict[str, Any]:
    """Say what own people cost in a project."""
    said = RATE | {"project": project, "amount_minor": minor} | other
    return await world.act(staff_rates.staff_rates_update, **said)


async def vendor(world: World, vendor: UUID, minor: int | None, **other: Any) -> dict[str, Any]:
    """Say what a vendor's people cost."""
    said = RATE | {"vendor": vendor, "skill": None, "amount_minor": minor} | other
    return await world.act(vendor_rates.vendor_rates_update, **said)


async def took(world: World, who: UUID, seconds: float | None) -> None:
    """All that somebody did so far took so long each; None: it was opened by its answer."""
    await world.rows(
        "UPDATE lease_ended SET started_at = ended_at - make_interval(secs => $3)"
        " WHERE tenant = $1 AND annotator = $2 RETURNING lease",
        who,
        seconds or 0.0,
    )


async def lived(world: World, here: str = "") -> None:
    """A staff rate is said, corrected, and ended for one kind of work."""
    project = await world.project(f"{here}plovers")
    for minor, more in ((2_400, {}), (2_500, {}), (30, {"stage": "review", "per": "answer"})):
        await staff(world, project, minor, **more)
    await staff(world, project, None, stage="review", effective="2026-01-01")
