"""The queue as dictionaries: what the rules say must be true, without a database, transactions or locks."""

from dataclasses import dataclass, field
from datetime import datetime
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
    held_for: str | None = None
    cancelled: bool = False
    counted: int = 0
    # As the database has them: results are no slots, and which step is decided when is told elsewhere; nor is a class.
    decided: bool = False
    priority: int = 2

    @property
    def held(self) -> bool:
        """Whether it is offered to nobody for now."""
        return self.held_for is not None

    def hold(self, code: str) -> None:
        """For this reason, unless it is held for another."""
        self.held_for = self.held_for or code

    def unhold(self) -> None:
        """It goes on, and what was given back is counted anew."""
        self.counted, self.held_for = 0 if self.held else self.counted, None

    @property
    def state(self) -> str:
        """As a selection names it."""
        return (
            "cancelled" if self.cancelled else "held" if self.held else "decided" if self.decided else "open"
        )

    @property
    def open(self) -> int:
        """How many slots may be had now."""
        return 0 if self.held else sum(holder is None for holder in self.slots.values())


@dataclass
class Lease:
    """How it stands: held, submitted, or ended in a way that bars its person or does not. While it is held, `place` is
    held (not opened), started or paused."""

    id: UUID
    person: UUID
    task: UUID
    slot: int
    until: datetime
    assigned: bool
    place: str = "started"
    start_by: datetime | None = None
    hard_until: datetime | None = None
    paused_at: datetime | None = None
    state: str = "held"
    answer: Any = None
    rejected: bool = False
    late: set[str] = field(default_factory=set)

    @property
    def ends_at(self) -> datetime:
        """When it is over if nothing happens."""
        if self.place == "held":
            return self.start_by or self.until
        return self.until if self.place == "paused" else min(self.until, self.hard_until or self.until)

    @property
    def over_as(self) -> str:
        """How it ends then."""
        return {"held": "returned", "paused": "released", "started": "abandoned"}[self.place]


