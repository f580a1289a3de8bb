"""What a run wrote down: its options and each acknowledged submission, a JSON line each; no secrets."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from backend.reenact.problems import UsageProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """An acknowledged submission: `answer` is canonical text (or a verdict), `ordinal` of its pull.

    `answer` is None, and `task` empty, for one that a broken attempt sent without hearing of its success.
    """

    worker: str
    task: str
    lease: str
    answer: str | None
    ordinal: int = 0
    stage: str = "annotate"


class Journal:
    """One file per run, 0600. Losing it loses convenience, not the run: all keys follow from the run id."""

    def __init__(self, file: Path) -> None:
        """Reads what is there. UsageProblem for a file that is no journal."""
        self.file = file
        self.header: dict[str, Any] | None = None
        self.acks: list[Ack] = []
        self._out: IO[str] | None = None
        if file.exists():
            self._read(file.read_text("utf-8").split("\n"))

    def begin(self, header: dict[str, Any]) -> Self:
        """Open for writing; the header is written where there is none yet. A torn last line is cut off."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = [json.dumps(line) for line in (self.header or header, *map(asdict, self.acks))]
        self.header = self.header or header
        fresh = self.file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._out = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)
        self._out.write("".join(f"{line}\n" for line in known))
        self._out.flush()
        fresh.replace(self.file)
        return self

    @property
    def answers(self) -> list[Ack]:
        """The workers' acknowledged answers."""
        return [ack for ack in self.acks if ack.stage == "annotate"]

    def acknowledged(self, ack: Ack) -> None:
        """Written at once, line by line."""
        self.acks.append(ack)
        if self._out is not None:
            self._out.write(f"{json.dumps(asdict(ack))}\n")

    def close(self) -> None:
        """Nothing more is written."""
        if self._out is not None:
            self._out.close()

    def _read(self, lines: list[str]) -> None:
        for number, line in enumerate(lines[:-1], start=1):
            try:
                found = json.loads(line)
                if number == 1:
                    self.header = dict(found)
                else:
                    self.acks.append(Ack(**found))
            except (ValueError, TypeError):
                raise UsageProblem(
                    f"{self.file} line {number}: expected the journal of a run, found something else; "
                    "move the file away to go on without it"
                ) from None


def journal_file(run: str) -> Path:
    """Where the journal of this run is: below XDG_STATE_HOME, or ~/.local/state."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "muster" / "runs" / f"{run}.json"
