"""Projects over HTTP: quality plan, requirements."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import Body, Name, Page, Share, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.usecases.projects import planning
from backend.usecases.projects import projects as use

ReviewMode = Literal["auto", "fixed", "risk", "csp1", "csp2", "iso2859"]


@strictly
class PlanGiven(TypedDict, total=False):
    """How much quality is bought. What is left out stays; what is null is taken from the tenant again, there from the
    product. A new project takes from the tenant what is left out."""

    overlap: whole(1, 50) | None  # type: ignore[valid-type]
    gold_share: Share | None
    review_rate: Share | None
    escalate_below: Share | None
    rework_max: whole(0, 50) | None  # type: ignore[valid-type]
    skips_max: whole(1, 1_000) | None  # type: ignore[valid-type]
    lease_seconds: whole(30, 86_400) | None  # type: ignore[valid-type]
    overlap_max: whole(1, 50) | None  # type: ignore[valid-type]
    stop_at: Share | None
    review_target: Share | None
    live_floor: Share | None
    gold_edge_case_share: Share | None
    review_mode: ReviewMode | None
    review_first: whole(0, 10_000) | None  # type: ignore[valid-type]
    review_floor: Share | None
    review_clearance: whole(0, 100_000) | None  # type: ignore[valid-type]
    review_lot: whole(10, 100_000) | None  # type: ignore[valid-type]
    gold_expected: whole(0, 1_000_000) | None  # type: ignore[valid-type]
    expert_start_seconds: whole(0, 31_536_000) | None  # type: ignore[valid-type]
    expert_seconds: whole(0, 31_536_000) | None  # type: ignore[valid-type]
    experts_max: whole(1, 2) | None  # type: ignore[valid-type]
    double_review: Share | None
    family_gap_days: whole(0, 3_650) | None  # type: ignore[valid-type]


class Plan(Shown):
    """Answers per item; shares of gold and review; below which confidence an expert decides; limits; seconds
    a lease lives between heartbeats; how many answers an unsure item gets, and from which confidence it is sure;
    the outgoing error that an adaptive review aims at (0: the fixed rate); and the accuracy below which, once it is
    proven, a person gets no new work in the skill until somebody has looked (0: never). Of the gold in work the share
    that are edge cases, as far as there are such that the person has not met (0: as they come).

    `review_mode` is how the share of answers to review is found: auto (risk where there is a target, else the fixed
    rate), fixed, risk (each answer by how likely it is wrong), csp1 and csp2 (everything until `review_clearance` in
    a row were good, then the floor; 0: as many as keep the target in the worst case), iso2859 (lots of `review_lot`).
    `review_first` answers of a person are reviewed in any case, `review_floor` of everything. With `gold_expected`
    tasks expected of a person the share of gold follows from them. `experts_max` 2: an expert who disagrees with
    everybody is looked over by a second one; `expert_start_seconds` and `expert_seconds` are their deadlines (0:
    none). `double_review` of what an expert settled alone is answered again by another one, blind. Nobody meets two of
    one family of gold within `family_gap_days` (0: never two)."""

    overlap: int
    gold_share: float
    review_rate: float
    escalate_below: float
    rework_max: int
    skips_max: int
    lease_seconds: int
    overlap_max: int
    stop_at: float
    review_target: float
    live_floor: float
    gold_edge_case_share: float
    review_mode: ReviewMode
    review_first: int
    review_floor: float
    review_clearance: int
    review_lot: int
    gold_expected: int
    expert_start_seconds: int
    expert_seconds: int
    experts_max: int
    double_review: float
    family_gap_days: int


class PlanDefaults(Shown):
    """The plan of every project that does not say otherwise, and who says it; version 1: the tenant said nothing."""

    version: int
    plan: Plan
    said_by: dict[str, Literal["tenant", "product"]]


class ProjectCreate(Body):
    """A project; `skill` is the name of what its work teaches us about people."""

    name: Name = Field(examples=["Street signs"])
    skill: Name = Field(examples=["street-signs"])
    agreements: tuple[UUID, ...] = Field(default=(), max_length=20)
    courses: tuple[UUID, ...] = Field(default=(), max_length=20)
    plan: PlanGiven = Field(default_factory=PlanGiven)


@strictly
class ConditionGiven(TypedDict, total=False):
    """One condition, said with exactly one name; `level_min` (at least this level) beside `skill` only."""

    skill: UUID
    level_min: whole(1, 10)  # type: ignore[valid-type]
    agreement: UUID
    course: UUID
    vendor: UUID
    team: UUID
    origin: Word
    check: Word
    compliance: Word


@strictly
class ConditionsGiven(TypedDict, total=False):
    """People meet all of `all`, one of each group of `any`, and none of `none`; nothing counts that has ended."""

    all: Annotated[list[ConditionGiven], Field(max_length=20)]
    any: Annotated[list[Annotated[list[ConditionGiven], Field(max_length=20)]], Field(max_length=20)]
    none: Annotated[list[ConditionGiven], Field(max_length=20)]


class RequirementsUpdate(Body):
    """What work in the project asks for from now on; agreements may be asked for by its data class, too."""

    agreements: tuple[UUID, ...] = Field(max_length=20)
    courses: tuple[UUID, ...] = Field(max_length=20)
    data_class: Word | None = None
    conditions: ConditionsGiven = Field(default_factory=ConditionsGiven)


class SkillNamed(Shown):
    """A skill."""

    id: UUID
    name: str


class Progress(Shown):
    """How far the project is."""

    items: int
    decided: int
    open_slots: int
    leases: int
    reviews_pending: int
    held: int
    escalations_open: int


class Conditions(Shown):
    """What people must meet beside agreements and courses, as it was said."""

    all: list[dict[str, Any]]
    any: list[list[dict[str, Any]]]
    none: list[dict[str, Any]]


class AgreementAsked(Shown):
    """An agreement that all work in the project asks for now, in this version, and who says so: the project, or the
    agreement itself for the whole tenant or for the project's class of data."""

    id: UUID
    version: int
    title: str
    said_by: Literal["project", "tenant", "data_class"]


