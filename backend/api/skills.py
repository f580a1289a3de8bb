"""Skills over HTTP: the catalogue, who holds what by whose word, and why somebody may work or not."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.cursor import offset
from backend.api.fields import Body, Moment, Name, Page, Reason, Share, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.usecases.insight import explaining
from backend.usecases.proficiency import below_floor
from backend.usecases.proficiency import skills as use

Kind = Annotated[str, StringConstraints(min_length=1, max_length=20)]


class SkillDefine(Body):
    """A skill; `kind` is domain, language, tool or clearance."""

    name: Name
    kind: Kind = "domain"


class Skill(Shown):
    """A skill of the catalogue."""

    id: UUID
    name: str
    kind: str


# Made by calls, because `import` cannot be a name in a class.
WeightsGiven = TypedDict(
    "WeightsGiven", {"exam": Share, "import": Share, "review": Share, "adjudication": NotRequired[Share]}
)
strictly(WeightsGiven)
WeightsGiven.__doc__ = """What one answer of each source counts: exam and import 0..0.5, review 0..1, adjudication
0..0.25 (left out: 0.1)."""
WeightsHeld = TypedDict(
    "WeightsHeld", {"gold": float, "exam": float, "import": float, "review": float, "adjudication": float}
)
WeightsHeld.__doc__ = """What one answer of each source counts; imported ones together ten at most."""


class SkillWeights(Shown):
    """What evidence weighs in the skill from now on."""

    skill: UUID
    weights: WeightsHeld


BelowFloor = Literal["close_skill", "suspend"]
"""What a rule stops that closes the skill for somebody: work in the skill, or the person."""


class BelowFloorGiven(Body):
    """What a rule stops from now on."""

    mode: BelowFloor


class SkillBelowFloor(Shown):
    """What a rule stops from now on."""

    skill: UUID
    mode: BelowFloor


class SkillListed(Skill):
    """A skill of the catalogue, what evidence weighs in it, and what a rule stops that closes it for somebody."""

    weights: WeightsHeld
    below_floor: BelowFloor


class SkillPage(Shown):
    """Skills by name."""

    data: list[SkillListed]
    next_cursor: str | None


class SourceHeld(Shown):
    """What one source gave: exam, gold, course, import or manager. `counts`: it has not ended."""

    source: str
    level: int
    until: datetime | None
    granted_at: datetime | None
    counts: bool


class Closing(Shown):
    """Why a rule closed the skill. floor: P(accuracy < floor) was `probability` on `correct` of `total` live answers.
    drift: the sum that errors raise reached `bound` (it was at `state`), for a fall from the accuracy `target`."""

    why: str
    correct: int | None
    total: int | None
    floor: float | None
    probability: float | None
    target: float | None
    state: float | None
    bound: float | None
    closed_at: datetime


class SkillHeld(Shown):
    """A skill of a person; `level` is the highest that counts now, 0 for none."""

    skill: UUID
    name: str
    kind: str
    level: int
    sources: list[SourceHeld]
    closed: bool
    closing: Closing | None
    appeal: str | None


class SkillsHeld(Shown):
    """What a person holds."""

    annotator: UUID
    skills: list[SkillHeld]


class SkillGrant(Body):
    """A level, until when, and why."""

    level: whole(1, 10)  # type: ignore[valid-type]
    until: Moment | None = None
    reason: Reason


class SkillGranted(Shown):
    """What is held from now on by the manager's word; leases that a lower level does not cover are gone."""

    annotator: UUID
    skill: UUID
    level: int
    until: datetime | None
    leases_revoked: int


class SkillWithdraw(Body):
    """Whose word does not count any more (None: nobody's), and why."""

    source: Kind | None = None
    reason: Reason


class SkillWithdrawn(Shown):
    """How many leases went with it."""

    annotator: UUID
    skill: UUID
    leases_revoked: int


class SkillReopen(Body):
    """Why the skill is open again."""

    reason: Reason


class SkillReopened(Shown):
    """The skill is open."""

    annotator: UUID
    skill: UUID
    closed: bool


