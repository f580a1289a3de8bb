"""Review: draws that can be checked, and one verdict by somebody else than the author."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from backend.domain.checks import PPM
from backend.domain.errors import Refusal
from backend.domain.review.review import REVIEW, Command, Draw, Event, GiveVerdict, Review
from backend.domain.review.sampling import draw, draw_text, is_sampled
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId
from tests.domain.facts import ADA, BEN, EVE, HIDDEN, ITEM_A, LEASE_A, PROJECT_A, REVIEW_A, SKILL_A, TASK_A
from tests.domain.gwt import Given, given

DRAWS = st.integers(0, 2**64 - 1)


def drawing(rate_ppm: int = 500_000, drawn: int = 2**63 - 1) -> Draw:
    return Draw(
        review=REVIEW_A,
        lease=LEASE_A,
        task=TASK_A,
        item=ITEM_A,
        project=PROJECT_A,
        author=ADA,
        period=1,
        rate_ppm=rate_ppm,
        draw=drawn,
    )


def verdict(
    word: str = "accept",
    *,
    by: AnnotatorId = BEN,
    correction: Secret | None = None,
    token: str | None = None,
) -> GiveVerdict:
    return GiveVerdict(
        reviewer=by,
        skill=SKILL_A,
        verdict=word,
        correction=correction,
        correction_token=token,
        truth_class="cat",
        answer_class="cat",
    )


def pending() -> Given[Command, Review, Event]:
    return given(REVIEW).after(drawing())


CORRECTED = verdict("correct", correction=HIDDEN, token="t")


def test_a_draw_is_the_first_8_bytes_of_the_hmac_of_the_lease_id() -> None:
    expected = hmac.new(b"key", LEASE_A.bytes, hashlib.sha256).hexdigest()[:16]
    assert draw_text(draw(b"key", LEASE_A)) == expected


@forall(DRAWS)
def test_a_full_rate_always_samples_and_a_zero_rate_never(drawn: int) -> None:
    assert is_sampled(drawn, 1_000_000)
    assert not is_sampled(drawn, 0)


@forall(DRAWS, st.integers(0, 999_999))
def test_a_higher_rate_samples_all_that_a_lower_one_does(drawn: int, rate: int) -> None:
    assert is_sampled(drawn, rate + 1) >= is_sampled(drawn, rate)


def test_the_rate_is_exact_at_its_edge() -> None:
    assert is_sampled(2**63 - 1, 500_000)
    assert not is_sampled(2**63, 500_000)


@pytest.mark.parametrize("rate", [-1, 1_000_001])
def test_a_rate_outside_0_to_1_is_refused(rate: int) -> None:
    with pytest.raises(Refusal, match="rate_invalid"):
        is_sampled(0, rate)


@pytest.mark.parametrize(("drawn", "sampled"), [(2**63 - 1, True), (2**63, False)])
def test_a_draw_records_the_rate_the_draw_and_whether_it_is_sampled(drawn: int, sampled: bool) -> None:
    given(REVIEW).when(drawing(drawn=drawn)).then(
        ev.ReviewDrawn(
            review=REVIEW_A,
            lease=LEASE_A,
            task=TASK_A,
            item=ITEM_A,
            project=PROJECT_A,
            author=ADA,
            period=1,
            rate_ppm=500_000,
            draw=f"{drawn:016x}",
            sampled=sampled,
        )
    )
    given(REVIEW).after(drawing(drawn=drawn)).when(drawing(drawn=0)).then()


def test_a_verdict_carries_what_was_drawn() -> None:
    pending().when(CORRECTED).then(
        ev.VerdictGiven(
            review=REVIEW_A,
            lease=LEASE_A,
            task=TASK_A,
            item=ITEM_A,
            project=PROJECT_A,
            reviewer=BEN,
            author=ADA,
            skill=SKILL_A,
            verdict="correct",
            correction=HIDDEN,
            correction_token="t",
            truth_class="cat",
            answer_class="cat",
            rate_ppm=500_000,
            note=None,
        )
    )


def test_nobody_reviews_own_work() -> None:
    pending().when(verdict(by=ADA)).then_refused("own_work", "forbidden")
    pending().after(verdict()).when(verdict(by=ADA)).then_refused("own_work", "forbidden")


def test_what_was_not_sampled_gets_no_verdict() -> None:
    given(REVIEW).after(drawing(rate_ppm=0)).when(verdict()).then_refused("not_sampled", "conflict")
    given(REVIEW).when(verdict()).then_refused("not_now", "conflict")


def test_the_same_verdict_by_the_same_reviewer_is_nothing_new() -> None:
    pending().after(verdict()).when(verdict()).then()
    pending().after(CORRECTED).when(CORRECTED).then()


def test_the_first_verdict_stands() -> None:
    pending().after(verdict()).when(verdict("reject")).then_refused("verdict_given", "conflict")
    pending().after(verdict()).when(verdict(by=EVE)).then_refused("verdict_given", "conflict")
    other = verdict("correct", correction=HIDDEN, token="u")
    pending().after(CORRECTED).when(other).then_refused("verdict_given", "conflict")


def test_only_the_verdict_correct_carries_a_correction() -> None:
    pending().when(verdict("correct")).then_refused("correction_required", "invalid")
    pending().when(verdict("accept", correction=HIDDEN, token="t")).then_refused("correction_unexpected")
    pending().when(verdict("perhaps")).then_refused("verdict_unknown", "invalid")


def test_a_correction_says_how_far_off_the_answer_was_and_other_verdicts_speak_for_themselves() -> None:
    regions = (ev.RegionVerdict(at="/0", verdict="correct", code="too_small"),)
    near = replace(CORRECTED, score_ppm=900_000, passed=True, regions=regions, plan_version=4)
    (told,) = pending().when(near).events
    assert isinstance(told, ev.VerdictGiven)
    assert (told.score_ppm, told.passed, told.regions, told.plan_version) == (900_000, True, regions, 4)
    for word, worth in (("accept", (PPM, True)), ("reject", (0, False))):
        (said,) = pending().when(replace(verdict(word), score_ppm=5, passed=word == "reject")).events
        assert isinstance(said, ev.VerdictGiven) and (said.score_ppm, said.passed) == worth


def test_the_same_verdict_on_other_regions_is_another_verdict() -> None:
    regions = (ev.RegionVerdict(at="/0", verdict="reject"),)
    given_ = pending().after(replace(verdict("reject"), regions=regions))
    given_.when(replace(verdict("reject"), regions=regions)).then()
    given_.when(verdict("reject")).then_refused("verdict_given")
