"""Rules of the queue machine in which managers steer tasks: held, let go on, cancelled, moved to another class."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.domain.errors import Refusal
from backend.usecases.tasks import steering
from tests.properties.queue_acts import answers, pick
from tests.properties.queue_model import Task
from tests.properties.queue_verbs import Verbs


class Steering(Verbs):
    """Acts on tasks, alone and against work on them."""

    def a_task(self, n: int) -> Task:
        """One of them."""
        tasks = list(self.model.tasks.values())
        return tasks[n % len(tasks)]

    @rule(n=pick)
    def hold(self, n: int) -> None:
        """Its open slots wait; leases go on."""
        task = self.a_task(n)
        outcome = self.run(self.world.act(steering.task_hold, task=task.id, code="manager", note=None))
        if task.cancelled or (task.decided and not task.held):
            assert outcome.code == "not_now", outcome
        else:
            assert outcome["changed"] is not task.held
            task.hold("manager")

    @rule(n=pick)
    def unhold(self, n: int) -> None:
        """What waited is offered again, and what was given back is counted anew."""
        held = [task for task in self.model.tasks.values() if task.held]
        task = held[n % len(held)] if held else self.a_task(n)
        outcome = self.run(self.world.act(steering.task_unhold, task=task.id))
        if task.cancelled:
            assert outcome.code == "not_now", outcome
        else:
            assert outcome["changed"] is task.held
            task.unhold()

    @rule(n=pick, said=answers)
    def cancel(self, n: int, said: str) -> None:
        """No answer is wanted any more: leases are taken back, and what is sent under them is kept."""
        task = self.a_task(n)
        holders = [one for one in self.model.held() if one.task == task.id]
        self.cancelled(task, self.run(self.cancelling(task)))
        for lease in holders[:1]:
            self.submitted(lease, said)

    def cancelling(self, task: Task) -> Any:
        """The act."""
        return self.world.act(steering.task_cancel, task=task.id, code="mistake", note=None)

    def cancelled(self, task: Task, outcome: Any) -> None:
        """Compare and enter."""
        if task.decided:
            assert outcome.code == "not_now", outcome
            return
        assert outcome["changed"] is not task.cancelled
        if task.cancelled:
            return
        self.model.cancelled(task)

    @rule(n=pick, priority=st.integers(0, 3))
    def prioritise(self, n: int, priority: int) -> None:
        """Its open slots wait elsewhere; who may have them is the same."""
        task = self.a_task(n)
        asked: dict[str, Any] = {"priority": priority, "deadline": None, "clear_deadline": False}
        outcome = self.run(self.world.act(steering.task_prioritise, task=task.id, **asked))
        if isinstance(outcome, Refusal):
            assert outcome.code == "not_now" and (task.cancelled or task.decided), outcome

    @rule(n=pick, said=answers, act=st.sampled_from(["hold", "cancel"]))
    def steer_while_somebody_answers(self, n: int, said: str, act: str) -> None:
        """Both at once: as if one had been first."""
        lease = self.some(n, "held")
        if lease is None or self.stage_of(lease) != "annotate":
            return
        task = self.model.tasks[lease.task]
        steer = (
            self.cancelling(task)
            if act == "cancel"
            else self.world.act(steering.task_hold, task=task.id, code="manager", note=None)
        )
        answered, steered = self.at_once(self.sent(lease, said), steer)
        if isinstance(answered, dict):
            self.arrived(lease, said, answered)
        if act == "cancel":
            self.cancelled(task, steered)
        elif not task.decided or task.held:
            task.hold("manager")
        if isinstance(answered, Refusal):
            self.arrived(lease, said, answered)
