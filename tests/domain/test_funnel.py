"""The funnel over people whose times are known."""

from datetime import datetime, timedelta

from backend.domain.workforce.funnel import STEPS, Times, funnel, stuck
from tests.domain.facts import NOON


def after(*hours: float | None) -> Times:
    """Times of the steps in hours since noon; what is not said is not reached."""
    told: list[datetime | None] = [None if one is None else NOON + timedelta(hours=one) for one in hours]
    return told + [None] * (len(STEPS) - len(told))


def test_each_step_counts_who_reached_it_and_how_long_it_took() -> None:
    steps = {step.step: step for step in funnel([after(0, 2), after(0, 4, None, 10), after(0)])}
    assert [steps[name].reached for name in ("invited", "claimed", "screened", "signed")] == [3, 2, 0, 1]
    claimed, signed = steps["claimed"], steps["signed"]
    assert claimed.from_before is not None and claimed.from_before.median == 3.0
    assert signed.from_before is not None and signed.from_before.median == 6.0
    assert signed.from_invited is not None and signed.from_invited.median == 10.0
    assert steps["trained"].from_before is None


def test_steps_may_change_places_and_no_time_is_negative() -> None:
    """Screened before the invitation was claimed: what comes after waits from the latest step reached by then."""
    steps = {step.step: step for step in funnel([after(0, 5, 3, 7)])}
    screened, signed = steps["screened"], steps["signed"]
    assert screened.from_before is not None and screened.from_before.median == 3.0
    assert signed.from_before is not None and signed.from_before.median == 2.0


def test_stuck_is_who_waits_longer_than_nine_in_ten_waited_for_the_step_that_others_took() -> None:
    quick = [after(0, n) for n in range(1, 11)]
    steps = funnel(quick)
    waiting = {"late": after(0), "early": after(9)}
    (found,) = stuck(waiting, NOON + timedelta(hours=12), steps)
    assert (found.step, found.people) == ("claimed", ("late",))
    assert round(found.longer_than, 3) == 9.1


def test_nobody_is_stuck_within_the_first_hour_however_quick_the_others_were() -> None:
    steps = funnel([after(0, 0.01 * n) for n in range(1, 11)])
    waiting = {"some": after(0.5), "long": after(0)}
    assert stuck(waiting, NOON + timedelta(hours=1), steps) == []
    (found,) = stuck(waiting, NOON + timedelta(hours=1.25), steps)
    assert (found.people, found.longer_than) == (("long",), 1.0)


def test_nobody_is_stuck_before_a_step_that_nobody_takes() -> None:
    people = [after(0, 1, None, 3), after(0, 1)]
    (found,) = stuck({"b": people[1]}, NOON + timedelta(hours=9), funnel(people))
    assert found.step == "signed"
    assert stuck({"a": people[0]}, NOON + timedelta(days=9), funnel(people)) == []
