"""Lanes: where tasks of one step, class and need wait; opened when first needed, and kept up with what is asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.errors import Refusal
from backend.domain.projects import lane as lanes
from backend.domain.projects.requirement import canonical
from backend.domain.projects.rings import needing, rings
from backend.events.ids import LaneId, ProjectId, uuid8
from backend.events.projects import Conditions
from backend.readmodels import lanes as lane_rows
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time, requirements
from backend.usecases.work import Work

STAGES = ("annotate", "review", "expert")
"""The kinds of work for which every project has a lane from the start."""
NOTHING = Conditions()


def lane_of(
    project: UUID,
    stage: str,
    step: str | None = None,
    priority: int = lanes.NORMAL,
    needs: Conditions = NOTHING,
    edge_case: bool = False,
) -> LaneId:
    """The lane of a project's step, a priority class and what its tasks need; its id follows from them."""
    step = step or stage
    if (step, priority, needs, edge_case) == (stage, lanes.NORMAL, NOTHING, False):
        return LaneId(uuid8(project, "lane", stage))
    told = canonical(needs.all_of, needs.any_of, needs.none_of)
    spelled = to_json([told.requires, told.any_of, told.excludes]).decode()
    apart = ("edge",) if edge_case else ()
    return LaneId(uuid8(project, "lane", stage, step, str(priority), spelled, *apart))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lane that tasks are to wait in: the kind of work, the step's name, the class, what the tasks need, and whether
    they are edge cases, of which a share of the pulls may be kept."""

    stage: str
    step: str
    priority: int = lanes.NORMAL
    needs: Conditions = NOTHING
    edge_case: bool = False

    def lane(self, project: UUID) -> LaneId:
        """Its id in this project."""
        return lane_of(project, self.stage, self.step, self.priority, self.needs, self.edge_case)


async def lanes_for(work: Work, project: dict[str, Any], wanted: Collection[Wanted]) -> dict[Wanted, LaneId]:
    """The lanes of these wishes, opened where there are none yet. Raises `too_many_lanes` (conflict) beyond the
    project's limit."""
    ids = {one: one.lane(project["project"]) for one in wanted}
    states = await work.load(lanes.LANE, list(ids.values()))
    missing = [one for one, state in zip(ids, states, strict=True) if isinstance(state, lanes.Unopened)]
    if missing:
        await one_at_a_time(work)
        await _room_for(work, project, len(missing))
        base = await requirements(work, project)
        for one in missing:
            asked_now = needing(base[one.stage], one.needs)
            command = lanes.OpenLane(
                lane=ids[one],
                project=ProjectId(project["project"]),
                stage=one.stage,
                requirement=asked_now,
                step=one.step,
                priority=one.priority,
                needs=one.needs,
                edge_case=one.edge_case,
                rings=rings(asked_now, project["queue"].rings),
            )
            work.decide(lanes.LANE, ids[one], command)
        await work.flush()
    return ids


async def _room_for(work: Work, project: dict[str, Any], more: int) -> None:
    have = len(await lane_rows.of_projects(work.conn, work.tenant, [project["project"]]))
    most = project["queue"].lanes_max
    if have + more > most:
        raise Refusal(
            "conflict",
            "too_many_lanes",
            expected=f"at most {most} lanes in a project: combinations of step, priority and requirement",
            found=f"{have} and {more} more",
            mend="use fewer different requirements, assign to named people instead, or raise lanes_max",
        )


async def refresh_lanes(work: Work, project_ids: Iterable[UUID]) -> None:
    """Bring the lanes' requirements up to the versions in force, in this transaction."""
    await work.flush()
    for project in await projects.find(work.conn, work.tenant, list(project_ids)):
        wanted = await requirements(work, project)
        open_ = await lane_rows.of_projects(work.conn, work.tenant, [project["project"]])
        await work.load(lanes.LANE, [row["lane"] for row in open_])
        for row in open_:
            whole = needing(wanted[row["stage"]], row["needs"])
            command = lanes.ChangeRequirement(requirement=whole, rings=rings(whole, project["queue"].rings))
            work.decide(lanes.LANE, row["lane"], command)
