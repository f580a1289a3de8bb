"""Projects: what is wanted, at which quality, by which instructions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.events.base import Secret, added, event, upcast
from backend.events.ids import AgreementId, AnnotatorId, CourseId, GoldId, ItemId, ProjectId, SkillId


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPlan:
    """How much quality is bought; shares and rates in parts per million, durations in seconds.

    `overlap` answers per item, and while the aggregate is less sure than `stop_at_ppm` (0: always sure enough) one
    more, up to `overlap_max`; `gold_share_ppm` of pulls are gold, and of that gold `gold_edge_case_share_ppm` are edge
    cases (0: as they come); `review_rate_ppm` of answers are reviewed, or with a `review_target_ppm` above 0 as many
    as each person's proven error asks for; an item whose aggregate is less sure than `escalate_below_ppm` goes to an
    expert (0: never). Whose accuracy is proven below `live_floor_ppm` gets no new work in the skill until somebody has
    looked (0: never).

    `review_mode` says how the share is found: auto (risk where there is a target, otherwise fixed), fixed, risk, csp1,
    csp2, or iso2859. Risk reviews a person's first `review_first` answers in a skill in full and never less than
    `review_floor_ppm`. csp1 and csp2 sample `review_floor_ppm` once `review_clearance` answers in a row were good (0:
    as many as keep the worst outgoing error below the target). iso2859 judges lots of `review_lot` answers. With
    `gold_expected` above 0 the share of gold follows from so many tasks expected of a person in the skill. An expert
    has `expert_start_seconds` to begin an escalation and `expert_seconds` to finish it (0: no limit); with
    `experts_max` above 1 an expert who disagrees with all answers so far is looked over by a second one;
    `double_review_ppm` of what an expert settled alone is answered again by another, blind. Nobody meets two of one
    family of gold within `family_gap_days` (0: never two).
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
    live_floor_ppm: int = 700_000
    gold_edge_case_share_ppm: int = 0
    review_mode: str = "auto"
    review_first: int = 10
    review_floor_ppm: int = 50_000
    review_clearance: int = 0
    review_lot: int = 100
    gold_expected: int = 0
    expert_start_seconds: int = 0
    expert_seconds: int = 0
    experts_max: int = 1
    double_review_ppm: int = 50_000
    family_gap_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What work asks of people beside agreements and courses, as tokens they hold (skills at a level, languages,
    vendor, team, origin, checks, compliance): all of `all_of`, one of each group of `any_of`, none of `none_of`.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()


@event("skill.defined", version=2)
class SkillDefined:
    """A skill of the tenant's catalogue; `kind` is domain, language, tool or clearance."""

    skill: SkillId
    name: str
    kind: str


added("skill.defined", 1, kind="domain")


@event("skill.weighted", version=2)
class SkillWeighted:
    """What one answer counts in this skill's scores from now on, by its source, in parts per million; gold counts 1.
    An answer compared with what an expert decided for an item that a rule had sent there counts `adjudication_ppm`.
    """

    skill: SkillId
    exam_ppm: int
    import_ppm: int
    review_ppm: int
    adjudication_ppm: int = 100_000


added("skill.weighted", 1, adjudication_ppm=100_000)


@event("skill.below_floor_set")
class BelowFloorSet:
    """What follows when a rule closes this skill for somebody: `mode` close_skill (nothing more; so before the first
    such fact) or suspend, which stops the person in all work."""

    skill: SkillId
    mode: str


@event("project.created", version=6)
class ProjectCreated:
    """A project; who works in it must hold `skill`, have signed the agreements and passed the courses.

    `plan` is all that is in force; `own` names what of it the project itself says, the rest it has from the tenant's
    defaults, and where those say nothing from the product's.
    """

    project: ProjectId
    name: str
    skill: SkillId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    plan: QualityPlan
    own: tuple[str, ...]


@event("project.plan_updated", version=6)
class PlanUpdated:
    """The quality plan in force from now on, whole, and which of it the project says; work begun keeps its slots."""

    project: ProjectId
    plan_version: int
    plan: QualityPlan
    own: tuple[str, ...]


REVIEW_BEFORE = {
    "review_mode": "auto",
    "review_first": 10,
    "review_floor_ppm": 50_000,
    "review_clearance": 0,
    "review_lot": 100,
    "gold_expected": 0,
    "expert_start_seconds": 0,
    "expert_seconds": 0,
    "experts_max": 1,
}


