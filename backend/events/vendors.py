"""Vendors and teams: who employs people, who works together; and the compliance records of both sides."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, ComplianceId, SkillId, TeamId, VendorId


@event("vendor.registered")
class VendorRegistered:
    """An outside provider with its own annotators; its name is ciphertext, unique by its blind index."""

    vendor: VendorId
    name: Secret
    name_index: bytes


@event("vendor.suspended")
class VendorSuspended:
    """All of the vendor's people stop, each with an event of their own in the same transaction."""

    vendor: VendorId
    reason: Secret


@event("vendor.reinstated")
class VendorReinstated:
    """The vendor's people may work again, except who was suspended for another reason."""

    vendor: VendorId
    reason: Secret


@event("team.created")
class TeamCreated:
    """A team, of a vendor or of the tenant's own staff; its name is ciphertext, unique by its blind index."""

    team: TeamId
    name: Secret
    name_index: bytes
    vendor: VendorId | None


@event("compliance.recorded")
class ComplianceRecorded:
    """Evidence that a vendor (and so all its people) or one person complies with a standard (iso27001, hipaa, ...)."""

    record: ComplianceId
    kind: str
    vendor: VendorId | None
    annotator: AnnotatorId | None
    evidence: Secret
    until: datetime | None


@event("compliance.ended")
class ComplianceEnded:
    """The record does not count any more: its time is over (no reason), or somebody withdrew it and said why."""

    record: ComplianceId
    kind: str
    vendor: VendorId | None
    annotator: AnnotatorId | None
    reason: Secret | None


@event("vendor.floor_set")
class VendorFloorSet:
    """The accuracy to which people of a vendor (None: of each) are held in a skill (None: in each); what names more
    counts alone. `floor_ppm` 0 holds them to none. `mode` is what follows: flag or suspend.

    It is missed when the accuracy is below with the posterior probability `confidence_ppm`, by at least `answers_min`
    answers of at least `people_min` people in `days`.
    """

    vendor: VendorId | None
    skill: SkillId | None
    version: int
    floor_ppm: int
    confidence_ppm: int
    answers_min: int
    people_min: int
    days: int
    mode: str


@event("vendor.fell_below")
class VendorFellBelow:
    """By rule: the accuracy of the vendor's people in a skill is below the floor with `probability_ppm`.

    It rests on `answers` of `people` (gold met in work, and reviews that were drawn) with their evidence from
    `since_index` on, told after `since`, below `basis_index`; `errors` were wrong. Weighed by 1 / rate and judged
    by people they are worth `worth_milli` / 1,000 independent answers; `low_ppm`..`high_ppm` holds 95 %. With `mode`
    suspend the vendor is suspended in the same transaction.
    """

    vendor: VendorId
    skill: SkillId
    floor_ppm: int
    confidence_ppm: int
    probability_ppm: int
    answers: int
    errors: int
    people: int
    accuracy_ppm: int
    low_ppm: int
    high_ppm: int
    worth_milli: int
    since: datetime
    since_index: int
    basis_index: int
    mode: str


@event("vendor.rate_set")
class VendorRateSet:
    """What an `answer` or an `hour` (`per`) of the vendor's people costs from the day `effective` (ISO 8601, UTC) on:
    so many minor units of a currency (ISO 4217), in one skill and stage (None: in each); what names more counts alone.
    None: from then on nothing is said of this place. It serves the score; nobody is paid by it."""

    vendor: VendorId
    skill: SkillId | None
    stage: str | None
    per: str
    amount_minor: int | None
    currency: str
    effective: str


@event("vendor.score_weighed")
class VendorScoreWeighed:
    """What accuracy, speed and cost count in vendors' score, in parts per million; only the ratios matter."""

    version: int
    accuracy_ppm: int
    speed_ppm: int
    cost_ppm: int
