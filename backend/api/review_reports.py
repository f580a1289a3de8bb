"""Reviews for those who check them over HTTP: draws, their recheck, and what reviews bring."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Page, Shown
from backend.api.route import Route
from backend.usecases.review import outgoing, recheck

Period = Annotated[int, Field(ge=1, le=2_147_483_647)]


class DrawsQuery(Page):
    """Of which sampling period; left out, the one that is open."""

    period: Period | None = None


class Draw(Shown):
    """One answer's draw: HMAC-SHA256(key of the period, the lease id's 16 bytes), first 8 bytes, as a share of 2^64
    against the rate. `reason` says why that rate, `risk` and `threshold` what was believed by what the log held up to
    `basis_index`. `answer_class` is a keyed token, not a label."""

    lease: UUID
    rate: float
    reason: str
    draw: str
    sampled: bool
    answer_class: str | None
    risk: float | None
    threshold: float | None
    basis_index: int


class Draws(Shown):
    """Draws of one period, by lease."""

    period: int
    data: list[Draw]
    next_cursor: str | None


class PeriodQuery(Body):
    """Which sampling period to check."""

    period: Period


class DrawMismatch(Shown):
    """A draw that its key does not confirm."""

    lease: UUID
    rate: float
    draw: str
    sampled: bool
    draw_expected: str
    sampled_expected: bool


class DrawnAgain(Shown):
    """Draws, computed again. `realised` is the share sampled, `mean_rate` what the rates had led to expect; 95 of 100
    honest periods lie between `low` and `high`."""

    draws: int
    mismatches: int
    first_mismatches: list[DrawMismatch]
    realised: float
    mean_rate: float
    low: float
    high: float
    within: bool


class Rechecked(DrawnAgain):
    """All draws of a closed period, computed again with its key: for reviews, and of `experts` for double review."""

    period: int
    key_hex: str
    key_sha256: str
    experts: DrawnAgain


class YieldQuery(Body):
    """Tell it of each annotator or answered class, too."""

    by: Literal["annotator", "class"] | None = None


class Share95(Shown):
    """A share in 0..1 with its 95 % interval."""

    value: float
    low: float
    high: float


class Detection(Shown):
    """What share of errors reviewers find, by errors planted among their reviews, with its 95 % interval."""

    value: float
    low: float
    high: float
    planted: int
    found: int


class Quality(Shown):
    """Answers, how many of them were drawn for review, how many of those were looked at, and errors found;
    `let_through` are those that were approved in bulk, at which nobody looked. The error that goes out, and the same by
    what reviewers find of planted errors (null before any was planted)."""

    answers: int
    drawn: int
    reviewed: int
    errors: int
    let_through: int
    drawn_share: float
    outgoing: Share95
    outgoing_detected: Share95 | None


class YieldPart(Quality):
    """Of one annotator or one answered class (a keyed token; null: answers that are no category)."""

    annotator: UUID | None
    answer_class: str | None


class YieldReason(Shown):
    """Reviews drawn for one reason; `found_share` of the verdicts found an error."""

    reason: str
    answers: int
    drawn: int
    reviewed: int
    errors: int
    drawn_share: float
    found_share: float | None


class Saving(Shown):
    """Reviews saved, as shares: against reviewing everything, and against the fixed rate that would let no more error
    out (null where nothing was found yet)."""

    against_everything: float | None
    fixed_rate: float | None
    against_fixed_rate: float | None


class ReviewerSeen(Shown):
    """What a reviewer finds: of planted errors, and how many planted right answers they called wrong."""

    reviewer: UUID
    detection: Detection | None
    right_ones: int
    called_wrong: int


class ReviewYield(Quality):
    """What reviews bring, and what goes out all the same."""

    reasons: list[YieldReason]
    detection: Detection | None
    saving: Saving
    reviewers: list[ReviewerSeen]
    parts: list[YieldPart]


_REVIEWS = "/v1/projects/{project}/reviews"

ROUTES = (
    Route(
        method="GET",
        path=f"{_REVIEWS}/draws",
        usecase=recheck.review_draws,
        says="List the draws of a sampling period, each with its rate and why it was that.",
        query=DrawsQuery,
        answer=Draws,
    ),
    Route(
        method="GET",
        path=f"{_REVIEWS}/recheck",
        usecase=recheck.review_recheck,
        says="Compute every draw of a closed period again from its disclosed key.",
        query=PeriodQuery,
        answer=Rechecked,
    ),
    Route(
        method="GET",
        path=f"{_REVIEWS}/yield",
        usecase=outgoing.review_yield,
        says="Read what reviews found and saved, and which error goes out.",
        query=YieldQuery,
        answer=ReviewYield,
    ),
)
