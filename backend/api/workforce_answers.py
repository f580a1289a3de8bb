"""What the workforce reports answer with."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend.api.fields import Shown, Stage

Status = Literal["invited", "screened", "onboarding", "active", "paused", "suspended", "offboarded", "erased"]
Step = Literal[
    "invited", "claimed", "screened", "signed", "trained", "activated", "first_answer", "tenth_answer"
]
By = Literal["person", "vendor", "team", "project"]


class Mend(Shown):
    """The act that meets a condition: an operation with its arguments beside the person, whose act it is, in words."""

    operation: str | None
    arguments: dict[str, Any]
    by: Literal["annotator", "manager"] | None
    says: str


class Stopped(Shown):
    """How many people, how many of them nothing else stops, and the counted hours a week of those."""

    vendor: UUID | None
    code: str
    people: int
    people_unlocked: int
    hours: float | None


class Blocker(Stopped):
    """One condition in one vendor; `lanes` with open work that it closes to somebody there, the first 200 people."""

    lanes: int
    condition: str
    about: dict[str, Any]
    ids: list[UUID]
    act: Mend


class Blockers(Shown):
    """What stops work now. `hours` are null when no working time was ever measured; `reasons` counts all of them."""

    lanes: int
    people: int
    people_served: int
    people_stopped: int
    codes: list[Stopped]
    reasons: int
    data: list[Blocker]


class RosterRow(Shown):
    """A person: `lanes` with open work are meant for them, of which `lanes_open` would serve them now."""

    id: UUID
    name: str | None
    status: Status
    status_since: datetime | None
    paused_until: datetime | None
    vendor: UUID | None
    team: UUID | None
    roles: list[str]
    blockers: list[str]
    lanes: int
    lanes_open: int
    blocked: bool
    last_seen_at: datetime | None
    open_leases: int
    answers_7_days: int


class Roster(Shown):
    """People by id."""

    data: list[RosterRow]
    next_cursor: str | None


class Took(Shown):
    """Hours that a step took: of how many people, the middle, and what nine in ten stayed below."""

    n: int
    median: float
    p90: float


class FunnelStep(Shown):
    """How many reached a step, and the hours since the step before and since the invitation."""

    step: Step
    reached: int
    hours_from_before: Took | None
    hours_from_invited: Took | None


class OfVendor(Shown):
    """The steps of one vendor's people; null: without a vendor."""

    vendor: UUID | None
    steps: list[FunnelStep]


class OfMonth(Shown):
    """The steps of who was invited in this month."""

    month: datetime
    steps: list[FunnelStep]


class Stuck(Shown):
    """Who waits for this step longer than nine in ten waited."""

    step: Step
    longer_than_hours: float
    people: int
    ids: list[UUID]


class Funnel(Shown):
    """From invitation to the tenth answer."""

    steps: list[FunnelStep]
    by_vendor: list[OfVendor]
    by_month: list[OfMonth]
    stuck: list[Stuck]


class PeopleOf(Shown):
    """How many people of a vendor; null: without one."""

    vendor: UUID | None
    people: int


class Stops(Shown):
    """A project whose work asks for it, and whether there is work now."""

    project: UUID
    open_work: bool


class EndingSoon(Shown):
    """A right (`kind` as in conditions) or `key` that ends for these people, and what that stops."""

    kind: str
    about: str | None
    people: int
    earliest: datetime
    projects: list[Stops]


class Ending(EndingSoon):
    """With the exact rights and the first 200 people."""

    tokens: list[str]
    ids: list[UUID]
    latest: datetime
    vendors: list[PeopleOf]


class Expiring(Shown):
    """What ends until then, what stops work first."""

    until: datetime
    data: list[Ending]


class ShareShown(Shown):
    """A share (0..1) of n, with its 95 % Wilson interval."""

    count: int
    n: int
    share: float | None
    low: float
    high: float


class ScarceSkill(Shown):
    """A skill that few active people hold now."""

    skill: UUID
    name: str
    people: int
    ids: list[UUID]


class ScarceLane(Shown):
    """Open work that few active people may do now."""

    lane: UUID
    project: UUID
    stage: Stage
    people: int


class Dependency(Shown):
    """One vendor has over 80 % of the answers of the last 30 days or of the people entitled; null project: all work."""

    project: UUID | None
    vendor: UUID
    answers: ShareShown
    people: ShareShown


class Risk(Shown):
    """What hangs on few; of people with one vendor's key only their own, and no dependencies."""

    people: int
    skills: list[ScarceSkill]
    lanes: list[ScarceLane]
    dependencies: list[Dependency]
    expiring: list[EndingSoon]


class HoursRow(Shown):
    """Measured time and what was done in it, from the first to the last hour with an answer; null id: without vendor
    or team."""

    id: UUID | None
    people: int
    hours_raw: float
    hours_counted: float
    answers: int
    reviews: int
    first_at: datetime | None
    last_at: datetime | None
    answers_per_hour: float | None


class HoursPage(Shown):
    """Rows by id."""

    since: datetime
    until: datetime
    by: By
    data: list[HoursRow]
    next_cursor: str | None


class Tired(Shown):
    """Errors after so many full hours of counted work in the twelve hours before; 10: ten or more."""

    hours_before: int
    errors: ShareShown


class Fatigue(Shown):
    """Error rate by how much was worked before."""

    since: datetime
    until: datetime
    data: list[Tired]


class ErrorsOf(ShareShown):
    """Errors, of how many people."""

    people: int


class Difference(Shown):
    """One error rate minus the other, with its 95 % interval (Newcombe's method 10); certain: 0 is outside."""

    difference: float
    low: float
    high: float
    certain: bool


class VendorErrors(Shown):
    """One vendor's errors, and against all others."""

    vendor: UUID | None
    errors: ShareShown
    minus_others: Difference | None


class MonthErrors(Shown):
    """One vendor's errors in one month."""

    month: datetime
    vendor: UUID | None
    errors: ErrorsOf


class SkillRamp(Shown):
    """Errors in one skill: everybody's first 50 pieces of evidence, those of people who have no more yet, and what
    came after 200."""

    skill: UUID
    name: str | None
    first_50: ErrorsOf
    new_people: ErrorsOf
    established: ErrorsOf
    first_50_minus_established: Difference | None
    new_people_minus_established: Difference | None
    vendors: list[VendorErrors]
    months: list[MonthErrors]


class Ramp(Shown):
    """Per skill."""

    data: list[SkillRamp]


class Tenure(Shown):
    """Days that n stays lasted, or have lasted so far for who is still here."""

    n: int
    still_here: int
    q1: float
    median: float
    q3: float


class PeriodShown(Shown):
    """Who joined and left; the rate is leavers by mean headcount."""

    begins: datetime
    ends: datetime
    joined: int
    left: int
    headcount_mean: float
    rate: float | None


class VendorTurnover(Shown):
    """Of one vendor; null: without one."""

    vendor: UUID | None
    tenure_days: Tenure | None
    period: PeriodShown


class TeamTurnover(Shown):
    """Of one team; null: without one."""

    team: UUID | None
    tenure_days: Tenure | None
    period: PeriodShown


class Knowledge(Shown):
    """A skill that few know now, and how many who knew it left in the period."""

    skill: UUID
    name: str | None
    people: int
    left: int


class Turnover(Shown):
    """How long people stay, who comes and goes, and what goes with them."""

    since: datetime
    tenure_days: Tenure | None
    by_vendor: list[VendorTurnover]
    by_team: list[TeamTurnover]
    months: list[PeriodShown]
    period: PeriodShown
    knowledge: list[Knowledge]
