"""A route: where an item is in its workflow."""

from backend.domain.tasks.route import ROUTE, AtFirst, FallAway, GoOn, Place, Settle, Underway, loops
from backend.events.ids import TaskId
from backend.events.workflows import Arrow, ItemRouted, Step, WorkflowPublished
from tests.domain.facts import ITEM_A, PROJECT_A, uid
from tests.domain.gwt import given


def to(*names: str) -> tuple[Arrow, ...]:
    return tuple(Arrow(to=name) for name in names)


FORK = WorkflowPublished(
    project=PROJECT_A,
    version=1,
    first=("a",),
    steps=(
        Step(name="a", stage="annotate", then=to("b", "c")),
        Step(name="b", stage="annotate", then=to("d")),
        Step(name="c", stage="annotate", then=to("d")),
        Step(name="d", stage="custom", joins=True, then=(Arrow(to="b", loops_max=1),)),
    ),
)
T = [TaskId(uid(100 + n)) for n in range(9)]


def at(step: str, n: int) -> Place:
    return Place(workflow=FORK, item=ITEM_A, generation=1, task=T[n], step=step)


def on(step: str, n: int, *taken: str, to_expert: bool = False) -> GoOn:
    return GoOn(at=at(step, n), taken=taken, to_expert=to_expert)


def test_an_item_goes_along_its_arrows() -> None:
    given(ROUTE).when(on("a", 0, "b", "c")).then(
        ItemRouted(
            item=ITEM_A,
            project=PROJECT_A,
            generation=1,
            workflow_version=1,
            task=T[0],
            step="a",
            taken=("b", "c"),
            opened=("b", "c"),
            open=("b", "c"),
            waiting=(),
            to_expert=False,
            ended=False,
            through=False,
        )
    )


def test_a_task_sends_its_item_on_once() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"))
    begun.when(on("a", 0, "b")).then()
    assert given(ROUTE).state == AtFirst()


def test_a_join_waits_for_all_that_leads_to_it() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"))
    (first,) = begun.when(on("b", 1, "d")).events
    assert (first.opened, first.open, first.waiting, first.through) == ((), ("c",), ("d",), False)
    (second,) = begun.after(on("b", 1, "d")).when(on("c", 2, "d")).events
    assert (second.opened, second.open, second.waiting) == (("d",), ("d",), ())


def test_a_join_goes_on_without_a_branch_that_ends_elsewhere_or_falls_away() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"), on("b", 1, "d"))
    (ended,) = begun.when(on("c", 2)).events
    assert (ended.opened, ended.ended, ended.through) == (("d",), True, False)
    (fell,) = begun.when(FallAway(at=at("c", 2))).events
    assert (fell.opened, fell.ended) == (("d",), False)
    begun.after(FallAway(at=at("c", 2))).when(FallAway(at=at("c", 2))).then()


def test_the_last_end_says_that_the_item_is_through() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"), on("b", 1, "d"), on("c", 2, "d"))
    (last,) = begun.when(on("d", 3)).events
    assert last.ended and last.through and last.open == ()
    state = begun.after(on("d", 3)).state
    assert isinstance(state, Underway) and state.ends == (T[3],)


def test_ends_side_by_side_are_all_remembered() -> None:
    state = given(ROUTE).after(on("a", 0, "b", "c"), on("b", 1), on("c", 2)).state
    assert isinstance(state, Underway) and state.ends == (T[1], T[2]) and state.through


def test_arrows_taken_are_counted() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"), on("b", 1, "d"), on("c", 2, "d"), on("d", 3, "b"))
    assert loops(begun.state)["d", "b"] == 1 and loops(AtFirst()) == {}
    (again,) = begun.when(on("b", 4, "d")).events
    assert again.opened == ("d",), "nothing else is open that leads there"


def test_a_task_with_an_expert_stays_open_until_they_have_spoken() -> None:
    begun = given(ROUTE).after(on("a", 0, "b", "c"), on("b", 1, "d"), on("c", 2, to_expert=True))
    state = begun.state
    assert isinstance(state, Underway)
    assert (state.open, state.waiting, set(state.with_expert)) == (("c",), ("d",), {T[2]})
    begun.when(on("c", 2, "d")).then()
    settled = begun.after(Settle(at=at("c", 2)))
    assert isinstance(settled.state, Underway) and settled.state.open == ("d",)
    assert settled.state.ends == (T[2],) and not settled.state.with_expert
    settled.when(Settle(at=at("c", 2))).then()
    given(ROUTE).when(Settle(at=at("c", 2))).then_refused("not_now", "conflict")


def test_only_arrows_of_the_step_can_be_taken() -> None:
    given(ROUTE).when(on("a", 0, "d")).then_refused("step_unknown", "invalid")
    given(ROUTE).when(on("z", 0)).then_refused("step_unknown", "invalid")
