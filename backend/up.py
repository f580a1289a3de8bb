"""`muster up`: services, migration, first keys, processes; one parent that keeps them alive and ends them in order."""

import asyncio
import os
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.events.store.migrate import migrate
from backend.platform.child import Child, ChildSpec
from backend.platform.folder import write_private
from backend.platform.instance import Instance, listen
from backend.platform.services import Services, start_services
from backend.platform.supervise import Supervisor
from backend.settings import Settings
from backend.wiring import ADDRESSES, RUNNING, Addresses, bootstrap, fold_anew

DRAIN_SECONDS = 30.0


def run(settings: Settings, *, demo: bool) -> int:
    """Everything in the foreground; 0 after an orderly end. PlatformProblem when something is not as it must be."""
    with Instance(settings.data) as instance:
        # The port first: that it is taken is known before anything was started.
        listener = listen(settings.host, settings.port)
        port = listener.getsockname()[1]
        services = start_services(settings)
        try:
            where = _addresses(settings, services)
            write_private(settings.data / RUNNING, where.to_environment()[ADDRESSES])
            migrate(where.owner_dsn)
            asyncio.run(fold_anew(where))
            first = asyncio.run(bootstrap(where, settings, administrators=2))
            connection = _connection(settings, services, port, first)
            children = _children(settings, where, listener.fileno(), connection["url"])
            apis, others = children[: settings.workers or 1], children[settings.workers or 1 :]
            supervisor = Supervisor([*services.children, *children], [apis, others, services.children])
            loading: list[subprocess.Popen[bytes]] = []

            def ready() -> None:
                instance.write_connection(connection)
                print(_welcome(connection, instance.connection_file), flush=True)
                if demo:
                    loading.append(_load_demo(instance.connection_file))

            try:
                return supervisor.run(ready)
            finally:
                for process in loading:
                    process.terminate()
        finally:
            (settings.data / RUNNING).unlink(missing_ok=True)
            services.stop()
            listener.close()


def _addresses(settings: Settings, services: Services) -> Addresses:
    tls = services.tls
    return Addresses(
        owner_dsn=services.owner_dsn,
        app_dsn=services.app_dsn,
        sequencer_dsn=services.sequencer_dsn,
        redis_url=services.redis_url,
        keyring=str(settings.data / "keyring.json"),
        cert_file=str(tls.cert_file) if tls else None,
        key_file=str(tls.key_file) if tls else None,
        ca_file=str(tls.ca_file) if tls else None,
    )


def _children(settings: Settings, where: Addresses, fd: int, url: str) -> list[Child]:
    """The API processes share one listening socket; the kernel deals connections among them."""
    environment = {**os.environ, **where.to_environment(), "MUSTER_HOST": settings.host}
    muster = (sys.executable, "-m", "backend.cli")

    def child(name: str, *arguments: str, **options: Any) -> Child:
        argv = (*muster, *arguments)
        return Child(ChildSpec(name=name, argv=argv, env=environment, stop_seconds=DRAIN_SECONDS, **options))

    names = [f"api-{n}" for n in range(1, (settings.workers or 1) + 1)]
    serving = {"pass_fds": (fd,), "ready": lambda _pid: _answers(url, where)}
    apis = [child(name, "api", "--fd", str(fd), **serving) for name in names]
    return [*apis, child("worker", "worker"), child("scheduler", "scheduler")]


def _answers(url: str, where: Addresses) -> bool:
    """Whether /readyz says yes: asked as a client would, trusting our own CA only."""
    trust = ssl.create_default_context(cafile=where.ca_file) if where.ca_file else None
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5, context=trust) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _connection(
    settings: Settings, services: Services, port: int, first: Mapping[str, Any]
) -> dict[str, Any]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if services.tls else "http"
    return {
        "url": f"{scheme}://{host}:{port}",
        "ca_file": str(services.tls.ca_file) if services.tls else None,
        "tenant": str(first["tenant"]),
        "admin_key": first["keys"][0],
        "second_admin_key": first["keys"][1],
    }


def _load_demo(connection: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "backend.cli", "demo", "--connection", str(connection)]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL)


def _welcome(connection: Mapping[str, Any], file: Path) -> str:
    trust = f" --cacert {connection['ca_file']}" if connection["ca_file"] else ""
    return f"""
Muster is ready at {connection["url"]}
  sign in with a key from {file} (admin_key, valid 24 h)
  try:  KEY=$(sed -n 's/.*"admin_key": "\\(.*\\)".*/\\1/p' {file})
        curl{trust} -H "Authorization: Bearer $KEY" {connection["url"]}/v1/projects
  real crowd answers:  muster reenact DATASET_DIR --connection {file} --json
  Ctrl-C stops everything; the data stays.
"""
