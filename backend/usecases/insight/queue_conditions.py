"""What the queue itself puts between a person and work: rings that open by waiting, lanes put aside, load caps, quotas
of the day, staffing, and the state of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from backend.domain.projects.explanation import Condition
from backend.domain.projects.quota import Allowance, Used, allowance, given_of
from backend.domain.projects.waiting import Ring, opens_at, ring_for
from backend.domain.tasks.load import Over
from backend.domain.workforce.schedule import Schedule, day_around
from backend.readmodels import availability, lane_report, projects, staffing
from backend.readmodels.queue import BAND
from backend.usecases.insight.waiting import Waiting, waiting
from backend.usecases.loads import Loads
from backend.usecases.work import Work

PPM = 1_000_000
MICRO = 1_000_000
PAUSED_RETRY_SECONDS = 60
Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Today:
    """What a person may still be given today: quotas, what was given, and when their day ends."""

    annotator: UUID
    allowed: Allowance
    used: Used
    ends: datetime

    def reached(self, project: UUID) -> tuple[UUID | None, int] | None:
        """The quota that is used up there: its project (None: all together) and how many a day; None: none is."""
        for scope, n in self.allowed.of(self.annotator, project):
            if given_of(self.used, self.annotator, scope) >= n:
                return scope, n
        return None


async def today(work: Work, annotator: UUID) -> Today:
    """What was given to the person today, where any quota limits them."""
    allowed = allowance(await staffing.quotas(work.conn, work.tenant))
    if not allowed.concerns(annotator):
        return Today(annotator, allowed, {}, work.now)
    used = await staffing.used_today(work.conn, work.tenant, [annotator], work.now)
    known = await availability.find(work.conn, work.tenant, annotator)
    ends = day_around(Schedule(time_zone=known.time_zone).zone, work.now)[1]
    return Today(annotator, allowed, used, ends)


# --- conditions, for an explanation


async def over_load(work: Work, annotator: UUID, project: UUID) -> Over | None:
    """How far the person is over the project's load cap, counted at this moment; None: not, or there is none."""
    settings = {
        row["project"]: row["queue"] for row in await projects.working(work.conn, work.tenant, [project])
    }
    loads = Loads()
    await loads.renew(work.conn, work.tenant, work.now, settings, 0.0)
    return loads.over(annotator, project, settings[project])


async def ring_of(
    work: Work, lane: Mapping[str, Any], tokens: Sequence[str], task: UUID | None, over: Over | None = None
) -> tuple[Ring | None, list[Condition]]:
    """The ring that serves the holder of these tokens in the lane (None: none), and what they wait for there, whether
    or not it is over: a ring that is not the first, others who were given less. Of the task, or else of what waits
    longest."""
    (one,) = await waiting(work, [dict(lane)])
    ring = ring_for(one.rings, tokens)
    waits = over if lane["priority"] else None
    if ring is None or (ring.ring == 0 and waits is None):
        return ring, []
    since = one.since if task is None else await _since(work, task)
    opening = [_ring(work, lane["stage"], ring, since)] if ring.ring else []
    return ring, [*opening, *([_load(work, lane["stage"], waits, since)] if waits else [])]


def _load(work: Work, stage: str, over: Over, since: datetime | None) -> Condition:
    opens = since + timedelta(seconds=over.wait_seconds) if since else None
    passed = opens is not None and opens <= work.now
    waits = f"wait until {opens:%Y-%m-%d %H:%M:%S} UTC: " if opens else ""
    return Condition(
        condition="over_load_cap",
        token="over_load_cap",
        stage=stage,
        required={"leases_today_below": over.cap, "or_waited_s": over.wait_seconds},
        actual=over.told | {"waits_since": since, "opens_at": opens},
        passed=passed,
        mend=None if passed else f"{waits}who was given less today comes first",
    )


async def _since(work: Work, task: UUID) -> datetime | None:
    found = await work.conn.fetchval(lane_report.SINCE_OF_TASK, work.tenant, task, BAND)
    return None if found is None else datetime.fromtimestamp(found / MICRO, UTC)


def _ring(work: Work, stage: str, ring: Ring, since: datetime | None) -> Condition:
    opens = opens_at(ring, since) if since else None
    passed = opens is not None and opens <= work.now
    waits = f"wait until {opens:%Y-%m-%d %H:%M:%S} UTC: " if opens else ""
    mend = f"{waits}work that has waited {ring.after_seconds} s goes to more people"
    return Condition(
        condition="ring",
        token=f"ring:{ring.ring}",
        stage=stage,
        required={"waited_s": ring.after_seconds},
        actual={"ring": ring.ring, "waits_since": since, "opens_at": opens},
        passed=passed,
        mend=None if passed else mend,
    )


