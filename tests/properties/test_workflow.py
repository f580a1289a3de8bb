"""Whatever workflow is accepted and whatever is answered: every item ends, and meanwhile waits in named steps."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.projects.workflow import WORKFLOW, Publish
from backend.domain.tasks.route import ROUTE, FallAway, GoOn, Place, Settle, Underway, loops
from backend.domain.tasks.routing import Facts, after
from backend.events.ids import ItemId, ProjectId, TaskId, uuid8
from backend.events.workflows import Arrow, ItemRouted, Step, WorkflowPublished
from backend.events.workflows import Test as Is
from tests.domain.facts import uid

PROJECT, ITEM = ProjectId(uid(1)), ItemId(uid(2))
NAMES = [f"s{n}" for n in range(6)]
TESTS = [
    Is(field="answer", op="eq", value="1"),
    Is(field="confidence", op="lt", value="0.5"),
    Is(field="edge_case", op="eq", value="true"),
]


@st.composite
def arrows(draw: st.DrawFn, places: int, here: int) -> tuple[Arrow, ...]:
    """To later steps at will; back, or to itself, at most so often."""
    made = []
    for place in draw(st.lists(st.integers(0, places - 1), unique=True, max_size=3)):
        back = place <= here
        tests = tuple(draw(st.lists(st.sampled_from(TESTS), unique=True, max_size=2)))
        otherwise = not tests and draw(st.booleans())
        made.append(
            Arrow(
                to=NAMES[place],
                all_of=tests,
                share_ppm=1_000_000 if otherwise else draw(st.sampled_from([300_000, 1_000_000])),
                loops_max=draw(st.integers(1, 3)) if back else draw(st.integers(0, 1)),
                otherwise=otherwise,
            )
        )
    return tuple(made)


@st.composite
def workflows(draw: st.DrawFn) -> WorkflowPublished:
    """One that is accepted."""
    places = draw(st.integers(1, len(NAMES)))
    then = [draw(arrows(places, n)) for n in range(places)]
    incoming = Counter(arrow.to for ways in then for arrow in ways)
    first = tuple(
        name for n, name in enumerate(NAMES[:places]) if not n or not incoming[name] or draw(st.booleans())
    )
    steps = tuple(
        Step(
            name=name,
            stage="annotate",
            joins=incoming[name] > 1 and name not in first and draw(st.booleans()),
            then=then[n],
        )
        for n, name in enumerate(NAMES[:places])
    )
    try:
        (published,) = WORKFLOW.decide(Publish(project=PROJECT, first=first, steps=steps), WORKFLOW.initial)
    except Refusal:
        assume(False)
    return published


class Walk:
    """One item on its way, as the use cases would take it."""

    def __init__(self, workflow: WorkflowPublished) -> None:
        self.workflow = workflow
        self.steps = {step.name: step for step in workflow.steps}
        self.open = {TaskId(uuid8(ITEM, name)): name for name in workflow.first}
        self.with_expert: dict[TaskId, str] = {}
        self.route: Any = ROUTE.initial
        self.tasks = len(self.open)

    def place(self, task: TaskId, step: str) -> Place:
        return Place(workflow=self.workflow, item=ITEM, generation=1, task=task, step=step)

    def decide(self, task: TaskId, facts: Facts, draw: int) -> None:
        """The task is answered: its item goes on."""
        step = self.steps[self.open.pop(task)]
        ways = after(step, facts, {arrow.to: draw for arrow in step.then})
        taken = tuple(arrow.to for arrow in ways.taken)
        if ways.exhausted:
            self.with_expert[task] = step.name
        self.move(GoOn(at=self.place(task, step.name), taken=taken, to_expert=bool(ways.exhausted)))

    def settle(self, task: TaskId) -> None:
        """The expert answers."""
        self.move(Settle(at=self.place(task, self.with_expert.pop(task))))

    def cancel(self, task: TaskId) -> None:
        """A manager wants no answer to it."""
        self.move(FallAway(at=self.place(task, self.open.pop(task))))

    def move(self, command: Any) -> None:
        (event,) = ROUTE.decide(command, self.route)
        self.route = ROUTE.evolve(self.route, event)
        assert ROUTE.decide(command, self.route) == []
        self.follow(event)

    def follow(self, event: ItemRouted) -> None:
        for name in event.opened:
            task = TaskId(uuid8(event.task, "step", name))
            assert task not in self.open, "two tasks of one id"
            self.open[task] = name
        self.tasks += len(event.opened)
        names = Counter([*self.open.values(), *self.with_expert.values()])
        assert Counter(event.open) == names, "what is said to be open is what is open"
        assert all(self.steps[name].joins for name in event.waiting)
        assert event.through == (not names and not event.waiting)
        assert names or not event.waiting, "nothing waits for ever"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(workflows(), st.randoms(use_true_random=False))
def test_every_item_ends(workflow: WorkflowPublished, chance: Any) -> None:
    walk = Walk(workflow)
    while walk.open or walk.with_expert:
        task = chance.choice(sorted([*walk.open, *walk.with_expert]))
        if task in walk.with_expert:
            walk.settle(task)
        elif chance.random() < 0.1:
            walk.cancel(task)
        else:
            facts = Facts(
                answer=chance.choice([0, 1]),
                agreement_ppm=chance.choice([0, 1_000_000]),
                confidence_ppm=chance.choice([0, 1_000_000]),
                edge_case=chance.random() < 0.5,
                loops=loops(walk.route),
            )
            walk.decide(task, facts, chance.randrange(1_000_000))
        assert walk.tasks <= 5_000, "it goes round without end"
    assert isinstance(walk.route, Underway) and walk.route.through
    taken = loops(walk.route)
    for step in workflow.steps:
        for arrow in step.then:
            assert not arrow.loops_max or taken[step.name, arrow.to] <= arrow.loops_max


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(workflows(), st.randoms(use_true_random=False), st.randoms(use_true_random=False))
def test_a_join_is_open_once_at_a_time(workflow: WorkflowPublished, chance: Any, other: Any) -> None:
    walk = Walk(workflow)
    joins = {step.name for step in workflow.steps if step.joins}
    while walk.open:
        facts = Facts(
            answer=1, agreement_ppm=0, confidence_ppm=other.choice([0, 1_000_000]), loops=loops(walk.route)
        )
        walk.decide(chance.choice(sorted(walk.open)), facts, other.randrange(1_000_000))
        for task in list(walk.with_expert):
            walk.settle(task)
        assert all(n == 1 for name, n in Counter(walk.open.values()).items() if name in joins)
    assert walk.route.through