@upcast("project.created", 1)
@upcast("project.plan_updated", 1)
def _no_live_floor(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Before there was a floor, no rule stopped anybody."""
    return {**data, "plan": {**data["plan"], "live_floor_ppm": 0}}


@upcast("project.created", 2)
@upcast("project.plan_updated", 2)
def _all_its_own(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Before a tenant had defaults, a project followed nobody: nothing that is said of all changes it unasked."""
    return {
        **data,
        "plan": {**data["plan"], "gold_edge_case_share_ppm": 0},
        "own": [
            "overlap",
            "gold_share_ppm",
            "review_rate_ppm",
            "escalate_below_ppm",
            "rework_max",
            "skips_max",
            "lease_seconds",
            "overlap_max",
            "stop_at_ppm",
            "review_target_ppm",
            "live_floor_ppm",
            "gold_edge_case_share_ppm",
            *REVIEW_BEFORE,
            "double_review_ppm",
            "family_gap_days",
        ],
    }


@upcast("project.created", 3)
@upcast("project.plan_updated", 3)
@upcast("plan.defaults_updated", 1)
def _reviewed_as_before(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then a target was all there was to say of how reviews adapt."""
    return {**data, "plan": {**data["plan"], **REVIEW_BEFORE}}


@upcast("project.created", 4)
@upcast("project.plan_updated", 4)
def _experts_once(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then nobody looked again at what an expert settled."""
    return {**data, "plan": {**data["plan"], "double_review_ppm": 0}}


@upcast("plan.defaults_updated", 2)
def _experts_as_the_product_says(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """No tenant has said anything of it: what comes from now on follows the product."""
    return {**data, "plan": {**data["plan"], "double_review_ppm": 50_000}}


@upcast("project.created", 5)
@upcast("project.plan_updated", 5)
@upcast("plan.defaults_updated", 3)
def _gold_without_families(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then no gold was derived from other gold: what comes from now on follows the product."""
    return {**data, "plan": {**data["plan"], "family_gap_days": 30}}


@event("plan.defaults_updated", version=4)
class PlanDefaultsUpdated:
    """The quality plan of every project that does not say otherwise; `own` names what of it the tenant says.

    What a project works by is told by its own events alone: each that follows has a `project.plan_updated` beside this.
    """

    version: int
    plan: QualityPlan
    own: tuple[str, ...]


@event("project.requirements_updated", version=2)
class RequirementsUpdated:
    """What work in the project asks for from now on; agreements may be asked for by its data class too."""

    project: ProjectId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    data_class: str | None
    conditions: Conditions


added(
    "project.requirements_updated",
    1,
    data_class=None,
    conditions={"all_of": [], "any_of": [], "none_of": []},
)


@event("guideline.published", version=2)
class GuidelinePublished:
    """Version n of a project's instructions; the text is ciphertext, the hash over its exact bytes.

    Who acknowledged an earlier version passes `delta_course` before acknowledging this one.
    """

    project: ProjectId
    version: int
    sha256: str
    text: Secret
    delta_course: CourseId | None


added("guideline.published", 1, delta_course=None)


@event("guideline.acknowledged")
class GuidelineAcknowledged:
    """A person confirmed having read this version."""

    project: ProjectId
    version: int
    annotator: AnnotatorId


@event("gold.added", version=2)
class GoldAdded:
    """An item whose right answer is known (ciphertext, and `truth_token`, its keyed token).

    `truth_class` is the keyed token of its class when it is a category. `origin` is authored, or promoted from work
    that people answered blind (whoever met the item as work never meets it as gold), or derived from other gold.
    """

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    truth_token: str
    truth_class: str | None
    exam_only: bool
    origin: str = "authored"


added("gold.added", 1, origin="authored")


@event("gold.varied")
class GoldVaried:
    """`variant` shows this gold item transformed (`how`: ciphertext of the kind and all options), and its key follows
    from this one's. `how_token` is the keyed token of the kind and its parameters: the same is made once. All variants
    of an item and the item itself are one family, whose id is the item's."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    variant: GoldId
    how: Secret
    how_token: str


@event("gold.retired", version=2)
class GoldRetired:
    """Mixed into work no more; `why` is doubtful, exposed, aged, withdrawn, reworked (the item it was promoted from
    is done again), or a sign of its health. Answers scored so far stay evidence.

    `answers` people met it, of whom `disagreed` of the trusted ones did not give its key, at this index. Of a sign:
    its `statistic` of `sign_answers` answers and the `threshold` it was held against, numbers as text, by the rule of
    this version (None: no sign; 0: the product's own).
    """

    gold: GoldId
    project: ProjectId
    item: ItemId
    why: str
    answers: int
    disagreed: int
    basis_index: int
    statistic: str = ""
    threshold: str = ""
    sign_answers: int = 0
    rule_version: int | None = None


added("gold.retired", 1, statistic="", threshold="", sign_answers=0, rule_version=None)


@event("gold.restored")
class GoldRestored:
    """The rework that put its truth in doubt was taken back: it is asked again as before."""

    gold: GoldId
    project: ProjectId
    item: ItemId


@event("scoring.set")
class ScoringSet:
    """How answers of a project are compared with the truth: `scoring` is JSON text, a kind and its options. Empty: by
    equality."""

    project: ProjectId
    version: int
    scoring: str


@event("targets.set", version=2)
class TargetsSet:
    """What accuracy, precision, recall or F1 is asked of a project's answers: `targets` is JSON text, classes by their
    keyed tokens. `diversity`, JSON text too: of how many different ones the answers to an item have to be, and for
    which share of a lot; empty for nothing."""

    project: ProjectId
    version: int
    targets: str
    diversity: str = ""


added("targets.set", 1, diversity="")


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
