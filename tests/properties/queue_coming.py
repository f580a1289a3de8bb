"""Rules of the queue machine in which people come, pull, are assigned and go: alone, in batches and at once."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from backend.domain.errors import Refusal
from backend.usecases.tasks import assigning, holding, queue
from backend.usecases.work import Answer, Work
from backend.usecases.workforce import standing
from tests.properties.queue_acts import PLACES, ROLES, WORKING, QueueActs, answers, pick, who


class Coming(QueueActs):
    """Items, time, pulls, people and assignments."""

    # --- items and time

    @precondition(lambda self: self.names < 8)
    @rule(n=st.integers(1, 2))
    def import_items(self, n: int) -> None:
        """More work, and some of the same again."""
        self.items(n)

    @rule(seconds=st.sampled_from([5, 100, 250, 301]))
    def time_passes(self, seconds: int) -> None:
        """Nothing happens by itself."""
        self.world.clock.moved += timedelta(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        """Everything that was over is taken back, and nothing else."""
        before = self.now()
        expired = self.run(self.world.system(holding.leases_expire, most=100))["expired"]
        over = self.model.over(before)
        assert expired == len(over)
        self.model.swept(over)

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
        if any(self.stage_of(lease) == "expert" for lease in mine):
            # Whether a rejection still opens a slot then depends on who was first.
            mine = [lease for lease in mine if self.stage_of(lease) != "review"]
        words = [self.word(lease, said) for lease in mine]
        done = self.at_once(*(self.sent(lease, word) for lease, word in zip(mine, words, strict=True)))
        for lease, word, outcome in zip(mine, words, done, strict=True):
            self.arrived(lease, word, outcome)

    @rule(n=who, most=st.integers(1, 4), reviewing=st.booleans())
    def pull_alone(self, n: int, most: int, reviewing: bool) -> None:
        """Without rivals a pull gives exactly what there is for this person."""
        self.pull(n, most, reviewing)

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
        callers = [self.callers[n] for n in sorted(group)]

        async def together(work: Work) -> Answer:
            meta = self.world.meta(queue.lease_pull, None, {})
            works = [work.beside(caller, meta) for caller in callers]
            asked = [{"project": self.project, "max": most} for _ in callers]
            answers = await queue.lease_pull_together(works, asked)
            return Answer({"leases": [answer.body["leases"] for answer in answers]})

        given = self.run(self.world.system(together))["leases"]
        for caller, leases in zip(callers, given, strict=True):
            self.learn(leases, caller)
        for caller, leases in zip(callers, given, strict=True):
            more = self.model.offer(caller.subject.id, WORKING, most - len(leases), begun=bool(leases))
            assert more == 0, "somebody was left without"

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
        suspend = self.world.act(standing.annotator_suspend, annotator=caller.subject.id, reason="race")
        acts = [self.asked(caller, 1, False) for _ in range(pulls)]
        done = self.at_once(*([suspend, *acts] if first else [*acts, suspend]))
        suspended = done.pop(0 if first else -1)
        for pulled in done:
            # What was given by name and is opened now was there before.
            for one in (one for one in pulled["leases"] if one["id"] not in self.model.leases):
                self.gone(one["id"], caller)
        self.suspended(caller, suspended["leases_revoked"])

    # --- people and assignments

    @precondition(lambda self: sum(person.active for person in self.model.people.values()) > 4)
    @rule(n=who)
    def suspend(self, n: int) -> None:
        """Leases go in the same transaction."""
        caller = self.callers[n]
        said = self.run(self.world.act(standing.annotator_suspend, annotator=caller.subject.id, reason=""))
        self.suspended(caller, said["leases_revoked"])

    @precondition(lambda self: any(not person.active for person in self.model.people.values()))
    @rule(n=pick)
    def reinstate(self, n: int) -> None:
        """Back to work; what was revoked stays revoked."""
        away = [person for person in self.model.people.values() if not person.active]
        person = away[n % len(away)]
        self.run(self.world.act(standing.annotator_reinstate, annotator=person.id, reason=""))
        person.active = True

    @rule(n=who, task=pick, rivals=st.integers(1, 3), over=st.booleans())
    def assign(self, n: int, task: int, rivals: int, over: bool) -> None:
        """A named assignment, perhaps sent by several managers at once."""
        tasks = list(self.model.tasks.values())
        about, person = tasks[task % len(tasks)], self.callers[n].subject.id
        asked: dict[str, Any] = {"task": about.id, "annotator": person, "over_capacity": over}
        acts = [self.world.act(assigning.lease_assign, **asked) for _ in range(rivals)]
        done = self.at_once(*acts)
        for outcome in sorted(done, key=lambda one: isinstance(one, Refusal)):
            code = outcome.code if isinstance(outcome, Refusal) else "ok"
            assert code == self.model.assignable(about, person, over), outcome
            if code == "ok":
                (row,) = self.run(self.world.rows(PLACES, [outcome["lease"]]))
                self.model.claimed(row["lease"], person, about.id, row["slot"], row["until"], assigned=True)
                self.stands(row)
