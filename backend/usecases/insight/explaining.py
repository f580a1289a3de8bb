"""Explaining: why somebody may be given work, or what stands between; the same conditions wherever it is asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import eligibility
from backend.domain.projects.explanation import (
    MANAGER,
    PERSON,
    Act,
    Condition,
    Person,
    condition,
    explained,
    in_order,
)
from backend.domain.projects.requirement import STAGES as ROLES
from backend.readmodels import claims, explanations, people, skills, tasks
from backend.usecases.access.delegation import within
from backend.usecases.gates import asked, reason
from backend.usecases.insight.queue_conditions import (
    kept_back,
    over_load,
    quota_conditions,
    ring_of,
    staffing_conditions,
    task_condition,
)
from backend.usecases.proficiency.skills import APPEAL, closing_shown
from backend.usecases.projects.recertifying import due_for
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.onboarding import missing_of
from backend.usecases.workforce.pacing import pace_of

EMPTY_RETRY_SECONDS = 5
STAGES = tuple(ROLES)
OF_THE_WORK = ("open_slots", "lane_open", "task_open")
"""Conditions that are not about the person."""
NAMED = ("agreement", "course", "skill", "skill-closed", "certified")

STATUS_MENDS: dict[str, tuple[str, str | None, str]] = {
    "invited": ("the person claims the invitation", "annotator_claim", PERSON),
    "screened": ("the person claims the invitation", "annotator_claim", PERSON),
    "onboarding": (
        "complete the onboarding: annotator_get says what is missing",
        "annotator_activate",
        MANAGER,
    ),
    "paused": ("wait until the pause is over, or a manager ends it", "annotator_resume", MANAGER),
    "suspended": ("a manager ends the suspension", "annotator_reinstate", MANAGER),
    "offboarded": ("a manager invites the person again", "annotator_reinvite", MANAGER),
}


# --- for one person in one project, or for one task


async def annotator_eligibility(
    work: Work, *, annotator: UUID, project: UUID | None = None, task: UUID | None = None
) -> Answer:
    """Every condition that work in a project (or on one task) puts on this person, in the order they are checked.

    The person sees neither how much is open nor what closed a skill: either would tell gold from work.
    """
    work.require("annotator:read", owner=annotator)
    await reach(work, [annotator])
    rows = await people.find(work.conn, work.tenant, work.now, [annotator])
    if not rows:
        raise not_found("an annotator")
    lanes, one_task = await _lanes(work, project, task)
    own = annotator == work.me
    about = lanes[0]["project"]
    lanes = [lane for lane in lanes if ROLES[lane["stage"]] in rows[0]["roles"]] or lanes
    person = await _person(work, annotator, [asked(lane) for lane in lanes])
    counting = [token for token in person.held if person.counts(token)]
    told = [
        _status(rows[0]),
        *await _onboarding(work, rows[0], person),
        *await _of_lanes(work, lanes, person, own, task),
        await _capacity(work, rows[0]),
        *await quota_conditions(work, annotator, about),
        *await _pace(work, annotator, about),
        *await staffing_conditions(work, counting, about),
        *await _openings(work, lanes, one_task, annotator, own),
    ]
    work.saw("eligibility", subjects=[annotator])
    body = {"annotator": annotator, "project": about, "task": task, **_verdict(lanes, told)}
    body["recertification_due"] = await due_for(work, about, counting)
    return Answer(body | {"conditions": _once(shown(one) for one in told)})


def _once(told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What several lanes ask alike is told once."""
    return list({repr(one): one for one in told}.values())


