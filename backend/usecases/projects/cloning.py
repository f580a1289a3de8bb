"""Cloning: a new project with the settings of another, all of them or none; where it began stays with it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from backend.domain.projects import copying as domain
from backend.events.ids import ProjectId, uuid8
from backend.events.pilot_projects import CopiedSetting, ProjectCopied
from backend.readmodels import judged, projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.projects import project_create
from backend.usecases.projects.settings_copied import AREAS, Area, Said, row_of, token
from backend.usecases.projects.settings_left import LEFT
from backend.usecases.work import Answer, Work

NOT_WANTED = "it was to be left out"
NOT_ASKED = "what single people may do is decided for each project; ask for it where it is to hold in both"
Row = dict[str, Any]


async def project_clone(
    work: Work, *, project: UUID, name: str, leave_out: tuple[str, ...] = (), with_people_quotas: bool = False
) -> Answer:
    """A new project with the settings that hold in this one, but for those to `leave_out`. What people sign and pass is
    always asked as here; no right of anybody and no secret is copied. Raises what setting one by hand raises."""
    work.require("project:create")
    work.require("project:read", project=ProjectId(project))
    made = await copy_of(work, project, name, leave_out, with_people_quotas)
    return Answer(_shown(made.project, name, made), "created")


async def project_origin_get(work: Work, *, project: UUID) -> Answer:
    """From which project this one was copied, which settings in which version, and what was left."""
    work.require("project:read", project=ProjectId(project))
    row = await row_of(work, project)
    return Answer(_shown(project, row["name"], await origin_of(work, project)))


async def copy_of(
    work: Work, project: UUID, name: str, leave_out: Collection[str] = (), with_people_quotas: bool = False
) -> ProjectCopied:
    """The new project's first fact beside its settings. Nothing is said anew that holds there already: what follows the
    tenant follows it there, too."""
    await one_at_a_time(work)
    row = await row_of(work, project)
    chosen = [area for area in AREAS if _wanted(area, leave_out, with_people_quotas)]
    said = {area.name: await area.read(work, project) for area in chosen}
    made = await _created(work, row, name, said)
    for area in chosen:
        present = await area.read(work, made)
        if token(work, area.name, present) != token(work, area.name, said[area.name]):
            await area.write(work, made, said[area.name])
    command = domain.Copy(
        project=made,
        copied_from=ProjectId(project),
        settings=tuple(copied(work, one, said[one]) for one in said),
        left_out=tuple(area.name for area in AREAS if area.name not in said),
        basis_index=await judged.basis(work.conn, work.tenant),
    )
    (fact,) = work.decide(domain.ORIGIN, stream_of(made), command)
    await work.flush()
    return fact


async def origin_of(work: Work, project: UUID) -> ProjectCopied | None:
    """What the project began as a copy of; None where it began as its own."""
    (state,) = await work.load(domain.ORIGIN, [stream_of(project)])
    return state.fact if isinstance(state, domain.Copied) else None


def copied(work: Work, area: str, said: Said) -> CopiedSetting:
    """An area as it is at this moment."""
    return CopiedSetting(area=area, version=said.version, token=token(work, area, said))


def stream_of(project: UUID) -> UUID:
    """The stream that says where a project began."""
    return uuid8(project, "origin")


def _wanted(area: Area, leave_out: Collection[str], with_people_quotas: bool) -> bool:
    if area.asked:
        return with_people_quotas
    return area.always or area.name not in leave_out


async def _created(work: Work, row: Row, name: str, said: dict[str, Said]) -> ProjectId:
    """With its plan and what it asks for from the first moment."""
    names = {one["skill"]: one["name"] for one in await projects.skills(work.conn, work.tenant)}
    asks = said["requirements"].told
    made = await project_create(
        work,
        name=name,
        skill=names[row["skill"]],
        agreements=asks["agreements"],
        courses=asks["courses"],
        plan=dict(said["plan"].told["plan"]) if "plan" in said else {},
    )
    return ProjectId(made.body["id"])


def _shown(project: UUID, name: str, fact: ProjectCopied | None) -> Row:
    if fact is None:
        return {"project": project, "name": name, "copied_from": None, "copied": [], "not_copied": []}
    areas = {area.name: area for area in AREAS}
    left = [
        {"what": one, "why": NOT_ASKED if one in areas and areas[one].asked else NOT_WANTED}
        for one in fact.left_out
    ]
    return {
        "project": project,
        "name": name,
        "copied_from": fact.copied_from,
        "copied": [{"area": one.area, "version": one.version} for one in fact.settings],
        "not_copied": left + [{"what": one.name, "why": one.why} for one in LEFT],
    }
