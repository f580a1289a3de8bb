"""Looks at everything Muster runs on and says, for each thing, what was found and how to mend it."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.platform.binaries import (
    POSTGRES_MAJOR_MIN,
    find_postgres,
    find_valkey,
    valkey_server,
    version_of,
)
from backend.platform.folder import FolderLock, write_private
from backend.platform.identity import can_reach, server_identity
from backend.platform.instance import listen
from backend.platform.problems import PlatformProblem
from backend.platform.roles import check_login, run_now
from backend.platform.services import check_redis
from backend.platform.tls import TlsFiles, days_left
from backend.settings import Settings

_PYTHON_MIN = (3, 11)
_DISK_BYTES_MIN = 1024**3
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: is it well, what was found, and (only if not) what to do."""

    name: str
    ok: bool
    found: str
    mend: str = ""


def checks(settings: Settings) -> list[Check]:
    """Look at everything; nothing is started, changed or left behind. Never raises for what it may find."""
    looks: list[tuple[str, Callable[[Settings], str]]] = [
        ("python", _python),
        ("data folder", _data_folder),
        ("disk", _disk),
        ("instance", _instance),
        ("port", _port),
        ("tls", _tls),
        ("postgresql", _postgres),
        ("valkey", _valkey),
    ]
    return [_look(name, look, settings) for name, look in looks]


def _look(name: str, look: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name, True, look(settings))
    except PlatformProblem as problem:
        return Check(name, False, f"{problem.expected} {problem.found}", problem.mend)
    except OSError as error:
        return Check(name, False, f"{error}.", "Mend permissions or the file system.")


def _python(_settings: Settings) -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _PYTHON_MIN:
        raise PlatformProblem(
            "Muster needs Python 3.11 or newer.", f"This is {found}.", "Install a newer Python."
        )
    return found


def _data_folder(settings: Settings) -> str:
    """A folder that does not exist yet is as good as the nearest one that does."""
    place = _nearest(settings.data)
    probe = place / ".muster-doctor"
    try:
        write_private(probe, "")
    except OSError as error:
        raise PlatformProblem(
            f"{place} should be writable.",
            f"{error.strerror}.",
            "Give Muster a folder it may write with --data.",
        ) from None
    probe.unlink()
    return f"{settings.data} is writable" if place == settings.data else f"{settings.data} can be made"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(_nearest(settings.data)).free
    if free < _DISK_BYTES_MIN:
        raise PlatformProblem(
            f"There should be {_DISK_BYTES_MIN / _GIB:.0f} GiB free for {settings.data}.",
            f"{free / _GIB:.2f} GiB are free.",
            "Free some space, or move the data folder to a larger disk.",
        )
    return f"{free / _GIB:.1f} GiB free"


def _instance(settings: Settings) -> str:
    holder = FolderLock(settings.data).holder()
    return (
        "no Muster is running on this folder" if holder is None else f"Muster is running as process {holder}"
    )


def _port(settings: Settings) -> str:
    """Our own running instance may hold the port; that is well."""
    try:
        listen(settings.host, settings.port).close()
    except PlatformProblem:
        if FolderLock(settings.data).holder() is not None:
            return f"{settings.host}:{settings.port} is in use, presumably by the running Muster"
        raise
    return f"{settings.host}:{settings.port} is free"


def _tls(settings: Settings) -> str:
    if settings.insecure_loopback:
        return "off: plain HTTP on loopback, as MUSTER_INSECURE_LOOPBACK asks"
    folder = settings.data / "tls"
    files = TlsFiles(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    if not folder.exists():
        return "certificates will be made on the first start"
    for key in (files.key_file, folder / "ca-key.pem"):
        if key.exists() and key.stat().st_mode & 0o077:
            raise PlatformProblem(
                f"{key} should be readable by its owner alone.",
                f"Its mode is {key.stat().st_mode & 0o777:04o}.",
                f"Run chmod 600 {key}.",
            )
    try:
        left = days_left(files)
    except ValueError as error:
        raise PlatformProblem(
            "There should be a server certificate.", f"{error}.", "`muster up` makes one."
        ) from None
    if left < 0:
        raise PlatformProblem(
            "The server certificate should be valid.",
            f"It ended {-left:.0f} days ago.",
            "`muster up` renews it.",
        )
    return f"server certificate valid for {left:.0f} more days"


def _postgres(settings: Settings) -> str:
    url = settings.database_url_owner or settings.database_url
    if url is not None:
        return f"PostgreSQL {run_now(lambda: check_login(url))} answers at DATABASE_URL"
    programs = find_postgres()
    version = version_of(programs / "postgres")
    identity = server_identity(settings.data / "postgres", "cluster")
    if int(version.split(".")[0]) < POSTGRES_MAJOR_MIN:
        raise PlatformProblem(
            f"PostgreSQL {POSTGRES_MAJOR_MIN} or newer.", f"Found {version}.", "Install a newer one."
        )
    note = "" if can_reach(identity, programs / "postgres") else ", to be copied where that user can run it"
    return f"embedded PostgreSQL {version} ({programs.source}), as user {identity.name}{note}"


def _valkey(settings: Settings) -> str:
    if settings.redis_url is not None:
        return f"version {check_redis(settings.redis_url)} answers at REDIS_URL"
    programs = find_valkey()
    return f"embedded Valkey {version_of(valkey_server(programs))} ({programs.source})"


def _nearest(path: Path) -> Path:
    """`path`, or the closest parent that exists."""
    return next(place for place in (path, *path.parents) if place.exists())
