"""Projects over HTTP: quality plan, requirements, guidelines."""

from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import Body, Empty, LongText, Name, Page, Share, Shown, strictly, whole
from backend.api.route import Route
from backend.usecases import projects as use


@strictly
class PlanGiven(TypedDict, total=False):
    """How much quality is bought. What is left out keeps its value, in a new project the usual one."""

    overlap: whole(1, 50)  # type: ignore[valid-type]
    gold_share: Share
    review_rate: Share
    escalate_below: Share
    rework_max: whole(0, 50)  # type: ignore[valid-type]
    skips_max: whole(1, 1_000)  # type: ignore[valid-type]
    lease_seconds: whole(30, 86_400)  # type: ignore[valid-type]
    overlap_max: whole(1, 50)  # type: ignore[valid-type]
    stop_at: Share
    review_target: Share


class Plan(Shown):
    """Answers per item; shares of gold and review; below which confidence an expert decides; limits; seconds
    a lease lives between heartbeats; how many answers an unsure item gets, and from which confidence it is sure;
    the outgoing error that an adaptive review aims at (0: the fixed rate)."""

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


class ProjectCreate(Body):
    """A project; `skill` is the name of what its work teaches us about people."""

    name: Name = Field(examples=["Street signs"])
    skill: Name = Field(examples=["street-signs"])
    agreements: tuple[UUID, ...] = Field(default=(), max_length=20)
    courses: tuple[UUID, ...] = Field(default=(), max_length=20)
    plan: PlanGiven = Field(default_factory=PlanGiven)


class RequirementsUpdate(Body):
    """What work in the project asks for from now on."""

    agreements: tuple[UUID, ...] = Field(max_length=20)
    courses: tuple[UUID, ...] = Field(max_length=20)


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
    escalations_open: int


class Project(Shown):
    """A project; its ETag is the plan's version. `guideline_version` is 0 before the first guideline."""

    id: UUID
    name: str
    skill: SkillNamed
    agreements: list[UUID]
    courses: list[UUID]
    plan: Plan
    plan_version: int
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


class GuidelinePublish(Body):
    """The instructions."""

    text: LongText


class GuidelinePublished(Shown):
    """`sha256` is over the exact UTF-8 bytes of the text."""

    project: UUID
    version: int
    sha256: str


class Guideline(GuidelinePublished):
    """The version in force."""

    text: str


class GuidelineAcknowledged(Shown):
    """What was acknowledged."""

    project: UUID
    version: int


_PROJECT = "/v1/projects/{project}"

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
        says="Read a project, its plan and its progress.",
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
        method="PUT",
        path=f"{_PROJECT}/requirements",
        usecase=use.project_requirements_update,
        says="Set which agreements and courses the work asks for.",
        body=RequirementsUpdate,
        answer=Project,
        etag=True,
    ),
    Route(
        method="POST",
        path=f"{_PROJECT}/guidelines",
        usecase=use.guideline_publish,
        says="Publish the next version of the instructions.",
        body=GuidelinePublish,
        answer=GuidelinePublished,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/guidelines",
        usecase=use.guideline_get,
        says="Read the instructions in force.",
        answer=Guideline,
    ),
    Route(
        method="POST",
        path=f"{_PROJECT}/guidelines/{{version}}/acknowledge",
        usecase=use.guideline_acknowledge,
        says="Confirm having read the instructions, as oneself.",
        body=Empty,
        answer=GuidelineAcknowledged,
    ),
)
