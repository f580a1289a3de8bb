"""Projects: what is wanted, at which quality, by which instructions."""

from dataclasses import dataclass

from backend.events.base import Secret, event
from backend.events.ids import AgreementId, AnnotatorId, CourseId, GoldId, ItemId, LaneId, ProjectId, SkillId


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPlan:
    """How much quality is bought; shares and rates in parts per million, durations in seconds.

    `overlap` answers per item, and while the aggregate is less sure than `stop_at_ppm` (0: always sure enough) one
    more, up to `overlap_max`; `gold_share_ppm` of pulls are gold; `review_rate_ppm` of answers are reviewed, or with a
    `review_target_ppm` above 0 as many as each person's proven error asks for; an item whose aggregate is less sure
    than `escalate_below_ppm` goes to an expert (0: never).
    """

    overlap: int = 1
    gold_share_ppm: int = 50_000
    review_rate_ppm: int = 1_000_000
    escalate_below_ppm: int = 0
    rework_max: int = 3
    skips_max: int = 3
    lease_seconds: int = 300
    overlap_max: int = 7
    stop_at_ppm: int = 0
    review_target_ppm: int = 0


@event("skill.defined")
class SkillDefined:
    """A skill of the tenant's catalogue."""

    skill: SkillId
    name: str


@event("project.created")
class ProjectCreated:
    """A project; who works in it must hold `skill`, have signed the agreements and passed the courses."""

    project: ProjectId
    name: str
    skill: SkillId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    plan: QualityPlan


@event("project.plan_updated")
class PlanUpdated:
    """The quality plan in force from now on; work begun keeps its slots."""

    project: ProjectId
    plan_version: int
    plan: QualityPlan


@event("project.requirements_updated")
class RequirementsUpdated:
    """The agreements and courses that work in the project asks for from now on."""

    project: ProjectId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]


@event("guideline.published")
class GuidelinePublished:
    """Version n of a project's instructions; the text is ciphertext, the hash over its exact bytes."""

    project: ProjectId
    version: int
    sha256: str
    text: Secret


@event("guideline.acknowledged")
class GuidelineAcknowledged:
    """A person confirmed having read this version."""

    project: ProjectId
    version: int
    annotator: AnnotatorId


@event("lane.opened")
class LaneOpened:
    """All tasks of one stage with one requirement; `stage` is annotate, review or expert."""

    lane: LaneId
    project: ProjectId
    stage: str
    requires: tuple[str, ...]


@event("lane.requirement_changed")
class LaneRequirementChanged:
    """The tokens a person must hold to be served from this lane."""

    lane: LaneId
    requires: tuple[str, ...]


@event("gold.added")
class GoldAdded:
    """An item whose right answer is known (ciphertext, and `truth_token`, its keyed token).

    `truth_class` is the keyed token of its class when it is a category.
    """

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    truth_token: str
    truth_class: str | None
    exam_only: bool


@event("sampling.period_opened")
class SamplingPeriodOpened:
    """From now on review draws use the key with this SHA-256; it is disclosed when the period closes."""

    project: ProjectId
    period: int
    key_sha256: str


@event("sampling.period_closed")
class SamplingPeriodClosed:
    """The key, disclosed: everybody can now check every draw of the period."""

    project: ProjectId
    period: int
    key_hex: str
