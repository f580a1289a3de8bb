"""Double review: drawn once; two who agree are evidence about both; a third decides between two who differ."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from backend.domain.review.double_review import DOUBLE_REVIEW, Draw, HaveLastWord, Likeness, LookAgain
from backend.events import double_review as ev
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, SkillId, TaskId
from tests.domain.gwt import given

ONE, TWO, THREE = (AnnotatorId(UUID(int=n)) for n in (1, 2, 3))
FIRST, SECOND, THIRD = (LeaseId(UUID(int=n)) for n in (11, 12, 13))
ABOUT: dict[str, Any] = {
    "escalation": EscalationId(UUID(int=21)),
    "task": TaskId(UUID(int=22)),
    "item": ItemId(UUID(int=23)),
    "project": ProjectId(UUID(int=24)),
    "expert": ONE,
    "lease": FIRST,
    "answer_class": "fox",
    "period": 1,
    "rate_ppm": 250_000,
}
HIT, MISS = 1 << 61, 1 << 63
SAME, OTHER = Likeness(same=True, score_ppm=1_000_000), Likeness(same=False, score_ppm=0)
DRAWN = ev.DoubleReviewDrawn(**ABOUT, draw=f"{HIT:016x}", sampled=True)
MEASURED: dict[str, Any] = {"skill": SkillId(UUID(int=25)), "plan_version": 3}
LOOK = LookAgain(expert=TWO, lease=SECOND, answer_class="owl", first=OTHER, **MEASURED)
DIFFERED = ev.DoubleReviewDiffered(
    escalation=ABOUT["escalation"],
    project=ABOUT["project"],
    expert=TWO,
    lease=SECOND,
    answer_class="owl",
    score_ppm=0,
)


def last(first: Likeness, second: Likeness, **said: Any) -> HaveLastWord:
    told = {"expert": THREE, "lease": THIRD, "answer_class": "cat", "correctable": True} | said
    return HaveLastWord(first=first, second=second, **told, **MEASURED)


def closed(outcome: str, *, corrected: bool = False, who: Any = (THREE, THIRD)) -> ev.DoubleReviewClosed:
    about = {name: ABOUT[name] for name in ("escalation", "project")}
    return ev.DoubleReviewClosed(**about, expert=who[0], lease=who[1], outcome=outcome, corrected=corrected)


def scored(who: AnnotatorId, like: Likeness, truth: str) -> ev.DoubleReviewScored:
    lease, answered, rate = (FIRST, "fox", 250_000) if who == ONE else (SECOND, "owl", 1_000_000)
    return ev.DoubleReviewScored(
        escalation=ABOUT["escalation"],
        project=ABOUT["project"],
        lease=lease,
        annotator=who,
        correct=like.same,
        score_ppm=like.score_ppm,
        truth_class=truth,
        answer_class=answered,
        rate_ppm=rate,
        **MEASURED,
    )


def test_a_draw_below_the_rate_is_sampled_and_one_above_is_not() -> None:
    given(DOUBLE_REVIEW).when(Draw(**ABOUT, draw=HIT)).then(DRAWN)
    passed = replace(DRAWN, draw=f"{MISS:016x}", sampled=False)
    given(DOUBLE_REVIEW).when(Draw(**ABOUT, draw=MISS)).then(passed)
    given(DOUBLE_REVIEW, DRAWN).when(Draw(**ABOUT, draw=HIT)).then()


def test_two_who_agree_are_evidence_about_both_each_with_its_chance() -> None:
    agreed = closed("agreed", who=(TWO, SECOND))
    same = replace(LOOK, first=SAME)
    given(DOUBLE_REVIEW, DRAWN).when(same).then(agreed, scored(ONE, SAME, "owl"), scored(TWO, SAME, "fox"))
    given(DOUBLE_REVIEW, DRAWN, agreed).when(same).then()


def test_where_two_differ_nobody_is_scored_before_a_third_has_spoken() -> None:
    given(DOUBLE_REVIEW, DRAWN).when(LOOK).then(DIFFERED)
    given(DOUBLE_REVIEW, DRAWN, DIFFERED).when(LOOK).then()


@pytest.mark.parametrize(
    ("first", "second", "outcome", "corrected"),
    [
        (SAME, OTHER, "first", False),
        (SAME, SAME, "first", False),
        (OTHER, SAME, "second", True),
        (OTHER, OTHER, "third", True),
    ],
)
def test_the_third_decides_and_corrects_what_is_not_the_first_word(
    first: Likeness, second: Likeness, outcome: str, corrected: bool
) -> None:
    told = closed(outcome, corrected=corrected)
    seen = (scored(ONE, first, "cat"), scored(TWO, second, "cat"))
    given(DOUBLE_REVIEW, DRAWN, DIFFERED).when(last(first, second)).then(told, *seen)


def test_a_result_that_is_not_the_first_word_any_more_is_left_alone() -> None:
    seen = (scored(ONE, OTHER, "cat"), scored(TWO, OTHER, "cat"))
    command = last(OTHER, OTHER, correctable=False)
    given(DOUBLE_REVIEW, DRAWN, DIFFERED).when(command).then(closed("third"), *seen)


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((DRAWN,), replace(LOOK, expert=ONE)),
        ((DRAWN, DIFFERED), last(OTHER, OTHER, expert=ONE)),
        ((DRAWN, DIFFERED), last(OTHER, OTHER, expert=TWO)),
    ],
)
def test_nobody_looks_twice(before: tuple[Any, ...], command: Any) -> None:
    given(DOUBLE_REVIEW, *before).when(command).then_refused("same_expert", "conflict")
