"""Rework plans: kept once, requeued in ascending chunks, each item once, and taken back once."""

from dataclasses import replace

import pytest

from backend.domain.tasks.rework import ITEMS_MAX, REWORK, Finish, Plan, Requeue, Undo
from backend.events import rework as ev
from backend.events.ids import ItemId, ReworkId
from tests.domain.facts import ADA, HIDDEN, PROJECT_A, PROJECT_B, uid
from tests.domain.gwt import given

ONE = ReworkId(uid(91))
A, B, C, D = (ItemId(uid(n)) for n in (101, 102, 103, 104))
FOUND = {"items": 3, "answers": 4, "people": 1, "decided": 2, "minutes": 3, "reason": HIDDEN}
PLAN = Plan(rework=ONE, project=PROJECT_A, selection="{}", **FOUND)  # type: ignore[arg-type]
PLANNED = ev.ReworkPlanned(rework=ONE, project=PROJECT_A, selection="{}", **FOUND)  # type: ignore[arg-type]
EXECUTED = ev.ReworkExecuted(rework=ONE, requeued=2)


def again(*items: ItemId) -> tuple[ev.Again, ...]:
    return tuple(ev.Again(item=item, generation=2) for item in items)


def requeue(*items: ItemId, skipped: tuple[ItemId, ...] = ()) -> Requeue:
    return Requeue(items=again(*items), keep_away=(ADA,), skipped=skipped)


def requeued(*items: ItemId, skipped: tuple[ItemId, ...] = ()) -> ev.ItemsRequeued:
    return ev.ItemsRequeued(rework=ONE, items=again(*items), keep_away=(ADA,), skipped=skipped)


def undone(*items: ItemId, kept: tuple[ItemId, ...] = ()) -> ev.ReworkUndone:
    return ev.ReworkUndone(rework=ONE, items=items, kept=kept)


def test_a_plan_is_kept_once() -> None:
    given(REWORK).when(PLAN).then(PLANNED)
    given(REWORK, PLANNED).when(PLAN).then()
    given(REWORK, PLANNED, requeued(A), EXECUTED).when(PLAN).then()
    given(REWORK, PLANNED).when(replace(PLAN, project=PROJECT_B)).then_refused("not_now", "conflict")


def test_a_plan_has_an_end_of_its_size() -> None:
    given(REWORK).when(replace(PLAN, items=ITEMS_MAX)).then(replace(PLANNED, items=ITEMS_MAX))
    given(REWORK).when(replace(PLAN, items=ITEMS_MAX + 1)).then_refused("rework_too_large", "invalid")


def test_what_was_not_planned_is_not_done() -> None:
    for command in (requeue(A), Finish(), Undo(items=(), kept=())):
        given(REWORK).when(command).then_refused("not_found", "not_found")


def test_items_are_requeued_in_ascending_chunks_and_each_once() -> None:
    given(REWORK, PLANNED).when(requeue(A, B)).then(requeued(A, B))
    given(REWORK, PLANNED, requeued(A, B)).when(requeue(A, B)).then()
    given(REWORK, PLANNED, requeued(A, B)).when(requeue(B, C)).then(requeued(C))
    given(REWORK, PLANNED, requeued(A, skipped=(B,))).when(requeue(B)).then()


def test_a_chunk_of_skipped_items_moves_on_too() -> None:
    given(REWORK, PLANNED).when(requeue(skipped=(A, B))).then(requeued(skipped=(A, B)))
    given(REWORK, PLANNED, requeued(skipped=(A, B))).when(requeue(B, C)).then(requeued(C))


def test_nothing_to_requeue_is_nothing() -> None:
    given(REWORK, PLANNED).when(requeue()).then()


def test_the_end_says_how_many_were_requeued() -> None:
    given(REWORK, PLANNED).when(Finish()).then(replace(EXECUTED, requeued=0))
    given(REWORK, PLANNED, requeued(A), requeued(C, skipped=(B,))).when(Finish()).then(EXECUTED)
    given(REWORK, PLANNED, requeued(A), EXECUTED).when(Finish()).then()


def test_what_is_through_requeues_no_more() -> None:
    given(REWORK, PLANNED, requeued(A), EXECUTED).when(requeue(B)).then_refused("not_now", "conflict")


@pytest.mark.parametrize("past", [(PLANNED,), (PLANNED, requeued(A)), (PLANNED, requeued(A), EXECUTED)])
def test_a_plan_is_undone_in_every_state_and_once(past: tuple[ev.ReworkPlanned, ...]) -> None:
    undo = Undo(items=(), kept=())
    given(REWORK, *past).when(undo).then(undone())
    given(REWORK, *past, undone()).when(undo).then()
    for command in (requeue(B), Finish()):
        given(REWORK, *past, undone()).when(command).then_refused("not_now", "conflict")


def test_undoing_goes_on_in_ascending_chunks_and_takes_each_item_back_once() -> None:
    past = (PLANNED, requeued(A, B, C, D), undone(A, kept=(B,)))
    given(REWORK, *past).when(Undo(items=(A,), kept=(B,))).then()
    given(REWORK, *past).when(Undo(items=(C,), kept=(D,))).then(undone(C, kept=(D,)))
    given(REWORK, *past).when(Undo(items=(A, D), kept=(B, C))).then(undone(D, kept=(C,)))
