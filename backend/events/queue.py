"""The queue: lanes and what they ask for, how a project's work waits and is shared out, and who is staffed on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.events.base import added, event, upcast
from backend.events.ids import AnnotatorId, LaneId, ProjectId, QuotaId, StaffingId
from backend.events.projects import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRing:
    """What a lane asks for once its head has waited `after_seconds`: less than the ring before it."""

    after_seconds: int
    requires: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    excludes: tuple[str, ...]


@event("lane.opened", version=3)
class LaneOpened:
    """All tasks of one step and one priority class with one requirement; `stage` is the step's kind of work.

    `needs` is what its tasks ask beside their project; `requires`, `any_of` and `excludes` are all that is asked.
    """

    lane: LaneId
    project: ProjectId
    stage: str
    requires: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    excludes: tuple[str, ...]
    step: str
    priority: int
    needs: Conditions
    edge_case: bool
    rings: tuple[LaneRing, ...]


@event("lane.requirement_changed", version=3)
class LaneRequirementChanged:
    """What a person must hold to be served from this lane: all of `requires`, one of each group of `any_of`, none of
    `excludes`; of what has waited long enough, what a ring asks."""

    lane: LaneId
    requires: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    excludes: tuple[str, ...]
    rings: tuple[LaneRing, ...]


added("lane.opened", 1, any_of=[], excludes=[])
added("lane.requirement_changed", 1, any_of=[], excludes=[])
added("lane.requirement_changed", 2, rings=[])


@upcast("lane.opened", 2)
def _one_class(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then a project had one lane per kind of work."""
    nothing: dict[str, list[str]] = {"all_of": [], "any_of": [], "none_of": []}
    return {**data, "step": data["stage"], "priority": 2, "needs": nothing, "edge_case": False, "rings": []}


@event("lane.paused")
class LanePaused:
    """Nobody is served from this lane until it goes on; leases held go on."""

    lane: LaneId


@event("lane.resumed")
class LaneResumed:
    """The lane serves again."""

    lane: LaneId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Once a task has waited `after_seconds`, people without these tokens may take it too: skill levels, teams,
    vendors, languages. Agreements, training and clearances are never left out."""

    after_seconds: int
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipPolicy:
    """What a skip for the reason `code` means: the person may meet the item again (`returns`), it `counts` towards
    holding the task, or `holds` it at once."""

    code: str
    returns: bool = False
    counts: bool = True
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """How a project's work waits and is handed out; durations in seconds, shares in parts per million.

    `weight_ppm` is its share against other projects of the tenant; work that waits beyond `wait_target_seconds` becomes
    urgent; a deadline nearer than `promote_before_seconds` moves a task one class up. What was prefetched must be
    opened within `start_seconds`; a lease ends after `hard_factor` times the step's p95 handling time, but not before
    `hard_seconds_min`; a pause lasts `pause_seconds_max`. A person stays with a lane for `affinity_seconds` or
    `affinity_tasks` tasks. `edge_case_ppm` of the project's pulls are kept for edge cases. What is skipped or
    abandoned too often is held or goes to an expert (`poison`: hold, escalate). Who was given more than
    `load_cap_percent` of the mean of the day is served what has waited `load_cap_wait_seconds` (0 %: no cap).
    """

    weight_ppm: int = 1_000_000
    wait_target_seconds: int = 86_400
    promote_before_seconds: int = 3_600
    start_seconds: int = 300
    prefetch_max: int = 3
    hard_seconds_min: int = 900
    hard_factor: int = 4
    pause_seconds_max: int = 7_200
    affinity_seconds: int = 1_800
    affinity_tasks: int = 50
    edge_case_ppm: int = 0
    lanes_max: int = 500
    poison: str = "hold"
    load_cap_percent: int = 0
    load_cap_wait_seconds: int = 60
    rings: tuple[Ring, ...] = ()
    skips: tuple[SkipPolicy, ...] = ()


@event("project.queue_updated", version=2)
class QueueUpdated:
    """How the project's work is handed out from now on: `own` names the settings that the project itself says; the
    others follow the tenant's, and where the tenant says nothing the product's."""

    project: ProjectId
    queue_version: int
    settings: QueueSettings
    own: tuple[str, ...]


@event("queue.defaults_updated", version=2)
class QueueDefaultsUpdated:
    """What holds in every project that does not say otherwise; `own` names the settings that the tenant says."""

    version: int
    settings: QueueSettings
    own: tuple[str, ...]


@upcast("project.queue_updated", 1)
@upcast("queue.defaults_updated", 1)
def _no_load_cap(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until then nobody waited because others had been given less."""
    return {**data, "settings": {**data["settings"], "load_cap_percent": 0, "load_cap_wait_seconds": 60}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A project's part of the time, in parts per million of the whole."""

    project: ProjectId
    ppm: int


@event("staffing.set")
class StaffingSet:
    """From `starts` to `ends` the people of a team or vendor (`holder` is its token) give these shares of their time to
    these projects, and the rest to what else they may do."""

    staffing: StaffingId
    holder: str
    starts: datetime
    ends: datetime
    shares: tuple[Share, ...]


@event("staffing.ended")
class StaffingEnded:
    """It no longer counts."""

    staffing: StaffingId


@event("quota.set")
class QuotaSet:
    """So many leases a day at most, of this project or any, to this person or each person; a day begins where the
    person's time zone says."""

    quota: QuotaId
    project: ProjectId | None
    annotator: AnnotatorId | None
    per_day: int


@event("quota.removed")
class QuotaRemoved:
    """It no longer counts."""

    quota: QuotaId