def _verdict(lanes: Sequence[dict[str, Any]], told: Sequence[Condition]) -> dict[str, Any]:
    """`eligible` is about the person alone; `served_now` also asks whether anything is open, now. A stage is what one
    of its lanes is: what another one asks beyond that keeps nobody from it."""
    by_stage: dict[str, list[tuple[bool, bool]]] = {}
    for lane in lanes:
        mine = [
            one for one in told if one.stage in (None, lane["stage"]) and one.lane in (None, lane["lane"])
        ]
        eligible = all(one.passed for one in mine if one.condition not in OF_THE_WORK)
        by_stage.setdefault(lane["stage"], []).append((eligible, all(one.passed for one in mine)))
    stages = [
        {"stage": stage, "eligible": any(one for one, _ in lanes), "served_now": any(now for _, now in lanes)}
        for stage, lanes in by_stage.items()
    ]
    return {
        "eligible": any(one["eligible"] for one in stages),
        "served_now": any(one["served_now"] for one in stages),
        "stages": stages,
    }


async def _lanes(
    work: Work, project: UUID | None, task: UUID | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    if (project is None) == (task is None):
        raise Refusal(
            "invalid",
            "eligibility_of_what",
            expected="either a project or a task",
            found="neither" if project is None else "both",
            mend="name one of the two",
        )
    one = None
    if task is not None:
        found = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
        if not found:
            raise not_found("a task")
        one, project = found[0], found[0]["project"]
    project = within(work, project)
    rows = await tasks.rows(work.conn, claims.LANES_OF_PROJECT, work.tenant, project, list(STAGES))
    lanes = sorted(
        (row for row in rows if one is None or row["lane"] == one["lane"]),
        key=lambda row: STAGES.index(row["stage"]),
    )
    if not lanes:
        raise not_found("a project")
    return lanes, one


async def _person(work: Work, annotator: UUID, wanted: Iterable[Any]) -> Person:
    ids = {part for req in wanted for part in _ids([*req.requires, *req.excludes, *_flat(req.any_of)])}
    return Person(
        annotator=annotator,
        held=await explanations.holdings_of(work.conn, work.tenant, annotator),
        now=work.now,
        names=await explanations.names(work.conn, work.tenant, sorted(ids)),
        offered=await explanations.offered(work.conn, work.tenant, sorted(ids), work.now),
    )


def _flat(groups: Iterable[Iterable[str]]) -> list[str]:
    return [token for group in groups for token in group]


def _ids(tokens: Iterable[str]) -> set[UUID]:
    """The ids in tokens of kinds that have names."""
    split = (token.split(":") for token in tokens)
    return {UUID(parts[1]) for parts in split if parts[0] in NAMED}


async def _of_lanes(
    work: Work, lanes: Sequence[dict[str, Any]], person: Person, own: bool, task: UUID | None
) -> list[Condition]:
    """What each lane asks by the ring that serves the person, and when that opens; all it asks where none does."""
    told = []
    counting = [token for token in person.held if person.counts(token)]
    over = await over_load(work, person.annotator, lanes[0]["project"])
    for lane in lanes:
        ring, waits = await ring_of(work, lane, counting, task, over)
        wanted = asked(lane) if ring is None else ring.asked
        its = [*explained(wanted, person), *waits]
        told += [replace(one, stage=lane["stage"], lane=lane["lane"]) for one in its]
    shut = [one for one in told if one.condition == "skill_open" and not one.passed]
    if not shut:
        return told
    evidence = {} if own else await skills.closings(work.conn, work.tenant, person.annotator)
    return [_closed(one, evidence) if one in shut else one for one in told]


def _closed(one: Condition, evidence: dict[UUID, dict[str, Any]]) -> Condition:
    """A closed skill: managers see on what evidence, the person how to appeal."""
    found = evidence.get(one.required["skill"])
    if found is None:
        return replace(one, mend=APPEAL)
    return replace(one, actual=one.actual | {"evidence": closing_shown(found)})


def _status(row: dict[str, Any]) -> Condition:
    status = row["status"]
    active = status == "active"
    until = {"until": row["paused_until"]} if status == "paused" else {}
    mend, operation, by = STATUS_MENDS.get(status, ("what was erased does not come back", None, MANAGER))
    act = Act(operation=operation, arguments={"annotator": row["annotator"]}, by=by) if operation else None
    return Condition(
        condition="status",
        token=f"status:{status}",
        required="active",
        actual={"status": status} | until,
        passed=active,
        mend=None if active else mend,
        act=None if active else act,
    )


async def _onboarding(work: Work, row: dict[str, Any], person: Person) -> list[Condition]:
    """What everybody must meet before the first task, while this person has not."""
    lacking = await missing_of(work, person.annotator) if row["status"] == "onboarding" else []
    return in_order([condition(token, person) for token in lacking])


async def _capacity(work: Work, row: dict[str, Any]) -> Condition:
    counted = await work.conn.fetch(claims.LEASES_HELD, work.tenant, [row["annotator"]])
    held, most = sum(one["n"] for one in counted), row["open_leases_max"]
    return Condition(
        condition="capacity",
        token="capacity",
        required={"leases_below": most},
        actual={"leases": held},
        passed=held < most,
        mend=None if held < most else "submit or release a lease",
    )


async def _pace(work: Work, annotator: UUID, project: UUID) -> list[Condition]:
    """Hours, breaks and limits; passed as one condition when nothing stops the person."""
    stops = (await pace_of(work, annotator, project)).stops
    if not stops:
        return [Condition(condition="break", token="break", required="not at rest", actual=None, passed=True)]
    return [
        Condition(
            condition=_paced(stop["code"]),
            token=stop["code"],
            required="not at rest",
            actual=stop,
            passed=False,
            mend=f"wait until {stop['until']:%Y-%m-%d %H:%M} UTC"
            if stop.get("until")
            else "change the activity",
        )
        for stop in stops
    ]


def _paced(code: str) -> str:
    return "break" if code == "break_required" else "availability"


async def _openings(
    work: Work, lanes: Sequence[dict[str, Any]], task: dict[str, Any] | None, annotator: UUID, own: bool
) -> list[Condition]:
    told = []
    if task is not None:
        reviews = task["stage"] == "review"
        met = bool(
            await work.conn.fetchval(
                claims.MET, work.tenant, annotator, task["item"], reviews, task["generation"]
            )
        )
        told += task_condition(task)
        told.append(_met(task["stage"], met, task["generation"]))
        open_ = {
            task["lane"]: await work.conn.fetchval(explanations.SLOTS_OF_TASK, work.tenant, task["task"])
        }
    else:
        ids = [lane["lane"] for lane in lanes]
        open_ = await explanations.open_slots(work.conn, work.tenant, ids, annotator)
    for lane in lanes:
        if lane["paused"]:
            told.append(replace(_paused(lane["stage"]), lane=lane["lane"]))
        told.append(replace(_open(lane["stage"], open_[lane["lane"]], own), lane=lane["lane"]))
    return told


def _met(stage: str, met: bool, generation: int) -> Condition:
    return Condition(
        condition="already_worked",
        token="already_worked",
        stage=stage,
        required={"met": False},
        actual={"met": met, "generation": generation},
        passed=not met,
        mend="nobody works on an item twice: choose another task or another person" if met else None,
    )


def _paused(stage: str) -> Condition:
    return Condition(
        condition="lane_open",
        token="lane_open",
        stage=stage,
        required={"paused": False},
        actual={"paused": True},
        passed=False,
        mend="wait until work goes on",
    )


def _open(stage: str, n: int, own: bool) -> Condition:
    """How many tell gold from work: a gold item takes no slot. So the person learns only whether there is any."""
    return Condition(
        condition="open_slots",
        token="open_slots",
        stage=stage,
        required={"open": True} if own else {"open_slots_min": 1},
        actual={"open": n > 0} if own else {"open_slots": n},
        passed=n > 0,
        mend=None if n else "wait for more work, or import items",
    )


def shown(one: Condition) -> dict[str, Any]:
    """A condition as the API says it."""
    names = ("condition", "stage", "required", "actual", "passed", "mend")
    return {name: getattr(one, name) for name in names} | {"act": asdict(one.act) if one.act else None}


# --- for a hand that stayed empty, and for a gate that has closed


async def why_nothing(work: Work, project: UUID | None, stages: tuple[str, ...]) -> list[dict[str, Any]]:
    """Reasons for an empty pull, most binding first; no_tasks when nothing but work is missing."""
    person = (await claims.lock_people(work.conn, work.tenant, [work.me], work.now)).get(work.me)
    if person is None or person.status != "active":
        return await _standing(work, person)
    if person.room <= 0:
        return [{"code": "at_capacity", "retry_after_s": EMPTY_RETRY_SECONDS}]
    lanes = await tasks.rows(work.conn, claims.LANES_OF_PROJECT, work.tenant, project, list(stages))
    mine = [lane for lane in lanes if f"role:{ROLES[lane['stage']]}" in person.tokens]
    kept = await kept_back(work, work.me, sorted(person.tokens), mine)
    if kept.served or not mine:
        nothing = [{"code": "no_tasks", "retry_after_s": EMPTY_RETRY_SECONDS}]
        return [*kept.reasons, *(nothing if kept.free or not mine else [])]
    counts = Counter(token for lane in mine for token in asked(lane).unmet(person.tokens))
    return [told | {"count": counts[token]} for token, told in await reasons(work, work.me, list(counts))]


async def _standing(work: Work, person: claims.Person | None) -> list[dict[str, Any]]:
    """Why somebody who is not active gets nothing: the status is the code; while onboarding also what is missing."""
    if person is None:
        return [{"code": "suspended"}]
    # A pause goes on behind a suspension, but is not what keeps the person from work then.
    until = {"until": person.paused_until} if person.status == "paused" and person.paused_until else {}
    lacking = await missing_of(work, work.me) if person.status == "onboarding" else []
    named = {"missing": lacking} if lacking else {}
    return [
        {"code": person.status, **until, **named},
        *(told for _, told in await reasons(work, work.me, lacking)),
    ]


async def reasons(work: Work, annotator: UUID, unmet: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """What `Requirement.unmet` says, in the order it is told: a stable code, the condition, and what mends it."""
    tokens = [part for one in unmet for part in one.removeprefix("any:").removeprefix("not:").split("|")]
    ids = sorted(_ids(tokens))
    person = Person(
        annotator=annotator,
        held=await explanations.holdings_of(work.conn, work.tenant, annotator),
        now=work.now,
        names=await explanations.names(work.conn, work.tenant, ids),
        offered=await explanations.offered(work.conn, work.tenant, ids, work.now),
    )
    exams = frozenset(map(str, await explanations.exams(work.conn, work.tenant, ids)))
    told = in_order([condition(token, person) for token in unmet])
    return [(one.token, _reason(one, exams, annotator == work.me)) for one in told]


def _reason(one: Condition, exams: frozenset[str], own: bool) -> dict[str, Any]:
    mend = APPEAL if one.condition == "skill_open" and own else one.mend
    said = shown(replace(one, mend=mend))
    names = ("condition", "required", "actual", "mend", "act")
    # What can be signed is the version in force, though a lane may accept an older one still.
    told = one.act.arguments if one.act and one.act.operation == "agreement_sign" else {}
    version = {"version": told["version"]} if told and one.condition == "agreement" else {}
    return reason(one.token, exams) | version | {name: said[name] for name in names}


# --- for everybody at once


async def coverage(work: Work) -> dict[UUID, list[UUID]]:
    """Lane -> the active people who may be served from it at this moment, both in id order; two queries."""
    lanes, everybody = await explanations.lanes_and_people(work.conn, work.tenant, work.now)
    index = eligibility.compiled([(row["lane"], asked(row)) for row in lanes])
    covered: dict[UUID, list[UUID]] = {row["lane"]: [] for row in lanes}
    for person in everybody:
        for lane in index.of(person["held"]):
            covered[lane].append(person["annotator"])
    return covered
