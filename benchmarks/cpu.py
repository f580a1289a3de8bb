"""CPU seconds of processes, from /proc: on few shared cores they are steadier than rates."""

import os
from collections import defaultdict
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields after the command's name: state, parent, ..., times; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(pid: int) -> list[int]:
    """The process and everything below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            children[int(fields[1])].append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children[one]
    return found


def cpu_seconds(pid: int, *, whole_family: bool = True) -> float:
    """User and system time of the process, of what runs below it, and of what ran below it and was waited for."""
    total = 0
    for one in family(pid) if whole_family else [pid]:
        fields = _stat(one)
        # utime, stime, cutime, cstime: proc(5) numbers them 14 to 17, and the first two fields are cut off here.
        total += sum(int(value) for value in fields[11:15])
    return total / TICKS_PER_SECOND


def children_named(pid: int, *words: str) -> int | None:
    """The process directly below `pid` whose command line holds all these words, or None."""
    for one in family(pid):
        fields = _stat(one)
        if not fields or int(fields[1]) != pid:
            continue
        line = Path(f"/proc/{one}/cmdline").read_bytes().decode(errors="replace").split("\0")
        if set(words) <= set(line):
            return one
    return None


class Spent:
    """CPU seconds of named processes since it was made."""

    def __init__(self, **pids: int | None) -> None:
        """The processes by the name under which they are told; None is left out."""
        self._pids = {name: pid for name, pid in pids.items() if pid is not None}
        self._began = self._now()

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def seconds(self) -> dict[str, float]:
        """By name."""
        now = self._now()
        return {name: now[name] - began for name, began in self._began.items()}

    def ms_per(self, operations: int) -> dict[str, float]:
        """CPU milliseconds per operation, by name."""
        return {name: float(f"{1_000 * s / max(1, operations):.3g}") for name, s in self.seconds().items()}
