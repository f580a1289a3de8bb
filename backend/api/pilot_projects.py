"""Copies of projects over HTTP: a project's settings in a new one; and pilot projects, judged and promoted."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Empty, Flag, Name, Page, Reason, Shown
from backend.api.pilots import Items, Outcome, PilotShare, Seed, SharePart
from backend.api.projects import Progress
from backend.api.reports import DiversityMet, TargetMet
from backend.api.route import Route
from backend.usecases.projects import cloning, pilot_promoting
from backend.usecases.projects import pilot_projects as use

SettingArea = Literal[
    "plan",
    "queue",
    "limits",
    "quotas",
    "workflow",
    "taxonomy",
    "scoring",
    "targets",
    "guideline",
    "feedback",
    "drift_rule",
    "escalation_reasons",
    "watched_classes",
    "model_routing",
    "routines",
    "gold_health_rule",
    "staff_rates",
]
"""Areas that may be left out of a copy; `requirements` never are, `people_quotas` only come where asked for."""
CopiedArea = SettingArea | Literal["requirements", "people_quotas"]
Areas = Annotated[tuple[SettingArea, ...], Field(max_length=17)]


class ProjectClone(Body):
    """A new project of this name, with all settings but those to leave out. Agreements, courses and conditions are
    always asked as in the original. Leases a day of single people come along only where that is said."""

    name: Name = Field(examples=["Street signs, trial"])
    leave_out: Areas = ()
    with_people_quotas: Flag = False


class SettingCopied(Shown):
    """An area, and the version of the original that was copied; 1 where an area has no versions."""

    area: CopiedArea
    version: int


class NotCopied(Shown):
    """What stayed where it was, and why."""

    what: str
    why: str


class ProjectOrigin(Shown):
    """Where a project began: as a copy of another (null: as its own)."""

    project: UUID
    name: str
    copied_from: UUID | None
    copied: list[SettingCopied]
    not_copied: list[NotCopied]


class PilotProjectBegin(Body):
    """So many of the project's open tasks are drawn (`items`), or a `share` (0..1) of them, rounded up, `items_min` at
    least and `items_max` at most; one of the two is said. The lots follow from the seed and the tasks' ids, so anybody
    can draw them again. With `production_waits` false the project's own work goes on meanwhile."""

    name: Name = Field(examples=["Street signs, pilot"])
    items: Items | None = None
    share: SharePart | None = Field(default=None, examples=[0.02])
    items_min: Items | None = None
    items_max: Items | None = None
    seed: Seed | None = None
    production_waits: Flag = True


class PilotProjectOverrule(Body):
    """Why its settings are brought over although it did not meet the targets."""

    reason: Reason


class PilotProjectPromote(Body):
    """Everything that was changed in the pilot, or these `areas` of it (none: only production opens). `overwrite`:
    where both changed the same, the pilot's word holds. `dry_run`: nothing changes, and you see what would."""

    dry_run: Flag = False
    areas: Annotated[tuple[CopiedArea, ...], Field(max_length=19)] | None = None
    overwrite: Flag = False


class PilotProjectJudged(Shown):
    """The last look, by the targets of the project in that version; on which events it rests."""

    at: datetime
    outcome: Outcome
    basis_index: int
    targets_version: int
    targets: list[TargetMet]
    diversity: DiversityMet | None


class PilotProject(Shown):
    """A pilot project; its id is that of the project which is the pilot. `drawn` of `matched` tasks came to `copied`
    items in its iteration `iteration`; `refused` could not be copied. `digest` is the SHA-256 of the drawn tasks' ids,
    16 bytes each, in ascending order. `waiting` is where production waits (null: it goes on)."""

    id: UUID
    project: UUID
    number: int
    state: Literal["filling", "running", "overruled", "promoted", "ended"]
    seed: str
    matched: int
    drawn: int
    digest: str
    asked: PilotShare | None
    copied: int
    refused: int
    iteration: UUID
    waiting: UUID | None
    targets_version: int
    begun_at: datetime
    promoted_at: datetime | None
    judged: PilotProjectJudged | None
    reason: str | None


