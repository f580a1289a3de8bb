"""Files and folders that only Muster may read, written so that a crash leaves the old or the new, never
half.
"""

import fcntl
import os
import secrets
import stat
from pathlib import Path

from backend.platform.problems import PlatformProblem


def write_private(path: Path, content: str | bytes) -> None:
    """Replace `path` with `content` atomically and durably, mode 0600. OSError if the folder is not
    writable.
    """
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames and new names inside `path` survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Create `path` as 0700, and missing parents as 0711; a folder that exists keeps the mode it has."""
    missing = [parent for parent in reversed(path.parents) if not parent.exists()]
    for parent in missing:
        parent.mkdir(exist_ok=True)
        parent.chmod(0o711)
    if not path.exists():
        path.mkdir(mode=0o700, exist_ok=True)


def is_private(path: Path, uid: int) -> bool:
    """True if `path` is a real folder (no symbolic link) that belongs to `uid` and to nobody else."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and stat.S_IMODE(found.st_mode) == 0o700


class FolderLock:
    """One living Muster per folder: an flock that the kernel drops when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is touched before `take`."""
        self.path = folder / "lock"
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock and note our process id. PlatformProblem names the folder and the holder's pid."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise PlatformProblem(
                f"The data folder {self.path.parent} should belong to the user who runs Muster.",
                f"{error.strerror} for user id {os.geteuid()}.",
                "Run Muster as the folder's owner, or give it another folder with --data.",
            ) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise PlatformProblem(
                f"One Muster at a time may use the data folder {self.path.parent}.",
                f"It is in use by process {holder}.",
                "Stop that process, or give this one another folder with --data.",
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle

    def release(self) -> None:
        """Let the next one in. Harmless when nothing is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> int | None:
        """The process id of whoever holds the lock now (0 if it left no note), or None when the lock is
        free.
        """
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = os.read(handle, 32).strip()
            return int(note) if note.isdigit() else 0
        finally:
            os.close(handle)
        return None
