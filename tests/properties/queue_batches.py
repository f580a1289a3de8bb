"""Rules of the queue machine about many tasks at once: iterations, bulk acts by selection and sample, and the plan."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from backend.domain.errors import Refusal
from backend.usecases.projects import iterations as iterating
from backend.usecases.projects import planning, projects
from backend.usecases.tasks import selection
from tests.properties.queue_acts import answers, pick, who
from tests.properties.queue_model import Model, Task
from tests.properties.queue_steering import Steering
from tests.support import iterated, lots

NONE = UUID(int=0)
EVERY_STATE = ("cancelled", "decided", "held", "open")
ITERATIONS_MAX, BATCHES_MAX = 3, 8
KINDS = ("hold", "unhold", "cancel", "prioritise", "to_iteration")
SCOPES = ("all", "few", "iteration", "code", "step", "sample", "quota")
PLAN = {"overlap": (1, 2, 3), "review_rate": (0.0, 1.0), "rework_max": (0, 1, 2), "skips_max": (1, 2, 1000)}

bulk_asked = st.tuples(
    pick,
    st.sampled_from(KINDS),
    st.sampled_from(SCOPES),
    st.booleans(),
    st.integers(0, 3),
    st.integers(0, 9),
)


@dataclass
class Bulk:
    """A bulk act that goes on: what it does to which tasks, how far it is and what it has done."""

    id: UUID
    kind: str
    states: tuple[str, ...]
    tasks: frozenset[UUID] | None = None
    items: frozenset[UUID] | None = None
    within: UUID | None = None
    code: str | None = None
    stage: str | None = None
    priority: int = 2
    to: UUID | None = None
    cursor: UUID = NONE
    status: str = "running"
    done: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("changed", "unchanged", "refused", "revoked"), 0)
    )

    def matches(self, model: Model) -> list[Task]:
        """What it means now, by id."""
        return sorted((task for task in model.tasks.values() if self._means(model, task)), key=lambda t: t.id)

    def _means(self, model: Model, task: Task) -> bool:
        return (
            task.state in self.states
            and (self.tasks is None or task.id in self.tasks)
            and (self.items is None or task.item in self.items)
            and (self.within is None or model.within.get(task.item) == self.within)
            and (self.code is None or task.held_for == self.code)
            and (self.stage is None or task.stage == self.stage)
        )

    def piece(self, model: Model, most: int) -> None:
        """One piece of it."""
        if self.status != "running":
            return
        tasks = [task for task in self.matches(model) if task.id > self.cursor][:most]
        if tasks and self.kind == "to_iteration" and self.to and model.iterations[self.to] == "closed":
            self.status = "refused"
            return
        if self.kind == "to_iteration":
            moved = model.placed({task.item for task in tasks}, self.to)
            for task in tasks:
                self._count("changed" if task.item in moved else "unchanged")
        else:
            for task in tasks:
                self._count(self._act(model, task))
        if tasks:
            self.cursor = tasks[-1].id
        if len(tasks) < most:
            self.status = "done"

    def _act(self, model: Model, task: Task) -> str:
        before = task.state
        if self.kind == "unhold" and before != "cancelled":
            task.unhold()
        elif self.kind == "unhold" or (self.kind == "hold" and before in ("decided", "cancelled")):
            return "refused"
        elif self.kind == "hold":
            task.hold("manager")
        elif self.kind == "prioritise":
            if task.cancelled or task.decided:
                return "refused"
            before, task.priority = str(task.priority), self.priority
            return "unchanged" if before == str(self.priority) else "changed"
        elif task.decided and not task.cancelled:
            return "refused"
        elif not task.cancelled:
            self.done["revoked"] += model.cancelled(task)
        return "unchanged" if task.state == before else "changed"

    def _count(self, how: str) -> None:
        self.done[how] += 1


class Batches(Steering):
    """Acts on many tasks, done piece by piece among all the others."""

    def __init__(self) -> None:
        super().__init__()
        self.bulks: list[Bulk] = []
        self.imports = 0

    def batch(self, n: int) -> UUID | None:
        """One of the iterations, if there are any."""
        known = list(self.model.iterations)
        return known[n % len(known)] if known else None

    # --- iterations

    @precondition(lambda self: len(self.model.iterations) < ITERATIONS_MAX)
    @rule()
    def plan_iteration(self) -> None:
        """Nothing is in it yet."""
        made = self.run(iterated.plan(self.world, self.project, f"batch {len(self.model.iterations)}"))
        self.model.iterations[made] = "planned"

    @precondition(lambda self: self.imports < BATCHES_MAX)
    @rule(n=pick, more=st.integers(1, 2), by_name=st.booleans())
    def import_into_iteration(self, n: int, more: int, by_name: bool) -> None:
        """What is planned is held, what is closed takes nothing."""
        if (batch := self.batch(n)) is None:
            return self.plan_iteration()
        there = list(self.model.iterations).index(batch)
        self.imports = self.imports + more
        keys = [f"b{self.imports - k}" for k in range(more)]
        named = f"batch {there}" if by_name else batch
        for row in self.run(iterated.bring(self.world, self.project, named, *keys)):
            if self.model.iterations[batch] == "closed":
                assert row["problem"]["code"] == "iteration_closed", row
            else:
                assert row["status"] == "created", row
                self.model.imported(row["item"], row["task"], self.overlap, batch)
        return None

    @rule(n=pick, at_once=st.booleans())
    def open_iteration(self, n: int, at_once: bool) -> None:
        """What it holds goes on by a bulk act, now or later."""
        if (batch := self.batch(n)) is None:
            return
        state = self.model.iterations[batch]
        about: dict[str, Any] = {"project": self.project, "iteration": batch}
        outcome = self.run(self.world.act(iterating.iteration_open, **about))
        if state == "closed":
            assert outcome.code == "iteration_closed", outcome
            return
        assert outcome["state"] == "open", outcome
        self.model.iterations[batch] = "open"
        if state == "planned":
            release = Bulk(outcome["releasing"], "unhold", ("held",), within=batch, code="iteration")
            self.begun(release)
            while at_once and release.status == "running":
                self.stepped(release)

    @rule(n=pick, anyway=st.booleans())
    def close_iteration(self, n: int, anyway: bool) -> None:
        """Never while it holds something; short of its targets only with a reason."""
        if (batch := self.batch(n)) is None:
            return
        items = sum(one == batch for one in self.model.within.values())
        before = self.run(iterated.got(self.world, self.project, batch))
        told = before["progress"]
        assert told["items"] == items
        assert sum(told[name] for name in ("decided", "leased", "open", "held", "cancelled")) == items
        outcome = self.run(iterated.close(self.world, self.project, batch, "so be it" if anyway else None))
        if self.model.iterations[batch] == "closed":
            assert outcome["state"] == "closed", outcome
        elif self.model.iterations[batch] == "planned" and items:
            assert outcome.code == "iteration_planned", outcome
        elif before["unmet"] and not anyway:
            assert outcome.code == "iteration_unmet", outcome
        else:
            assert outcome["closed"]["reached"] == told, outcome
            self.model.iterations[batch] = "closed"

    # --- bulk acts

    def begun(self, bulk: Bulk) -> None:
        """Remember it; whoever takes up its jobs is this machine, one by one."""
        self.bulks.append(bulk)
        self.world.woken[:] = [job for job in self.world.woken if job.kind != selection.JOB]

    def stepped(self, bulk: Bulk) -> None:
        """One piece of it, and what it says it has done."""
        self.run(self.world.system(selection.tasks_bulk_step, bulk=bulk.id))
        bulk.piece(self.model, selection.PIECE)
        self.compared(bulk)

    def compared(self, bulk: Bulk) -> None:
        """Compare."""
        self.world.woken[:] = [job for job in self.world.woken if job.kind != selection.JOB]
        told = self.run(self.world.act(selection.tasks_bulk_get, bulk=bulk.id))
        assert (told["status"], {name: told[name] for name in bulk.done}) == (bulk.status, bulk.done), told

    def meant(
        self, n: int, kind: str, scope: str, whatever: bool, priority: int
    ) -> tuple[Bulk, dict[str, Any], dict[str, Any]]:
        """A bulk act as the model has it, and as selection and act say it."""
        states = EVERY_STATE if whatever else selection.STATES[kind]
        bulk = Bulk(NONE, kind, states, priority=priority, to=self.batch(n) if n % 3 else None)
        bulk.items = frozenset(task.item for task in self.model.tasks.values())
        said: dict[str, Any] = {"states": list(states)} if whatever else {}
        act: dict[str, Any] = {"kind": kind}
        if kind == "prioritise":
            act["priority"] = priority
        elif kind == "to_iteration":
            act["iteration"] = bulk.to
        some = list(self.model.tasks)
        match scope:
            case "few":
                bulk.tasks = frozenset(some[k % len(some)] for k in (n, n + 1, 2 * n))
                said["tasks"] = list(bulk.tasks)
            case "iteration" if batch := self.batch(n // 3):
                bulk.within = said["iteration"] = batch
            case "code":
                bulk.code = said["code"] = ("iteration", "manager", "poison")[n % 3]
            case "step":
                bulk.stage = said["step"] = ("annotate", "review")[n % 2]
            case "sample":
                said["sample"] = {"by": "stage", "seed": f"seed {n}", "each": 1 + n % 2}
            case "quota":
                said["sample"] = {"by": "stage", "seed": f"seed {n}", "quotas": {"annotate": 2, "other": 1}}
        return bulk, said, act

    def drawn(self, bulk: Bulk, said: dict[str, Any]) -> list[UUID]:
        """What the sample takes of what the act means now."""
        strata = {task.id: task.stage for task in bulk.matches(self.model)}
        sample = said["sample"]
        return lots.taken(strata, sample["seed"], sample.get("each") or sample["quotas"])

    @rule(decided=st.booleans(), asked=st.lists(bulk_asked, min_size=1, max_size=5))
    def bulk_acts(self, decided: bool, asked: list[tuple[int, str, str, bool, int, int]]) -> None:
        """One after the other, perhaps once what is answered is decided."""
        if decided:
            self.run(self.world.decide())
        for one in asked:
            # What is decided, and in which class it waits, is as the database says.
            self.the_database_says_what_the_rules_say()
            self.bulk_act(*one)

    def bulk_act(self, n: int, kind: str, scope: str, whatever: bool, priority: int, pieces: int) -> None:
        """Looked at first, then begun; as many of its pieces now as are drawn, and the others some time."""
        bulk, said, act = self.meant(n, kind, scope, whatever, priority)
        asked: dict[str, Any] = {"project": self.project, "selection": said, "act": act}
        seen = self.run(self.world.act(selection.tasks_bulk, **asked, dry_run=True))
        if "sample" in said:
            taken, told = self.drawn(bulk, said), seen["sample"]
            assert told["matched"] == len(bulk.matches(self.model)), told
            assert (told["taken"], told["digest"]) == (len(taken), lots.digest(taken)), told
            bulk.tasks = frozenset(taken)
        tasks = bulk.matches(self.model)
        ids = {task.id for task in tasks}
        assert seen["matched"] == len(tasks), seen
        assert seen["leases"] == sum(one.task in ids for one in self.model.held()), seen
        assert [one["id"] for one in seen["first"]] == [task.id for task in tasks][: selection.FIRST], seen
        begun = self.run(self.world.act(selection.tasks_bulk, **asked, dry_run=False))
        bulk.id = begun["bulk"]
        self.begun(bulk)
        self.compared(bulk)
        for _ in range(pieces):
            if bulk.status == "running":
                self.stepped(bulk)

    def running(self, n: int) -> Bulk | None:
        """One that goes on."""
        going = [bulk for bulk in self.bulks if bulk.status == "running"]
        return going[n % len(going)] if going else None

    @rule(n=pick)
    def go_on_with_a_bulk_act(self, n: int) -> None:
        """A piece; of one that has ended nothing more is done."""
        if bulk := self.running(n) or next(iter(self.bulks), None):
            self.stepped(bulk)

    @rule(n=pick)
    def stop_a_bulk_act(self, n: int) -> None:
        """What is done stays done."""
        if bulk := self.running(n):
            self.run(self.world.act(selection.tasks_bulk_stop, bulk=bulk.id))
            bulk.status = "stopped"
            self.compared(bulk)

    @rule(n=pick, people=st.sets(who, min_size=1, max_size=3), most=st.integers(1, 3))
    def pull_while_a_bulk_act_goes_on(self, n: int, people: set[int], most: int) -> None:
        """People are given what was free before or is after it, never both."""
        bulk = self.running(n)
        if bulk is None or bulk.kind == "cancel":
            return
        callers = [self.callers[k] for k in sorted(people) if "annotator" in self.callers[k].subject.roles]
        step = self.world.system(selection.tasks_bulk_step, bulk=bulk.id)
        *pulls, done = self.at_once(*(self.asked(one, most, False) for one in callers), step)
        assert isinstance(done, dict), done
        frees = bulk.kind == "unhold" or (bulk.kind == "to_iteration" and not self.holds(bulk))
        if frees:
            bulk.piece(self.model, selection.PIECE)
        for caller, pulled in zip(callers, pulls, strict=True):
            self.learn(pulled["leases"], caller)
        if not frees:
            bulk.piece(self.model, selection.PIECE)
        self.compared(bulk)

    def holds(self, bulk: Bulk) -> bool:
        """Whether what it moves into an iteration waits there."""
        return bulk.to is not None and self.model.iterations[bulk.to] == "planned"

    @rule(n=pick, lease=pick, said=answers)
    def answer_while_a_bulk_act_goes_on(self, n: int, lease: int, said: str) -> None:
        """As if one had been first."""
        bulk, mine = self.running(n), self.some(lease, "held")
        if bulk is None or mine is None or self.model.reviewing or self.stage_of(mine) != "annotate":
            return
        step = self.world.system(selection.tasks_bulk_step, bulk=bulk.id)
        answered, done = self.at_once(self.sent(mine, said), step)
        assert isinstance(done, dict), done
        if isinstance(answered, dict):
            self.arrived(mine, said, answered)
        bulk.piece(self.model, selection.PIECE)
        if isinstance(answered, Refusal):
            self.arrived(mine, said, answered)
        self.compared(bulk)

    # --- the plan

    @rule(field=st.sampled_from(sorted(PLAN)), n=pick, by=st.sampled_from(["tenant", "project", "nobody"]))
    def plan_says(self, field: str, n: int, by: str) -> None:
        """The tenant's word reaches the project where it says nothing; its own goes before, until it takes it back."""
        value = PLAN[field][n % len(PLAN[field])]
        before = self.run(self.world.act(projects.project_get, project=self.project))
        if by == "tenant":
            version = self.run(self.world.act(planning.plan_defaults_get))["version"]
            asked: dict[str, Any] = {"expected_version": version, "plan": {field: value}}
            told = self.run(self.world.act(planning.plan_defaults_update, **asked))
            assert told["plan"][field] == value, told
            self.said["tenant"][field] = value
        else:
            word = value if by == "project" else None
            asked = {
                "project": self.project,
                "expected_version": before["plan_version"],
                "plan": {field: word},
            }
            assert isinstance(self.run(self.world.act(projects.project_plan_update, **asked)), dict)
            self.said["project"].pop(field, None)
            self.said["project"] |= {field: value} if by == "project" else {}
        after = self.run(self.world.act(projects.project_get, project=self.project))
        plan = self.said["tenant"] | self.said["project"]
        assert {name: after["plan"][name] for name in PLAN} == {name: plan[name] for name in PLAN}, after
        speaks = {name: "project" if name in self.said["project"] else "tenant" for name in PLAN}
        assert {name: after["plan_said_by"][name] for name in PLAN} == speaks, after
        assert after["plan_version"] >= before["plan_version"] + (after["plan"] != before["plan"])
        self.overlap, self.model.reviewing = plan["overlap"], bool(plan["review_rate"])
        self.model.rework_max, self.model.skips_max = plan["rework_max"], plan["skips_max"]
