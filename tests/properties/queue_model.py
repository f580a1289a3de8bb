"""The queue as dictionaries: what the rules say must be true, without a database, transactions or locks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.events.ids import uuid8

ROLE = {"annotate": "annotator", "review": "reviewer", "expert": "expert"}
ROOM = 3


@dataclass
class Person:
    """Somebody who works; `met` are items never offered again, `reviewed` those only met as a reviewer."""

    id: UUID
    roles: tuple[str, ...]
    active: bool = True
    met: set[UUID] = field(default_factory=set)
    reviewed: set[UUID] = field(default_factory=set)

    def may_take(self, stage: str, item: UUID) -> bool:
        """Whether a slot of this stage on this item may be this person's."""
        barred = item in self.met or (stage != "review" and item in self.reviewed)
        return self.active and ROLE[stage] in self.roles and not barred


@dataclass
class Task:
    """One stage of one item: slot number -> the lease that holds or answered it, None when open, "lost" for ever."""

    id: UUID
    item: UUID
    stage: str
    slots: dict[int, UUID | str | None]
    subject: UUID | None = None
    added: int = 0
    by_expert: bool = False
    escalated: bool = False


@dataclass
class Lease:
    """How it stands: held, submitted, or ended in a way that bars its person or does not."""

    id: UUID
    person: UUID
    task: UUID
    slot: int
    until: datetime
    assigned: bool
    state: str = "held"
    answer: Any = None
    rejected: bool = False
    late: set[str] = field(default_factory=set)


@dataclass
class Model:
    """Every rule of the queue as a change of dictionaries. Predictions come before the act, changes after it."""

    reviewing: bool
    rework_max: int
    skips_max: int
    lease_seconds: int = 300
    people: dict[UUID, Person] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    leases: dict[UUID, Lease] = field(default_factory=dict)

    # --- questions

    def held(self, person: UUID | None = None) -> list[Lease]:
        """Leases held, by this person or anybody."""
        return [one for one in self.leases.values() if one.state == "held" and person in (None, one.person)]

    def room(self, person: UUID) -> int:
        """How many leases more this person may pull."""
        return max(0, ROOM - len(self.held(person)))

    def offer(self, person: UUID, stages: tuple[str, ...], most: int) -> int:
        """How many leases a pull without rivals must give."""
        who = self.people[person]
        slots = [
            t
            for t in self.tasks.values()
            if t.stage in stages
            for holder in t.slots.values()
            if holder is None
        ]
        allowed = [task.item for task in slots if who.may_take(task.stage, task.item)]
        # Answering, a person meets each item once; reviewing, as many answers to it as there are.
        there = len(allowed) if stages == ("review",) else len(set(allowed))
        return min(most, self.room(person), there) if who.active else 0

    def assignable(self, task: Task, person: UUID) -> str:
        """What a named assignment must say: "ok" or the code of its refusal."""
        who = self.people[person]
        if not who.active:
            return "suspended"
        if ROLE[task.stage] not in who.roles:
            return "not_qualified"
        if not who.may_take(task.stage, task.item):
            return "already_worked"
        return "ok" if None in task.slots.values() else "no_open_slot"

    def arrival(self, lease: Lease, said: str) -> str:
        """What must become of an answer: "counted", "reclaimed", "repeated" or "late"."""
        task = self.tasks[lease.task]
        if lease.state == "held":
            return "counted"
        if lease.state == "submitted" and lease.answer == said:
            return "repeated"
        open_still = lease.state in ("abandoned", "released") and task.slots[lease.slot] is None
        free = self.people[lease.person].may_take(task.stage, task.item)
        return "reclaimed" if open_still and free and said not in lease.late else "late"

    # --- changes

    def imported(self, item: UUID, task: UUID, overlap: int) -> None:
        """A new item with as many open slots."""
        self.tasks[task] = Task(task, item, "annotate", dict.fromkeys(range(1, overlap + 1)))

    def claimed(
        self, lease: UUID, person: UUID, task: UUID, slot: int, until: datetime, assigned: bool = False
    ) -> None:
        """A slot is held; refuses what no rule would have given."""
        place, who = self.tasks[task], self.people[person]
        assert place.slots[slot] is None, f"slot {slot} of {task} was not open"
        assert who.may_take(place.stage, place.item), f"{person} may not take {place.stage} of {place.item}"
        place.slots[slot] = lease
        (who.reviewed if place.stage == "review" else who.met).add(place.item)
        self.leases[lease] = Lease(lease, person, task, slot, until, assigned)

    def submitted(self, lease: Lease, said: str) -> None:
        """The answer counts: it may be drawn for review, or resolve an escalation."""
        task = self.tasks[lease.task]
        task.slots[lease.slot] = lease.id
        if task.stage != "review":
            self.people[lease.person].met.add(task.item)
        lease.state, lease.answer = "submitted", said
        if task.stage == "annotate" and self.reviewing:
            review = uuid8(lease.id, "review-task")
            self.tasks[review] = Task(review, task.item, "review", {1: None}, subject=lease.id)
        if task.stage == "expert":
            (asked,) = [t for t in self.tasks.values() if t.item == task.item and t.stage == "annotate"]
            asked.by_expert = True
            asked.slots = {n: "lost" if holder is None else holder for n, holder in asked.slots.items()}

    def judged(self, lease: Lease, verdict: str) -> None:
        """A verdict counts; a rejection opens another slot or asks an expert."""
        self.submitted(lease, verdict)
        subject = self.leases[self.tasks[lease.task].subject]  # type: ignore[index]
        task = self.tasks[subject.task]
        if verdict == "reject":
            subject.rejected = True
            if task.by_expert:
                return
            if task.added >= self.rework_max:
                self.escalate(task)
            else:
                task.added += 1
                task.slots[len(task.slots) + 1] = None

    def escalate(self, task: Task) -> None:
        """An expert is asked, once per task."""
        if not task.escalated:
            task.escalated = True
            expert = uuid8(uuid8(task.id, "escalation"), "expert-task")
            self.tasks[expert] = Task(expert, task.item, "expert", {1: None})

    def ended(self, lease: Lease, how: str) -> None:
        """The lease ends without an answer: the slot opens again, or goes to the experts with its item."""
        task, who = self.tasks[lease.task], self.people[lease.person]
        lease.state = how
        task.slots[lease.slot] = "lost" if task.by_expert else None
        if how in ("skipped", "escalated"):
            who.reviewed.discard(task.item)
            who.met.add(task.item)
        elif task.stage != "review":
            who.met.discard(task.item)
        if how == "escalated" and task.stage == "annotate":
            task.slots[lease.slot] = "lost"
            self.escalate(task)
        if how == "skipped" and task.stage == "annotate":
            declined = [one for one in self.leases.values() if one.task == task.id]
            if sum(one.state in ("skipped", "abandoned") for one in declined) >= self.skips_max:
                self.escalate(task)

    def kept(self, lease: Lease, said: str) -> None:
        """The answer is kept as late."""
        lease.late.add(said)

    def beat(self, lease: Lease, now: datetime) -> None:
        """The lease runs for its full time again."""
        lease.until = max(lease.until, now + timedelta(seconds=self.lease_seconds))
