"""Flags: raised once, settled by a person, and undone by another word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.proficiency.flag import FLAG, Close, Raise, Settle
from backend.events import flags as ev
from backend.events import proficiency as scores
from backend.events.ids import AnnotatorId, FlagId
from tests.domain.facts import ADA, BEN, EVE, HIDDEN, NOON, PROJECT_A, SKILL_A, uid
from tests.domain.gwt import given

ONE, TWO = FlagId(uid(95)), FlagId(uid(96))
SINCE = NOON - timedelta(days=1)
FOUND = Raise(
    flag=ONE,
    annotator=ADA,
    other=None,
    skill=SKILL_A,
    project=PROJECT_A,
    kind="spammer",
    amount=20,
    evidence="{}",
    threshold="{}",
    since=SINCE,
    basis_index=7,
)
RAISED = ev.FlagRaised(
    flag=ONE,
    annotator=ADA,
    other=None,
    skill=SKILL_A,
    project=PROJECT_A,
    kind="spammer",
    amount=20,
    evidence="{}",
    threshold="{}",
    since=SINCE,
    basis_index=7,
)
PAIR = replace(RAISED, kind="copying", other=BEN)


def settle(decision: str, flag: FlagId = ONE, **more: object) -> Settle:
    return Settle(flag=flag, decision=decision, reason=HIDDEN, now=NOON, **more)  # type: ignore[arg-type]


def settled(decision: str, flag: FlagId = ONE) -> ev.FlagSettled:
    return ev.FlagSettled(flag=flag, decision=decision, reason=HIDDEN)


def discounted(who: AnnotatorId = ADA, **more: object) -> scores.AnswersDiscounted:
    said = {"annotator": who, "skill": SKILL_A, "flag": ONE, "since": SINCE} | more
    return scores.AnswersDiscounted(**said)  # type: ignore[arg-type]


RESTORED = scores.AnswersRestored(annotator=ADA, skill=SKILL_A, flag=ONE)


def test_a_suspicion_is_raised_once_while_nobody_has_decided() -> None:
    given(FLAG).when(FOUND).then(RAISED)
    given(FLAG, RAISED).when(replace(FOUND, flag=TWO, amount=1_000)).then()


@pytest.mark.parametrize("decision", ["dismissed", "noted"])
def test_what_was_settled_is_raised_again_only_on_twice_the_evidence(decision: str) -> None:
    past = given(FLAG, RAISED, settled(decision))
    past.when(replace(FOUND, flag=TWO, amount=39)).then()
    past.when(replace(FOUND, flag=TWO, amount=40)).then(replace(RAISED, flag=TWO, amount=40))


def test_nobody_is_suspected_anew_while_their_answers_weigh_nothing() -> None:
    past = given(FLAG, RAISED, settled("discounted"), discounted())
    past.when(replace(FOUND, flag=TWO, amount=1_000)).then()


def test_discounting_takes_the_weight_from_the_first_answer_of_the_evidence_on() -> None:
    given(FLAG, RAISED).when(settle("discounted")).then(settled("discounted"), discounted())
    later = SINCE + timedelta(hours=1)
    given(FLAG, RAISED).when(settle("discounted", since=later)).then(
        settled("discounted"), discounted(since=later)
    )


def test_nothing_is_discounted_from_a_moment_that_has_not_come() -> None:
    late = NOON + timedelta(seconds=1)
    given(FLAG, RAISED).when(settle("discounted", since=late)).then_refused("since_invalid", "invalid")


@pytest.mark.parametrize("decision", ["dismissed", "noted"])
def test_another_word_gives_the_weight_back(decision: str) -> None:
    past = given(FLAG, RAISED, settled("discounted"), discounted())
    past.when(settle(decision)).then(settled(decision), RESTORED)
    past.after(settle(decision)).when(settle("discounted")).then(settled("discounted"), discounted())


def test_the_same_decision_again_is_nothing() -> None:
    given(FLAG, RAISED, settled("noted")).when(settle("noted")).then()
    given(FLAG, RAISED, settled("discounted"), discounted()).when(settle("discounted")).then()


def test_a_later_moment_replaces_the_first() -> None:
    past, later = given(FLAG, RAISED, settled("discounted"), discounted()), SINCE + timedelta(hours=2)
    past.when(settle("discounted", since=later)).then(settled("discounted"), discounted(since=later))


def test_of_a_pair_somebody_says_whose_answers() -> None:
    past = given(FLAG, PAIR)
    past.when(settle("discounted")).then_refused("whose_unclear", "invalid")
    past.when(settle("discounted", people=[EVE])).then_refused("whose_unclear")
    past.when(settle("discounted", people=[BEN])).then(settled("discounted"), discounted(BEN))
    both = past.after(settle("discounted", people=[ADA, BEN]))
    both.when(settle("discounted", people=[BEN])).then(settled("discounted"), RESTORED)
    past.when(settle("dismissed")).then(settled("dismissed"))


def test_an_earlier_flag_is_not_settled_any_more() -> None:
    again = replace(RAISED, flag=TWO, amount=40)
    past = given(FLAG, RAISED, settled("dismissed"), again)
    assert past.when(settle("noted")).then_refused("flag_overtaken", "conflict").extra == {"flag": str(TWO)}
    past.when(settle("noted", TWO)).then(settled("noted", TWO))


def test_what_was_never_raised_is_not_settled_and_no_other_word_is_taken() -> None:
    given(FLAG).when(settle("noted")).then_refused("not_found")
    given(FLAG, RAISED).when(settle("banned")).then_refused("decision_unknown", "invalid")
    given(FLAG).when(replace(FOUND, kind="ugly")).then_refused("kind_unknown", "invalid")


def test_what_was_explained_is_never_raised_again() -> None:
    past = given(FLAG, RAISED, settled("explained"))
    past.when(replace(FOUND, flag=TWO, amount=1_000)).then()
    past.when(settle("noted")).then(settled("noted"))


def test_a_case_about_who_is_gone_is_closed_once_and_only_while_it_is_open() -> None:
    closed = ev.FlagClosed(flag=ONE, because="person_gone")
    close = Close(flag=ONE, because="person_gone")
    given(FLAG, RAISED).when(close).then(closed)
    given(FLAG).when(close).then()
    given(FLAG, RAISED, closed).when(close).then()
    given(FLAG, RAISED, settled("noted")).when(close).then()
    given(FLAG, RAISED).when(Close(flag=TWO, because="person_gone")).then()


def test_who_comes_back_is_suspected_anew_and_a_closed_case_can_still_be_decided() -> None:
    past = given(FLAG, RAISED, ev.FlagClosed(flag=ONE, because="person_gone"))
    past.when(replace(FOUND, flag=TWO)).then(replace(RAISED, flag=TWO))
    past.when(settle("noted")).then(settled("noted"))