@dataclass
class Model:
    """Every rule of the queue as a change of dictionaries. Predictions come before the act, changes after it."""

    reviewing: bool
    rework_max: int
    skips_max: int
    poison: str = "hold"
    people: dict[UUID, Person] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    leases: dict[UUID, Lease] = field(default_factory=dict)
    iterations: dict[UUID, str] = field(default_factory=dict)
    """Iteration -> planned, open or closed."""
    within: dict[UUID, UUID] = field(default_factory=dict)
    """Item -> the iteration to which it belongs, if it belongs to any."""

    # --- questions

    def held(self, person: UUID | None = None) -> list[Lease]:
        """Leases held, by this person or anybody."""
        return [one for one in self.leases.values() if one.state == "held" and person in (None, one.person)]

    def room(self, person: UUID) -> int:
        """How many leases more this person may pull."""
        return max(0, ROOM - len(self.held(person)))

    def offer(self, person: UUID, stages: tuple[str, ...], most: int, begun: bool = False) -> int:
        """How many leases a pull without rivals must give; `begun`: so many more than it gave already."""
        who = self.people[person]
        slots = [t for t in self.tasks.values() if t.stage in stages for _ in range(t.open)]
        allowed = [task for task in slots if who.may_take(task.stage, task.item)]
        if not who.active:
            return 0
        # What was given by name comes first, and all of it.
        named = len(self.waiting(person, stages))
        urgent = any(task.priority == 0 for task in allowed)
        calm = [task.item for task in allowed if task.priority > 0]
        # Answering, a person meets each item once; reviewing, as many answers to it as there are. Real-time work is
        # given first, and only to be opened at once: one lease, where no other comes before it.
        there = len(calm) if stages == ("review",) else len(set(calm))
        there += urgent and not named and not begun
        return named + max(0, min(max(0, min(most, self.room(person)) - named), there))

    def waiting(self, person: UUID, stages: tuple[str, ...]) -> list[Lease]:
        """What was given to this person by name and is not opened."""
        mine = [one for one in self.held(person) if one.assigned and one.place == "held"]
        return [one for one in mine if self.tasks[one.task].stage in stages]

    def over(self, now: datetime) -> list[Lease]:
        """What is over by time alone."""
        return [one for one in self.held() if one.ends_at <= now]

    def may_have(self, task: Task, person: UUID, over_capacity: bool) -> str:
        """What stands against a slot of the task for this person: "ok" or the code of the refusal."""
        who = self.people[person]
        if not who.active:
            return "suspended"
        if ROLE[task.stage] not in who.roles:
            return "not_qualified"
        if not who.may_take(task.stage, task.item):
            return "already_worked"
        return "at_capacity" if not self.room(person) and not over_capacity else "ok"

    def assignable(self, task: Task, person: UUID, over_capacity: bool) -> str:
        """What a named assignment must say: "ok" or the code of its refusal."""
        code = self.may_have(task, person, over_capacity)
        return code if code != "ok" or task.open else "no_open_slot"

    def handed(self, lease: Lease, to: UUID, over_capacity: bool) -> str:
        """What handing a lease on must say: "ok" or the code of its refusal."""
        if to != lease.person:
            code = self.may_have(self.tasks[lease.task], to, over_capacity)
            if code != "ok":
                return code
        if lease.state != "held":
            return lost(lease)
        return "already_yours" if to == lease.person else "ok"

    def arrival(self, lease: Lease, said: str) -> str:
        """What must become of an answer: "counted", "reclaimed", "repeated" or "late"."""
        task = self.tasks[lease.task]
        if lease.state == "held":
            return "counted"
        if lease.state == "submitted" and lease.answer == said:
            return "repeated"
        ended_well = lease.state in ("abandoned", "released", "returned")
        open_still = ended_well and task.slots[lease.slot] is None and not task.held
        free = self.people[lease.person].may_take(task.stage, task.item)
        return "reclaimed" if open_still and free and said not in lease.late else "late"

    # --- changes

    def imported(self, item: UUID, task: UUID, overlap: int, iteration: UUID | None = None) -> None:
        """A new item with as many open slots, perhaps in an iteration."""
        if iteration is not None:
            self.within[item] = iteration
        self.tasks[task] = Task(task, item, "annotate", dict.fromkeys(range(1, overlap + 1)))
        if iteration is not None and self.iterations[iteration] == "planned":
            self.tasks[task].hold("iteration")

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
            # Not held, whatever its item's iteration: who answers or flags under a lease that went on is heard at once.
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
            if task.cancelled and task.added < self.rework_max:
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

    def ended(self, lease: Lease, how: str, *, returns: bool = False, counts: bool = True) -> None:
        """The lease ends without an answer: the slot opens again, or goes to the experts with its item."""
        task, who = self.tasks[lease.task], self.people[lease.person]
        lease.state = how
        task.slots[lease.slot] = "lost" if task.by_expert or task.cancelled else None
        if how in ("skipped", "escalated") and not returns:
            who.reviewed.discard(task.item)
            who.met.add(task.item)
        elif task.stage != "review":
            who.met.discard(task.item)
        if how == "escalated" and task.stage == "annotate":
            task.slots[lease.slot] = "lost"
            self.escalate(task)
        task.counted += how == "abandoned" or (how == "skipped" and counts)

    def cancelled(self, task: Task) -> int:
        """No answer is wanted any more; how many leases were taken back."""
        task.cancelled, task.held_for = True, None
        held = [one for one in self.held() if one.task == task.id]
        for lease in held:
            self.ended(lease, "revoked")
        task.slots = {n: "lost" if holder is None else holder for n, holder in task.slots.items()}
        return len(held)

    def placed(self, items: set[UUID], iteration: UUID | None) -> set[UUID]:
        """These items belong there now, or nowhere; returns those that belonged elsewhere. Every task of theirs waits
        or goes on as the iteration does; what waits for another reason stays."""
        moved = {item for item in items if self.within.get(item) != iteration}
        for item in moved:
            self.within.pop(item, None)
            if iteration is not None:
                self.within[item] = iteration
        for task in [one for one in self.tasks.values() if one.item in moved]:
            if iteration is not None and self.iterations[iteration] == "planned":
                if task.state == "open":
                    task.hold("iteration")
            elif task.held_for == "iteration":
                task.unhold()
        return moved

    def poisoned(self, task: Task) -> None:
        """After a counted end: what was given back too often is held, or goes to an expert."""
        if task.counted < self.skips_max:
            return
        if self.poison == "escalate" and task.stage == "annotate":
            self.escalate(task)
        elif not task.decided and not task.cancelled:
            task.hold("poison")

    def swept(self, over: list[Lease]) -> None:
        """These are over by time alone; what was abandoned too often is poison."""
        silent = [one for one in over if one.place == "started"]
        for one in over:
            self.ended(one, one.over_as)
        for task in {one.task for one in silent}:
            self.poisoned(self.tasks[task])

    def moved(self, lease: Lease, next_: UUID, to: UUID) -> Lease:
        """The slot is another person's, under another lease."""
        self.ended(lease, "reassigned")
        self.tasks[lease.task].slots[lease.slot] = None
        self.claimed(next_, to, lease.task, lease.slot, lease.until, assigned=True)
        return self.leases[next_]

    def kept(self, lease: Lease, said: str) -> None:
        """The answer is kept as late."""
        lease.late.add(said)


def lost(lease: Lease) -> str:
    """The code for who speaks of a lease that has ended."""
    return "lease_revoked" if lease.state == "revoked" else "lease_lost"
