"""The embedded PostgreSQL: made, started, watched and stopped by us; durable settings stay at their safe
defaults.
"""

import logging
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from backend.platform.binaries import Programs, find_postgres, staged, version_of
from backend.platform.child import Child, ChildSpec
from backend.platform.cluster import SUPERUSER, check_major, create_cluster, is_ready, server_environment
from backend.platform.folder import FolderLock
from backend.platform.identity import Identity, open_for, server_identity, settle
from backend.platform.orphan import take_over
from backend.platform.problems import PlatformProblem
from backend.platform.roles import (
    APP,
    DATABASE,
    OWNER,
    SEQUENCER,
    ensure_database,
    ensure_roles,
    passwords_in,
    run_now,
)
from backend.platform.sockets import socket_folder

log = logging.getLogger("muster.platform")

_PORT = 5432
_STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT)  # fast, then immediate
_STOP_SECONDS = 30.0
_RECOVERY_SECONDS_MAX = 3600.0
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """How to reach the embedded server: a Unix socket in `host`, and the superuser."""

    host: Path
    port: int
    user: str
    password: str = field(repr=False)

    def dsn(self, role: str, password: str, database: str) -> str:
        """`postgresql://role:password@/database?host=/socket/folder&port=5432`, for asyncpg and
        SQLAlchemy.
        """
        login = f"{quote(role, safe='')}:{quote(password, safe='')}"
        return (
            f"postgresql://{login}@/{quote(database, safe='')}?host={quote(str(self.host))}&port={self.port}"
        )


class EmbeddedPostgres:
    """A PostgreSQL server that belongs to one folder.

    `start` makes the cluster, the three roles and the database `muster` if they are missing; `stop` ends the
    server and keeps the data. `child` is what a Supervisor watches and restarts. Killing the process that
    started it ends the server too.
    """

    def __init__(self, folder: Path, *, programs: Programs | None = None) -> None:
        """Name the folder (created when missing); `programs` overrides the search for binaries."""
        self.folder = folder.absolute()
        self._programs = programs
        self._lock = FolderLock(self.folder)
        self._child: Child | None = None
        self._info: ConnectionInfo | None = None
        self._passwords: dict[str, str] = {}

    @property
    def child(self) -> Child:
        """The server process. PlatformProblem before the first start."""
        if self._child is None:
            raise _not_started()
        return self._child

    @property
    def info(self) -> ConnectionInfo:
        """Where the server listens. PlatformProblem before the first start."""
        if self._info is None:
            raise _not_started()
        return self._info

    def superuser_dsn(self, database: str = "postgres") -> str:
        """A URL that signs in as the cluster's superuser."""
        return self.info.dsn(self.info.user, self.info.password, database)

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """A URL for `muster_owner`, `muster_app` or `muster_sequencer` (KeyError for other names)."""
        return self.info.dsn(role, self._passwords[role], database)

    def start(self) -> None:
        """Block until the server takes connections and roles and database exist. Harmless when it runs.

        PlatformProblem: folder in use, no binaries, other major version, or the server did not come up.
        """
        if self._child is not None and self._child.alive:
            return
        identity = server_identity(self.folder, "cluster")
        open_for(identity, self.folder)
        self._lock.take()
        try:
            self._start(identity)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, a checkpoint is written, the data stays."""
        if self._child is not None:
            self._child.stop()
        self._lock.release()

    def discard(self) -> None:
        """Stop, and delete the folder and everything the server kept elsewhere. For tests: the rows are
        gone.
        """
        self.stop()
        for note in ("location", "socket-folder"):
            if (self.folder / note).exists():
                shutil.rmtree((self.folder / note).read_text().strip(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, identity: Identity) -> None:
        programs = staged(self._programs or find_postgres(), identity, "postgres")
        major = int(version_of(programs / "postgres").split(".")[0])
        home = settle(identity, self.folder, "cluster")
        self._passwords = self._read_passwords(home)
        cluster = create_cluster(programs, identity, home, major, self._passwords[SUPERUSER])
        check_major(cluster, major)
        sockets = socket_folder(identity, home, f".s.PGSQL.{_PORT}", self.folder)
        self._info = ConnectionInfo(sockets, _PORT, SUPERUSER, self._passwords[SUPERUSER])
        self._child = Child(_spec(programs, identity, home, cluster, sockets, self.folder))
        self._child.start()
        self._child.wait_ready()
        run_now(self._prepare)

    def _read_passwords(self, home: Path) -> dict[str, str]:
        if (home / "cluster").exists() and not (self.folder / "passwords.json").exists():
            raise PlatformProblem(
                f"The passwords of the database in {home} should be in {self.folder / 'passwords.json'}.",
                "There is no such file.",
                "Bring it back from a backup; or, to start empty, move the folder away.",
            )
        return passwords_in(self.folder, SUPERUSER, OWNER, APP, SEQUENCER)

    async def _prepare(self) -> None:
        await ensure_database(self.superuser_dsn())
        await ensure_roles(self.superuser_dsn(DATABASE), self._passwords)


def _spec(
    programs: Programs, identity: Identity, home: Path, cluster: Path, sockets: Path, logs: Path
) -> ChildSpec:
    settings = _SETTINGS | {"unix_socket_directories": str(sockets)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    pid_file = cluster / "postmaster.pid"
    return ChildSpec(
        name="postgres",
        argv=(str(programs / "postgres"), "-D", str(cluster), *options),
        env=server_environment(programs, home),
        cwd=Path("/"),
        identity=identity,
        log_file=logs / "postgres.log",
        before_start=lambda: take_over("postgres", pid_file, cluster, _STOP_SIGNALS, _STOP_SECONDS),
        ready=lambda pid: is_ready(cluster, pid),
        ready_seconds=_RECOVERY_SECONDS_MAX,
        stop_signals=_STOP_SIGNALS,
        stop_seconds=_STOP_SECONDS,
        death_signal=signal.SIGINT,
    )


def _not_started() -> PlatformProblem:
    return PlatformProblem(
        "The embedded server should run by now.", "It was never started.", "Call start() first."
    )
