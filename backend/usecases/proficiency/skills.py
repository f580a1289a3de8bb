"""Skills: the catalogue; who holds which level by whose word until when; what other systems say of people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.errors import not_found
from backend.domain.proficiency import held, imported
from backend.domain.projects import skill as skills_domain
from backend.events.ids import AnnotatorId, SkillId, uuid8
from backend.readmodels import people, projects, skills
from backend.usecases.entitlement import revoke_lost
from backend.usecases.proficiency.conditions import refuse_unknown
from backend.usecases.reach import reach
from backend.usecases.work import Answer, Work

APPEAL = "ask your manager to look at the evidence and open the skill again"

SkillRow = tuple[UUID, UUID, int, datetime | None, str]
"""Person, skill, level, end, evidence."""
ScoreRow = tuple[UUID, UUID, int, int, str]
"""Person, skill, right answers, all answers, system."""


def held_stream(annotator: UUID, skill: UUID) -> UUID:
    """The stream of one person in one skill."""
    return uuid8(annotator, "skill", str(skill))


# --- the catalogue


async def name_taken(work: Work, name: str) -> UUID | None:
    """The skill of this name, if there is one; nobody else can take the name before this transaction ends."""
    lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7003003))"
    await work.conn.execute(lock, f"{work.tenant}|{name}")
    known = {row["name"]: row["skill"] for row in await projects.skills(work.conn, work.tenant)}
    return known.get(name)


async def skill_define(work: Work, *, name: str, kind: str) -> Answer:
    """Put a skill into the catalogue; the same name and kind again is the same skill."""
    work.require("skill:define")
    about = SkillId(await name_taken(work, name) or work.new_id())
    await work.load(skills_domain.SKILL, [about])
    command = skills_domain.DefineSkill(skill=about, name=name, kind=kind)
    work.decide(skills_domain.SKILL, about, command)
    return Answer({"id": about, "name": name, "kind": kind}, "created")


async def skill_weights_update(work: Work, *, skill: UUID, weights: Mapping[str, float]) -> Answer:
    """Say what one answer of `exam`, `import`, `review` and `adjudication` counts in this skill; gold met in work
    always counts 1. Without a word on adjudication it counts what it does by default.

    All but imports weigh what was in force when they came in: a change counts from now on. Imported counts stand
    beside the fold and weigh what is in force when they are read. Decisions already taken (levels, closings, results)
    hold the numbers they were taken on.
    """
    work.require("skill:define")
    (state,) = await work.load(skills_domain.SKILL, [skill])
    if isinstance(state, skills_domain.Undefined):
        raise not_found("a skill")
    ppm = {f"{source}_ppm": round(weight * PPM) for source, weight in weights.items()}
    ppm = {"adjudication_ppm": skills_domain.Weights().adjudication_ppm} | ppm
    command = skills_domain.WeighSkill(skill=SkillId(skill), weights=skills_domain.Weights(**ppm))
    work.decide(skills_domain.SKILL, skill, command)
    return Answer({"skill": skill, "weights": _weights(ppm)})


def _weights(row: Mapping[str, Any]) -> dict[str, float]:
    given = {source: row[f"{source}_ppm"] / PPM for source in ("exam", "import", "review", "adjudication")}
    return {"gold": 1.0} | given


async def skill_list(work: Work, *, cursor: str | None = None, limit: int = 200) -> Answer:
    """The skill catalogue by name, with what evidence weighs in each."""
    work.require("skill:read")
    rows = await projects.skills(work.conn, work.tenant)
    first = int(cursor) if cursor else 0
    page = [
        {"id": row["skill"], "weights": _weights(row)} | {n: row[n] for n in ("name", "kind", "below_floor")}
        for row in rows[first : first + limit]
    ]
    more = str(first + limit) if first + limit < len(rows) else None
    return Answer({"data": page, "next_cursor": more})


# --- held by a person


async def annotator_skills(work: Work, *, annotator: UUID) -> Answer:
    """What a person holds: per skill the level, from which sources until when, and whether it is closed."""
    work.require("proficiency:read", owner=annotator)
    await reach(work, [annotator])
    await _person(work, annotator)
    rows = await skills.held_by(work.conn, work.tenant, annotator, work.now)
    shut = await skills.closings(work.conn, work.tenant, annotator)
    known = {row["skill"]: row for row in await projects.skills(work.conn, work.tenant)}
    about = sorted({row["skill"] for row in rows} | shut.keys(), key=lambda one: (known[one]["name"], one))
    work.saw("skills", subjects=[annotator])
    held_now = [_shown(work, annotator, known[one], rows, shut) for one in about]
    return Answer({"annotator": annotator, "skills": held_now})


def _shown(
    work: Work,
    annotator: UUID,
    skill: dict[str, Any],
    rows: list[dict[str, Any]],
    shut: dict[UUID, dict[str, Any]],
) -> dict[str, Any]:
    names = ("source", "level", "until", "granted_at", "counts")
    mine = [row for row in rows if row["skill"] == skill["skill"]]
    sources = [{name: row[name] for name in names} for row in mine]
    closing = shut.get(skill["skill"])
    own = annotator == work.me
    return {
        "skill": skill["skill"],
        "name": skill["name"],
        "kind": skill["kind"],
        "level": max((one["level"] for one in sources if one["counts"]), default=0),
        "sources": sources,
        "closed": closing is not None,
        # The person learns that it is closed and how to appeal; counts would tell which work was gold.
        "closing": closing_shown(closing) if closing and not own else None,
        "appeal": APPEAL if closing else None,
    }


def closing_shown(closing: dict[str, Any]) -> dict[str, Any]:
    """The evidence on which a rule closed a skill, as managers see it: the `floor` or the `drift`."""
    parts = {
        name: None if closing[f"{name}_ppm"] is None else closing[f"{name}_ppm"] / PPM
        for name in ("floor", "probability", "target", "state", "bound")
    }
    return parts | {name: closing[name] for name in ("why", "correct", "total", "closed_at")}


async def skill_grant(
    work: Work, *, annotator: UUID, skill: UUID, level: int, until: datetime | None, reason: str
) -> Answer:
    """A manager gives a level and says why; a lower one than before takes leases away that need the higher."""
    work.require("skill:grant")
    await reach(work, [annotator])
    stream = await _place(work, annotator, skill)
    keys = await work.keys(("person", annotator))
    command = held.Grant(
        annotator=AnnotatorId(annotator),
        skill=SkillId(skill),
        level=level,
        until=until,
        now=work.now,
        source="manager",
        evidence=f"manager {work.me}",
        reason=keys.seal_json("person", annotator, "skill", stream, "reason", reason),
    )
    work.decide(held.HELD, stream, command)
    revoked = await revoke_lost(work, [annotator], "skill lowered")
    work.saw(subjects=[annotator])
    body = {"annotator": annotator, "skill": skill, "level": level, "until": until, "leases_revoked": revoked}
    return Answer(body)


async def skill_withdraw(
    work: Work, *, annotator: UUID, skill: UUID, source: str | None, reason: str
) -> Answer:
    """What one source gave (or all of them) does not count any more; leases that need it are revoked at once."""
    work.require("skill:grant")
    await reach(work, [annotator])
    stream = await _place(work, annotator, skill)
    keys = await work.keys(("person", annotator))
    sealed = keys.seal_json("person", annotator, "skill", stream, "reason", reason)
    rows = await skills.held_by(work.conn, work.tenant, annotator, work.now)
    gave = [row["source"] for row in rows if row["skill"] == skill]
    for one in sorted(gave) if source is None else [source]:
        command = held.Lose(
            annotator=AnnotatorId(annotator),
            skill=SkillId(skill),
            source=one,
            why="withdrawn",
            reason=sealed,
            elsewhere=one in gave,
        )
        work.decide(held.HELD, stream, command)
    revoked = await revoke_lost(work, [annotator], "skill withdrawn")
    work.saw(subjects=[annotator])
    return Answer({"annotator": annotator, "skill": skill, "leases_revoked": revoked})


async def skill_reopen(work: Work, *, annotator: UUID, skill: UUID, reason: str) -> Answer:
    """Somebody looked at the evidence: the person may work in the skill again; what was judged is not judged again."""
    work.require("skill:grant")
    await reach(work, [annotator])
    stream = await _place(work, annotator, skill)
    keys = await work.keys(("person", annotator))
    sealed = keys.seal_json("person", annotator, "skill", stream, "reason", reason)
    command = held.Reopen(annotator=AnnotatorId(annotator), skill=SkillId(skill), reason=sealed)
    work.decide(held.HELD, stream, command)
    work.saw(subjects=[annotator])
    return Answer({"annotator": annotator, "skill": skill, "closed": False})


async def skills_lapse(work: Work, *, most: int) -> Answer:
    """Record the levels that have ended; what needed them ended at that very moment, not now."""
    work.require("project:update")
    rows = await skills.due(work.conn, work.tenant, work.now, most)
    streams = [held_stream(row["annotator"], row["skill"]) for row in rows]
    await work.load(held.HELD, streams)
    for row, stream in zip(rows, streams, strict=True):
        work.decide(held.HELD, stream, held.Lapse(**row, now=work.now))
    await revoke_lost(work, [row["annotator"] for row in rows], "skill expired")
    work.saw(subjects=[row["annotator"] for row in rows])
    return Answer({"expired": len(rows)})


# --- brought along from elsewhere


async def import_skills(work: Work, rows: Sequence[SkillRow]) -> int:
    """Grant levels with the source `import`, all in one go; returns how many were new. People and skills must exist."""
    streams = [held_stream(row[0], row[1]) for row in rows]
    before = await work.load(held.HELD, streams)
    new, lowered = 0, set()
    for (annotator, skill, level, until, evidence), stream, was in zip(rows, streams, before, strict=True):
        command = held.Grant(
            annotator=AnnotatorId(annotator),
            skill=SkillId(skill),
            level=level,
            until=until,
            now=work.now,
            source="import",
            evidence=evidence,
        )
        new += len(work.decide(held.HELD, stream, command))
        if "import" in was.held:
            lowered.add(annotator)
    if lowered:
        await revoke_lost(work, sorted(lowered), "skill lowered")
    return new


async def import_scores(work: Work, rows: Sequence[ScoreRow]) -> int:
    """Record counts from other systems, all in one go; returns how many were new. People and skills must exist."""
    streams = [uuid8(annotator, "imported", str(skill), system) for annotator, skill, _, _, system in rows]
    await work.load(imported.IMPORTED, streams)
    new = 0
    for (annotator, skill, correct, total, system), stream in zip(rows, streams, strict=True):
        command = imported.ImportScore(
            annotator=AnnotatorId(annotator),
            skill=SkillId(skill),
            correct=correct,
            total=total,
            system=system,
        )
        new += len(work.decide(imported.IMPORTED, stream, command))
    return new


async def score_import(work: Work, *, scores: tuple[dict[str, Any], ...]) -> Answer:
    """Counts from another system: marked as such and of capped weight; the same numbers again are nothing."""
    work.require("skill:grant")
    about = sorted({one["annotator"] for one in scores})
    await reach(work, about)
    found = await people.find(work.conn, work.tenant, work.now, about, limit=len(about))
    refuse_unknown("annotator", about, {row["annotator"] for row in found if row["status"] != "erased"})
    await known_skills(work, {one["skill"] for one in scores})
    names = ("annotator", "skill", "correct", "total", "system")
    new = await import_scores(work, [tuple(one[name] for name in names) for one in scores])
    work.saw(subjects=about)
    return Answer({"imported": new, "unchanged": len(scores) - new})


# --- helpers


async def known_skills(work: Work, wanted: set[UUID]) -> None:
    """Refuse `skill_unknown` (invalid) for skills that are not in the catalogue, naming the first."""
    known = {row["skill"] for row in await projects.skills(work.conn, work.tenant)}
    refuse_unknown("skill", sorted(wanted), known)


async def _person(work: Work, annotator: UUID) -> dict[str, Any]:
    rows = await people.find(work.conn, work.tenant, work.now, [annotator])
    if not rows:
        raise not_found("an annotator")
    return rows[0]


async def _place(work: Work, annotator: UUID, skill: UUID) -> UUID:
    """The loaded stream of a person, not erased, in a skill of the catalogue."""
    if (await _person(work, annotator))["status"] == "erased":
        raise not_found("an annotator")
    if skill not in {row["skill"] for row in await projects.skills(work.conn, work.tenant)}:
        raise not_found("a skill")
    stream = held_stream(annotator, skill)
    await work.load(held.HELD, [stream])
    return stream
