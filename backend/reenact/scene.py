"""Everything the acts of one run share, and the one thing they all do: hand in an answer."""

import asyncio
import time
from dataclasses import dataclass, field

from backend.reenact.client import Caller, Json, Wire
from backend.reenact.dataset import Dataset
from backend.reenact.journal import Ack, Journal
from backend.reenact.keys import Keys
from backend.reenact.ledger import Ledger
from backend.reenact.options import Plan
from backend.reenact.people import Person
from backend.reenact.problems import ApiProblem, RunProblem
from backend.reenact.progress import Progress
from backend.reenact.scoring import canonical
from backend.reenact.workplace import Workplace

LATE = frozenset({"lease_lost", "lease_revoked"})
STALL_SECONDS = 60.0
POLL_SECONDS = 0.3


@dataclass(slots=True, kw_only=True)
class Scene:
    """One run: what is played (`data`, `plan`), where (`place`), by whom, and the books that are kept."""

    wire: Wire
    admin: Caller
    data: Dataset
    plan: Plan
    keys: Keys
    place: Workplace
    journal: Journal
    progress: Progress
    at_once: int
    ledger: Ledger = field(default_factory=Ledger)
    people: dict[str, Person] = field(default_factory=dict)
    experts: dict[str, Person] = field(default_factory=dict)

    async def hand_in(self, person: Person, lease: str, task: str, answer: Json, ordinal: int = 0) -> bool:
        """Submit; whether it counts. An answer that came too late is kept by the server and noted as late."""
        key = self.keys(person.worker, task, "submit", lease)
        try:
            await person.caller.post(f"/v1/leases/{lease}/submit", {"answer": answer}, key, LATE)
        except ApiProblem as problem:
            if problem.code not in LATE:
                raise
            self.ledger.ended(lease, "late")
            return False
        self.ledger.ended(lease, "submitted")
        self.journal.acknowledged(
            Ack(
                worker=person.worker,
                task=task,
                lease=lease,
                answer=canonical(answer),
                ordinal=ordinal,
            )
        )
        self.progress.step()
        return True

    def met_again(self, worker: str, lease: Json, stage: str, ordinal: int) -> None:
        """A lease of an earlier attempt that is over: it shows no payload, so only its end can be noted."""
        self.ledger.given(lease["id"], worker, None, lease["state"], stage)
        if lease["state"] == "submitted":
            ack = Ack(worker=worker, task="", lease=lease["id"], answer=None, ordinal=ordinal, stage=stage)
            self.journal.acknowledged(ack)


class Patience:
    """Waits a moment while others work, and gives up when nothing has changed for STALL_SECONDS."""

    def __init__(self, waiting_for: str) -> None:
        self._waiting_for = waiting_for
        self._seen: object = None
        self._since = time.monotonic()

    async def wait(self, seen: object) -> None:
        """Sleep a moment; RunProblem when `seen` has been the same for too long."""
        now = time.monotonic()
        if seen != self._seen:
            self._seen, self._since = seen, now
        elif now - self._since > STALL_SECONDS:
            raise RunProblem(
                f"{self._waiting_for}: expected it within {STALL_SECONDS:.0f} s, found no change ({seen}); "
                "look at the project and the server's log"
            )
        await asyncio.sleep(POLL_SECONDS)
