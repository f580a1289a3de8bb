"""The queue under any order of acts, alone and at once: the database must always say what the rules say."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from backend.domain.errors import Refusal
from backend.events.store.database import open_pool
from backend.platform.postgres import EmbeddedPostgres
from backend.readmodels.rebuild import rebuild_check
from backend.usecases.tasks import holding, queue, selection, submitting
from backend.usecases.work import Answer, Caller, UseCase, Work
from backend.usecases.workforce import standing
from tests.properties.queue_acts import ENDS, answers, pick
from tests.properties.queue_batches import Batches
from tests.support.world import World, open_world

EXAMPLES, STEPS = 60, 30


class Crash(Exception):
    """The process died before the commit."""


class QueueMachine(Batches):
    """Answers, giving back, decisions and crashes."""

    # --- answers

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
        if lease := self.some(n, "abandoned", "released", "returned", "revoked", "skipped"):
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
        over = self.model.over(before)
        sweep = self.world.system(holding.leases_expire, most=100)
        outcome, swept = self.at_once(self.sent(lease, said), sweep)
        counted_first = isinstance(outcome, dict) and not outcome["reclaimed"]
        if counted_first:
            self.arrived(lease, said, outcome)
        over = [one for one in over if one.state == "held"]
        assert swept["expired"] == len(over)
        self.model.swept(over)
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
            usecase, arguments = standing.annotator_suspend, {"annotator": caller.subject.id, "reason": ""}
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
        # Small pieces, so that other acts come between them.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(selection, "PIECE", 3)
            QueueMachine.runner = runner
            yield QueueMachine
        runner.run(context.__aexit__(None, None, None))


async def rebuilt(world: World) -> dict[str, Any]:
    """Every projection folded again from the log, beside what is live."""
    sequencer = await open_pool(world.dsn("muster_sequencer"), size_max=2)
    try:
        return await rebuild_check(world.perform.pool, sequencer)
    finally:
        await sequencer.close()


def test_the_queue_keeps_its_rules_under_any_order_of_acts_and_a_rebuild_gives_the_same(
    machine: type[QueueMachine],
) -> None:
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
    # Of all that these examples did, each to a tenant of its own.
    again = machine.runner.run(rebuilt(machine.opened))
    # What is known of handling times from before no event says.
    apart = {name for name, one in again["projections"].items() if not one["equal"]} - {"handling"}
    told = "\n".join(map(str, again["differences"]))
    assert apart == set(), f"a rebuild differs in {sorted(apart)}:\n{told}"
    assert again["events"] > EXAMPLES
