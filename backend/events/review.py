"""Sampled review of answers, and escalation of items to experts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.events.base import Secret, added, event, upcast
from backend.events.ids import (
    AnnotatorId,
    BulkId,
    EscalationId,
    GoldId,
    ItemId,
    LeaseId,
    PredictionId,
    PrincipalId,
    ProjectId,
    ReviewId,
    SkillId,
    TaskId,
)


@event("review.drawn", version=2)
class ReviewDrawn:
    """The draw for one answer: HMAC(key of the period, lease id) against the rate; the first 8 bytes are `draw`.

    `reason` says why this rate: fixed, first_items, after_error, risk, floor, screening, sampling, watching,
    tightened, normal, reduced, discontinued, pilot (production waits), or audit (the tenant's floor was higher).
    `answer_class` is the keyed token of what was answered; `risk_ppm` and `threshold_ppm` are what the controller
    believed, up to `basis_index` in the log.
    """

    review: ReviewId
    lease: LeaseId
    task: TaskId
    item: ItemId
    project: ProjectId
    author: AnnotatorId
    period: int
    rate_ppm: int
    draw: str
    sampled: bool
    reason: str = "fixed"
    answer_class: str | None = None
    risk_ppm: int | None = None
    threshold_ppm: int | None = None
    basis_index: int = 0


added(
    "review.drawn",
    1,
    reason="fixed",
    answer_class=None,
    risk_ppm=None,
    threshold_ppm=None,
    basis_index=0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionVerdict:
    """What a reviewer said of one region or field: `at` is its place in the answer as a JSON pointer (RFC 6901), by the
    keys of its schema and numbers, nothing a person wrote."""

    at: str
    verdict: str
    code: str = ""


@event("review.verdict_given", version=4)
class VerdictGiven:
    """accept, correct or reject; a correction is a new version of the answer (ciphertext, with its keyed token).

    `score_ppm` is how near the answer came to the correction (1,000,000 where accepted, 0 where rejected), and
    `passed` whether that is near enough, by the scoring in force. `plan_version` is the plan it was drawn under. `bulk`
    is the act that decided many alike, None where this answer was judged by itself. `labels_shown`: so many other
    labels of the item the reviewer had before them (labels.shown names them); 0: the verdict is blind to them.
    """

    review: ReviewId
    lease: LeaseId
    task: TaskId
    item: ItemId
    project: ProjectId
    reviewer: AnnotatorId
    author: AnnotatorId
    skill: SkillId
    verdict: str
    correction: Secret | None
    correction_token: str | None
    truth_class: str | None
    answer_class: str | None
    rate_ppm: int
    note: Secret | None
    score_ppm: int = 0
    passed: bool = False
    regions: tuple[RegionVerdict, ...] = ()
    plan_version: int = 0
    bulk: BulkId | None = None
    labels_shown: int = 0

    @property
    def inspected(self) -> bool:
        """Whether it says anything of how good the answer is: what was let through in bulk nobody has looked at."""
        return self.bulk is None or not self.passed


added("review.verdict_given", 2, bulk=None)
added("review.verdict_given", 3, labels_shown=0)


@upcast("review.verdict_given", 1)
def _right_or_wrong(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then an answer was accepted or worth nothing."""
    right = data["verdict"] == "accept"
    return {**data, "score_ppm": 1_000_000 * right, "passed": right, "regions": [], "plan_version": 0}


@event("review.planted_scored", version=3)
class PlantedScored:
    """A reviewer was shown an answer to a gold item as if it were work: whether it was wrong (`error`) and whether they
    said so (`found`). It says how many errors reviews find, and is no evidence about who gave the answer. `bulk`: the
    verdict was one on many at once, and says nothing of how reviews find what they look at. `labels_shown` as of a
    verdict."""

    lease: LeaseId
    reviewer: AnnotatorId
    project: ProjectId
    skill: SkillId
    gold: GoldId
    subject: LeaseId
    error: bool
    found: bool
    bulk: bool = False
    labels_shown: int = 0


added("review.planted_scored", 1, bulk=False)
added("review.planted_scored", 2, labels_shown=0)


@event("labels.shown")
class LabelsShown:
    """Whoever holds this lease sees these other labels of its item: what people answered, and what models did, in an
    order and under names that say of none whose it is. So what they say was not said blindly."""

    lease: LeaseId
    annotator: AnnotatorId
    project: ProjectId
    item: ItemId
    answers: tuple[LeaseId, ...]
    predictions: tuple[PredictionId, ...]


@event("reviews.bulk_decided")
class ReviewsBulkDecided:
    """One person decided so many reviews alike in one act: each has its own lease, which names this `bulk`, as does the
    verdict on each drawn answer. `selection` is what was asked as canonical JSON (ids, keyed tokens and moments); of
    `refused` ones nothing changed. How long each was looked at nobody knows."""

    bulk: BulkId
    project: ProjectId
    reviewer: AnnotatorId
    verdict: str
    selection: str
    decided: int
    refused: int


@event("audit.floor_set")
class AuditFloorSet:
    """The share of answers that is reviewed in every project of the tenant, whatever its plan says."""

    version: int
    floor_ppm: int


@event("escalation.opened", version=2)
class EscalationOpened:
    """An item needs an expert: low_confidence, annotator_flagged, rework_limit, skipped_often, expert_conflict,
    watched_class, model_unsure or drift. `code` is what who raised it chose among the reasons of the project; to be
    begun by `start_by` and resolved by `due_by` (None: no limit)."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    reason: str
    raised_by: AnnotatorId | None
    code: str = ""
    start_by: datetime | None = None
    due_by: datetime | None = None


added("escalation.opened", 1, code="", start_by=None, due_by=None)


@event("escalation.missed")
class EscalationMissed:
    """Not begun (`start`) or not resolved (`due`) in time: told once each, and moved up."""

    escalation: EscalationId
    task: TaskId
    project: ProjectId
    what: str


@event("escalation.contested")
class EscalationContested:
    """The first expert's answer differs from every answer before it: a second expert has the last word."""

    escalation: EscalationId
    task: TaskId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer: Secret
    answer_class: str | None


@event("escalation.resolved")
class EscalationResolved:
    """An expert answered; the answer stands for the item."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer: Secret
    answer_class: str | None


@event("escalation.explained")
class EscalationExplained:
    """Why the answer that an expert gave under `lease` is right (ciphertext, with its keyed token), said by its author
    or a manager (`by`); the newest `version` counts. Of gold that experts get and of second looks it is the same fact:
    what the lease was, the lease says."""

    lease: LeaseId
    item: ItemId
    project: ProjectId
    by: PrincipalId
    version: int
    words: Secret
    words_token: str


@event("adjudication.scored")
class AdjudicationScored:
    """An answer compared with what an expert decided for its item: evidence, though not a random sample of the work."""

    escalation: EscalationId
    lease: LeaseId
    annotator: AnnotatorId
    skill: SkillId
    project: ProjectId
    correct: bool
    score_ppm: int
    truth_class: str | None
    answer_class: str | None
    plan_version: int


@event("escalation.reasons_set")
class EscalationReasonsSet:
    """For which reasons people of a project ask for an expert: `codes` are readable, what they are called and what is
    asked beside them is ciphertext (`reasons`, with its keyed token). No codes: those that come with the product."""

    project: ProjectId
    version: int
    codes: tuple[str, ...]
    reasons: Secret
    reasons_token: str


@event("watched_classes.set")
class WatchedClassesSet:
    """The classes (keyed tokens, and their labels as ciphertext) whose items always go to an expert."""

    project: ProjectId
    version: int
    classes: tuple[str, ...]
    labels: Secret