@strictly
class ScoreGiven(TypedDict):
    """How many of how many answers were right in another system."""

    annotator: UUID
    skill: UUID
    correct: whole(0, 10_000_000)  # type: ignore[valid-type]
    total: whole(1, 10_000_000)  # type: ignore[valid-type]
    system: Word


class ScoreImport(Body):
    """Counts from other systems; a system's newer counts replace its older ones."""

    scores: tuple[ScoreGiven, ...] = Field(min_length=1, max_length=1_000)


class ScoreImported(Shown):
    """How many were new, and how many were known already."""

    imported: int
    unchanged: int


class EligibilityQuery(Body):
    """For all work in a project, or for one task."""

    project: UUID | None = None
    task: UUID | None = None


class Act(Shown):
    """An operation of this API and its arguments; `by` says who may do it: the person or a manager."""

    operation: str
    arguments: dict[str, Any]
    by: str


class Condition(Shown):
    """One condition: a stable code, the stage it is about (None: all work), what is asked, what is, and what would
    make it pass."""

    condition: str
    stage: str | None
    required: Any
    actual: Any
    passed: bool
    mend: str | None
    act: Act | None


class StageEligible(Shown):
    """Whether the person would be served in a stage."""

    stage: str
    eligible: bool
    served_now: bool


class RecertificationDue(Shown):
    """A version of the project's guideline is to be learnt anew: without this course, passed, no work from then on."""

    version: int
    course: UUID
    until: datetime


class Eligibility(Shown):
    """The conditions in the order in which they are checked. `eligible`: in some stage all that are about the person
    pass; `served_now`: there also is open work for them."""

    annotator: UUID
    project: UUID
    task: UUID | None
    eligible: bool
    served_now: bool
    stages: list[StageEligible]
    conditions: list[Condition]
    recertification_due: list[RecertificationDue]


_ONE = "/v1/annotators/{annotator}/skills/{skill}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/skills",
        usecase=use.skill_define,
        says="Put a skill into the catalogue.",
        body=SkillDefine,
        answer=Skill,
        status=201,
    ),
    Route(
        method="GET",
        path="/v1/skills",
        usecase=use.skill_list,
        says="List the skill catalogue.",
        query=Page,
        answer=SkillPage,
        cursor=offset,
    ),
    Route(
        method="PUT",
        path="/v1/skills/{skill}/weights",
        usecase=use.skill_weights_update,
        says="Set what evidence of each source weighs in a skill; scores change from now on.",
        body=WeightsGiven,
        body_as="weights",
        answer=SkillWeights,
    ),
    Route(
        method="PUT",
        path="/v1/skills/{skill}/below-floor",
        usecase=below_floor.skill_below_floor_update,
        says="Set whether a rule that closes the skill for somebody also suspends them.",
        body=BelowFloorGiven,
        answer=SkillBelowFloor,
    ),
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/skills",
        usecase=use.annotator_skills,
        says="Read which skills a person holds.",
        answer=SkillsHeld,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/grant",
        usecase=use.skill_grant,
        says="Give a person a level in a skill.",
        body=SkillGrant,
        answer=SkillGranted,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/withdraw",
        usecase=use.skill_withdraw,
        says="Take a level away; leases that need it are revoked.",
        body=SkillWithdraw,
        answer=SkillWithdrawn,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/reopen",
        usecase=use.skill_reopen,
        says="Open a skill that a rule has closed, after a look at the evidence.",
        body=SkillReopen,
        answer=SkillReopened,
    ),
    Route(
        method="POST",
        path="/v1/scores",
        usecase=use.score_import,
        says="Import scores that other systems counted; they are marked and weigh little.",
        body=ScoreImport,
        answer=ScoreImported,
        limit_bytes=1_000_000,
    ),
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/eligibility",
        usecase=explaining.annotator_eligibility,
        says="Read why a person may work in a project or on a task, or what stands between.",
        query=EligibilityQuery,
        answer=Eligibility,
    ),
)
