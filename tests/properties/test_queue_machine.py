"""The queue under any order of acts, alone and at once: the database must always say what the rules say.

Every example is a fresh tenant over one database, with real transactions, locks and row-level security.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.domain.errors import Refusal
from backend.platform.postgres import EmbeddedPostgres
from backend.usecases import assigning, escalating, holding, queue, reviews, submitting, workforce
from backend.usecases.claiming import Ask, claim
from backend.usecases.work import Answer, Caller, UseCase, Work
from tests.properties.queue_facts import check, read
from tests.properties.queue_model import Lease, Model, Person
from tests.support.world import World, found, open_world

EXAMPLES, STEPS = 70, 30
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
ENDS = ("released", "skipped", "escalated")


class Crash(Exception):
    """The process died before the commit."""


class QueueMachine(RuleBasedStateMachine):
    """Acts on the queue, each predicted by the model and compared afterwards."""

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
        worked=st.lists(st.tuples(who, st.sampled_from([*"101", *ENDS, "held"])), min_size=4, max_size=10),
    )
    def begin(
        self, reviewing: bool, rework: int, overlap: int, skips: int, worked: list[tuple[int, str]]
    ) -> None:
        """A tenant with six people and a project in which some have worked."""
        base = self.opened
        base.clock.moved, self.requests, self.names = timedelta(), 0, 0
        base.woken.clear()
        self.world = self.runner.run(
            found(base.perform, base.clock, base.woken, (base.postgres, base.database))
        )
        self.model = Model(reviewing, rework, skips)
        self.overlap = overlap
        plan = {"overlap": overlap, "review_rate": float(reviewing), "rework_max": rework, "skips_max": skips}
        self.project = self.runner.run(self.world.project(plan=plan))
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
        """Enter what was claimed; handles tell nothing, so slots are looked up."""
        sql = "SELECT lease, task, slot FROM lease WHERE tenant = $1 AND lease = ANY($2)"
        places = {row["lease"]: row for row in self.run(self.world.rows(sql, [one["id"] for one in leases]))}
        for one in leases:
            place = places[one["id"]]
            assert one["payload"] is not None and one["state"] == "held"
            self.model.claimed(one["id"], caller.subject.id, place["task"], place["slot"], one["expires_at"])

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

    # --- items and time

    @precondition(lambda self: self.names < 8)
    @rule(n=st.integers(1, 2))
    def import_items(self, n: int) -> None:
        """More work, and some of the same again."""
        self.items(n)

    @rule(seconds=st.sampled_from([100, 250, 301]))
    def time_passes(self, seconds: int) -> None:
        """Nothing happens by itself."""
        self.world.clock.moved += timedelta(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        """Everything that was over is taken back, and nothing else."""
        before = self.now()
        expired = self.run(self.world.system(holding.leases_expire, most=100))["expired"]
        over = [one for one in self.model.held() if one.until <= before]
        assert expired == len(over)
        for one in over:
            self.model.ended(one, "abandoned")

    @rule(n=pick)
    def heartbeat(self, n: int) -> None:
        """A sign of life counts only while the lease is held."""
        if lease := self.some(n):
            beaten = self.run(self.world.act(holding.lease_heartbeat, self.caller_of(lease), lease=lease.id))
            if lease.state == "held":
                assert beaten["expires_at"] >= lease.until
                lease.until = beaten["expires_at"]
            else:
                assert beaten.code == ("lease_revoked" if lease.state == "revoked" else "lease_lost")

    # --- pulls

    @rule(n=who, said=answers)
    def work(self, n: int, said: str) -> None:
        """One person pulls and answers, or as a reviewer pulls and judges."""
        for reviewing in {"reviewer" in ROLES[n], "annotator" not in ROLES[n] and "expert" not in ROLES[n]}:
            self.pull(n, 1, reviewing)
        for lease in self.model.held(self.callers[n].subject.id)[:1]:
            self.submitted(lease, said)

    @rule(people=st.sets(who, min_size=2), said=answers)
    def everybody_works_at_once(self, people: set[int], said: str) -> None:
        """All answer what they hold, at the same time."""
        mine = [lease for n in sorted(people) for lease in self.model.held(self.callers[n].subject.id)[:1]]
        words = [self.word(lease, said) for lease in mine]
        done = self.at_once(*(self.sent(lease, word) for lease, word in zip(mine, words, strict=True)))
        # An expert's answer voids open slots and a rejection opens one: the order of the two is the database's.
        for lease, word, outcome in zip(mine, words, done, strict=True):
            self.arrived(lease, word, outcome)

    def asked(
        self, caller: Caller, most: int, reviewing: bool, **more: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """A pull of work or of reviews."""
        usecase = reviews.review_pull if reviewing else queue.lease_pull
        return self.world.act(usecase, caller, project=self.project, max=most, **more)

    @rule(n=who, most=st.integers(1, 4), reviewing=st.booleans())
    def pull(self, n: int, most: int, reviewing: bool) -> None:
        """Without rivals a pull gives exactly what there is for this person."""
        caller = self.callers[n]
        reviewing = "reviewer" in ROLES[n] and (reviewing or "annotator" not in ROLES[n])
        expected = self.model.offer(caller.subject.id, REVIEWING if reviewing else WORKING, most)
        pulled = self.run(self.asked(caller, most, reviewing))
        assert len(pulled["leases"]) == expected, pulled
        assert bool(pulled["leases"]) != bool(pulled["reasons"])
        self.learn(pulled["leases"], caller)

    @rule(group=st.lists(who, min_size=2, max_size=6), most=st.integers(1, 3))
    def pull_at_once(self, group: list[int], most: int) -> None:
        """Several people, some of them in two windows."""
        callers = [self.callers[n] for n in group]
        acts = [
            self.asked(c, most, "annotator" not in c.subject.roles and "reviewer" in c.subject.roles)
            for c in callers
        ]
        for caller, pulled in zip(callers, self.at_once(*acts), strict=True):
            self.learn(pulled["leases"], caller)

    @rule(group=st.sets(who, min_size=2, max_size=6), most=st.integers(1, 3))
    def pull_in_one_batch(self, group: set[int], most: int) -> None:
        """One transaction serves many: each gets only what the model allows, and nobody goes without need."""
        asks = [Ask(self.callers[n].subject.id, self.project, WORKING, most) for n in sorted(group)]

        async def together(work: Work) -> Answer:
            given = await claim(work, asks)
            await work.flush()
            return Answer({str(person): leases for person, leases in given.items()})

        given = self.run(self.world.system(together))
        sql = "SELECT lease, task, slot, until FROM lease WHERE tenant = $1"
        places = {row["lease"]: row for row in self.run(self.world.rows(sql))}
        for ask in asks:
            for lease in given[str(ask.annotator)]:
                place = places[lease]
                self.model.claimed(lease, ask.annotator, place["task"], place["slot"], place["until"])
        for ask in asks:
            more = most - len(given[str(ask.annotator)])
            assert self.model.offer(ask.annotator, WORKING, more) == 0, "somebody was left without"

    @rule(n=who, most=st.integers(1, 2))
    def pull_with_a_lost_response(self, n: int, most: int) -> None:
        """The response is lost; the retry under the same key gives the same leases."""
        self.requests += 1
        more = {"key": f"pull-{self.requests}", "again": queue.pull_again}
        first = (
            self.run(self.asked(self.callers[n], most, False, **more)) if "annotator" in ROLES[n] else None
        )
        if first is not None:
            assert self.run(self.asked(self.callers[n], most, False, **more)) == first
            self.learn(first["leases"], self.callers[n])

    @precondition(lambda self: sum(person.active for person in self.model.people.values()) > 4)
    @rule(n=who, pulls=st.integers(1, 3), first=st.booleans())
    def suspend_during_pulls(self, n: int, pulls: int, first: bool) -> None:
        """Whoever wins, nothing is held afterwards."""
        caller = self.callers[n]
        if ROLES[n] == ("reviewer",):
            return
        suspend = self.world.act(workforce.annotator_suspend, annotator=caller.subject.id, reason="race")
        acts = [self.asked(caller, 1, False) for _ in range(pulls)]
        done = self.at_once(*([suspend, *acts] if first else [*acts, suspend]))
        suspended = done.pop(0 if first else -1)
        for pulled in done:
            for one in pulled["leases"]:
                self.gone(one["id"], caller)
        self.suspended(caller, suspended["leases_revoked"])

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

    # --- answers

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
            assert outcome.code == ("lease_revoked" if lease.state == "revoked" else "lease_lost"), outcome
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

    @rule(n=pick, said=answers)
    def submit(self, n: int, said: str) -> None:
        """Under a lease that is held."""
        if lease := self.some(n, "held"):
            self.submitted(lease, said)

    @rule(n=pick)
    def correct(self, n: int) -> None:
        """A reviewer corrects."""
        held = [one for one in self.model.held() if self.stage_of(one) == "review"]
        if held:
            lease = held[n % len(held)]
            self.arrived(lease, "correct", self.run(self.sent(lease, "correct")))

    @rule(n=pick, said=answers)
    def submit_under_any_lease(self, n: int, said: str) -> None:
        """Held, answered or ended: the same answer, another one, a late one."""
        if lease := self.some(n):
            self.submitted(lease, said)

    @rule(n=pick, said=answers)
    def submit_late(self, n: int, said: str) -> None:
        """Under a lease that has ended."""
        if lease := self.some(n, "abandoned", "released", "revoked", "skipped"):
            self.submitted(lease, said)

    @rule(n=pick, said=answers)
    def submit_with_a_lost_response(self, n: int, said: str) -> None:
        """Two or three times under one key: one outcome."""
        if lease := self.some(n):
            self.requests += 1
            key, said = f"submit-{self.requests}", self.word(lease, said)
            outcome = self.run(self.sent(lease, said, key))
            again = self.at_once(self.sent(lease, said, key), self.sent(lease, said, key))
            told = [str(one) if isinstance(one, Refusal) else one["lease"] for one in (outcome, *again)]
            assert [str(one) for one in told] == [str(told[0])] * 3
            self.arrived(lease, said, outcome)

    @rule(n=pick)
    def two_answers_at_once(self, n: int) -> None:
        """From two windows: one counts, the other is kept."""
        lease = self.some(n, "held", "abandoned", "released")
        if lease and self.stage_of(lease) != "review":
            done = self.at_once(*(self.sent(lease, said) for said in "10"))
            in_order = sorted(zip("10", done, strict=True), key=lambda pair: isinstance(pair[1], Refusal))
            for said, outcome in in_order:
                self.arrived(lease, said, outcome)

    @rule(n=pick, said=answers)
    def submit_while_sweeping(self, n: int, said: str) -> None:
        """The answer and the end of its time meet."""
        lease = self.some(n, "held")
        if lease is None or self.stage_of(lease) == "review":
            return
        self.world.clock.moved += timedelta(seconds=301)
        before = self.now()
        over = [one for one in self.model.held() if one.until <= before]
        sweep = self.world.system(holding.leases_expire, most=100)
        outcome, swept = self.at_once(self.sent(lease, said), sweep)
        counted_first = isinstance(outcome, dict) and not outcome["reclaimed"]
        if counted_first:
            self.arrived(lease, said, outcome)
        over = [one for one in over if one.state == "held"]
        assert swept["expired"] == len(over)
        for one in over:
            self.model.ended(one, "abandoned")
        if not counted_first:
            self.arrived(lease, said, outcome)

    # --- giving back

    @rule(n=pick, way=st.sampled_from(ENDS))
    def give_back(self, n: int, way: str, *states: str) -> None:
        """Release, skip or flag a lease in any state."""
        if lease := self.some(n, *states):
            self.gave_back(lease, way, self.run(self.given_back(lease, way)))

    @rule(n=pick, way=st.sampled_from(ENDS))
    def give_back_what_is_held(self, n: int, way: str) -> None:
        """Release, skip or flag."""
        self.give_back(n, way, "held")

    @rule(n=pick, way=st.sampled_from(ENDS))
    def give_back_twice_at_once(self, n: int, way: str) -> None:
        """The same, from two windows."""
        if lease := self.some(n, "held"):
            for outcome in self.at_once(self.given_back(lease, way), self.given_back(lease, way)):
                self.gave_back(lease, way, outcome)

    def given_back(self, lease: Lease, way: str) -> Coroutine[Any, Any, dict[str, Any]]:
        """The act."""
        usecases: dict[str, UseCase] = {"released": holding.lease_release, "skipped": holding.lease_skip}
        more = {} if way in usecases else {"note": "see the wing"}
        usecase = usecases.get(way, escalating.lease_escalate)
        return self.world.act(usecase, self.caller_of(lease), lease=lease.id, reason="", **more)

    def gave_back(self, lease: Lease, way: str, outcome: Any) -> None:
        """Compare and enter."""
        if lease.state in ("held", way):
            assert outcome["status"] == way, outcome
            if lease.state == "held":
                self.model.ended(lease, way)
        else:
            assert outcome.code == ("lease_revoked" if lease.state == "revoked" else "lease_lost")

    # --- people and assignments

    @precondition(lambda self: sum(person.active for person in self.model.people.values()) > 4)
    @rule(n=who)
    def suspend(self, n: int) -> None:
        """Leases go in the same transaction."""
        caller = self.callers[n]
        said = self.run(self.world.act(workforce.annotator_suspend, annotator=caller.subject.id, reason=""))
        self.suspended(caller, said["leases_revoked"])

    @precondition(lambda self: any(not person.active for person in self.model.people.values()))
    @rule(n=pick)
    def reinstate(self, n: int) -> None:
        """Back to work; what was revoked stays revoked."""
        away = [person for person in self.model.people.values() if not person.active]
        person = away[n % len(away)]
        self.run(self.world.act(workforce.annotator_reinstate, annotator=person.id, reason=""))
        person.active = True

    @rule(n=who, task=pick, rivals=st.integers(1, 3))
    def assign(self, n: int, task: int, rivals: int) -> None:
        """A named assignment, perhaps sent by several managers at once."""
        tasks = list(self.model.tasks.values())
        about, person = tasks[task % len(tasks)], self.callers[n].subject.id
        acts = [
            self.world.act(assigning.lease_assign, task=about.id, annotator=person) for _ in range(rivals)
        ]
        done = self.at_once(*acts)
        for outcome in sorted(done, key=lambda one: isinstance(one, Refusal)):
            code = outcome.code if isinstance(outcome, Refusal) else "ok"
            assert code == self.model.assignable(about, person), outcome
            if code == "ok":
                sql = "SELECT slot FROM lease WHERE tenant = $1 AND lease = $2"
                slot = self.run(self.world.rows(sql, outcome["lease"]))[0]["slot"]
                until = outcome["expires_at"]
                self.model.claimed(outcome["lease"], person, about.id, slot, until, assigned=True)

    # --- decisions and crashes

    @rule()
    def decide(self) -> None:
        """The jobs that were announced; they change results, never slots."""
        self.run(self.world.decide())

    @rule(
        n=pick,
        die=st.sampled_from(["raised", "cancelled"]),
        act=st.sampled_from(["pull", "submit", "skip", "suspend"]),
    )
    def crash(self, n: int, die: str, act: str) -> None:
        """The process dies after the writes and before the commit: nothing has happened."""
        caller = self.callers[n % len(self.callers)]
        arguments: dict[str, Any] = {"project": self.project, "max": 2}
        usecase: UseCase = queue.lease_pull
        if act == "suspend":
            usecase, arguments = workforce.annotator_suspend, {"annotator": caller.subject.id, "reason": ""}
            caller = self.world.admin
        elif act != "pull":
            lease = self.some(n, "held")
            if lease is None or self.stage_of(lease) == "review":
                return
            caller = self.caller_of(lease)
            usecase = submitting.lease_submit if act == "submit" else holding.lease_skip
            more = {"answer": "1", "client_seconds": None} if act == "submit" else {"reason": ""}
            arguments = {"lease": lease.id, **more}
        elif caller.subject.roles == {"reviewer"}:
            caller = self.callers[0]
        self.runner.run(self.dies(usecase, caller, arguments, cancelled=die == "cancelled"))

    async def dies(
        self, usecase: UseCase, caller: Caller, arguments: dict[str, Any], *, cancelled: bool
    ) -> None:
        """Perform, and die once everything but the commit is done."""
        written = asyncio.Event()

        async def doomed(work: Work) -> Answer:
            answer = await usecase(work, **arguments)
            await work.flush()
            written.set()
            if cancelled:
                await asyncio.Event().wait()
            raise Crash(str(answer))

        acting = asyncio.ensure_future(self.world.act(doomed, caller))
        waiting = asyncio.ensure_future(written.wait())
        await asyncio.wait([acting, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert written.is_set(), acting.exception()
        acting.cancel()
        with pytest.raises((Crash, asyncio.CancelledError)):
            await acting

    @invariant()
    def the_database_says_what_the_rules_say(self) -> None:
        """After every step."""
        if hasattr(self, "model"):
            check(self.model, self.run(read(self.world)))


@pytest.fixture(scope="module")
def machine(
    postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[QueueMachine]]:
    """The machine with a pool over a database of its own, in an event loop that lasts."""
    name, folder = "queue_machine", Path(tmp_path_factory.mktemp("queue"))
    with asyncio.Runner() as runner:

        async def create() -> None:
            admin = await asyncpg.connect(postgres.superuser_dsn("postgres"))
            await admin.execute(
                f"CREATE DATABASE {name} TEMPLATE {template} OWNER muster_owner STRATEGY wal_log"
            )
            await admin.close()

        runner.run(create())
        context = open_world(postgres, name, folder)
        QueueMachine.opened = runner.run(context.__aenter__())
        QueueMachine.runner = runner
        yield QueueMachine
        runner.run(context.__aexit__(None, None, None))


def test_the_queue_keeps_its_rules_under_any_order_of_acts(machine: type[QueueMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=False,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
