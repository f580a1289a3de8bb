"""Keeps a set of processes alive until somebody asks to stop, then ends them in order."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from backend.platform.child import Child
from backend.platform.problems import PlatformProblem

log = logging.getLogger("muster.platform")

_BACKOFF_SECONDS_FIRST = 0.1
_BACKOFF_SECONDS_MAX = 15.0
_HEALTHY_SECONDS = 30.0


class Supervisor:
    """Starts children in parallel, restarts those that die, stops them group by group.

    One thread per child waits for its end, so nothing polls. A child that dies before all were ready once is
    a failed start and ends everything; later deaths are mended with a bounded back-off. Children that already
    run (the embedded servers) are taken over as they are.
    """

    def __init__(
        self, children: Sequence[Child], stop_order: Sequence[Sequence[Child]] | None = None
    ) -> None:
        """`stop_order`: groups, ended one after another, members together; children left out end last.

        Without it the children end one by one, the last one first.
        """
        self.children = list(children)
        groups = [[child] for child in reversed(self.children)] if stop_order is None else stop_order
        named = [child for group in groups for child in group]
        self._groups = [list(group) for group in groups] + [[c for c in self.children if c not in named]]
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._all_ready = threading.Event()
        self._changed = threading.Condition()
        self._ready: dict[str, int | None] = {}
        self._problem: PlatformProblem | None = None
        self._doors = {child.spec.name: threading.Lock() for child in self.children}
        self._keepers: list[threading.Thread] = []

    def run(self, on_ready: Callable[[], None] = lambda: None) -> int:
        """Start, call `on_ready`, wait for SIGTERM or SIGINT, stop; 0 after an orderly end. Main thread only.

        PlatformProblem (after stopping everything) if a child does not come up.
        """
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self.start()
            if not self._asked.is_set():
                on_ready()
                self._asked.wait()
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def start(self) -> None:
        """Start all and block until all are ready, or somebody asked to stop. PlatformProblem if one
        fails.
        """
        for child in self.children:
            keeper = threading.Thread(
                target=self._keep, args=(child,), name=f"keep-{child.spec.name}", daemon=True
            )
            self._keepers.append(keeper)
            keeper.start()
        while not (self._problem or self._asked.is_set() or len(self._ready) == len(self.children)):
            with self._changed:
                self._changed.wait(0.05)
        if self._problem is not None:
            raise self._problem
        if not self._asked.is_set():
            self._all_ready.set()

    def ask_to_stop(self) -> None:
        """Make `run` end as SIGTERM would. Safe from any thread."""
        self._asked.set()

    def stop(self) -> None:
        """End all children in order, each within its own deadlines. Harmless when stopped already."""
        self._asked.set()
        self._stopping.set()
        for group in self._groups:
            if group:
                with ThreadPoolExecutor(max_workers=len(group)) as pool:
                    list(pool.map(self._stop_one, group))
        for keeper in self._keepers:
            keeper.join()

    def wait_ready(self, child: Child, after: int) -> None:
        """Block until `child` has come back under another process id than `after` and is ready."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready.get(child.spec.name, after) != after)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    def _stop_one(self, child: Child) -> None:
        """The door keeps a restart in flight from slipping past the stop."""
        with self._doors[child.spec.name]:
            child.stop()

    def _keep(self, child: Child) -> None:
        """The life of one child: start, ready, end, again."""
        failures = 0
        while self._bring_up(child) and child.process is not None:
            begun = time.monotonic()
            child.process.wait()
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - begun > _HEALTHY_SECONDS else failures + 1
            delay = (
                min(_BACKOFF_SECONDS_FIRST * 2 ** min(failures, 16), _BACKOFF_SECONDS_MAX)
                if failures > 1
                else 0.0
            )
            log.warning(
                "%s ended with %s, starting it again in %.1f s", child.spec.name, child.describe_end(), delay
            )
            if self._stopping.wait(delay):
                return

    def _bring_up(self, child: Child) -> bool:
        """Start unless it runs; True if the child is to be waited for."""
        try:
            with self._doors[child.spec.name]:
                if self._stopping.is_set():
                    return False
                if not child.alive:
                    child.start()
            child.wait_ready()
        except (PlatformProblem, OSError) as error:
            return self._failed(child, error)
        with self._changed:
            self._ready[child.spec.name] = child.pid
            self._changed.notify_all()
        return True

    def _failed(self, child: Child, error: Exception) -> bool:
        """Before the first common readiness a failure is final; afterwards it is one more reason to try
        again.
        """
        if self._stopping.is_set():
            return False
        if self._all_ready.is_set():
            log.warning("%s", error)
            child.kill()
            return True
        problem = error if isinstance(error, PlatformProblem) else _unstartable(child, error)
        with self._changed:
            self._problem = self._problem or problem
            self._changed.notify_all()
        return False


def _unstartable(child: Child, error: Exception) -> PlatformProblem:
    return PlatformProblem(
        f"{child.spec.name} should have started.", f"{error}.", "Mend the cause and start again."
    )
