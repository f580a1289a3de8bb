"""Gold that goes by itself: the rule of a project, a try of another one, what went, and what a person puts back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import gold as gold_domain
from backend.domain.projects import gold_health as domain
from backend.domain.projects.disclosure import DISCLOSURE
from backend.domain.projects.gold_family import of_a_family
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import gold_health as rows
from backend.readmodels import projects
from backend.usecases.gold import kin
from backend.usecases.gold.health_judging import Judged, judged, rule_of
from backend.usecases.gold.stock import labels_of
from backend.usecases.work import Answer, Work

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def gold_health_rule_get(work: Work, *, project: UUID) -> Answer:
    """Which signs retire gold of the project by themselves."""
    work.require("project:read", project=ProjectId(project))
    await _project(work, project)
    return _rule_shown(project, await rule_of(work, project))


async def gold_health_rule_update(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    retire: Sequence[str],
    answers_min: int,
    daily_percent: int,
) -> Answer:
    """Say it from now on. Raises `gold_health_rule_changed`, `gold_health_rule_invalid`."""
    work.require("project:update", project=ProjectId(project))
    await _project(work, project)
    before = await rule_of(work, project)
    if FIRST + before.version != expected_version:
        raise Refusal(
            "stale",
            "gold_health_rule_changed",
            expected=f"the rule's version {FIRST + before.version}",
            found=f"version {expected_version}",
            mend="read it again and decide anew",
        )
    command = _command(project, retire, answers_min, daily_percent)
    work.decide(domain.GOLD_HEALTH, domain.stream_of(project), command)
    return _rule_shown(project, work.state(domain.GOLD_HEALTH, domain.stream_of(project)))


async def gold_health_rule_try(
    work: Work, *, project: UUID, retire: Sequence[str], answers_min: int, daily_percent: int
) -> Answer:
    """What such a rule would do with the gold as it is now; nothing happens. Raises `gold_health_rule_invalid`."""
    work.require("gold:read", project=ProjectId(project))
    await _project(work, project)
    in_force = await rule_of(work, project)
    rule = domain.asked(_command(project, retire, answers_min, daily_percent), in_force.version)
    found = await judged(work, project, rule)
    labels = await labels_of(work, project)
    data = [_would(one, labels) for one in found.suspects]
    work.saw("truth", results=[one["gold"] for one in data])
    return Answer({"active": found.active, "most": found.most, "data": data})


async def gold_gone(
    work: Work, *, project: UUID, since: datetime | None, cursor: str | None, limit: int
) -> Answer:
    """What was retired by itself since then (yesterday, if nothing is said), the newest first."""
    work.require("gold:read", project=ProjectId(project))
    await _project(work, project)
    at, _, last = (cursor or "").partition("|")
    place = (datetime.fromisoformat(at), UUID(last)) if cursor else (None, None)
    after = since or work.now - timedelta(days=1)
    found = await rows.gone(work.conn, work.tenant, project, after, *place, limit + 1)
    labels = await labels_of(work, project)
    shown = found[:limit]
    work.saw("truth", results=[row["gold"] for row in shown])
    more = f"{shown[-1]['retired_at'].isoformat()}|{shown[-1]['gold']}" if len(found) > limit else None
    return Answer({"data": [_went(row, labels) for row in shown], "next_cursor": more})


async def gold_put_back(work: Work, *, gold: UUID) -> Answer:
    """Ask it again: the sign was none. Answers given before this are no evidence of a sign any more. The same again
    changes nothing. Raises not_found, `gold_not_by_sign`; `gold_of_family` where its parent has another key by now."""
    work.require("gold:add")
    (state,) = await work.load(gold_domain.GOLD, [gold])
    if isinstance(state, gold_domain.Absent):
        raise not_found("gold")
    (told,) = await work.load(DISCLOSURE, [uuid8(gold, "disclosure")])
    if told != DISCLOSURE.initial:
        raise gold_domain.not_by_a_sign("its truth was told")
    was = state.why if isinstance(state, gold_domain.Retired) else None
    if was in gold_domain.SIGNS and not await kin.follows(work, gold):
        raise of_a_family(
            "a variant whose key follows from its parent's",
            "one whose parent's key is another now, or in doubt",
            "derive it anew from its parent, under its own external key",
        )
    work.decide(gold_domain.GOLD, gold, gold_domain.PutBack())
    work.saw(results=[gold])
    return Answer({"gold": gold, "was": was})


async def _project(work: Work, project: UUID) -> None:
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")


def _command(project: UUID, retire: Sequence[str], answers_min: int, daily_percent: int) -> domain.SetRule:
    return domain.SetRule(
        project=ProjectId(project),
        retire=tuple(retire),
        answers_min=answers_min,
        daily_percent=daily_percent,
    )


def _rule_shown(project: UUID, rule: domain.Rule) -> Answer:
    version = FIRST + rule.version
    body = {
        "project": project,
        "version": version,
        "retire": list(rule.retire),
        "warn": [sign for sign in gold_domain.SIGNS if sign not in rule.retire],
        "answers_min": rule.answers_min,
        "daily_percent": rule.daily_percent,
        "said_by": "project" if rule.version else "product",
    }
    return Answer(body, etag=str(version))


def _would(one: Judged, labels: Mapping[str | None, Any]) -> dict[str, Any]:
    sign = one.suspect.signs[one.verdict.why]
    return {
        "gold": one.suspect.gold,
        "label": labels.get(one.suspect.truth_class),
        "why": one.verdict.why,
        "outcome": one.verdict.outcome,
        "signs": list(one.suspect.signs),
        "statistic": sign.statistic,
        "threshold": sign.threshold,
        "answers": sign.answers,
    }


def _went(row: Mapping[str, Any], labels: Mapping[str | None, Any]) -> dict[str, Any]:
    """Numbers as they were said; of what is no sign there are none."""
    by_sign = row["rule_version"] is not None
    return {
        "gold": row["gold"],
        "item": row["item"],
        "label": labels.get(row["truth_class"]),
        "why": row["why"],
        "met": row["answers"],
        "disagreed": row["disagreed"],
        "statistic": float(row["statistic"]) if by_sign else None,
        "threshold": float(row["threshold"]) if by_sign else None,
        "answers": row["sign_answers"] if by_sign else None,
        "rule_version": FIRST + row["rule_version"] if by_sign else None,
        "basis_index": row["basis_index"],
        "retired_at": row["retired_at"],
        "put_back_at": row["put_back_at"],
        "put_back_by": row["put_back_by"],
        "asked": row["asked"],
    }
