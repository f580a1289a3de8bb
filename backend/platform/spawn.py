"""Starts processes that end with Muster, even when Muster itself is killed with SIGKILL.

Linux sends the parent-death signal when the *thread* that forked ends, so every process is forked by one
daemon thread that lives as long as Muster does. `launch.py` arms the signal.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO

from backend.platform.identity import Identity

_LAUNCHER = str(Path(__file__).with_name("launch.py"))

Process = subprocess.Popen[bytes]
Job = tuple[Callable[[], Process], Future[Process]]


class _Spawner:
    """One thread that forks on behalf of all others and never ends."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def run(self, start: Callable[[], Process]) -> Process:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="muster-spawner", daemon=True)
                self._thread.start()
        answer: Future[Process] = Future()
        self._jobs.put((start, answer))
        return answer.result()

    def _work(self) -> None:
        while True:
            start, answer = self._jobs.get()
            try:
                answer.set_result(start())
            except Exception as error:
                answer.set_exception(error)
            del start, answer


_spawner = _Spawner()


def _forget_spawner() -> None:
    """A forked Python has none of its parent's threads: it needs a spawner of its own."""
    global _spawner
    _spawner = _Spawner()


os.register_at_fork(after_in_child=_forget_spawner)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    identity: Identity | None = None,
    output: int | IO[bytes] | None = None,
    death_signal: int = signal.SIGKILL,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start `argv` (first: an absolute path) in a session of its own, so that Ctrl-C does not reach it.

    `env` is its whole environment (None: ours). `identity` is the user to become (None: stay). `output` takes
    standard output and error together (None: ours). `death_signal` reaches it the moment Muster is gone
    (Linux only). A program that cannot be executed shows as exit code 1 with a sentence on its output.
    """
    uid, gid = (identity.uid, identity.gid) if identity is not None and identity.drops else (-1, -1)
    launch = [sys.executable, "-I", "-S", _LAUNCHER, os.getpid(), int(death_signal), uid, gid, *argv]

    def start() -> Process:
        return subprocess.Popen(
            [str(part) for part in launch],
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )

    return _spawner.run(start)
