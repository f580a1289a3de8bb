"""The rows of the review controller and what they mean: read for a stretch of the log, written after it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from backend.events import proficiency as scores
from backend.events import projects as ev
from backend.events import review
from backend.events.ids import TenantId
from backend.readmodels.review_fold import (
    PPM,
    REST_OF_LOT,
    UNKNOWN,
    Awaited,
    Controller,
    Found,
    Project,
)
from backend.readmodels.review_lots import Lot
from backend.statistics import csp, iso2859, risk
from backend.statistics.inspection import LotPlan
from backend.statistics.strata import Everybody, Person, Tally
from backend.statistics.threshold import Steering

Row = Mapping[str, Any]

PROJECTS = "SELECT * FROM review_project WHERE tenant = $1 AND project = ANY($2::uuid[])"
AWAITED = "SELECT * FROM review_awaited WHERE tenant = $1 AND review = ANY($2::uuid[])"
SKILLS = "SELECT * FROM review_skill WHERE tenant = $1 AND skill = ANY($2::uuid[])"
CLASSES = """
SELECT c.* FROM unnest($2::uuid[], $3::text[]) n(skill, answer_class)
  JOIN review_class c ON c.tenant = $1 AND c.skill = n.skill AND c.answer_class = n.answer_class
"""
PEOPLE = """
SELECT p.* FROM unnest($2::uuid[], $3::uuid[]) n(annotator, skill)
  JOIN review_person p ON p.tenant = $1 AND p.annotator = n.annotator AND p.skill = n.skill
"""
STRATA = """
SELECT s.* FROM unnest($2::uuid[], $3::uuid[], $4::text[]) n(annotator, skill, answer_class)
  JOIN review_stratum s ON s.tenant = $1 AND s.annotator = n.annotator AND s.skill = n.skill
                       AND s.answer_class = n.answer_class
"""
RUNS = """
SELECT r.* FROM unnest($2::uuid[], $3::uuid[]) n(annotator, project)
  JOIN review_run r ON r.tenant = $1 AND r.annotator = n.annotator AND r.project = n.project
"""
LOTS = """
SELECT l.* FROM unnest($2::uuid[], $3::int[]) n(project, lot)
  JOIN review_lot l ON l.tenant = $1 AND l.project = n.project AND l.lot = n.lot
"""
# What a correction needs: all verdicts of its skill, and all lots of the projects whose verdicts these are.
FOUND = "SELECT * FROM review_found WHERE tenant = $1 AND skill = ANY($2::uuid[]) ORDER BY idx"
LOTS_OF = "SELECT * FROM review_lot WHERE tenant = $1 AND project = ANY($2::uuid[])"
# What a plan that is said anew may resume.
LAST_JUDGED = """
SELECT DISTINCT ON (project) * FROM review_lot
 WHERE tenant = $1 AND project = ANY($2::uuid[]) AND judged_at IS NOT NULL ORDER BY project, judged_at DESC
"""

PROJECT_FIELDS = (
    "project skill mode target_ppm first floor_ppm clearance lot_size threshold aim items expected found weight traffic"
    " audit_errors audit_total severity rejections score accepted rejected lot"
).split()
LOT_FIELDS = (
    "project lot size severity sample acceptance tighter answers sampled given errors accepted"
    " judged_at resumed"
).split()
FOUND_FIELDS = (
    "review skill lease project author answer_class rate_ppm risk_ppm lot idx seen items sampling passed"
).split()


def _kept(table: str, keys: int, fields: Sequence[str]) -> str:
    """A row written anew, one statement per row: each is written once a stretch. The first `keys` fields name it."""
    values = ", ".join(f"${n}" for n in range(2, len(fields) + 2))
    said = ", ".join(f"{name} = excluded.{name}" for name in fields[keys:])
    names = ", ".join(fields)
    return (
        f"INSERT INTO {table} (tenant, {names}) VALUES ($1, {values})"
        f" ON CONFLICT (tenant, {', '.join(fields[:keys])}) DO UPDATE SET {said}"
    )


KEEP_PROJECT = _kept("review_project", 1, PROJECT_FIELDS)
KEEP_SKILL = _kept("review_skill", 1, ("skill", "errors", "total"))
KEEP_CLASS = _kept("review_class", 2, ("skill", "answer_class", "errors", "total"))
KEEP_PERSON = _kept("review_person", 2, ("annotator", "skill", "seen", "closer", "errors", "total"))
KEEP_STRATUM = _kept("review_stratum", 3, ("annotator", "skill", "answer_class", "errors", "total"))
KEEP_RUN = _kept("review_run", 2, ("annotator", "project", "phase", "run", "clearance", "rate_ppm", "grace"))
KEEP_LOT = _kept("review_lot", 2, LOT_FIELDS)
KEEP_FOUND = _kept("review_found", 1, FOUND_FIELDS)
KEEP_AWAITED = _kept("review_awaited", 1, ("review", "project", "risk_ppm", "lot"))
KEEP_PASSED_OVER = _kept("review_passed_over", 1, ("review", "project", "lot"))
CLEARED = """
DELETE FROM review_passed_over p USING unnest($2::uuid[], $3::int[]) n(project, lot)
 WHERE p.tenant = $1 AND p.project = n.project AND p.lot = n.lot
