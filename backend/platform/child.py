"""One supervised process: how to start it, how to know that it is ready, how to stop it."""

import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.platform.identity import Identity
from backend.platform.problems import PlatformProblem
from backend.platform.spawn import spawn

log = logging.getLogger("muster.platform")

_POLL_SECONDS = 0.005
_PROGRESS_SECONDS = 5.0
_LOG_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What to run and how to treat it.

    `before_start` runs before every start, also a restart. `ready` gets the process id and answers whether
    the child serves; None means ready at once. `stop_signals` are sent one after another, each with
    `stop_seconds` to obey, before SIGKILL. `death_signal` is what the child gets when Muster is killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    identity: Identity | None = None
    log_file: Path | None = None
    before_start: Callable[[], None] | None = None
    ready: Callable[[int], bool] | None = None
    ready_seconds: float = 60.0
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    stop_seconds: float = 10.0
    death_signal: signal.Signals = signal.SIGTERM
    pass_fds: tuple[int, ...] = ()


class Child:
    """A process made from a ChildSpec; it can be started again after it died."""

    def __init__(self, spec: ChildSpec) -> None:
        """Nothing runs before `start`."""
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the last start, dead or alive."""
        return None if self.process is None else self.process.pid

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process and return at once; what a dead one left running in its group is ended first."""
        self._sweep()
        if self.spec.before_start is not None:
            self.spec.before_start()
        spec = self.spec
        output = None if spec.log_file is None else _open_log(spec.log_file)
        try:
            self.process = spawn(
                spec.argv,
                env=spec.env,
                cwd=spec.cwd,
                identity=spec.identity,
                output=output,
                death_signal=spec.death_signal,
                pass_fds=spec.pass_fds,
            )
        finally:
            if output is not None:
                output.close()

    def is_ready(self) -> bool:
        """True if the process runs and its probe says yes."""
        return self.alive and (self.spec.ready is None or self.spec.ready(self.pid or 0))

    def wait_ready(self) -> None:
        """Block until ready. PlatformProblem if the process ends first or `ready_seconds` pass; progress is
        logged.
        """
        begun = time.monotonic()
        told = begun
        while not self.is_ready():
            now = time.monotonic()
            if not self.alive:
                raise self._problem(f"It ended with {self.describe_end()}.")
            if now - begun > self.spec.ready_seconds:
                raise self._problem(f"It was not ready after {self.spec.ready_seconds:.0f} s.")
            if now - told > _PROGRESS_SECONDS:
                told = now
                log.info("%s is starting since %.0f s. %s", self.spec.name, now - begun, self._last_words(1))
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask it to stop, with rising force; returns when it is gone. Harmless when nothing runs."""
        if self.process is None:
            return
        for number in (*self.spec.stop_signals, signal.SIGKILL):
            self.process.send_signal(number)
            try:
                self.process.wait(self.spec.stop_seconds)
            except subprocess.TimeoutExpired:
                log.warning(
                    "%s did not obey %s in %.0f s", self.spec.name, number.name, self.spec.stop_seconds
                )
            else:
                break
        self._sweep()

    def kill(self) -> None:
        """End it without ceremony, so that it can be started again."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def describe_end(self) -> str:
        """How the last process ended, in words."""
        code = None if self.process is None else self.process.poll()
        if code is not None and code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit code {code}"

    def _sweep(self) -> None:
        """A killed server cannot end its own workers. (PostgreSQL's leave the group and notice by
        themselves.)
        """
        if self.process is not None and not self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _problem(self, found: str) -> PlatformProblem:
        where = "the lines above" if self.spec.log_file is None else str(self.spec.log_file)
        return PlatformProblem(
            f"{self.spec.name} should have started.",
            f"{found} {self._last_words(3)}".strip(),
            f"See {where}.",
        )

    def _last_words(self, lines: int) -> str:
        if self.spec.log_file is None or not self.spec.log_file.exists():
            return ""
        with self.spec.log_file.open("rb") as file:
            file.seek(max(0, self.spec.log_file.stat().st_size - 4096))
            return " | ".join(file.read().decode(errors="replace").strip().splitlines()[-lines:])


def _open_log(path: Path) -> BinaryIO:
    """Append to `path`; a log that has grown too long is kept once as `.1`."""
    if path.exists() and path.stat().st_size > _LOG_BYTES_MAX:
        path.replace(path.with_name(path.name + ".1"))
    file = path.open("ab")
    path.chmod(0o600)
    return file
