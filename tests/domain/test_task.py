"""Tasks: slots are added once for one reason, a higher hand's result stands, and who steers decides what is offered."""

import pytest

from backend.domain.tasks.task import (
    PROMOTIONS_MAX,
    TASK,
    AddSlot,
    Cancel,
    Cancelled,
    Command,
    Decide,
    Decided,
    Event,
    Held,
    Hold,
    Move,
    Open,
    OpenTask,
    Task,
    Unhold,
)
from backend.events import tasks as ev
from tests.domain.facts import HIDDEN, ITEM_A, LANE_A, LANE_B, LEASE_A, LEASE_B, NOON, PROJECT_A, TASK_A
from tests.domain.gwt import Given, given


def opening(slots: int = 3, stage: str = "annotate") -> OpenTask:
    return OpenTask(
        task=TASK_A, item=ITEM_A, project=PROJECT_A, lane=LANE_A, stage=stage, slots=slots, first_ord=5
    )


def deciding(by: str = "aggregate", token: str = "t") -> Decide:
    return Decide(
        result=HIDDEN, result_token=token, confidence_ppm=900_000, judgments=3, basis_index=17, by=by
    )


def decided(by: str = "aggregate", token: str = "t") -> ev.TaskDecided:
    return ev.TaskDecided(
        task=TASK_A,
        item=ITEM_A,
        project=PROJECT_A,
        result=HIDDEN,
        result_token=token,
        confidence_ppm=900_000,
        judgments=3,
        basis_index=17,
        by=by,
        step="annotate",
        generation=1,
        final=True,
    )


def opened() -> Given[Command, Task, Event]:
    return given(TASK).after(opening())


ADD = AddSlot(lane=LANE_B, ord=9, reason="rejected", cause=LEASE_A)
ADDED = ev.SlotAdded(task=TASK_A, slot=4, lane=LANE_B, ord=9, reason="rejected", cause=LEASE_A)
HOLD, CANCEL = Hold(code="manager", note=HIDDEN), Cancel(code="mistake")
HELD = ev.TaskHeld(task=TASK_A, code="manager", note=HIDDEN)
PROMOTE = Move(lane=LANE_B, priority=1, deadline=NOON, code="deadline")


def test_a_task_opens_once_with_its_slots() -> None:
    event = ev.TaskOpened(
        task=TASK_A,
        item=ITEM_A,
        project=PROJECT_A,
        lane=LANE_A,
        stage="annotate",
        slots=3,
        first_ord=5,
        step="annotate",
        priority=2,
        deadline=None,
        generation=1,
        group=None,
        workflow_version=0,
        rework=None,
    )
    given(TASK).when(opening()).then(event)
    given(TASK, event).when(opening()).then()


@pytest.mark.parametrize("slots", [0, 51])
def test_a_task_has_1_to_50_slots(slots: int) -> None:
    given(TASK).when(opening(slots)).then_refused("slots_invalid", "invalid")


def test_a_task_has_a_known_stage() -> None:
    given(TASK).when(opening(stage="dance")).then_refused("stage_unknown", "invalid")


def test_an_added_slot_takes_the_next_number() -> None:
    event = ev.SlotAdded(task=TASK_A, slot=4, lane=LANE_B, ord=9, reason="rejected", cause=LEASE_A)
    opened().when(ADD).then(event)
    second = AddSlot(lane=LANE_B, ord=9, reason="rejected", cause=LEASE_B)
    assert [e.slot for e in opened().after(ADD).when(second).events if isinstance(e, ev.SlotAdded)] == [5]


def test_one_rejected_answer_adds_one_slot_however_often_asked() -> None:
    opened().after(ADD).when(ADD).then()
    opened().after(ADD, deciding()).when(ADD).then()


def test_the_same_result_by_the_same_hand_is_nothing_new() -> None:
    opened().when(deciding()).then(decided())
    opened().after(deciding()).when(deciding()).then()


def test_a_review_or_an_expert_decides_again() -> None:
    opened().after(deciding()).when(deciding("review", "u")).then(decided("review", "u"))
    opened().after(deciding(), deciding("review", "u")).when(deciding("expert")).then(decided("expert"))


@pytest.mark.parametrize("by", ["aggregate", "review"])
def test_an_experts_result_stands(by: str) -> None:
    opened().after(deciding("expert")).when(deciding(by, "u")).then_refused("decided_above", "conflict")
    opened().after(deciding("expert")).when(ADD).then_refused("not_now")


def test_an_added_slot_opens_a_decided_task_again() -> None:
    opened().after(deciding(), ADD).when(deciding(token="u")).then(decided(token="u"))