async def quota_conditions(work: Work, annotator: UUID, project: UUID) -> list[Condition]:
    """Every quota that limits the person in the project."""
    day = await today(work, annotator)
    told = []
    for scope, n in day.allowed.of(annotator, project):
        given = given_of(day.used, annotator, scope)
        told.append(
            Condition(
                condition="quota",
                token=f"quota:{scope or 'all'}",
                required={"project": scope, "leases_today_below": n},
                actual={"leases_today": given, "day_ends": day.ends},
                passed=given < n,
                mend=None if given < n else f"wait until {day.ends:%Y-%m-%d %H:%M} UTC, or raise the quota",
            )
        )
    return told


async def staffing_conditions(work: Work, tokens: Sequence[str], project: UUID) -> list[Condition]:
    """The staffing in force of the person's team and vendor. It keeps nobody from work: it says how often a project's
    turn comes, so it is told and always passed."""
    told = []
    for row in await staffing.staffing_now(work.conn, work.tenant, work.now):
        if row["holder"] not in tokens:
            continue
        share = row["shares"].get(project)
        rest = PPM - sum(row["shares"].values())
        told.append(
            Condition(
                condition="staffing",
                token=row["holder"],
                required=None,
                actual={
                    "staffing": row["staffing"],
                    "share": None if share is None else share / PPM,
                    "share_of_all_others": rest / PPM,
                    "until": row["ends"],
                },
                passed=True,
            )
        )
    return told


def task_condition(task: Mapping[str, Any]) -> list[Condition]:
    """Whether answers to the task are still wanted, told only where they are not."""
    if task["state"] == "open":
        return []
    held = task["state"] == "held"
    code = {"code": task["held_code"]} if held else {}
    return [
        Condition(
            condition="task_open",
            token="task_open",
            stage=task["stage"],
            required={"state": "open"},
            actual={"state": task["state"]} | code,
            passed=False,
            mend="a manager lets the task go on" if held else "choose another task: no answer is wanted here",
        )
    ]


# --- reasons, for an empty hand


@dataclass(frozen=True, slots=True)
class KeptBack:
    """How many lanes would serve the person by some ring, in how many of these nothing but work is missing, and why
    what waits in the others is not handed to them: with counts, what ends first first."""

    served: int
    free: int
    reasons: list[Reason]


async def kept_back(
    work: Work, annotator: UUID, tokens: Sequence[str], lanes: Sequence[Mapping[str, Any]]
) -> KeptBack:
    """What of these lanes the queue itself keeps from the holder of these tokens: the quota of the day, a lane put
    aside, a ring that is not open yet."""
    found = await waiting(work, [dict(lane) for lane in lanes])
    served = [(one, ring) for one in found if (ring := ring_for(one.rings, tokens)) is not None]
    day = await today(work, annotator) if served else None
    hindered = [_hindered(work, one, ring, day) for one, ring in served if day]
    told: dict[tuple[str, Any], Reason] = {}
    for reason in (one for one in hindered if one):
        known = told.setdefault((reason["code"], reason.get("project")), reason | {"count": 0})
        known["count"] += 1
        known["retry_after_s"] = min(known["retry_after_s"], reason["retry_after_s"])
    return KeptBack(
        len(served), hindered.count(None), sorted(told.values(), key=lambda reason: reason["retry_after_s"])
    )


def _hindered(work: Work, one: Waiting, ring: Ring, day: Today) -> Reason | None:
    full = day.reached(one.row["project"])
    # Where nothing waits, only a quota of all projects says more than that.
    if full is not None and (one.since is not None or full[0] is None):
        wait = {"until": day.ends, "retry_after_s": _until(work, day.ends)}
        return {"code": "quota_reached", "project": full[0], "per_day": full[1], **wait}
    if one.since is None:
        return None
    if one.row["paused"]:
        return {"code": "lane_paused", "retry_after_s": PAUSED_RETRY_SECONDS}
    return _too_young(work, one, ring, day.annotator, one.since)


def _too_young(work: Work, one: Waiting, ring: Ring, annotator: UUID, since: datetime) -> Reason | None:
    """Whether what waits longest must wait for longer yet, for its ring or because others were given less."""
    opens, project = opens_at(ring, since), one.row["project"]
    over = work.pulse.over(annotator, project) if one.row["priority"] else None
    if over and (later := since + timedelta(seconds=over.wait_seconds)) > max(opens, work.now):
        return {
            "code": "over_load_cap",
            "project": project,
            **over.told,
            "retry_after_s": _until(work, later),
        }
    return {"code": "ring_not_open", "retry_after_s": _until(work, opens)} if opens > work.now else None


def _until(work: Work, moment: datetime) -> int:
    return max(1, ceil((moment - work.now) / timedelta(seconds=1)))
