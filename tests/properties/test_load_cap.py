"""The load cap as one process knows it: it keeps work from nobody for longer than it says, and no other work at all."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.projects.queueing import LOAD_CAP_MIN
from backend.domain.tasks.load import Over
from backend.events.queue import QueueSettings
from backend.usecases.loads import load_of
from backend.usecases.pulse import Place, Pulse

CAPPED = QueueSettings(load_cap_percent=150, load_cap_wait_seconds=60)
PERSON, PROJECT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)

loads = st.lists(st.integers(1, 500), min_size=1, max_size=12)
percents = st.integers(LOAD_CAP_MIN, 1_000)
waits = st.integers(10, 86_400)
places = st.builds(
    Place,
    lane=st.uuids(),
    project=st.sampled_from([PROJECT, OTHER]),
    stage=st.just("annotate"),
    step=st.just("annotate"),
    priority=st.integers(0, 3),
    edge_case=st.booleans(),
    ring=st.just(0),
    after_seconds=st.sampled_from([0, 0, 30, 600]),
)


def pulse_of(given_: int, others: list[int], settings: QueueSettings) -> Pulse:
    """What a process knows when one person was given so much of PROJECT today, and others theirs."""
    pulse = Pulse(settings={PROJECT: settings})
    pulse.loads.of = {PROJECT: load_of({PERSON: given_} | {UUID(int=9 + n): k for n, k in enumerate(others)})}
    return pulse


@given(st.lists(places, max_size=8), st.integers(0, 500), loads, percents, waits, st.floats(0, 1e6))
def test_no_slot_older_than_the_wait_is_withheld(
    there: list[Place], given_: int, others: list[int], percent: int, wait: int, waited_s: float
) -> None:
    settings = replace(CAPPED, load_cap_percent=percent, load_cap_wait_seconds=wait)
    pulse = pulse_of(given_, others, settings)
    left = pulse.load_held(PERSON, there)
    assert [place.lane for place in left] == [place.lane for place in there], "no lane is out of reach"
    for before, after in zip(there, left, strict=True):
        assert before.after_seconds <= after.after_seconds <= max(before.after_seconds, wait)
        if waited_s >= max(before.after_seconds, wait):
            assert waited_s >= after.after_seconds


@given(st.lists(places, max_size=8), waits)
def test_only_other_work_than_real_time_of_that_project_waits(there: list[Place], wait: int) -> None:
    pulse = pulse_of(400, [1, 1, 1], replace(CAPPED, load_cap_wait_seconds=wait))
    for before, after in zip(there, pulse.load_held(PERSON, there), strict=True):
        waits = before.project == PROJECT and before.priority > 0
        assert (after.over is not None) is waits
        assert waits or after == before
        assert not waits or after.after_seconds == max(before.after_seconds, wait)


def test_what_a_process_gives_out_counts_at_once() -> None:
    pulse = pulse_of(29, [16, 15], CAPPED)
    assert pulse.over(PERSON, PROJECT) is None
    pulse.loads.gave(PERSON, PROJECT)
    assert pulse.over(PERSON, PROJECT) == Over(given=30, mean=61 / 3, cap=30, wait_seconds=60)
    pulse.loads.gave(PERSON, OTHER)
    assert pulse.loads.of.keys() == {PROJECT}, "where there is no cap nothing is counted"
