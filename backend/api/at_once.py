"""What people see of themselves over HTTP: own work at once, what they were told of, and how good they are by tens."""

from datetime import date
from uuid import UUID

from backend.api.fields import Shown
from backend.api.proficiency import Standing
from backend.api.route import Route
from backend.usecases.proficiency import at_once as use


class WorkDone(Shown):
    """In one project and kind of work: leases submitted, and ended otherwise (given back, lapsed, taken away), today
    and since Monday; with the median seconds from opening to submitting today, this week, and in the 28 days before
    it (null: nothing was timed)."""

    project: UUID
    stage: str
    submitted_today: int
    submitted_week: int
    ended_otherwise_today: int
    ended_otherwise_week: int
    median_seconds_today: float | None
    median_seconds_week: float | None
    median_seconds_before: float | None


class Holding(Shown):
    """Leases held now: not opened yet, in work, put aside."""

    held: int
    started: int
    paused: int


class MinutesWorked(Shown):
    """Time worked without idleness, in minutes."""

    today: float
    week: float


class DisclosedCount(Shown):
    """Disclosed gold that the person had answered in work; what was taken back counts neither way."""

    right: int
    wrong: int
    not_counted: int


class DisputeCount(Shown):
    """The person's disputes, and what they came to."""

    open: int
    upheld: int
    reversed: int
    void: int


class CourseCount(Shown):
    """Courses passed, not passed (yet, or no more), and to be passed again for a fall."""

    passed: int
    open: int
    to_pass_again: int


class ToldCount(Shown):
    """What the person was told of single answers, as `feedback_get` lists it, counted."""

    errors: int
    taken_back: int
    disclosed: DisclosedCount
    disputes: DisputeCount
    courses: CourseCount


class WeekOfTens(Shown):
    """Full tens of live evidence by the week (its Monday, UTC) in which they were filled."""

    week: date
    tens: int
    correct: int
    total: int


class OwnStanding(Standing):
    """Proficiency in one skill as its person sees it, by full tens; `weeks` has the last 26 with any."""

    weeks: list[WeekOfTens]


class StandingShown(Shown):
    """Days and weeks are those of the person's time zone. `work`, `holding`, `minutes` and `told` have moved when an
    act is answered; `skills` moves with full tens."""

    annotator: UUID
    time_zone: str
    today: date
    week: date
    work: list[WorkDone]
    holding: Holding
    minutes: MinutesWorked
    told: ToldCount
    skills: list[OwnStanding]


ROUTES = (
    Route(
        method="GET",
        path="/v1/annotators/{annotator}/standing",
        usecase=use.annotator_standing,
        says="Read what a person sees of their own work at once, and of their accuracy by tens.",
        answer=StandingShown,
    ),
)
