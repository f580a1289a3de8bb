"""Whoever starts the servers may be killed without a word: nothing is left running, and the next start has
the rows.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.platform.orphan import workers_in
from backend.platform.services import Services, start_services
from backend.settings import Settings
from tests.platform.conftest import fetch, wait_for_end

REPOSITORY = Path(__file__).resolve().parents[2]

MASTER = """
import json, signal, sys
from pathlib import Path
from backend.platform.services import start_services
from backend.settings import Settings
services = start_services(Settings.model_construct(data=Path(sys.argv[1])))
dsn = services.postgres.dsn("muster_owner")
pids = [child.pid for child in services.children]
print(json.dumps({"pids": pids, "dsn": dsn, "redis": services.redis_url}), flush=True)
signal.pause()
"""


def _start_master(data: Path, python: str = sys.executable, **how: object) -> "subprocess.Popen[str]":
    packages = [str(REPOSITORY), *(path for path in sys.path if path.endswith("site-packages"))]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(packages), "HOME": str(data)}
    command = [python, "-c", MASTER, str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd="/", **how)  # type: ignore[call-overload, no-any-return]


def _said(master: "subprocess.Popen[str]") -> dict[str, object]:
    assert master.stdout is not None
    said: dict[str, object] = json.loads(master.stdout.readline())
    return said


def _restarted(data: Path) -> Services:
    return start_services(Settings.model_construct(data=data))


def test_a_killed_master_leaves_no_server_behind_and_no_row_lost(folder: Path) -> None:
    with _start_master(folder) as master:
        said = _said(master)
        fetch(str(said["dsn"]), "CREATE TABLE kept AS SELECT generate_series(1, 100) AS n")
        master.kill()
        pids = said["pids"]
        assert isinstance(pids, list)
        assert len(pids) == 2
        assert all(wait_for_end(pid) for pid in pids)
    assert workers_in(folder / "postgres" / "cluster") == []
    services = _restarted(folder)
    try:
        assert fetch(services.owner_dsn, "SELECT count(*) FROM kept") == [(100,)]
    finally:
        services.stop()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user; as one, all tests show this"
)
def test_an_ordinary_user_runs_the_servers_as_itself(folder: Path) -> None:
    python = _python_for_everybody()
    os.chown(folder, 65534, 65534)
    with _start_master(folder, python, user=65534, group=65534, extra_groups=[]) as master:
        said = _said(master)
        pids = said["pids"]
        assert isinstance(pids, list)
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids} == {65534}
        assert fetch(str(said["dsn"]), "SELECT current_user::text") == [("muster_owner",)]
        master.send_signal(signal.SIGKILL)
        assert all(wait_for_end(pid) for pid in pids)


def _python_for_everybody() -> str:
    """A Python of our version that user nobody can execute and that can import what we import."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            tried = subprocess.run(
                [python, "-c", "import ctypes"], user=65534, group=65534, cwd="/", check=False
            )
        except OSError:
            continue
        if tried.returncode == 0 and os.access(REPOSITORY, os.R_OK):
            return python
    pytest.skip(f"user nobody cannot execute any {version} here")
