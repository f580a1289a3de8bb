"""One running Muster: it holds its data folder, it has a port, and it leaves a note on how to reach it."""

import errno
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.platform.folder import FolderLock, make_folder, write_private
from backend.platform.problems import PlatformProblem

_BACKLOG = 1024


class Instance:
    """The data folder, held for as long as the `with` block runs; `connection.json` of an earlier run is
    removed.
    """

    def __init__(self, data: Path) -> None:
        """Name the folder; it is made on entering, 0700."""
        self.data = data.absolute()
        self._lock = FolderLock(self.data)

    def __enter__(self) -> Self:
        """PlatformProblem naming folder and pid if another Muster holds it, or if it cannot be written."""
        try:
            make_folder(self.data)
        except OSError as error:
            raise PlatformProblem(
                f"Muster should be able to create its data folder {self.data}.",
                f"{error.strerror}.",
                "Give it a folder it may write with --data.",
            ) from None
        self._lock.take()
        self.connection_file.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the note and let the next one in."""
        self.connection_file.unlink(missing_ok=True)
        self._lock.release()

    @property
    def connection_file(self) -> Path:
        """Where `write_connection` writes."""
        return self.data / "connection.json"

    def write_connection(self, connection: Mapping[str, object]) -> None:
        """Say how to reach us, atomically, mode 0600: readers see all of it or nothing."""
        write_private(self.connection_file, json.dumps(connection, indent=1) + "\n")


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes any free one (`.getsockname()[1]` tells which).

    Hand its file number to the server process through `ChildSpec.pass_fds`, so that nobody takes the port in
    between. PlatformProblem if the port is taken, needs privileges, or the host is not of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _no_port(host, port, str(error)) from None
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = "another program is using it" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise _no_port(host, port, reason) from None
    return listener


def _no_port(host: str, port: int, found: str) -> PlatformProblem:
    return PlatformProblem(
        f"Muster should be able to listen on {host} port {port}.",
        f"It cannot: {found}.",
        "Stop that program, or choose another with --host and --port (0 takes any free port).",
    )
