"""Promoting a pilot project: what was changed in it is brought to the project, production opens, the pilot is over."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects import iteration as iterations
from backend.domain.projects import pilot_project as domain
from backend.events.ids import ProjectId
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.cloning import copied
from backend.usecases.projects.iterations import release
from backend.usecases.projects.pilot_filling import enqueue_closing
from backend.usecases.projects.pilot_measuring import Change, change_shown, changes, settings_now, shown
from backend.usecases.projects.pilot_projects import newest, stream_of
from backend.usecases.projects.settings_copied import BY_NAME
from backend.usecases.work import Answer, Work


async def pilot_project_promote(
    work: Work,
    *,
    project: UUID,
    pilot: UUID,
    dry_run: bool = False,
    areas: tuple[str, ...] | None = None,
    overwrite: bool = False,
) -> Answer:
    """Bring what was changed in the pilot project (of these `areas`, or of all) to the project, open its production,
    let the pilot take no more work: all or nothing. `dry_run` shows what would change and what stands in the way. Asked
    again it brings nothing more: `hindered_by` says that it is over.

    Raises `pilot_project_not_passed`, `pilot_settings_changed`, and where both changed the same
    `pilot_settings_conflict`, unless the pilot's word is to `overwrite` the project's."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await newest(work, project, pilot)
    (state,) = await work.load(domain.PILOT_PROJECT, [stream_of(pilot)])
    if isinstance(state, domain.Promoted):
        return Answer(_told(await shown(work, row), [], dry_run, domain.promoted()))
    differ = await changes(work, pilot, project)
    taken = [one for one in differ if one.where != "project" and (areas is None or one.copied.area in areas)]
    hindered = await _hindered(work, pilot, state, taken, overwrite)
    if dry_run:
        return Answer(_told(await shown(work, row), taken, True, hindered))
    if hindered is not None:
        raise hindered
    told = [change_shown(one) for one in taken]
    for one in taken:
        await BY_NAME[one.copied.area].write(work, project, one.pilot)
    await _over(work, project, pilot, taken)
    body = _told(await shown(work, await newest(work, project, pilot)), [], False, None)
    return Answer(body | {"settings": told})


async def _hindered(
    work: Work, pilot: UUID, state: domain.PilotProject, taken: Sequence[Change], overwrite: bool
) -> Refusal | None:
    """What stands in the way of promoting it as it is."""
    if not isinstance(state, domain.Running) or not state.filled:
        return domain.filling()
    if refusal := domain.hindered(state, await settings_now(work, pilot)):
        return refusal
    both = [one.copied.area for one in taken if one.where == "both"]
    return _conflict(both) if both and not overwrite else None


async def _over(work: Work, project: UUID, pilot: UUID, taken: Sequence[Change]) -> None:
    command = domain.Promote(
        settings=tuple(copied(work, one.copied.area, one.pilot) for one in taken),
        now=await settings_now(work, pilot),
    )
    (fact,) = work.decide(domain.PILOT_PROJECT, stream_of(pilot), command)
    rest = getattr(fact, "rest", None)
    if rest is not None:
        await work.load(iterations.ITERATION, [rest])
        if work.decide(iterations.ITERATION, rest, iterations.OpenIt()):
            release(work, project, rest)
    enqueue_closing(work, pilot, None)
    await work.flush()


def _told(
    pilot: dict[str, Any], taken: Sequence[Change], dry_run: bool, hindered: Refusal | None
) -> dict[str, Any]:
    return {
        "pilot": pilot,
        "dry_run": dry_run,
        "settings": [change_shown(one) for one in taken],
        "hindered_by": hindered.code if hindered else None,
    }


def _conflict(areas: list[str]) -> Refusal:
    return Refusal(
        "conflict",
        "pilot_settings_conflict",
        expected="settings that changed in the pilot project alone",
        found=f"changed in both since it began: {', '.join(areas)}",
        mend="leave these areas out, or say `overwrite` to put the pilot's in place of the project's",
        extra={"areas": areas},
    )
