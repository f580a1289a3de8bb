"""Onboarding: nothing is asked until somebody says so; what is asked is weighed against what is held."""

from backend.domain.workforce.onboarding import ONBOARDING, Policy, UpdateOnboarding, weighed
from backend.events import workforce as ev
from tests.domain.facts import AGREEMENT_A, COURSE_A
from tests.domain.gwt import given

UPDATE = UpdateOnboarding(
    checks=("identity", "background", "identity"),
    approval=True,
    agreements=(AGREEMENT_A,),
    courses=(COURSE_A,),
)
UPDATED = ev.OnboardingUpdated(
    version=2,
    checks=("background", "identity"),
    approval=True,
    agreements=(AGREEMENT_A,),
    courses=(COURSE_A,),
)


def test_at_first_nothing_is_asked() -> None:
    assert given(ONBOARDING).state == Policy(version=1)
    given(ONBOARDING).when(UpdateOnboarding(checks=(), approval=False, agreements=(), courses=())).then()


def test_a_policy_is_changed_once() -> None:
    given(ONBOARDING).when(UPDATE).then(UPDATED)
    given(ONBOARDING, UPDATED).when(UPDATE).then()


def test_a_check_is_a_word() -> None:
    wrong = UpdateOnboarding(checks=("Two Words",), approval=False, agreements=(), courses=())
    given(ONBOARDING).when(wrong).then_refused("kind_invalid", "invalid")


def test_what_is_asked_is_met_by_what_is_held() -> None:
    asked, held = ("check:identity", "course:c:1"), ("course:c:1", "role:annotator")
    assert weighed(asked, True, (), False, held) == (("course:c:1",), ("approval", "check:identity"))
    assert weighed(asked, True, (), True, (*held, "check:identity"))[1] == ()


def test_a_failed_check_is_missing_even_where_nobody_asks_for_it() -> None:
    assert weighed((), False, ("background",), False, ()) == ((), ("check:background",))
    assert weighed((), False, (), False, ()) == ((), ())
