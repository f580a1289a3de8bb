"""Every lease of a run and what became of it, so that nothing is given twice or lost unnoticed."""

from collections import Counter
from dataclasses import dataclass, field

LIVE_OR_COUNTED = frozenset({"held", "submitted"})


@dataclass(slots=True)
class Entry:
    """Who was given which item (None: never learned, no payload was shown), and its fate so far."""

    worker: str
    task: str | None
    fate: str
    stage: str


@dataclass(slots=True)
class Ledger:
    """Leases by id. A fate is `held`, `submitted`, `late`, or how else the server says that it ended."""

    leases: dict[str, Entry] = field(default_factory=dict)
    duplicates: int = 0
    late: int = 0
    _given: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def given(
        self,
        lease: str,
        worker: str,
        task: str | None,
        fate: str = "held",
        stage: str = "annotate",
    ) -> None:
        """A lease was seen. The same lease again is no news; another one for the same person and item is,

        and a duplicate unless all earlier ones ended without an answer.
        """
        if lease in self.leases:
            return
        if task is not None and stage == "annotate":
            earlier = self._given.setdefault((worker, task), [])
            self.duplicates += any(self.leases[one].fate in LIVE_OR_COUNTED for one in earlier)
            earlier.append(lease)
        self.leases[lease] = Entry(worker, task, fate, stage)

    def ended(self, lease: str, fate: str) -> None:
        """What became of a lease that was seen before."""
        self.late += fate == "late"
        self.leases[lease].fate = fate

    def submitted(self, stage: str) -> int:
        """How many leases of this stage ended with an answer that counts."""
        return sum(one.stage == stage and one.fate == "submitted" for one in self.leases.values())

    def open(self) -> list[str]:
        """Leases whose end is not known yet."""
        return [lease for lease, one in self.leases.items() if one.fate == "held"]

    def fates(self) -> Counter[str]:
        """How many leases ended how."""
        return Counter(one.fate for one in self.leases.values())