"""
DRAWN_AGAIN = "DELETE FROM review_passed_over WHERE tenant = $1 AND review = ANY($2::uuid[])"
# Of skills that are told again from their first verdict.
UNTOLD = (
    "DELETE FROM review_skill WHERE tenant = $1 AND skill = ANY($2::uuid[])",
    "DELETE FROM review_class WHERE tenant = $1 AND skill = ANY($2::uuid[])",
    "DELETE FROM review_stratum WHERE tenant = $1 AND skill = ANY($2::uuid[])",
    """DELETE FROM review_run r USING review_project p
        WHERE r.tenant = $1 AND p.tenant = $1 AND p.project = r.project AND p.skill = ANY($2::uuid[])""",
)
KEEP_UNTOLD = (KEEP_SKILL, KEEP_CLASS, KEEP_STRATUM, KEEP_RUN)
GIVEN = "DELETE FROM review_awaited WHERE tenant = $1 AND review = ANY($2::uuid[])"


# --- reading


async def load(conn: asyncpg.Connection, tenant: TenantId, events: Sequence[Any]) -> Controller:
    """The state of what these facts touch, before them."""
    drawn = [e for e in events if isinstance(e, review.ReviewDrawn)]
    given = [e for e in events if isinstance(e, review.VerdictGiven)]
    about = {e.project for e in events if not isinstance(e, scores.ScoreCorrected)}
    state = Controller(found=await _found(conn, tenant, events))
    about |= {one.project for one in state.found.values()}
    rows = await conn.fetch(PROJECTS, tenant, sorted(about))
    state.projects = {row["project"]: _project(row) for row in rows}
    skills = {one: kept.skill for one, kept in state.projects.items()}
    skills |= {e.project: e.skill for e in events if isinstance(e, ev.ProjectCreated)}
    people: set[tuple[UUID, UUID]] = {(e.author, skills[e.project]) for e in drawn}
    people |= {(e.author, skills[e.project]) for e in given}
    people |= {(one.author, skills[one.project]) for one in state.found.values()}
    strata: set[tuple[UUID, UUID, str]] = {
        (e.author, skills[e.project], e.answer_class or UNKNOWN) for e in given
    }
    rows = await conn.fetch(AWAITED, tenant, [e.review for e in given]) if given else ()
    state.awaited = {row["review"]: Awaited(row["project"], row["risk_ppm"], row["lot"]) for row in rows}
    lots = {(kept.project, kept.lot) for kept in state.awaited.values() if kept.lot}
    replanned = sorted({e.project for e in events if isinstance(e, ev.PlanUpdated)})
    # The one that is filled now; whether a project judges lots may change within the stretch, by a plan alone.
    filling = {one: kept for one, kept in state.projects.items() if kept.by_lots or one in replanned}
    lots |= {(one, kept.lot) for one, kept in filling.items()}
    await _everybody(conn, tenant, state, {(skill, answered) for _, skill, answered in strata})
    await _people(conn, tenant, state, people, strata)
    runs = {(e.author, e.project) for e in given}
    for row in await _find(conn, RUNS, tenant, runs):
        state.runs[row["annotator"], row["project"]] = run_of(row)
    for row in await _find(conn, LOTS, tenant, lots):
        state.lots[row["project"], row["lot"]] = _lot(row)
    corrected = sorted(about) if state.found else []
    for sql, asked in ((LOTS_OF, corrected), (LAST_JUDGED, replanned)):
        for row in await conn.fetch(sql, tenant, asked) if asked else ():
            state.lots.setdefault((row["project"], row["lot"]), _lot(row))
    return state


async def _found(conn: asyncpg.Connection, tenant: TenantId, events: Sequence[Any]) -> dict[UUID, Found]:
    """All verdicts of the skills in which one is corrected; nothing is read where none is."""
    corrected = [e for e in events if isinstance(e, scores.ScoreCorrected) and e.source == "review"]
    rows = await conn.fetch(FOUND, tenant, sorted({e.skill for e in corrected})) if corrected else ()
    return {row["review"]: _verdict(row) for row in rows}


def _verdict(row: Row) -> Found:
    clearance, rate_ppm, grace = row["sampling"] or (0, 0, 0)
    return Found(
        answered=row["answer_class"],
        sampling=csp.Plan(clearance, rate_ppm / PPM, grace) if clearance else None,
        **{
            name: row[name]
            for name in "lease project author rate_ppm risk_ppm lot idx seen items passed".split()
        },
    )


async def _find(conn: asyncpg.Connection, sql: str, tenant: TenantId, keys: set[Any]) -> Sequence[Row]:
    """The rows under these keys; no query at all for none."""
    return list(await conn.fetch(sql, tenant, *map(list, zip(*sorted(keys), strict=True)))) if keys else []


async def _everybody(
    conn: asyncpg.Connection, tenant: TenantId, state: Controller, classes: set[tuple[UUID, str]]
) -> None:
    # Draws ask for nobody's skill: only verdicts change what is known of it.
    found: dict[UUID, dict[str, Tally]] = {}
    for row in await _find(conn, CLASSES, tenant, classes):
        found.setdefault(row["skill"], {})[row["answer_class"]] = Tally(row["errors"], row["total"])
    skills = sorted({skill for skill, _ in classes})
    for row in await conn.fetch(SKILLS, tenant, skills) if skills else ():
        skill = row["skill"]
        state.skills[skill] = Everybody(found.get(skill, {}), Tally(row["errors"], row["total"]))


async def _people(
    conn: asyncpg.Connection,
    tenant: TenantId,
    state: Controller,
    people: set[tuple[UUID, UUID]],
    strata: set[tuple[UUID, UUID, str]],
) -> None:
    own: dict[tuple[UUID, UUID], dict[str, Tally]] = {}
    for row in await _find(conn, STRATA, tenant, strata):
        mine = own.setdefault((row["annotator"], row["skill"]), {})
        mine[row["answer_class"]] = Tally(row["errors"], row["total"])
    for row in await _find(conn, PEOPLE, tenant, people):
        who = (row["annotator"], row["skill"])
        kept = Person(own.get(who, {}), Tally(row["errors"], row["total"]))
        state.people[who] = risk.Annotator(row["seen"], row["closer"], kept)


def _project(row: Row) -> Project:
    steering = Steering(
        threshold=row["threshold"],
        items=row["items"],
        expected=row["expected"],
        found=row["found"],
        traffic=tuple(row["traffic"]),
        weight=row["weight"],
        audit=Tally(row["audit_errors"], row["audit_total"]),
        aim=row["aim"],
    )
    inspection = iso2859.State(
        severity=iso2859.Severity(row["severity"]),
        rejections=tuple(row["rejections"]),
        score=row["score"],
        accepted=row["accepted"],
        rejected=row["rejected"],
    )
    numbers = {
        name: row[name] for name in ("target_ppm", "first", "floor_ppm", "clearance", "lot_size", "lot")
    }
    return Project(skill=row["skill"], mode=row["mode"], steering=steering, inspection=inspection, **numbers)


def run_of(row: Row) -> csp.State:
    """The continuous run in a row that has its columns."""
    plan = csp.Plan(row["clearance"], row["rate_ppm"] / PPM, row["grace"])
    return csp.State(plan, csp.Phase(row["phase"]), row["run"])


def _lot(row: Row) -> Lot:
    plan = None if row["sample"] is None else LotPlan(row["sample"], row["acceptance"], row["tighter"])
    counts = {name: row[name] for name in LOT_FIELDS[7:]}
    return Lot(row["size"], iso2859.Severity(row["severity"]), plan, **counts)


# --- writing


Told = Mapping[str, Sequence[tuple[Any, ...]]]
"""Statement -> the rows that it is to write."""


def rows_of(state: Controller) -> Told:
    """All that is known, as it is kept."""
    return {
        KEEP_PROJECT: [_project_row(one, kept) for one, kept in state.projects.items()],
        KEEP_SKILL: [(skill, kept.all.errors, kept.all.total) for skill, kept in state.skills.items()],
        KEEP_CLASS: [
            (skill, name, tally.errors, tally.total)
            for skill, kept in state.skills.items()
            for name, tally in kept.classes.items()
        ],
        KEEP_PERSON: [
            (*who, kept.seen, kept.closer, kept.person.against.errors, kept.person.against.total)
            for who, kept in state.people.items()
        ],
        KEEP_STRATUM: [
            (*who, name, tally.errors, tally.total)
            for who, kept in state.people.items()
            for name, tally in kept.person.classes.items()
        ],
        KEEP_RUN: [(*who, *_run_row(kept)) for who, kept in state.runs.items()],
        KEEP_LOT: [(*place, *_lot_row(kept)) for place, kept in state.lots.items()],
        KEEP_FOUND: [_found_row(about, state, kept) for about, kept in state.found.items()],
        KEEP_AWAITED: [
            (about, kept.project, kept.risk_ppm, kept.lot) for about, kept in state.awaited.items()
        ],
        KEEP_PASSED_OVER: [(about, *place) for about, place in state.passed_over.items()],
    }


async def save(
    conn: asyncpg.Connection, tenant: TenantId, state: Controller, events: Sequence[Any], before: Told
) -> None:
    """Everything that was touched, as it is after the facts; what is as it was `before` them is left alone."""
    given = [e.review for e in events if isinstance(e, review.VerdictGiven) and e.review not in state.awaited]
    again = [e.review for e in events if isinstance(e, review.ReviewDrawn) and e.reason == REST_OF_LOT]
    for sql, gone in ((GIVEN, given), (DRAWN_AGAIN, again)):
        if gone:
            await conn.execute(sql, tenant, gone)
    untold = sorted(state.retold)
    for sql in UNTOLD if untold else ():
        await conn.execute(sql, tenant, untold)
    if state.cleared:
        await conn.execute(CLEARED, tenant, *map(list, zip(*sorted(state.cleared), strict=True)))
    for sql, rows in rows_of(state).items():
        # What is told again was deleted above.
        had = set(() if untold and sql in KEEP_UNTOLD else before[sql])
        changed = [(tenant, *row) for row in rows if row not in had]
        if changed:
            await conn.executemany(sql, changed)


def _project_row(about: UUID, kept: Project) -> tuple[Any, ...]:
    steering, inspection = kept.steering, kept.inspection
    return (
        about,
        kept.skill,
        kept.mode,
        kept.target_ppm,
        kept.first,
        kept.floor_ppm,
        kept.clearance,
        kept.lot_size,
        steering.threshold,
        steering.aim,
        steering.items,
        steering.expected,
        steering.found,
        steering.weight,
        steering.traffic,
        steering.audit.errors,
        steering.audit.total,
        inspection.severity.value,
        inspection.rejections,
        inspection.score,
        inspection.accepted,
        inspection.rejected,
        kept.lot,
    )


def _run_row(kept: csp.State) -> tuple[Any, ...]:
    return kept.phase.value, kept.run, kept.plan.clearance, round(kept.plan.rate * PPM), kept.plan.grace


def _lot_row(kept: Lot) -> tuple[Any, ...]:
    plan = (
        (None, None, None) if kept.plan is None else (kept.plan.size, kept.plan.acceptance, kept.plan.tighter)
    )
    counts = (
        kept.answers,
        kept.sampled,
        kept.given,
        kept.errors,
        kept.accepted,
        kept.judged_at,
        kept.resumed,
    )
    return kept.size, kept.severity.value, *plan, *counts


def _found_row(about: UUID, state: Controller, kept: Found) -> tuple[Any, ...]:
    plan = kept.sampling
    return (
        about,
        state.projects[kept.project].skill,
        *(
            kept.lease,
            kept.project,
            kept.author,
            kept.answered,
            kept.rate_ppm,
            kept.risk_ppm,
            kept.lot,
            kept.idx,
        ),
        *(kept.seen, kept.items, plan and (plan.clearance, round(plan.rate * PPM), plan.grace), kept.passed),
    )
