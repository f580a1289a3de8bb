"""Tasks: slots are added once for one reason, and a higher hand's result stands."""

import pytest

from backend.domain.tasks.task import TASK, AddSlot, Command, Decide, Event, OpenTask, Task
from backend.events import tasks as ev
from tests.domain.facts import HIDDEN, ITEM_A, LANE_A, LANE_B, LEASE_A, LEASE_B, PROJECT_A, TASK_A
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
    )


def opened() -> Given[Command, Task, Event]:
    return given(TASK).after(opening())


ADD = AddSlot(lane=LANE_B, ord=9, reason="rejected", cause=LEASE_A)


def test_a_task_opens_once_with_its_slots() -> None:
    event = ev.TaskOpened(
        task=TASK_A, item=ITEM_A, project=PROJECT_A, lane=LANE_A, stage="annotate", slots=3, first_ord=5
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


@pytest.mark.parametrize("command", [ADD, deciding()])
def test_nothing_happens_to_a_task_before_it_opens(command: Command) -> None:
    given(TASK).when(command).then_refused("not_now")
