"""Routines: periods follow each other by the day (UTC), each is judged once, by the rule that it began with."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from backend.domain.projects import routine_numbers as numbers
from backend.domain.projects.routine import (
    GRACE,
    OFF,
    ROUTINES,
    Acknowledge,
    Judge,
    Routines,
    SetRoutine,
    period_id,
)
from backend.events.routines import Numbers, RoutineMet, RoutineMissed, RoutineSet, Rule, Short
from tests.domain.facts import ADA, BEN, EVE, HIDDEN, PROJECT_A
from tests.domain.gwt import Given, given

ENOUGH, TOO_FEW = Numbers(asked=5, found=5), Numbers(asked=5, found=4)
WEEKLY, DAILY = Rule(every_days=7, least=5), Rule(every_days=1, least=5)


def day(n: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, n, hour, tzinfo=UTC)


def ask(rule: Rule, now: datetime, kind: str = "sampling") -> SetRoutine:
    return SetRoutine(project=PROJECT_A, kind=kind, rule=rule, now=now)


def judge(begins: datetime, now: datetime, found: Numbers = TOO_FEW) -> Judge:
    return Judge(project=PROJECT_A, kind="sampling", begins=begins, numbers=found, now=now)


def was_asked(version: int, rule: Rule, begins: datetime, next_ends: datetime | None) -> RoutineSet:
    said = {"project": PROJECT_A, "kind": "sampling", "version": version, "rule": rule}
    return RoutineSet(**said, begins=begins, next_ends=next_ends)  # type: ignore[arg-type]


def periods(
    past: Given[object, Routines, object], until: datetime
) -> list[tuple[datetime, datetime, int, timedelta]]:
    """Everything that is judged by then, one after the other, by a judge who is late for all of it."""
    found = []
    while (period := past.state.of("sampling").next) is not None and period.ends + GRACE <= until:
        (event,) = past.decider.decide(judge(period.begins, until), past.state)
        assert isinstance(event, RoutineMissed)
        found.append((event.begins, event.ends, event.version, event.ends - event.begins))
        past = given(past.decider, *past.past, event)
    return found


ASKED = given(ROUTINES).after(ask(WEEKLY, day(1, 15)))


# --- when periods begin


def test_the_first_period_begins_at_the_next_midnight_so_that_nobody_is_judged_on_half_a_day() -> None:
    given(ROUTINES).when(ask(WEEKLY, day(1, 15))).then(was_asked(1, WEEKLY, day(2), day(9)))
    given(ROUTINES).when(ask(WEEKLY, day(2))).then(was_asked(1, WEEKLY, day(2), day(9)))


def test_days_are_those_of_utc_wherever_it_was_said() -> None:
    late = datetime(2026, 11, 1, 23, tzinfo=timezone(timedelta(hours=-5)))
    given(ROUTINES).when(ask(DAILY, late)).then(was_asked(1, DAILY, day(3), day(4)))


def test_a_change_takes_effect_where_the_running_period_ends() -> None:
    ASKED.when(ask(DAILY, day(4, 9))).then(was_asked(2, DAILY, day(9), day(9)))
    past = ASKED.after(ask(DAILY, day(4, 9)))
    assert [one[:3] for one in periods(past, day(11, 1))] == [
        (day(2), day(9), 1), (day(9), day(10), 2), (day(10), day(11), 2),
    ]  # fmt: skip


def test_what_was_changed_again_before_it_began_was_never_asked() -> None:
    past = ASKED.after(ask(DAILY, day(4)), ask(Rule(every_days=3, least=5), day(5)))
    assert [one[:3] for one in periods(past, day(12, 1))] == [(day(2), day(9), 1), (day(9), day(12), 3)]
    before = given(ROUTINES).after(ask(WEEKLY, day(1, 15)), ask(DAILY, day(1, 16)))
    assert [one[:3] for one in periods(before, day(3, 1))] == [(day(2), day(3), 2)]


def test_off_ends_with_the_running_period_and_on_again_begins_at_a_midnight() -> None:
    past = ASKED.after(ask(OFF, day(4)))
    assert past.state.of("sampling").at(day(8, 23)) is not None
    assert past.state.of("sampling").at(day(9)) is None
    assert [one[:2] for one in periods(past, day(30))] == [(day(2), day(9))]
    again = past.after(ask(DAILY, day(12, 3)))
    assert [one[:2] for one in periods(again, day(14, 1))] == [(day(2), day(9)), (day(13), day(14))]


def test_the_same_again_is_no_change_and_kinds_have_nothing_to_do_with_each_other() -> None:
    ASKED.when(ask(WEEKLY, day(4))).then()
    (said,) = ASKED.when(ask(Rule(every_days=1, least=2, independent=2), day(4, 1), "consensus")).events
    assert isinstance(said, RoutineSet) and (said.version, said.begins) == (2, day(5))
    given(ROUTINES).when(ask(OFF, day(4))).then()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("praying", DAILY),
        ("sampling", Rule(every_days=367, least=1)),
        ("sampling", Rule(every_days=1)),
        ("gold", Rule(every_days=1, least=1, per="vendor", active_from=1)),
        ("gold", Rule(every_days=1, least=1, per="skill")),
        ("consensus", Rule(every_days=1, least=1, independent=1)),
    ],
)
def test_what_cannot_be_asked_is_refused(kind: str, rule: Rule) -> None:
    given(ROUTINES).when(ask(rule, day(1), kind)).then_refused("routine_invalid", "invalid")


# --- judged once


def test_a_period_is_judged_only_when_nothing_of_it_can_be_on_its_way() -> None:
    ASKED.when(judge(day(2), day(9) + GRACE - timedelta(seconds=1))).then()
    (missed,) = ASKED.when(judge(day(2), day(9) + GRACE)).events
    assert isinstance(missed, RoutineMissed)
    assert missed.period == period_id(PROJECT_A, "sampling", day(2))
    assert (missed.begins, missed.ends, missed.next_ends) == (day(2), day(9), day(16))
    (met,) = ASKED.when(judge(day(2), day(10), ENOUGH)).events
    assert isinstance(met, RoutineMet)


def test_a_second_judge_of_the_same_period_finds_it_judged() -> None:
    past = ASKED.after(judge(day(2), day(10)))
    past.when(judge(day(2), day(10))).then()
    past.when(judge(day(2), day(30), ENOUGH)).then()
    past.when(judge(day(16), day(30))).then()  # not before the one that is next


def test_a_judge_who_is_late_judges_every_period_by_what_was_asked_when_it_began() -> None:
    past = given(ROUTINES).after(ask(DAILY, day(1)), ask(Rule(every_days=2, least=9), day(3, 12)))
    whole = periods(past, day(9))
    assert [(begins.day, version) for begins, _, version, _ in whole] == [
        (1, 1), (2, 1), (3, 1), (4, 2), (6, 2),
    ]  # fmt: skip
    assert [one[1] for one in whole[:-1]] == [one[0] for one in whole[1:]], "no gap and no overlap"


# --- alerts


def test_a_missed_period_is_acknowledged_once_and_a_met_one_never() -> None:
    alert = period_id(PROJECT_A, "sampling", day(2))
    said = Acknowledge(project=PROJECT_A, period=alert, note=HIDDEN)
    ASKED.when(said).then_refused("not_found", "not_found")
    ASKED.after(judge(day(2), day(10), ENOUGH)).when(said).then_refused("not_found", "not_found")
    past = ASKED.after(judge(day(2), day(10)))
    assert past.state.alerts == {alert: False}
    past.after(said).when(said).then()
    assert past.after(said).state.alerts == {alert: True}


# --- what is asked and found


def people(*rows: tuple[UUID, int, int]) -> list[numbers.Work]:
    return [numbers.Work(who, answers, gold) for who, answers, gold in rows]


def test_gold_per_annotator_asks_it_of_everybody_active_and_names_who_is_short() -> None:
    rule = Rule(every_days=7, least=5, per="annotator", active_from=20)
    found = numbers.of_gold(rule, people((ADA, 20, 5), (BEN, 100, 4), (EVE, 19, 0)))
    assert (found.asked, found.found, found.people, found.answers) == (2, 1, 2, 139)
    assert (found.short, found.short_people) == ((Short(annotator=BEN, found=4),), 1)
    nobody = numbers.of_gold(rule, people((EVE, 19, 0)))
    assert nobody.found >= nobody.asked == 0, "of nobody nothing is asked"


def test_gold_per_skill_counts_everybodys_together() -> None:
    rule = Rule(every_days=7, least=9, per="skill", active_from=1)
    found = numbers.of_gold(rule, people((ADA, 0, 5), (BEN, 100, 4)))
    assert (found.asked, found.found, found.people, found.short) == (9, 9, 1, ())
