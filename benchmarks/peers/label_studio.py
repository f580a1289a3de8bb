"""Next task and submit over HTTP: Label Studio and ours, one after the other, on the same kind of PostgreSQL.

`python -m benchmarks.peers.label_studio`; see README.md beside it. JSON on the last line.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import uvloop

from backend.platform.instance import listen
from backend.platform.postgres import EmbeddedPostgres
from backend.platform.spawn import spawn
from benchmarks.machine import described
from benchmarks.place import temporary_folder
from benchmarks.row import quantiles, shortened
from benchmarks.server import client, environment, instance, workplace

PACKAGES = ("label-studio", "uwsgi")
READY_SECONDS = 180
LOCKED_OUT_SECONDS = 0.2
SETUP = Path(__file__).with_name("label_studio_setup.py")
# As the project's own deploy/uwsgi.ini has it, which its image runs: two processes per core, one thread each.
UWSGI = (
    "--master --single-interpreter --need-app --enable-threads --thunder-lock --lazy-apps --die-on-term "
    "--vacuum --threads 1 --buffer-size 65535 --http-timeout 300 --harakiri 120 --post-buffering 4096 "
    "--max-requests 5000 --disable-logging --ignore-sigpipe --ignore-write-errors --disable-write-exception "
    "--module core.wsgi:application"
)


@dataclass
class Seen:
    """What the annotators met."""

    began: float = 0.0
    next_task: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    cycle: list[float] = field(default_factory=list)
    tasks: Counter[int] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def installed(folder: Path) -> Path:
    """The environment of the peer with everything it needs; made by pip unless it is there already."""
    programs = folder / "bin"
    python = str(programs / "python")
    if not (programs / "uwsgi").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, stdout=sys.stderr)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True, stdout=sys.stderr)
    return programs


def version_in(programs: Path, package: str) -> str:
    """The release of a package in the peer's environment."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([programs / "python", "-c", ask], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def package_folder(programs: Path) -> Path:
    """Where label_studio lies, which its own commands expect to be run in."""
    ask = "from importlib.util import find_spec as f; print(f('label_studio').submodule_search_locations[0])"
    done = subprocess.run([programs / "python", "-c", ask], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


@contextmanager
def postgres() -> Iterator[EmbeddedPostgres]:
    """The PostgreSQL that `muster up` starts, with the same settings, in a folder of its own."""
    server = EmbeddedPostgres(temporary_folder())
    server.start()
    try:
        yield server
    finally:
        server.discard()


def settings(server: EmbeddedPostgres, data: Path) -> dict[str, str]:
    """Label Studio's environment: PostgreSQL, no debugging, nothing that calls home."""
    info = server.info
    return environment() | {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": str(info.host),
        "POSTGRE_PORT": str(info.port),
        "POSTGRE_USER": info.user,
        "POSTGRE_PASSWORD": info.password,
        "POSTGRE_NAME": "label_studio",
        "BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "core.settings.label_studio",
        "SECRET_KEY": secrets.token_hex(32),
        "DEBUG": "false",
        "APP_WEBSERVER": "uwsgi",
        "LOG_LEVEL": "ERROR",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def set_up(programs: Path, given: dict[str, str], people: int, tasks: int, sampling: str) -> dict[str, Any]:
    """Migrate, then people and tasks through Label Studio's own models; ids and tokens."""
    manage = [str(programs / "python"), "manage.py"]
    where = package_folder(programs)
    subprocess.run([*manage, "migrate", "-v", "0"], cwd=where, env=given, check=True, stdout=sys.stderr)
    sizes = {"PEER_PEOPLE": str(people), "PEER_TASKS": str(tasks), "PEER_SAMPLING": sampling}
    done = subprocess.run(
        [*manage, "shell", "-c", SETUP.read_text()],
        cwd=where,
        env=given | sizes,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = next(line for line in done.stdout.splitlines() if line.startswith("PEER "))
    made: dict[str, Any] = json.loads(told.removeprefix("PEER "))
    return made


@asynccontextmanager
async def serving(programs: Path, given: dict[str, str], logs: Path) -> AsyncIterator[str]:
    """Label Studio behind uWSGI as its image runs it, on a free port of loopback."""
    reserved = listen("127.0.0.1", 0)
    port = reserved.getsockname()[1]
    reserved.close()
    processes = str(2 * (os.cpu_count() or 1))
    with logs.open("ab") as output:
        process = spawn(
            [
                str(programs / "uwsgi"),
                "--http",
                f"127.0.0.1:{port}",
                "--processes",
                processes,
                *UWSGI.split(),
            ],
            env=given,
            cwd=package_folder(programs),
            output=output,
            death_signal=signal.SIGTERM,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _ready(url)
        yield url
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)


async def _ready(url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http, asyncio.timeout(READY_SECONDS):
        while True:
            try:
                if (await http.get(f"{url}/health", timeout=30)).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.5)


async def annotate(url: str, made: dict[str, Any], seconds: float, warm_seconds: float) -> dict[str, Any]:
    """Everybody takes the next task and submits an annotation, without a pause, for so long."""
    seen, until = Seen(), time.perf_counter() + warm_seconds + seconds
    measured_from = until - seconds

    async def person(http: httpx2.AsyncClient, token: str) -> None:
        headers = {"Authorization": f"Token {token}"}
        while time.perf_counter() < until:
            await _cycle(http, headers, made["project"], seen, measured_from)

    # uWSGI's router closes each connection after the answer without saying so beforehand.
    limits = httpx2.Limits(max_connections=len(made["tokens"]), max_keepalive_connections=0)
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=120, limits=limits) as http:
        await asyncio.gather(*(person(http, token) for token in made["tokens"]))
    took = time.perf_counter() - measured_from
    return {
        "cycles": len(seen.cycle),
        "cycles_per_second": shortened(len(seen.cycle) / took),
        "next_tasks_per_second": shortened(len(seen.next_task) / took),
        "latency": {
            name: quantiles(getattr(seen, name))
            for name in ("next_task", "submit", "cycle")
            if getattr(seen, name)
        },
        "handed_out_twice": sum(n - 1 for n in seen.tasks.values()),
        "done_twice": sum(n - 1 for n in seen.answers.values()),
        "statuses": dict(seen.statuses),
    }


async def _cycle(
    http: httpx2.AsyncClient, headers: dict[str, str], project: int, seen: Seen, measured_from: float
) -> None:
    began = time.perf_counter()
    answer = await http.get(f"/api/projects/{project}/next", headers=headers)
    seen.statuses[f"next {answer.status_code}"] += 1
    got = time.perf_counter()
    if answer.status_code != 200:
        # Nothing for this person just now; asking at once again would measure only that.
        await asyncio.sleep(LOCKED_OUT_SECONDS)
        return
    task = answer.json()["id"]
    seen.tasks[task] += 1
    result = [{"from_name": "choice", "to_name": "text", "type": "choices", "value": {"choices": ["cat"]}}]
    body = {"result": result, "lead_time": round(got - began, 3)}
    answer = await http.post(f"/api/tasks/{task}/annotations/", headers=headers, json=body)
    seen.statuses[f"submit {answer.status_code}"] += 1
    done = time.perf_counter()
    if answer.status_code == 201:
        seen.answers[task] += 1
        if began >= measured_from:
            seen.next_task.append(got - began)
            seen.submit.append(done - got)
            seen.cycle.append(done - began)


async def peer(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Label Studio's side."""
    programs = await asyncio.to_thread(installed, options.venv or folder / "venv")
    with postgres() as server:
        await _database(server)
        given = settings(server, folder / "data")
        arguments = (programs, given, options.people, options.tasks, options.sampling)
        made = await asyncio.to_thread(set_up, *arguments)
        async with serving(programs, given, folder / "uwsgi.log") as url:
            told = await annotate(url, made, options.seconds, options.warm_seconds)
    versions = {package: version_in(programs, package) for package in ("label-studio", "uwsgi")}
    return told | {"tasks": options.tasks, "sampling": options.sampling, "versions": versions}


async def _database(server: EmbeddedPostgres) -> None:
    conn = await asyncpg.connect(server.superuser_dsn("postgres"))
    await conn.execute("CREATE DATABASE label_studio")
    await conn.close()


async def ours(options: argparse.Namespace) -> dict[str, Any]:
    """Our side: `muster up` with one API process, TLS, everything on."""
    async with instance() as server:
        work = await workplace(server.connection, options.people, options.our_tasks)
        told = await client(
            {
                "url": server.connection.url,
                "ca_file": str(server.connection.ca_file),
                "mode": "cycle",
                "keys": work.keys,
                "project": work.project,
                "seconds": options.seconds,
                "warm_seconds": options.warm_seconds,
            }
        )
    return {
        "cycles": round(told["cycles_per_second"] * told["seconds"]),
        "cycles_per_second": shortened(told["cycles_per_second"]),
        "next_tasks_per_second": shortened(told["cycles_per_second"]),
        "latency": told["latency_of"],
        "handed_out_twice": told["duplicates"],
        "done_twice": told["duplicates"],
        "statuses": told["statuses"],
        "tasks": options.our_tasks,
    }


async def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Both sides and the ratio of full cycles per second."""
    folder = temporary_folder()
    try:
        theirs, mine = await peer(options, folder), await ours(options)
    except BaseException:
        log = folder / "uwsgi.log"
        if log.exists():
            print(log.read_text(errors="replace")[-4_000:], file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rates = mine["cycles_per_second"], theirs["cycles_per_second"]
    return {
        "ratio": shortened(rates[0] / rates[1]) if rates[1] else None,
        "cycle_p99_ms": {side: told["latency"]["cycle"]["p99_ms"] for side, told in _sides(mine, theirs)},
        "ours": mine,
        "label_studio": theirs,
        "people": options.people,
        "machine": described(),
    }


def _sides(mine: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [("ours", mine), ("label_studio", theirs)]


def main() -> None:
    """Read the options, compare, print JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm-seconds", type=float, default=10.0)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--tasks", type=int, default=10_000, help="tasks in Label Studio's project")
    parser.add_argument("--our-tasks", type=int, default=100_000, help="tasks in ours: enough for the time")
    parser.add_argument("--sampling", default="Sequential sampling", help="or 'Uniform sampling'")
    parser.add_argument("--venv", type=Path, help="an environment to make once and use again")
    print(json.dumps(uvloop.run(compare(parser.parse_args()))))


if __name__ == "__main__":
    main()
