"""What the queue answers over HTTP: settings, staffing and quotas, lanes and what they wait for, why a lease went to
somebody."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.api.fields import Shown
from backend.api.projects import Conditions


class RingShown(Shown):
    """Once work has waited `after_seconds`, people without these conditions may take it too."""

    after_seconds: int
    without: list[dict[str, Any]]


class SkipShown(Shown):
    """What a skip for this reason means."""

    code: str
    returns: bool
    counts: bool
    holds: bool


class Settings(Shown):
    """How work waits and is handed out. `weight` against other projects, 1 is usual; what waits beyond
    `wait_target_seconds` becomes urgent, and `promote_before_seconds` before its deadline a task moves one class up;
    `edge_case_share` (0..1) of the turns are kept for edge cases; what is skipped or abandoned too often is held or
    goes to an expert (`poison`); who was given `load_cap_percent` of the day's mean is served only what has waited
    `load_cap_wait_seconds` (0: no cap)."""

    weight: float
    wait_target_seconds: int
    promote_before_seconds: int
    start_seconds: int
    prefetch_max: int
    hard_seconds_min: int
    hard_factor: int
    pause_seconds_max: int
    affinity_seconds: int
    affinity_tasks: int
    edge_case_share: float
    lanes_max: int
    poison: Literal["hold", "escalate"]
    load_cap_percent: int
    load_cap_wait_seconds: int
    rings: list[RingShown]
    skips: list[SkipShown]


class QueueDefaults(Shown):
    """What holds in every project that does not say otherwise, and who says it; version 1: the tenant said nothing."""

    version: int
    settings: Settings
    said_by: dict[str, Literal["tenant", "product"]]


class ProjectQueue(Shown):
    """What holds for a project's work, and who says it; the ETag is the version of what the project itself says."""

    project: UUID
    version: int
    defaults_version: int
    settings: Settings
    said_by: dict[str, Literal["project", "tenant", "product"]]


class StaffingShare(Shown):
    """A project's share (0..1), the minutes delivered to it, and those that the share was of all minutes worked."""

    project: UUID
    share: float
    minutes: float
    minutes_target: float
    share_delivered: float | None


class Staffing(Shown):
    """Shares of a team's or vendor's time; `minutes` is all that its people worked while it counted."""

    id: UUID
    team: UUID | None
    vendor: UUID | None
    starts: datetime
    ends: datetime
    ended_at: datetime | None
    minutes: float
    shares: list[StaffingShare]


class StaffingPage(Shown):
    """Staffings by id that counted at some moment of the span."""

    since: datetime
    until: datetime
    data: list[Staffing]
    next_cursor: str | None


class Quota(Shown):
    """So many leases a day, of a project or (null) all together, to a person or (null) each."""

    id: UUID
    project: UUID | None
    annotator: UUID | None
    per_day: int


class QuotaListed(Quota):
    """A quota; `today` is what its person was given since their midnight."""

    today: int | None


class QuotaPage(Shown):
    """Quotas by id."""

    data: list[QuotaListed]
    next_cursor: str | None


class QuotaRemoved(Shown):
    """It no longer counts."""

    id: UUID
    removed: bool


class Counts(Shown):
    """How many people, and how many of them would be handed work at this moment."""

    eligible: int
    on_shift: int


class RingState(Counts):
    """A ring of a lane: whom it serves, and when what waits longest there reaches it."""

    ring: int
    after_seconds: int
    opens_at: datetime | None


class LaneNamed(Shown):
    """A lane; `waited_s` is the age of what waits longest, null when nothing does; `ring` is the one it has reached."""

    lane: UUID
    project: UUID
    stage: str
    step: str
    priority: int
    waited_s: float | None
    ring: int


class Unserved(Shown):
    """So many open slots wait for an expert who has not met the item, and each whom the lane serves has."""

    code: Literal["no_second_expert"]
    slots: int


class Lane(LaneNamed, Counts):
    """What a lane asks for and what waits there; `needs` is what its own tasks ask beside the project. `unserved` waits
    until there is another expert."""

    paused: bool
    needs: Conditions
    requires: list[str]
    any_of: list[list[str]]
    excludes: list[str]
    rings: list[RingState]
    open_slots: int
    open_slots_at_least: bool
    next_deadline: datetime | None
    unserved: Unserved | None


