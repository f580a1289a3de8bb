"""Why a lease went to this person: the reason recorded with the claim, what the lane asked then, and on which facts the
person met it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import not_found
from backend.domain.projects import lane as lanes
from backend.domain.projects.explanation import spelled
from backend.domain.projects.requirement import ANY, NOT, Requirement
from backend.events.base import Recorded, name_of
from backend.events.ids import uuid8
from backend.events.store import log
from backend.readmodels import tasks
from backend.usecases.work import Answer, Work

FACTS_MAX = 3
"""As many facts of one condition as are told, the last ones before the claim."""
STREAMS = {
    "agreement": "signature",
    "course": "attempts",
    "certified": "attempts",
    "skill": "skill",
    "skill-closed": "skill",
    "guideline": "acknowledgement",
}
"""Kind of a condition -> the person's stream about it; what is not here is told on the stream of the person."""
TYPES = {
    "role": ("annotator.invited",),
    "origin": ("annotator.invited", "annotator.moved"),
    "vendor": ("annotator.invited", "annotator.moved"),
    "team": ("annotator.invited", "annotator.moved"),
    "check": ("annotator.check_recorded", "annotator.check_expired"),
}
"""Kind of a condition -> the facts about it on the stream of the person."""


def why_shown(kept: str) -> dict[str, Any]:
    """The recorded reason as an object; what was kept as a sentence is told as `by`."""
    try:
        told = from_json(kept)
    except ValueError:
        told = kept
    return told if isinstance(told, dict) else {"by": told}


async def lease_why(work: Work, *, lease: UUID) -> Answer:
    """Why this lease went to this person. A claim is refused to who lacks anything that is asked, so each condition was
    met then; the facts say by what."""
    work.require("lease:read")
    rows = await tasks.by_ids(work.conn, tasks.LEASES_BY_ID, work.tenant, [lease])
    if not rows:
        raise not_found("a lease")
    row = rows[0]
    whole, asked = await _asked_then(work, row)
    told = [part for one in spelled(asked) for part in _tokens(one)]
    streams = {token: _stream(row["annotator"], token) for token in told}
    found = await log.load(work.conn, work.tenant, sorted(set(streams.values())))
    facts = {token: _facts(token, found[stream], row["claimed_at"]) for token, stream in streams.items()}
    names = (
        "annotator project lane stage step task ring priority assigned guideline_version claimed_at".split()
    )
    body = {
        "id": lease,
        **{name: row[name] for name in names},
        "why": why_shown(row["why"]),
        "asked": [_condition(one, facts) for one in spelled(asked)],
        "left_out": sorted(set(spelled(whole)) - set(spelled(asked))),
    }
    work.saw("why", subjects=[row["annotator"]], results=[row["item"]])
    return Answer(body)


async def _asked_then(work: Work, row: Mapping[str, Any]) -> tuple[Requirement, Requirement]:
    """All that the lane asked at the claim, and what it asked by the ring of the lease."""
    facts = (await log.load(work.conn, work.tenant, [row["lane"]]))[row["lane"]]
    state = lanes.LANE.fold(fact.event for fact in facts if fact.at <= row["claimed_at"])
    if not isinstance(state, lanes.Open):
        return Requirement(), Requirement()
    if row["ring"] == 0 or not state.rings:
        return state.requirement, state.requirement
    ring = state.rings[min(row["ring"], len(state.rings)) - 1]
    return state.requirement, Requirement(requires=ring.requires, any_of=ring.any_of, excludes=ring.excludes)


def _tokens(condition: str) -> list[str]:
    return condition.removeprefix(ANY).removeprefix(NOT).split("|")


def _stream(annotator: UUID, token: str) -> UUID:
    """Where the facts about this token and person are."""
    kind, name = token.split(":")[:2]
    return uuid8(annotator, STREAMS[kind], name) if kind in STREAMS else annotator


def _facts(token: str, found: Sequence[Recorded], before: datetime) -> list[dict[str, Any]]:
    kind = token.partition(":")[0]
    about = [
        fact
        for fact in found
        if fact.at <= before and (kind in STREAMS or name_of(fact.event) in TYPES.get(kind, ()))
    ]
    return [
        {
            "type": name_of(fact.event),
            "at": fact.at,
            "by": {"kind": fact.actor.kind, "id": fact.actor.id},
            "stream": fact.stream,
            "version": fact.version,
        }
        for fact in about[-FACTS_MAX:]
    ]


def _condition(one: str, facts: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"token": one, "facts": [fact for token in _tokens(one) for fact in facts[token]]}
