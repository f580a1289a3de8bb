"""A server that outlived its Muster: recognised by where it works, not by a process id that may be somebody
else's.
"""

import contextlib
import logging
import os
import signal
import time
from pathlib import Path

log = logging.getLogger("muster.platform")

_NOTICE_SECONDS = 5.0


def noted_pid(pid_file: Path) -> int | None:
    """The process id in the first line of a pid file, or None."""
    try:
        first = pid_file.read_text().split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(first) if first.isdigit() else None


def workers_in(folder: Path) -> list[int]:
    """Processes that have `folder` as their working folder: both servers, and all of PostgreSQL's, change
    into it.
    """
    place = str(folder.resolve())
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == place:
                found.append(int(entry.name))
        except OSError:  # ended meanwhile, or another user's
            continue
    return found


def take_over(
    name: str, pid_file: Path, folder: Path, signals: tuple[signal.Signals, ...], seconds: float
) -> None:
    """Make sure that no server works in `folder`: stop an orphan with rising force, remove a misleading pid
    file.

    Call it only while holding the folder's lock, so that whatever still runs there has no master. After a
    PostgreSQL postmaster was killed its workers need a moment to notice; a new one must not start before they
    are gone. Where there is no /proc (macOS) the servers' own checks have to do.
    """
    pid = noted_pid(pid_file)
    if pid is None or not Path("/proc/self/cwd").exists():
        return
    _wait_gone(folder, _NOTICE_SECONDS if pid not in workers_in(folder) else 0.0)
    for number in (*signals, signal.SIGKILL):
        left = workers_in(folder)
        if not left:
            break
        log.warning("%s: process %s of an earlier run is still there, sending %s", name, left, number.name)
        for target in [pid] if pid in left else left:
            _signal(target, number)
        _wait_gone(folder, seconds)
    if Path(f"/proc/{pid}").exists():  # the number belongs to a stranger now
        pid_file.unlink(missing_ok=True)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_gone(folder: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and workers_in(folder):
        time.sleep(0.01)
