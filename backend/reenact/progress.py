"""How far a run is: a bar on a terminal, a plain line now and then elsewhere; always on standard error."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars

PLAIN_EVERY_SECONDS = 5.0


class Progress:
    """Phases one after the other; `step` counts. Use as `with`."""

    def __init__(self) -> None:
        """Looks at standard error to know whether a person watches."""
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bars = Bars(*columns, console=console, refresh_per_second=4) if console.is_terminal else None
        self._bar: TaskID | None = None
        self._name, self._done, self._total, self._said = "", 0, 0, 0.0

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def say(self, line: str) -> None:
        """One line for the person."""
        print(line, file=sys.stderr, flush=True) if self._bars is None else self._bars.console.print(
            line, markup=False
        )

    def phase(self, name: str, total: int, done: int = 0) -> None:
        """A new phase begins, of `total` steps, `done` of them done in an earlier attempt."""
        self._name, self._done, self._total, self._said = (
            name,
            done,
            total,
            time.monotonic(),
        )
        if self._bars is not None:
            self._bar = self._bars.add_task(name, total=total, completed=done)
        else:
            self.say(f"{name}: {done} of {total}")

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._bars is not None and self._bar is not None:
            self._bars.advance(self._bar)
        elif self._done == self._total or time.monotonic() - self._said > PLAIN_EVERY_SECONDS:
            self._said = time.monotonic()
            self.say(f"{self._name}: {self._done} of {self._total}")
