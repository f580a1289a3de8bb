"""Evidence: every observation of a person in a skill, one row each, with the event it rests on and what it weighs.

Gold met in work weighs 1; an exam at most half; a reviewed answer, and an expert's that another expert answered too,
what the skill says of reviews times 1 / its chance of being drawn, at most 5; an answer to what an expert decided what
the skill says of these, little, because such items are selected. The skill's weights are those in force at the
evidence's index: a change counts from then on, and a rebuild finds the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Text

from backend.events import double_review, leases, review, training
from backend.events.base import Recorded, name_of
from backend.events.store.schema import instant, key, ref, tenant_table
from backend.readmodels.evidence_state import Who
from backend.readmodels.fading import Piece, day_of
from backend.statistics import sampling

PPM = 1_000_000
KINDS = {"exam": "exam", "gold": "live", "review": "live", "double_review": "live"}
"""What is told by tens: exams apart, gold and reviews together. Who adjudicated work is told of it otherwise."""
WEIGHTS_AT_FIRST = (500_000, 1_000_000, 100_000)
"""Exams, reviews and adjudications, until the skill says otherwise."""

# `piece` counts a person's evidence in a skill from 0, `place` that of its kind. `lease` is of the answer, None where
# an exam's `attempt` gave it; `rate_ppm` the chance with which it was drawn, None where nothing was drawn. `correct` is
# None where a dispute took the evidence back.
evidence = tenant_table(
    "evidence",
    key("annotator"),
    key("skill"),
    Column("piece", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text),
    Column("place", Integer),
    Column("idx", BigInteger, nullable=False),
    Column("at", instant(), nullable=False),
    Column("fact", Text, nullable=False),
    ref("stream"),
    Column("version", Integer, nullable=False),
    Column("source", Text, nullable=False),
    ref("lease", nullable=True),
    ref("attempt", nullable=True),
    Column("correct", Boolean),
    Column("score_ppm", Integer, nullable=False),
    Column("weight", Double, nullable=False),
    Column("rate_ppm", Integer),
    Column("plan_version", Integer),
    Column("truth_class", Text),
    Column("answer_class", Text),
    ref("reviewer", nullable=True),
    ref("dispute", nullable=True),
    # By which case, and when, it was corrected because a key of gold was wrong; whether it counted as an error before
    # any correction, None where there was none.
    ref("key_case", nullable=True),
    Column("rekeyed_at", instant()),
    Column("erred", Boolean),
    Index("evidence_place", "tenant", "annotator", "skill", "kind", "place"),
)

# What one exam answer, one review and one adjudication count in a skill from now on.
evidence_weight = tenant_table(
    "evidence_weight",
    key("skill"),
    Column("exam_ppm", Integer, nullable=False),
    Column("review_ppm", Integer, nullable=False),
    Column("adjudication_ppm", Integer, nullable=False),
)

# Whose answers weigh nothing, from when on, by which case.
evidence_discount = tenant_table(
    "evidence_discount",
    key("annotator"),
    key("skill"),
    key("flag"),
    Column("since", instant(), nullable=False),
)

# Which skills have new evidence: since when there is any, and the index of the newest.
evidence_skill = tenant_table(
    "evidence_skill",
    key("skill"),
    Column("first_at", instant(), nullable=False),
    Column("idx", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A row, in the order of its columns; `piece` and `place` follow when it is put behind what there is."""

    annotator: UUID
    skill: UUID
    piece: int = 0
    kind: str | None
    place: int | None = None
    idx: int
    at: datetime
    fact: str
    stream: UUID
    version: int
    source: str
    lease: UUID | None = None
    attempt: UUID | None = None
    correct: bool | None
    score_ppm: int
    weight: float
    rate_ppm: int | None = None
    plan_version: int | None = None
    truth_class: str | None
    answer_class: str | None
    reviewer: UUID | None = None
    dispute: UUID | None = None
    key_case: UUID | None = None
    rekeyed_at: datetime | None = None
    erred: bool | None = None

    @property
    def who(self) -> Who:
        """The person and the skill."""
        return self.annotator, self.skill

    def observed(self, since: datetime | None) -> Piece:
        """What the fold sees; from `since` on the person's answers weigh nothing. What was selected because it is hard
        says nothing of how often which class is mistaken."""
        selected = self.source == "adjudication"
        return Piece(
            index=self.idx,
            day=day_of(self.at),
            live=self.kind == "live",
            correct=self.correct,
            score=self.score_ppm / PPM,
            weight=0.0 if since is not None and self.at >= since else self.weight,
            truth_class=None if selected else self.truth_class,
            answer_class=self.answer_class,
        )


FACTS = (
    training.ExamGoldAnswered,
    leases.GoldScored,
    review.VerdictGiven,
    review.AdjudicationScored,
    double_review.DoubleReviewScored,
)
"""What evidence is made of."""
Weights = dict[UUID, tuple[int, int, int]]


def evidence_of(fact: Recorded, weights: Weights) -> Evidence:
    """What one of FACTS says about somebody. `weights` are those in force at its index, per skill."""
    e: Any = fact.event
    exam_ppm, review_ppm, adjudication_ppm = weights.get(e.skill, WEIGHTS_AT_FIRST)
    more: dict[str, Any] = {}
    match e:
        case training.ExamGoldAnswered():
            source, weight, right = "exam", exam_ppm / PPM, e.correct
            more = {"attempt": e.attempt}
        case leases.GoldScored():
            source, weight, right = "gold", 1.0, e.correct
        case review.VerdictGiven():
            source, right = "review", e.passed
            weight = _sampled(e.rate_ppm, review_ppm) if e.inspected else 0.0
            more = {"rate_ppm": e.rate_ppm, "reviewer": e.reviewer}
        case double_review.DoubleReviewScored():
            source, weight, right = "double_review", _sampled(e.rate_ppm, review_ppm), e.correct
            more = {"rate_ppm": e.rate_ppm}
        case _:
            source, weight, right = "adjudication", adjudication_ppm / PPM, e.correct
    return Evidence(
        annotator=e.author if source == "review" else e.annotator,
        skill=e.skill,
        kind=KINDS.get(source) if getattr(e, "inspected", True) else None,
        idx=place_of(fact),
        at=fact.at,
        fact=name_of(type(e)),
        stream=fact.stream,
        version=fact.version,
        source=source,
        lease=None if source == "exam" else e.lease,
        correct=right,
        score_ppm=PPM * right if source == "exam" else e.score_ppm,
        weight=weight,
        plan_version=None if source == "exam" else e.plan_version,
        truth_class=e.truth_class,
        answer_class=e.answer_class,
        **more,
    )


def _sampled(rate_ppm: int, review_ppm: int) -> float:
    """What an answer weighs that was looked at with this chance."""
    rate = rate_ppm / PPM
    return round((sampling.weight(rate) if rate > 0.0 else 0.0) * review_ppm / PPM, 9)


def place_of(fact: Recorded) -> int:
    """The index of a fact that is folded by index. ValueError for one that has none yet."""
    if fact.index is None:
        raise ValueError(f"expected {name_of(type(fact.event))} with its index: evidence is folded by index")
    return fact.index
