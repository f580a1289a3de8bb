"""`muster rebuild --check`: beside a running instance, or with the embedded servers started for it."""

from typing import Any

from backend.events.store.database import open_pool
from backend.platform.instance import Instance
from backend.platform.services import start_services
from backend.readmodels.rebuild import rebuild_check
from backend.settings import Settings
from backend.wiring import running


async def rebuild_check_of(settings: Settings) -> dict[str, Any]:
    """The comparison for every tenant of this instance. PlatformProblem when its database cannot be reached."""
    where = running(settings)
    if where is not None:
        return await _check(where.app_dsn, where.sequencer_dsn)
    with Instance(settings.data):
        services = start_services(settings)
        try:
            return await _check(services.app_dsn, services.sequencer_dsn)
        finally:
            services.stop()


async def _check(app_dsn: str, sequencer_dsn: str) -> dict[str, Any]:
    app, sequencer = await open_pool(app_dsn, size_max=2), await open_pool(sequencer_dsn, size_max=2)
    try:
        return await rebuild_check(app, sequencer)
    finally:
        await app.close()
        await sequencer.close()
