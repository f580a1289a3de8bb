"""The acts of the queue machine: each is done to the database and entered into the model, and both are compared.

Every example is a fresh tenant over one database, with real transactions, locks and row-level security.
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from backend.domain.errors import Refusal
from backend.events.store.database import transaction
from backend.readmodels.histogram import bucket_of
from backend.usecases.projects import planning
from backend.usecases.review import reviews
from backend.usecases.tasks import escalating, giving_back, queue, submitting
from backend.usecases.work import Caller
from tests.properties.queue_facts import check, read
from tests.properties.queue_model import Lease, Model, Person, lost
from tests.support.leases import say
from tests.support.world import World, found

ROLES = (
    ("annotator",),
    ("annotator",),
    ("annotator",),
    ("annotator", "reviewer"),
    ("reviewer",),
    ("expert",),
)
WORKING, REVIEWING = ("annotate", "expert"), ("review",)
VERDICTS = {"accept": None, "reject": None, "correct": "c"}

who = st.integers(0, len(ROLES) - 1)
pick = st.integers(0, 10_000)
answers = st.sampled_from(["1", "0"])
ENDS = ("released", "skipped", "escalated", "no_time", "conflict_of_interest")
"""Ways to give back; the last two are skips, of which one returns and neither counts."""
SETTINGS = {"start_seconds": 10, "pause_seconds_max": 400, "hard_seconds_min": 600}
# Twenty answers in two and a half minutes: whoever takes ten minutes takes too long.
KNOWN = "INSERT INTO handling (tenant, project, step, bucket, n) VALUES ($1, $2, $3, $4, 20)"
PLACES = """
SELECT lease, task, slot, state, until, start_by, hard_until FROM lease WHERE tenant = $1 AND lease = ANY($2)
"""


class QueueActs(RuleBasedStateMachine):
    """What a rule may do; without rules of its own."""

    runner: ClassVar[asyncio.Runner]
    opened: ClassVar[World]

    # --- the world

    def run(self, act: Coroutine[Any, Any, Any]) -> Any:
        """One act, whose refusal is a value."""

        async def settled() -> Any:
            try:
                return await act
            except Refusal as refusal:
                return refusal

        return self.runner.run(settled())

    def at_once(self, *acts: Coroutine[Any, Any, Any]) -> list[Any]:
        """Several acts together; a refusal is a value, everything else is raised."""

        async def together() -> list[Any]:
            return await asyncio.gather(*acts, return_exceptions=True)

        done = self.runner.run(together())
        for one in done:
            if isinstance(one, BaseException) and not isinstance(one, Refusal):
                raise one
        return done

    @initialize(
        reviewing=st.booleans(),
        rework=st.integers(0, 2),
        overlap=st.integers(1, 3),
        skips=st.sampled_from([1, 2, 1000]),
        poison=st.sampled_from(["hold", "escalate"]),
        worked=st.lists(st.tuples(who, st.sampled_from([*"101", *ENDS, "held"])), min_size=4, max_size=10),
        inherits=st.booleans(),
    )
    def begin(
        self,
        reviewing: bool,
        rework: int,
        overlap: int,
        skips: int,
        poison: str,
        worked: list[tuple[int, str]],
        inherits: bool,
    ) -> None:
        """A tenant with six people and a project in which some have worked."""
        base = self.opened
        base.clock.moved, self.requests, self.names = timedelta(), 0, 0
        base.woken.clear()
        self.world = self.runner.run(
            found(base.perform, base.clock, base.woken, (base.postgres, base.database))
        )
        self.model = Model(reviewing, rework, skips, poison)
        self.overlap = overlap
        plan = {"overlap": overlap, "review_rate": float(reviewing), "rework_max": rework, "skips_max": skips}
        self.said: dict[str, dict[str, Any]] = {"tenant": plan, "project": {} if inherits else dict(plan)}
        self.runner.run(
            self.world.act(planning.plan_defaults_update, expected_version=planning.FIRST, plan=dict(plan))
        )
        own = dict.fromkeys(plan) if inherits else plan
        self.project = self.runner.run(self.world.project(plan=own))
        self.runner.run(say(self.world, self.project, poison=poison, **SETTINGS))
        self.runner.run(self.experience())
        self.callers: list[Caller] = self.at_once(
            *(self.world.invite(f"p{n}", *r) for n, r in enumerate(ROLES))
        )
        for caller, roles in zip(self.callers, ROLES, strict=True):
            self.model.people[caller.subject.id] = Person(caller.subject.id, roles)
        self.items(3)
        for n, said in worked:
            self.pull(n, 1, "reviewer" in ROLES[n])
            for lease in self.model.held(self.callers[n].subject.id)[-1:]:
                if said in "10":
                    self.submitted(lease, said)
                elif said in ENDS:
                    self.gave_back(lease, said, self.run(self.given_back(lease, said)))

    async def experience(self) -> None:
        """What the project knows of handling times from before."""
        async with transaction(self.world.perform.pool, self.world.tenant) as conn:
            for step in ("annotate", "review", "expert"):
                await conn.execute(KNOWN, self.world.tenant, self.project, step, bucket_of(150))

    def items(self, n: int) -> None:
        """Import new items together with one that is there."""
        names = [f"i{k}" for k in range(max(0, self.names - 1), self.names + n)]
        for row in self.run(self.world.items(self.project, *names)):
            assert row["status"] == ("created" if row["task"] not in self.model.tasks else "exists")
            if row["status"] == "created":
                self.model.imported(row["item"], row["task"], self.overlap)
        self.names += n

    def now(self) -> datetime:
        """The moment as a use case would see it."""

        async def ask() -> datetime:
            async with self.world.perform.pool.acquire() as conn:
                return await self.world.clock.now(conn)

        return self.runner.run(ask())

    def learn(self, leases: list[dict[str, Any]], caller: Caller) -> None:
        """Enter what was claimed, and what was given by name and is opened now; handles tell nothing, so slots are
        looked up."""
        assert all(one["payload"] is not None for one in leases)
        for place in self.run(self.world.rows(PLACES, [one["id"] for one in leases])):
            if place["lease"] not in self.model.leases:
                assert not self.model.tasks[place["task"]].held, "what is held was offered"
                where = (place["task"], place["slot"], place["until"])
                self.model.claimed(place["lease"], caller.subject.id, *where)
            self.stands(place)
        states = [self.model.leases[one["id"]].place for one in leases]
        assert [one["state"] for one in leases] == states and states[:1] in ([], ["started"])

    def stands(self, row: Any) -> None:
        """Enter until when a lease runs, as the database has it."""
        lease = self.model.leases[row["lease"]]
        lease.place, lease.until = row["state"], row["until"]
        lease.start_by, lease.hard_until = row["start_by"], row["hard_until"]

    def look(self, lease: Lease) -> None:
        """Enter how one lease that is held stands."""
        (row,) = self.run(self.world.rows(PLACES, [lease.id]))
        self.stands(row)

    def some(self, n: int, *states: str) -> Lease | None:
        """A lease in one of these states, or in any. Somebody pulls first when one that is held is wanted in vain.

        Races make the model's state differ from run to run, so no precondition of a rule may ask for it.
        """
        if states == ("held",) and not self.model.held():
            self.pull(n % len(ROLES), 2, bool(n % 2))
        fitting = [one for one in self.model.leases.values() if not states or one.state in states]
        return fitting[n % len(fitting)] if fitting else None

    def caller_of(self, lease: Lease) -> Caller:
        """Who may act under it."""
        return next(caller for caller in self.callers if caller.subject.id == lease.person)

    def stage_of(self, lease: Lease) -> str:
        """annotate, review or expert."""
        return self.model.tasks[lease.task].stage

    # --- acts

    def asked(
        self, caller: Caller, most: int, reviewing: bool, **more: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """A pull of work or of reviews."""
        usecase = reviews.review_pull if reviewing else queue.lease_pull
        return self.world.act(usecase, caller, project=self.project, max=most, **more)

    def pull(self, n: int, most: int, reviewing: bool) -> None:
        """Without rivals a pull gives exactly what there is for this person."""
        caller = self.callers[n]
        reviewing = "reviewer" in ROLES[n] and (reviewing or "annotator" not in ROLES[n])
        expected = self.model.offer(caller.subject.id, REVIEWING if reviewing else WORKING, most)
        pulled = self.run(self.asked(caller, most, reviewing))
        assert len(pulled["leases"]) == expected, pulled
        assert bool(pulled["leases"]) != bool(pulled["reasons"])
        self.learn(pulled["leases"], caller)

    def gone(self, lease: UUID, caller: Caller) -> None:
        """Enter a lease that was claimed and is revoked by now."""
        sql = "SELECT task, slot, until FROM lease_ended WHERE tenant = $1 AND lease = $2"
        (place,) = self.run(self.world.rows(sql, lease))
        self.model.claimed(lease, caller.subject.id, place["task"], place["slot"], place["until"])

    def suspended(self, caller: Caller, revoked: int) -> None:
        """Enter a suspension."""
        held = self.model.held(caller.subject.id)
        assert revoked == len(held)
        for one in held:
            self.model.ended(one, "revoked")
        self.model.people[caller.subject.id].active = False

    def sent(self, lease: Lease, said: str, key: str | None = None) -> Coroutine[Any, Any, dict[str, Any]]:
        """An answer, or the verdict of a review."""
        caller = self.caller_of(lease)
        if self.stage_of(lease) == "review":
            verdict = {"verdict": said, "correction": VERDICTS[said], "note": None}
            return self.world.act(reviews.review_submit, caller, lease=lease.id, key=key, **verdict)
        sent = {"answer": said, "client_seconds": 1}
        return self.world.act(submitting.lease_submit, caller, lease=lease.id, key=key, **sent)

    def arrived(self, lease: Lease, said: str, outcome: Any) -> None:
        """Compare what became of an answer with the prediction, and enter it."""
        expected = self.model.arrival(lease, said)
        reviewing = self.stage_of(lease) == "review"
        if expected == "late":
            if reviewing and lease.state == "submitted":
                assert outcome.code == "verdict_given"
                return
            assert outcome.code == lost(lease), outcome
            assert outcome.extra["late_answer"]
            self.model.kept(lease, said)
            return
        assert isinstance(outcome, dict), outcome
        if not reviewing:
            assert outcome["reclaimed"] is (expected == "reclaimed")
        if expected == "repeated":
            return
        if reviewing:
            self.model.judged(lease, said)
        else:
            self.model.submitted(lease, said)

    def submitted(self, lease: Lease, said: str) -> None:
        """Send an answer or the verdict that stands for it, and compare."""
        word = self.word(lease, said)
        self.arrived(lease, word, self.run(self.sent(lease, word)))

    def word(self, lease: Lease, said: str) -> str:
        """An answer, or as a reviewer a verdict."""
        return {"1": "accept", "0": "reject"}[said] if self.stage_of(lease) == "review" else said

    def given_back(self, lease: Lease, way: str) -> Coroutine[Any, Any, dict[str, Any]]:
        """The act."""
        about = {"lease": lease.id, "reason": ""}
        caller = self.caller_of(lease)
        match way:
            case "released":
                return self.world.act(giving_back.lease_release, caller, **about)
            case "escalated":
                return self.world.act(escalating.lease_escalate, caller, **about, note="see the wing")
            case _:
                code = "" if way == "skipped" else way
                return self.world.act(giving_back.lease_skip, caller, **about, code=code)

    def gave_back(self, lease: Lease, way: str, outcome: Any) -> None:
        """Compare and enter."""
        how = way if way in ("released", "escalated") else "skipped"
        if lease.state not in ("held", how):
            assert outcome.code == lost(lease)
            return
        assert outcome["status"] == how, outcome
        if lease.state == "held":
            self.model.ended(lease, how, returns=way == "no_time", counts=way == "skipped")
            if way == "skipped":
                self.model.poisoned(self.model.tasks[lease.task])

    @invariant()
    def the_database_says_what_the_rules_say(self) -> None:
        """After every step."""
        if hasattr(self, "model"):
            check(self.model, self.run(read(self.world)))
