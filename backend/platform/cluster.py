"""A PostgreSQL data folder: made once by initdb, checked before every start."""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend.platform.binaries import Programs
from backend.platform.folder import sync_folder
from backend.platform.identity import Identity, give
from backend.platform.problems import PlatformProblem
from backend.platform.spawn import spawn

log = logging.getLogger("muster.platform")

SUPERUSER = "postgres"
_BUILTIN_LOCALE_SINCE = 17


def server_environment(programs: Programs, home: Path) -> dict[str, str]:
    """All that PostgreSQL gets to see of our environment: root's HOME or a stray PG* variable would mislead
    it.
    """
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    return {"PATH": f"{programs.bin}:/usr/bin:/bin", "LC_ALL": locale, "HOME": str(home), "TZ": "UTC"}


def create_cluster(programs: Programs, identity: Identity, home: Path, major: int, password: str) -> Path:
    """Make `home`/cluster unless it is there. It appears under that name only when complete and on disk.

    PlatformProblem with initdb's own words if it fails.
    """
    cluster = home / "cluster"
    if (cluster / "PG_VERSION").exists():
        return cluster
    workshop = home / "cluster.new"
    shutil.rmtree(workshop, ignore_errors=True)
    give(identity, workshop)
    password_file = workshop / "password"
    handle = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password)
    if identity.drops:
        os.chown(password_file, identity.uid, identity.gid)
    _run_initdb(programs, identity, home, major, workshop)
    password_file.unlink()
    (workshop / "data").rename(cluster)
    sync_folder(home)
    workshop.rmdir()
    return cluster


def _run_initdb(programs: Programs, identity: Identity, home: Path, major: int, workshop: Path) -> None:
    locale: tuple[str, ...] = ("--locale=C.UTF-8",) if sys.platform == "linux" else ("--locale=C",)
    if major >= _BUILTIN_LOCALE_SINCE:
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    process = spawn(
        [
            str(programs / "initdb"),
            f"--pgdata={workshop / 'data'}",
            f"--username={SUPERUSER}",
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
            f"--pwfile={workshop / 'password'}",
            "--data-checksums",
            "--encoding=UTF8",
            "--no-instructions",
            *locale,
        ],
        env=server_environment(programs, home),
        cwd=Path("/"),
        identity=identity,
        output=subprocess.PIPE,
    )
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode != 0:
        raise PlatformProblem(
            f"initdb should have made a PostgreSQL data folder in {home}.",
            " | ".join(said.strip().splitlines()[-4:]),
            "Mend the cause and start again; nothing was kept.",
        )


def check_major(cluster: Path, major: int) -> None:
    """PlatformProblem if the data folder was made by another major version than the programs at hand."""
    found = (cluster / "PG_VERSION").read_text().strip()
    if found != str(major):
        raise PlatformProblem(
            f"The data folder {cluster} should have been made by PostgreSQL {major}, the version installed.",
            f"It was made by PostgreSQL {found}, and PostgreSQL does not read another major version's files.",
            f"Install PostgreSQL {found} again, dump with its pg_dump, and restore into a fresh data folder.",
        )


def is_ready(cluster: Path, pid: int) -> bool:
    """True if that server has finished recovery and takes connections: it says so in its own pid file."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
