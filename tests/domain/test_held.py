"""A skill held: levels by source, lost by the same routes, closed by evidence and opened by people."""

from datetime import timedelta

import pytest

from backend.domain.proficiency.held import (
    HELD,
    Alarm,
    Close,
    Closed,
    Event,
    Grade,
    Grant,
    Lapse,
    Lose,
    Open,
    Reopen,
)
from backend.events import proficiency as ev
from tests.domain.facts import ADA, HIDDEN, LATER, NOON, SKILL_A
from tests.domain.gwt import given

REOPEN = Reopen(annotator=ADA, skill=SKILL_A, reason=HIDDEN)
REOPENED = ev.SkillReopened(annotator=ADA, skill=SKILL_A, reason=HIDDEN)


def grant(level: int = 2, source: str = "manager", until: object = None) -> Grant:
    return Grant(
        annotator=ADA,
        skill=SKILL_A,
        level=level,
        until=until,  # type: ignore[arg-type]
        now=NOON,
        source=source,
        evidence="e",
        reason=HIDDEN,
    )


def granted(level: int = 2, source: str = "manager", until: object = None) -> ev.SkillGranted:
    return ev.SkillGranted(
        annotator=ADA,
        skill=SKILL_A,
        level=level,
        until=until,  # type: ignore[arg-type]
        source=source,
        evidence="e",
        reason=HIDDEN,
    )


def lost(why: str, source: str = "manager") -> ev.SkillLost:
    reason = HIDDEN if why == "withdrawn" else None
    return ev.SkillLost(annotator=ADA, skill=SKILL_A, source=source, why=why, reason=reason)


def lose(source: str = "manager", elsewhere: bool = False) -> Lose:
    return Lose(
        annotator=ADA, skill=SKILL_A, source=source, why="withdrawn", reason=HIDDEN, elsewhere=elsewhere
    )


def close(correct: int = 3, total: int = 10, basis: int = 7) -> Close:
    return Close(
        annotator=ADA,
        skill=SKILL_A,
        floor_ppm=700_000,
        probability_ppm=990_000,
        correct=correct,
        total=total,
        basis_index=basis,
    )


SUM = {"target_ppm": 900_000, "state_ppm": 6_200_000, "bound_ppm": 6_000_000}


def alarm(basis: int = 7) -> Alarm:
    return Alarm(annotator=ADA, skill=SKILL_A, basis_index=basis, **SUM)


def alarmed(basis: int = 7) -> ev.DriftAlarmed:
    return ev.DriftAlarmed(annotator=ADA, skill=SKILL_A, basis_index=basis, **SUM)


def closed(correct: int = 3, total: int = 10) -> ev.SkillClosed:
    return ev.SkillClosed(
        annotator=ADA,
        skill=SKILL_A,
        floor_ppm=700_000,
        probability_ppm=990_000,
        correct=correct,
        total=total,
        basis_index=7,
    )


def test_a_level_is_granted_once_by_each_source() -> None:
    given(HELD).when(grant()).then(granted())
    given(HELD, granted()).when(grant()).then()
    given(HELD, granted()).when(grant(source="import")).then(granted(source="import"))


def test_a_lower_level_and_another_end_replace_what_the_source_gave() -> None:
    given(HELD, granted(3)).when(grant(1)).then(granted(1))
    given(HELD, granted()).when(grant(until=LATER)).then(granted(until=LATER))


@pytest.mark.parametrize("level", [0, 11, -1])
def test_a_level_is_one_to_ten(level: int) -> None:
    given(HELD).when(grant(level)).then_refused("level_invalid", "invalid")


def test_an_unknown_source_and_an_end_in_the_past_are_refused() -> None:
    given(HELD).when(grant(source="gossip")).then_refused("skill_source_unknown", "invalid")
    given(HELD).when(grant(until=NOON)).then_refused("until_past", "invalid")


def test_a_level_is_lost_with_the_source_that_gave_it_and_only_with_that() -> None:
    both = (granted(), granted(source="import"))
    given(HELD, *both).when(lose()).then(lost("withdrawn"))
    given(HELD, *both, lost("withdrawn")).when(lose()).then()
    assert given(HELD, *both, lost("withdrawn")).state.held == {"import": Grade(2, None)}


def test_what_another_stream_says_it_gave_can_be_taken_here() -> None:
    given(HELD).when(lose("exam")).then()
    given(HELD).when(lose("exam", elsewhere=True)).then(lost("withdrawn", "exam"))


def test_a_level_lapses_at_its_very_end_and_not_before() -> None:
    held = given(HELD, granted(until=LATER))
    before = Lapse(annotator=ADA, skill=SKILL_A, source="manager", now=LATER - timedelta(microseconds=1))
    at_end = Lapse(annotator=ADA, skill=SKILL_A, source="manager", now=LATER)
    held.when(before).then()
    held.when(at_end).then(lost("expired"))
    held.after(at_end).when(at_end).then()
    given(HELD, granted()).when(at_end).then()


def test_evidence_closes_a_skill_once() -> None:
    given(HELD).when(close()).then(closed())
    given(HELD, closed()).when(close(4, 20)).then()


def test_closing_takes_the_level_that_the_record_gave_and_no_other() -> None:
    evidence = ev.SkillLost(annotator=ADA, skill=SKILL_A, source="gold", why="evidence", reason=None)
    past: tuple[Event, ...] = (granted(source="gold"), granted(source="manager"))
    given(HELD, *past).when(close()).then(closed(), evidence)


def test_somebody_opens_what_a_rule_closed() -> None:
    given(HELD, closed()).when(REOPEN).then(REOPENED)
    given(HELD, closed(), REOPENED).when(REOPEN).then()
    given(HELD).when(REOPEN).then()


def test_what_was_judged_is_remembered_so_that_it_is_judged_once() -> None:
    reopened = given(HELD, closed(3, 10), REOPENED)
    assert reopened.state == Open({}, 7)
    reopened.when(close(3, 10, basis=7)).then()
    reopened.when(alarm(basis=7)).then()
    assert reopened.after(close(2, 11, basis=9), REOPEN).state == Open({}, 9)


def test_an_alarm_closes_the_skill_once_and_somebody_opens_it() -> None:
    given(HELD).when(alarm()).then(alarmed())
    assert given(HELD, alarmed()).state == Closed({}, 7)
    given(HELD, alarmed()).when(alarm(8)).then()
    given(HELD, alarmed()).when(close(basis=8)).then()
    given(HELD, closed()).when(alarm(8)).then()
    given(HELD, alarmed()).when(REOPEN).then(REOPENED)
    given(HELD, alarmed(), REOPENED).when(alarm(8)).then(alarmed(8))


def test_an_alarm_takes_the_level_that_the_record_gave_and_no_other() -> None:
    evidence = ev.SkillLost(annotator=ADA, skill=SKILL_A, source="gold", why="evidence", reason=None)
    past: tuple[Event, ...] = (granted(source="gold"), granted(source="manager"))
    given(HELD, *past).when(alarm()).then(alarmed(), evidence)


def test_a_closed_skill_still_hears_of_levels() -> None:
    given(HELD, closed()).when(grant()).then(granted())
    given(HELD, closed(), granted()).when(lose()).then(lost("withdrawn"))