class LanePage(Shown):
    """Lanes by id."""

    data: list[Lane]
    next_cursor: str | None


class MissingShown(Shown):
    """A condition, how many lack it, how many would be served if it were not asked, and what meets it."""

    code: str
    condition: str
    about: dict[str, Any]
    lacking: int
    eligible_without: int
    act: dict[str, Any]


class Orphan(LaneNamed):
    """A lane that nobody on shift can serve: what most people lack, what alone keeps most of them from it, who could
    when they are back, and the first later ring that would bring somebody."""

    eligible_off_shift: int
    ring_that_helps: RingState | None
    missing: MissingShown | None
    unlocks: MissingShown | None


class Orphans(Shown):
    """Of the lanes with open work those that nobody on shift can serve, the longest waiting first."""

    lanes: int
    orphans: int
    people: int
    people_on_shift: int
    data: list[Orphan]


class RingMore(RingState):
    """A later ring, and how many people more than now it serves."""

    more: Counts


class VendorMore(Counts):
    """People of a vendor who are kept from the lane only by whose people they are."""

    vendor: UUID


class Late(LaneNamed, Counts):
    """A lane that waits too long, and what would bring it more people."""

    wait_target_seconds: int
    rings: list[RingMore]
    vendors: list[VendorMore]


class Overflow(Shown):
    """Of the lanes with open work those that wait longer than their project's target, the longest waiting first."""

    lanes: int
    late: int
    data: list[Late]


class HandlingShown(Shown):
    """How long an answer takes, within five percent: `of` the step itself, or (`tenant`) of steps of this name."""

    answers: int
    of: Literal["step", "tenant"]
    mean_seconds: float
    median_seconds: float | None
    p95_seconds: float | None


class Force(Counts):
    """Who may do the work: by whose schedule we know when they are there, by whose work of the last seven days, and of
    how many nothing is known; these count for nothing."""

    by_schedule: int
    by_delivery: int
    unknown: int


class RingAhead(Shown):
    """A ring that is not open yet, and how many people more than now it serves."""

    ring: int
    after_seconds: int
    opens_at: datetime | None
    more: Counts


class Missed(Shown):
    """The end of the first hour (or now) at which something has waited too long; what would have to be done beside the
    rest, and early enough, to keep the target within the forecast, in slots and in hours of people; and who could."""

    at: datetime
    slots_lacking: float
    hours_lacking: float | None
    rings: list[RingAhead]
    vendors: list[VendorMore]


class StepForecast(Shown):
    """A step of a project. Lists have one entry per hour from `since` on: hours of people, slots that they can do,
    slots that come in, slots that wait at its end on average and between which bounds. What is null is not known:
    without twenty answers no handling time, before three days no bounds."""

    project: UUID
    stage: str
    step: str
    open_slots: int
    open_slots_by: Literal["counted", "estimated", "at_least"]
    waited_s: float | None
    wait_target_seconds: int
    arrivals_days: int
    handling: HandlingShown | None
    people: Force
    person_hours: list[float]
    arrivals: list[float]
    capacity: list[float] | None
    backlog: list[float] | None
    backlog_low: list[float] | None
    backlog_high: list[float] | None
    worked_off_at: datetime | None
    worked_off_at_latest: datetime | None
    missed: Missed | None


class QueueForecast(Shown):
    """Steps with work that waits or will come, those that miss their wait target first before the others."""

    since: datetime
    hours: int
    steps: int
    missed: int
    data: list[StepForecast]


class FactShown(Shown):
    """A fact of the log about a person."""

    type: str
    at: datetime
    by: dict[str, Any]
    stream: UUID
    version: int


class AskedThen(Shown):
    """A condition that the lane asked at the claim, and the last facts before it by which the person met it."""

    token: str
    facts: list[FactShown]


class LeaseWhy(Shown):
    """Why a lease went to this person: what was recorded, what was asked by its ring, and what the ring left out."""

    id: UUID
    annotator: UUID
    project: UUID
    lane: UUID
    stage: str
    step: str
    task: UUID
    ring: int
    priority: int
    assigned: bool
    guideline_version: int
    claimed_at: datetime
    why: dict[str, Any]
    asked: list[AskedThen]
    left_out: list[str]
