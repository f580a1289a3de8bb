"""The daily look at the health of a project's gold: what a strong sign retires, as the project's rule says."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.projects import gold as gold_domain
from backend.domain.projects import gold_health as domain
from backend.domain.projects.gold_family import KEY_DOUBTED
from backend.events.ids import ProjectId
from backend.readmodels import gold_families, proficiency
from backend.readmodels import gold_health as rows
from backend.readmodels import gold_record as records
from backend.usecases.gold import signs
from backend.usecases.gold.health import ANSWERS_MAX, doubt
from backend.usecases.gold.kin import fall
from backend.usecases.gold.stock import spare
from backend.usecases.work import Answer, Work


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with strong signs, and what becomes of it."""

    suspect: domain.Suspect
    verdict: domain.Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """All of them, what is strongest first; how much gold is asked, and how much of it may still go today."""

    suspects: Sequence[Judged]
    active: int
    most: int


async def gold_signs_judge(work: Work, *, most: int) -> Answer:
    """Look at the gold of one project whose day is over, and retire what its rule says; nobody asks for it, so the
    system does. One at a time, since it holds a project's newest answers in memory."""
    work.require("gold:add")
    project = await work.conn.fetchval(rows.NEXT, work.tenant, work.now) if most else None
    if project is None:
        return Answer({"judged": 0})
    rule = await rule_of(work, project)
    found = await judged(work, project, rule) if rule.retire else Found((), 0, 0)
    going = [one for one in found.suspects if one.verdict.outcome == "retire"]
    streams = [one.suspect.gold for one in going]
    await work.load(gold_domain.GOLD, streams)
    counted = await records.rows(work.conn, records.SEEN_OF, work.tenant, streams)
    seen = {row["gold"]: row for row in counted}
    basis = await proficiency.basis(work.conn, work.tenant)
    retired = 0
    for one in going:
        gold, met = one.suspect.gold, seen.get(one.suspect.gold)
        command = gold_domain.RetireGold(
            why=one.verdict.why,
            answers=met["seen"] if met else 0,
            disagreed=met["wrong"] if met else 0,
            basis_index=basis,
            sign=domain.as_measured(one.suspect.signs[one.verdict.why], rule),
        )
        if isinstance(work.state(gold_domain.GOLD, gold), gold_domain.Present):
            retired += len(work.decide(gold_domain.GOLD, gold, command))
    doubted = [one.suspect.gold for one in going if one.verdict.why in KEY_DOUBTED]
    retired += len(await fall(work, doubted, "able_people_miss_it"))
    work.saw(results=streams)
    await work.conn.execute(rows.LOOKED, work.tenant, project, work.now)
    return Answer({"judged": 1, "retired": retired})


async def rule_of(work: Work, project: UUID) -> domain.Rule:
    """The rule in force."""
    (rule,) = await work.load(domain.GOLD_HEALTH, [domain.stream_of(project)])
    return rule


async def judged(work: Work, project: UUID, rule: domain.Rule) -> Found:
    """What the rule does with the gold as it is now."""
    work.require("gold:read", project=ProjectId(project))
    given = await records.rows(work.conn, records.MET_IN_ORDER, work.tenant, project, ANSWERS_MAX, False)
    back = await rows.put_back(work.conn, work.tenant, project)
    # What was answered before an item was put back, or added anew, was looked at by who did so.
    fresh = [row for row in given if row["shown_at"] > _begins(row, back)]
    found = await asyncio.to_thread(signs.healths, fresh)
    left, busiest, active = await spare(work, project)
    known = {row["gold"] for row in given if row["annotator"] == busiest}
    strong = [one for one in sorted(found, key=doubt) if one.strong]
    kin = await gold_families.asked_kin(work.conn, work.tenant, [one.met[0]["gold"] for one in strong])
    suspects = [_suspect(one, known, kin) for one in strong]
    gone = await work.conn.fetchval(rows.LATELY, work.tenant, project, work.now - timedelta(days=1))
    most = domain.share_left(rule, active, gone)
    verdicts = domain.judge(suspects, rule, left, most)
    return Found([Judged(*each) for each in zip(suspects, verdicts, strict=True)], active, most)


def _begins(row: Mapping[str, Any], back: Mapping[UUID, Any]) -> Any:
    return max(row["added_at"], back.get(row["gold"], row["added_at"]))


def _suspect(one: signs.Health, known: Set[UUID], kin: Mapping[UUID, int]) -> domain.Suspect:
    first = one.met[0]
    return domain.Suspect(
        gold=first["gold"],
        truth_class=first["truth_class"],
        exam_only=first["exam_only"],
        met=first["gold"] in known,
        signs=one.strong,
        kin=kin.get(first["gold"], 0),
    )
