"""The embedded Valkey: a wake-up bell on a Unix socket, with an append-only file so that a restart forgets
little.
"""

import shutil
import signal
import socket
from pathlib import Path

from backend.platform.binaries import Programs, find_valkey, staged, valkey_server
from backend.platform.child import Child, ChildSpec
from backend.platform.folder import FolderLock
from backend.platform.identity import Identity, give, open_for, server_identity, settle
from backend.platform.orphan import take_over
from backend.platform.problems import PlatformProblem
from backend.platform.sockets import socket_folder

_SOCKET = "valkey.sock"
_STOP_SECONDS = 10.0
_LOADING_SECONDS_MAX = 600.0


class EmbeddedValkey:
    """A Valkey server that belongs to one folder; `child` is what a Supervisor watches and restarts."""

    def __init__(self, folder: Path, *, programs: Programs | None = None) -> None:
        """Name the folder (created when missing); `programs` overrides the search for binaries."""
        self.folder = folder.absolute()
        self._programs = programs
        self._lock = FolderLock(self.folder)
        self._child: Child | None = None
        self._socket: Path | None = None

    @property
    def child(self) -> Child:
        """The server process. PlatformProblem before the first start."""
        if self._child is None:
            raise _not_started()
        return self._child

    @property
    def url(self) -> str:
        """`unix:///path/valkey.sock?db=0`, as redis-py and dramatiq take it. PlatformProblem before the first
        start.
        """
        if self._socket is None:
            raise _not_started()
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        """Block until the server answers PING. Harmless when it runs. PlatformProblem as for PostgreSQL."""
        if self._child is not None and self._child.alive:
            return
        identity = server_identity(self.folder, "data")
        open_for(identity, self.folder)
        self._lock.take()
        try:
            self._start(identity)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Write out the append-only file and end the server."""
        if self._child is not None:
            self._child.stop()
        self._lock.release()

    def discard(self) -> None:
        """Stop, and delete the folder and everything the server kept elsewhere. For tests."""
        self.stop()
        for note in ("location", "socket-folder"):
            if (self.folder / note).exists():
                shutil.rmtree((self.folder / note).read_text().strip(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, identity: Identity) -> None:
        found = self._programs or find_valkey()
        programs = staged(found, identity, valkey_server(found).name)
        home = settle(identity, self.folder, "data")
        self._socket = socket_folder(identity, home, _SOCKET, self.folder) / _SOCKET
        data = give(identity, home / "data")
        self._child = Child(_spec(valkey_server(programs), identity, data, self._socket, self.folder))
        self._child.start()
        self._child.wait_ready()


def _spec(server: Path, identity: Identity, data: Path, sock: Path, logs: Path) -> ChildSpec:
    settings = {
        "port": "0",
        "unixsocket": str(sock),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / "valkey.pid"),
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "notice",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return ChildSpec(
        name="valkey",
        argv=(str(server), *options),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(data), "TZ": "UTC"},
        cwd=data,
        identity=identity,
        log_file=logs / "valkey.log",
        before_start=lambda: _take_over(data, sock),
        ready=lambda _pid: answers(sock),
        ready_seconds=_LOADING_SECONDS_MAX,
        stop_seconds=_STOP_SECONDS,
    )


def _take_over(data: Path, sock: Path) -> None:
    """A socket file left by a killed server would answer for the new one with 'connection refused': remove
    it.
    """
    take_over("valkey", data / "valkey.pid", data, (signal.SIGTERM,), _STOP_SECONDS)
    sock.unlink(missing_ok=True)


def answers(sock: Path) -> bool:
    """True if a server behind the Unix socket answers PING with PONG (not LOADING)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(sock))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _not_started() -> PlatformProblem:
    return PlatformProblem(
        "The embedded server should run by now.", "It was never started.", "Call start() first."
    )
