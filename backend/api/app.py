"""The application: routes, probes, and an answer in problem+json for everything else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route as Path

from backend.api import openapi
from backend.api.door import Door, Resource, unserved
from backend.api.metrics import Metrics
from backend.api.probes import Ready, probes
from backend.api.problems import no_such_path
from backend.api.route import Route
from backend.api.routes import by_path
from backend.api.stream import StreamDoor, StreamRoute
from backend.api.upload import UploadDoor, UploadRoute
from backend.usecases.perform import Perform

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(perform: Perform, ready: Ready, version: str, lifespan: Lifespan | None = None) -> FastAPI:
    """The ASGI application. `ready` answers /readyz; `lifespan` opens and closes what is used.

    FastAPI's own documentation pages, redirects and error pages are off: they would speak to whoever asks.
    """
    app = FastAPI(
        title="Muster",
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    metrics = Metrics()
    for path, routes in by_path().items():
        doors: dict[str, Door] = {route.method: _door_of(route)(route, perform, metrics) for route in routes}
        app.router.routes.append(Path(path, Resource(doors, perform), include_in_schema=False))
    for path, resource in probes(ready, version, metrics).items():
        app.router.routes.append(Path(path, resource, include_in_schema=False))
    app.router.default = _nothing_here(perform)
    app.openapi = openapi.document  # type: ignore[method-assign]
    return app


def _door_of(route: Route) -> type[Door]:
    match route:
        case StreamRoute():
            return StreamDoor
        case UploadRoute():
            return UploadDoor
        case _:
            return Door


def _nothing_here(perform: Perform) -> Any:
    """The endpoint of every path that is not in the API. Web sockets are refused before they open."""

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await unserved(perform, scope, send, no_such_path())

    return endpoint