class Project(Shown):
    """A project; its ETag is the plan's version. `agreements` are those it names itself, `agreements_asked` all that
    hold; `plan` is what is in force, `plan_said_by` who says what of it. `guideline_version` is 0 before the first
    guideline."""

    id: UUID
    name: str
    skill: SkillNamed
    agreements: list[UUID]
    agreements_asked: list[AgreementAsked]
    courses: list[UUID]
    data_class: str | None
    conditions: Conditions
    plan: Plan
    plan_version: int
    plan_defaults_version: int
    plan_said_by: dict[str, Literal["project", "tenant", "product"]]
    guideline_version: int | None
    progress: Progress


class ProjectListed(Shown):
    """A project in a list."""

    id: UUID
    name: str
    plan_version: int


class ProjectPage(Shown):
    """Projects by id."""

    data: list[ProjectListed]
    next_cursor: str | None


_PROJECT = "/v1/projects/{project}"
_PLAN = "/v1/plan"

ROUTES = (
    Route(
        method="POST",
        path="/v1/projects",
        usecase=use.project_create,
        says="Create a project.",
        body=ProjectCreate,
        answer=Project,
        status=201,
        key="required",
        etag=True,
    ),
    Route(
        method="GET",
        path="/v1/projects",
        usecase=use.project_list,
        says="List projects.",
        query=Page,
        answer=ProjectPage,
    ),
    Route(
        method="GET",
        path=_PROJECT,
        usecase=use.project_get,
        says="Read a project, what is in force in it and who says so, and its progress.",
        answer=Project,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/plan",
        usecase=use.project_plan_update,
        says="Change the quality plan that was read.",
        body=PlanGiven,
        body_as="plan",
        answer=Project,
        if_match=True,
        etag=True,
    ),
    Route(
        method="GET",
        path=_PLAN,
        usecase=planning.plan_defaults_get,
        says="Read the quality plan of every project that does not say otherwise.",
        answer=PlanDefaults,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_PLAN,
        usecase=planning.plan_defaults_update,
        says="Change the quality plan of every project that does not say otherwise.",
        body=PlanGiven,
        body_as="plan",
        answer=PlanDefaults,
        if_match=True,
        etag=True,
    ),
    Route(
        method="PUT",
        path=f"{_PROJECT}/requirements",
        usecase=use.project_requirements_update,
        says="Set what the work asks for: agreements, courses, conditions.",
        body=RequirementsUpdate,
        answer=Project,
        etag=True,
    ),
)
