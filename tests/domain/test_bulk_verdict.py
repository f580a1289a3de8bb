"""A verdict in bulk: kept once, refused as a whole with each reason, and letting nothing through that must be seen."""

from dataclasses import replace

import pytest

from backend.domain.review import bulk_verdict as rules
from backend.domain.review.bulk_verdict import BULK_VERDICT, DecideInBulk, Named
from backend.domain.review.review import LOOKED_AT, REVIEW, Draw, GiveVerdict, Review, own_work
from backend.events import review as ev
from backend.events.ids import BulkId
from tests.domain.facts import ADA, BEN, ITEM_A, LEASE_A, PROJECT_A, REVIEW_A, SKILL_A, TASK_A
from tests.domain.gwt import given

BULK = BulkId(REVIEW_A)
ACT = DecideInBulk(
    bulk=BULK, project=PROJECT_A, reviewer=BEN, verdict="accept", selection="{}", decided=2, refused=1
)
ACTED = ev.ReviewsBulkDecided(
    bulk=BULK, project=PROJECT_A, reviewer=BEN, verdict="accept", selection="{}", decided=2, refused=1
)
DRAWN = Draw(
    review=REVIEW_A,
    lease=LEASE_A,
    task=TASK_A,
    item=ITEM_A,
    project=PROJECT_A,
    author=ADA,
    period=1,
    rate_ppm=1_000_000,
    draw=0,
)
VERDICT = GiveVerdict(
    reviewer=BEN, skill=SKILL_A, verdict="accept", truth_class="cat", answer_class="cat", bulk=BULK
)


def test_an_act_is_kept_once() -> None:
    given(BULK_VERDICT).when(ACT).then(ACTED)
    given(BULK_VERDICT, ACTED).when(ACT).then()


@pytest.mark.parametrize("decided", [0, 1_001])
def test_an_act_decides_one_to_a_thousand(decided: int) -> None:
    given(BULK_VERDICT).when(replace(ACT, decided=decided)).then_refused("bulk_too_large", "invalid")


def test_nothing_is_corrected_in_bulk() -> None:
    given(BULK_VERDICT).when(replace(ACT, verdict="correct")).then_refused("verdict_unknown", "invalid")


@pytest.mark.parametrize("reason", LOOKED_AT)
def test_what_somebody_has_to_look_at_is_rejected_in_bulk_but_not_let_through(reason: str) -> None:
    drawn = given(REVIEW).after(replace(DRAWN, reason=reason))
    drawn.when(VERDICT).then_refused("inspection_required", "conflict")
    (rejected,) = REVIEW.decide(replace(VERDICT, verdict="reject"), _after(reason))
    assert isinstance(rejected, ev.VerdictGiven) and rejected.inspected
    (single,) = REVIEW.decide(replace(VERDICT, bulk=None), _after(reason))
    assert isinstance(single, ev.VerdictGiven) and single.inspected


@pytest.mark.parametrize("reason", ["fixed", "risk", "first_items", "floor", "sampling"])
def test_what_is_let_through_in_bulk_nobody_has_looked_at(reason: str) -> None:
    (let_through,) = REVIEW.decide(VERDICT, _after(reason))
    assert isinstance(let_through, ev.VerdictGiven)
    assert (let_through.verdict, let_through.bulk, let_through.inspected) == ("accept", BULK, False)


def test_nobody_lets_own_work_through() -> None:
    given(REVIEW).after(DRAWN).when(replace(VERDICT, reviewer=ADA)).then_refused("own_work", "forbidden")


def test_a_refusal_of_all_lists_each_with_its_code() -> None:
    refusal = rules.bulk_refused([(Named(lease="a"), own_work()), (Named(task="b"), rules.not_waiting())], 5)
    assert [(one["lease"], one["task"]) for one in refusal.extra["refused"]] == [("a", None), (None, "b")]
    assert [one["code"] for one in refusal.extra["refused"]] == ["own_work", "review_not_waiting"]
    assert refusal.found == "2 of 5 that may not"


def _after(reason: str) -> Review:
    return REVIEW.fold(REVIEW.decide(replace(DRAWN, reason=reason), REVIEW.initial))