class PilotProjectNow(Shown):
    """How it does at this moment."""

    outcome: Outcome
    targets: list[TargetMet]
    diversity: DiversityMet | None


class PilotWork(Shown):
    """So many pieces of a kind of work; `timed` of them took `minutes` together, from opening to answer."""

    kind: Literal["answers", "gold", "reviews", "escalations"]
    pieces: int
    timed: int
    minutes: float


class PilotCost(Shown):
    """What it cost by the rates of vendors and staff, in minor units."""

    currency: str
    digits: int
    minor: int


class PilotTook(Shown):
    """What the pilot took; `unpriced` pieces had no rate, or one by the hour and no time."""

    work: list[PilotWork]
    costs: list[PilotCost]
    unpriced: int


class SettingChanged(Shown):
    """An area that says something else in the pilot than in the project, both as they say it (of a guideline the hash
    of its text); `changed_in` says which of them changed since the copy."""

    area: CopiedArea
    changed_in: Literal["pilot", "project", "both"]
    copied_version: int
    pilot_version: int
    project_version: int
    pilot: dict[str, Any]
    project: dict[str, Any]


class PilotProjectRead(PilotProject):
    """A pilot project, how it does, what it took, where its settings differ by now; `behind` are requests that show the
    answers behind it."""

    now: PilotProjectNow
    progress: Progress
    took: PilotTook
    settings: list[SettingChanged]
    behind: list[str]


class PilotProjects(Shown):
    """The pilot projects of a project, the newest first."""

    data: list[PilotProject]


class CopiedItemShown(Shown):
    """An item of the pilot, and the project's item that it was copied from."""

    item: UUID
    origin: UUID


class CopiedItems(Shown):
    """Items by id."""

    data: list[CopiedItemShown]
    next_cursor: str | None


class PilotProjectPromoted(Shown):
    """What was brought over, or would be; `hindered_by` is the code of what stands in the way (null: nothing)."""

    pilot: PilotProject
    dry_run: bool
    settings: list[SettingChanged]
    hindered_by: str | None


_PROJECT = "/v1/projects/{project}"
_ALL = f"{_PROJECT}/pilot-projects"
_ONE = f"{_ALL}/{{pilot}}"

ROUTES = (
    Route(
        method="POST",
        path=f"{_PROJECT}/clone",
        usecase=cloning.project_clone,
        says="Create a project with the settings of this one.",
        body=ProjectClone,
        answer=ProjectOrigin,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=f"{_PROJECT}/origin",
        usecase=cloning.project_origin_get,
        says="Read from which project this one was copied, and what was copied.",
        answer=ProjectOrigin,
    ),
    Route(
        method="POST",
        path=_ALL,
        usecase=use.pilot_project_begin,
        says="Try a project out: a copy of it works on a seeded share of its open items.",
        body=PilotProjectBegin,
        answer=PilotProject,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.pilot_project_list,
        says="List a project's pilot projects.",
        answer=PilotProjects,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.pilot_project_get,
        says="Read a pilot project: every target, what it took, and which settings differ.",
        answer=PilotProjectRead,
    ),
    Route(
        method="GET",
        path=f"{_ONE}/items",
        usecase=use.pilot_project_items,
        says="List the items of a pilot project, each with the item that it was copied from.",
        query=Page,
        answer=CopiedItems,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/judge",
        usecase=use.pilot_project_judge,
        says="Hold a pilot project against the project's targets.",
        body=Empty,
        answer=PilotProject,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/overrule",
        usecase=use.pilot_project_overrule,
        says="Let a pilot project be promoted although it did not meet the targets.",
        body=PilotProjectOverrule,
        answer=PilotProject,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/promote",
        usecase=pilot_promoting.pilot_project_promote,
        says="Bring a pilot project's settings to the project and open its production.",
        body=PilotProjectPromote,
        answer=PilotProjectPromoted,
        key="required",
    ),
)
