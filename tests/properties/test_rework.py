"""However a selection is cut into chunks and whoever repeats them: what is requeued is the selection, no item twice."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.tasks.rework import REWORK, Finish, Plan, Requeue, Undo
from backend.events import rework as ev
from backend.events.ids import ItemId, ProjectId, ReworkId
from tests.domain.facts import uid

PLAN = Plan(
    rework=ReworkId(uid(1)),
    project=ProjectId(uid(2)),
    selection="{}",
    items=9,
    answers=9,
    people=1,
    decided=0,
    minutes=1,
    reason=None,
)
SELECTED = st.sets(st.integers(10, 60), max_size=25).map(
    lambda found: [ItemId(uid(n)) for n in sorted(found)]
)


@given(SELECTED, st.sets(st.integers(10, 60)), st.data())
def test_the_union_of_all_chunks_is_the_selection_and_no_item_comes_twice(
    selected: list[ItemId], elsewhere: set[int], data: st.DataObject
) -> None:
    """Each page begins behind the last item; a repeated page, as after a crash, begins anywhere before it."""
    skipped = {ItemId(uid(n)) for n in elsewhere}
    past: list[ev.ReworkPlanned | ev.ItemsRequeued | ev.ReworkExecuted | ev.ReworkUndone] = list(
        REWORK.decide(PLAN, REWORK.initial)
    )
    at = 0
    while at < len(selected):
        begin = data.draw(st.integers(0, at))
        end = data.draw(st.integers(at + 1, len(selected)))
        chunk = selected[begin:end]
        command = Requeue(
            items=tuple(ev.Again(item=one, generation=2) for one in chunk if one not in skipped),
            keep_away=(),
            skipped=tuple(one for one in chunk if one in skipped),
        )
        past += REWORK.decide(command, REWORK.fold(past))
        assert REWORK.decide(command, REWORK.fold(past)) == []
        at = end
    requeued = [one.item for event in past if isinstance(event, ev.ItemsRequeued) for one in event.items]
    left = [one for event in past if isinstance(event, ev.ItemsRequeued) for one in event.skipped]
    assert sorted([*requeued, *left]) == selected and not set(requeued) & set(left)
    (end_,) = REWORK.decide(Finish(), REWORK.fold(past))
    assert isinstance(end_, ev.ReworkExecuted) and end_.requeued == len(requeued)


@given(SELECTED, st.data())
def test_what_is_taken_back_or_kept_is_what_was_requeued_and_each_once(
    selected: list[ItemId], data: st.DataObject
) -> None:
    again = Requeue(
        items=tuple(ev.Again(item=one, generation=2) for one in selected), keep_away=(), skipped=()
    )
    state = REWORK.fold(REWORK.decide(PLAN, REWORK.initial))
    for event in REWORK.decide(again, state):
        state = REWORK.evolve(state, event)
    back: list[ItemId] = []
    at = 0
    while at < len(selected):
        begin, end = data.draw(st.integers(0, at)), data.draw(st.integers(at + 1, len(selected)))
        chunk = selected[begin:end] if at else selected[:end]
        kept = data.draw(st.sets(st.sampled_from(chunk)))
        command = Undo(
            items=tuple(one for one in chunk if one not in kept),
            kept=tuple(one for one in chunk if one in kept),
        )
        for told in REWORK.decide(command, state):
            assert isinstance(told, ev.ReworkUndone)
            back += [*told.items, *told.kept]
            state = REWORK.evolve(state, told)
        at = end
    assert sorted(back) == selected
