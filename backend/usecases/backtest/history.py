"""History: everything a backtest of one project rests on, read in one look."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.errors import Refusal
from backend.domain.review.control import FLOOR_PPM, asks
from backend.events import projects as projects_ev
from backend.events import review as review_ev
from backend.events.base import Recorded
from backend.events.ids import TenantId, uuid8
from backend.events.projects import QualityPlan
from backend.events.store.codec import decode
from backend.readmodels import backtest as rows
from backend.readmodels import calibration, evidence_kept, pricing, proficiency
from backend.readmodels.backtest import Body, Given, Window
from backend.readmodels.evidence import Evidence
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta
from backend.usecases.backtest.pricing import Prices
from backend.usecases.proficiency.skills import held_stream
from backend.usecases.projects.comparing import compare_by

ANSWERS_MAX = 200_000
"""Answers of the project in the window."""
FOLDED_MAX = 500_000
"""Answers of all projects of its skill up to the window's end: what the review controller knows of people rests on
them."""
SEED = b"backtest"


@dataclass(frozen=True, kw_only=True)
class History:
    """What happened. `present` is the plan in force today, `wanted` the one to try; `inspected` and `standing` are
    facts as the log keeps them: of reviews, plans and the audit floor, and of skills closed and opened. What is known
    of people is known today."""

    project: UUID
    skill: UUID
    kind: str
    window: Window
    present: QualityPlan
    wanted: QualityPlan
    answers: Sequence[Given]
    inspected: Sequence[Body]
    standing: Sequence[Body]
    passed: Mapping[UUID, bool]
    evidence: Mapping[UUID, Sequence[Evidence]]
    discounted: Mapping[UUID, datetime]
    records: Mapping[UUID, Record]
    pool: Record
    prior: Beta
    temperature: float
    classes: Sequence[str]
    escalated: Sequence[tuple[UUID, str]]
    seconds: Mapping[str, float]
    stock: int
    prices: Prices

    @cached_property
    def work(self) -> list[Given]:
        """Answers to work."""
        return [one for one in self.answers if not one.gold]

    @cached_property
    def golden(self) -> list[Given]:
        """Answers to gold."""
        return [one for one in self.answers if one.gold]

    @cached_property
    def facts(self) -> list[Recorded]:
        """`inspected` read, in the log's order; takes a while."""
        return [decode(body, index) for index, body in self.inspected]

    @cached_property
    def plans(self) -> list[tuple[datetime, QualityPlan]]:
        """The project's plans, each with the moment from which it was in force."""
        return [
            (fact.at, fact.event.plan)
            for fact in self.facts
            if isinstance(fact.event, projects_ev.ProjectCreated | projects_ev.PlanUpdated)
            and fact.event.project == self.project
        ]

    @cached_property
    def floors(self) -> list[tuple[datetime, int]]:
        """The tenant's audit floors, likewise."""
        told = [fact for fact in self.facts if isinstance(fact.event, review_ev.AuditFloorSet)]
        return [(fact.at, fact.event.floor_ppm) for fact in told]

    def plan_at(self, at: datetime) -> QualityPlan:
        """The plan that was in force."""
        return next((plan for since, plan in reversed(self.plans) if since <= at), self._first)

    @property
    def _first(self) -> QualityPlan:
        """The plan before any other; today's where the log has none in its place yet."""
        return self.plans[0][1] if self.plans else self.present

    def floor_at(self, at: datetime) -> int:
        """The audit floor that was in force."""
        return next((floor for since, floor in reversed(self.floors) if since <= at), FLOOR_PPM)

    def as_recorded(self, *fields: str) -> bool:
        """Whether these fields are in the plan to try as they were in every plan in force in the window."""
        began = self._first if self.window.since is None else self.plan_at(self.window.since)
        held = [began, *(plan for at, plan in self.plans if self.window.has(at))]
        return all(getattr(plan, name) == getattr(self.wanted, name) for plan in held for name in fields)


def chance(what: str, lease: UUID) -> float:
    """Uniform in 0..1, the same for the same question about the same answer."""
    digest = hashlib.sha256(SEED + what.encode() + lease.bytes).digest()
    return int.from_bytes(digest[:8], "big") / (1 << 64)


async def read(
    conn: asyncpg.Connection,
    tenant: TenantId,
    project: Mapping[str, Any],
    wanted: QualityPlan,
    window: Window,
    end: date,
    per_error: tuple[int, str] | None,
) -> History:
    """The history of a project (a row of projects.find), priced; `end` is the window's last day. Refuses
    `period_invalid` beyond what can be replayed."""
    about, skill = project["project"], project["skill"]
    siblings = await rows.projects_of(conn, tenant, skill)
    await _refuse_too_long(conn, tenant, about, siblings, window)
    answers = await rows.answers(conn, tenant, about, window)
    people = sorted({one.annotator for one in answers})
    streams = [
        *siblings,
        uuid8(tenant, "audit-floor"),
        *await _drawn(conn, tenant, about, siblings, wanted, window),
    ]
    known = await proficiency.records(conn, tenant, skill, people)
    since = await evidence_kept.discounted(conn, tenant, people)
    return History(
        project=about,
        skill=skill,
        kind=compare_by(project["scoring"]).kind,
        window=window,
        present=project["plan"],
        wanted=wanted,
        answers=answers,
        inspected=await rows.facts(conn, tenant, streams),
        standing=await rows.facts(conn, tenant, [held_stream(who, skill) for who in people]),
        passed=await rows.passed(conn, tenant, about),
        evidence=await rows.evidence(conn, tenant, skill, people),
        discounted={who: at for (who, of), at in since.items() if of == skill},
        records=known,
        pool=await proficiency.pool(conn, tenant, skill),
        prior=await proficiency.prior(conn, tenant, skill),
        temperature=(await calibration.temperatures(conn, tenant, [about])).get(about, 1.0),
        classes=await rows.classes(conn, tenant, about),
        escalated=await rows.escalated(conn, tenant, about, window),
        seconds=await rows.seconds(conn, tenant, about, window),
        stock=await rows.stock(conn, tenant, about),
        prices=Prices(
            await pricing.pieces(conn, tenant, about, window),
            await pricing.staff_on(conn, tenant, about, end),
            per_error,
        ),
    )


async def _drawn(
    conn: asyncpg.Connection,
    tenant: TenantId,
    about: UUID,
    siblings: Sequence[UUID],
    wanted: QualityPlan,
    window: Window,
) -> list[UUID]:
    """The streams of draws. Where the rate follows what was found, everything of the skill before counts, too."""
    if asks(wanted):
        return await rows.reviews(conn, tenant, siblings, Window(None, window.until))
    return await rows.reviews(conn, tenant, [about], window)


async def _refuse_too_long(
    conn: asyncpg.Connection, tenant: TenantId, about: UUID, siblings: Sequence[UUID], window: Window
) -> None:
    upto = Window(None, window.until)
    for projects, looked_at, most in (([about], window, ANSWERS_MAX), (siblings, upto, FOLDED_MAX)):
        found = await rows.count(conn, tenant, projects, looked_at)
        if found > most:
            whose = "the project in the window" if looked_at is window else "the skill up to the window's end"
            raise Refusal(
                "invalid",
                "period_invalid",
                expected=f"at most {most} answers of {whose}",
                found=f"{found}",
                mend="name a shorter time with `from` and `to`",
            )