def test_nobody_unknown_decides() -> None:
    opened().when(deciding("oracle")).then_refused("decided_by_unknown", "invalid")
    opened().after(deciding()).when(deciding("oracle")).then_refused("decided_by_unknown", "invalid")


@pytest.mark.parametrize("command", [ADD, deciding(), HOLD, Unhold(), CANCEL, PROMOTE])
def test_nothing_happens_to_a_task_before_it_opens(command: Command) -> None:
    given(TASK).when(command).then_refused("not_now")


# --- steering


def test_a_held_task_is_held_once_and_the_first_reason_stands() -> None:
    opened().when(HOLD).then(HELD)
    opened().after(HOLD).when(Hold(code="poison")).then()
    opened().after(HOLD).when(Unhold()).then(ev.TaskUnheld(task=TASK_A))
    opened().after(HOLD, Unhold()).when(Unhold()).then()
    assert opened().after(HOLD, Unhold()).state == opened().state


def test_a_slot_added_to_a_held_task_is_held_in_the_same_breath() -> None:
    opened().after(HOLD).when(ADD).then(ADDED, HELD)
    state = opened().after(HOLD, ADD).state
    assert isinstance(state, Held) and state.about.slots == 4
    opened().after(HOLD, ADD).when(ADD).then()


def test_what_was_held_goes_on_underneath() -> None:
    opened().after(HOLD).when(deciding()).then(decided())
    state = opened().after(HOLD, deciding()).state
    assert isinstance(state, Held) and isinstance(state.before, Decided)
    assert isinstance(opened().after(HOLD, deciding(), Unhold()).state, Decided)
    reopened = opened().after(HOLD, deciding(), ADD).state
    assert isinstance(reopened, Held) and isinstance(reopened.before, Open)
    opened().after(HOLD, deciding("expert")).when(ADD).then_refused("not_now")
    opened().after(HOLD, deciding("expert")).when(deciding("review", "u")).then_refused("decided_above")


def test_a_decided_task_has_nothing_to_hold_cancel_or_move() -> None:
    for command in (HOLD, CANCEL, PROMOTE):
        opened().after(deciding()).when(command).then_refused("not_now", "conflict")
    for command in (CANCEL, PROMOTE):
        opened().after(HOLD, deciding()).when(command).then_refused("not_now", "conflict")
    opened().after(deciding()).when(Unhold()).then()


def test_a_cancelled_task_wants_no_answer_and_no_slot() -> None:
    opened().when(CANCEL).then(ev.TaskCancelled(task=TASK_A, code="mistake", note=None))
    gone = opened().after(HOLD, CANCEL)
    assert isinstance(gone.state, Cancelled)
    for command in (CANCEL, ADD, deciding(), deciding("expert"), opening()):
        gone.when(command).then()
    for refused in (HOLD, Unhold(), PROMOTE):
        gone.when(refused).then_refused("not_now", "conflict")


def test_a_task_moves_held_or_not_and_only_where_it_is_not() -> None:
    event = ev.TaskMoved(task=TASK_A, lane=LANE_B, priority=1, deadline=NOON, code="deadline")
    opened().when(PROMOTE).then(event)
    opened().after(HOLD).when(PROMOTE).then(event)
    opened().after(PROMOTE).when(PROMOTE).then()
    moved = opened().after(HOLD, PROMOTE).state
    assert isinstance(moved, Held)
    assert (moved.about.lane, moved.about.priority, moved.about.deadline) == (LANE_B, 1, NOON)


def test_a_deadline_moves_a_task_up_no_more_often_than_there_are_classes_to_rise_through() -> None:
    down = Move(lane=LANE_A, priority=2, deadline=NOON, code="reprioritised")
    past = opened()
    for _ in range(PROMOTIONS_MAX):
        past = past.after(PROMOTE, down)
    past.when(PROMOTE).then()
    by_hand = Move(lane=LANE_B, priority=1, deadline=NOON, code="reprioritised")
    assert past.when(by_hand).refusal is None and past.when(by_hand).events


@pytest.mark.parametrize("priority", [-1, 4])
def test_a_class_is_one_of_four(priority: int) -> None:
    move = Move(lane=LANE_B, priority=priority, deadline=None, code="reprioritised")
    opened().when(move).then_refused("priority_invalid", "invalid")


@pytest.mark.parametrize("code", ["", "Bad Word", "9", "a" * 41])
def test_why_is_a_word(code: str) -> None:
    opened().when(Hold(code=code)).then_refused("code_invalid", "invalid")
    opened().when(Cancel(code=code)).then_refused("code_invalid", "invalid")
