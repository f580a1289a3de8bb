"""Evidence without the work behind it: facts as the log would hold them, for long records and for what is rare."""

import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from backend.events import leases, review
from backend.events import proficiency as scores
from backend.events.base import Actor, Recorded
from backend.events.ids import SYSTEM_PRINCIPAL
from backend.events.store import log
from backend.events.store.database import transaction
from backend.readmodels.projection import project
from backend.readmodels.registry import INLINE
from tests.support.world import World

PPM = 1_000_000


async def tell(world: World, *events: Any) -> None:
    """These happened now, each in a stream of its own."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        now, actor = await world.clock.now(conn), Actor("system", SYSTEM_PRINCIPAL)
        facts = [Recorded(world.tenant, uuid4(), 1, one, now, actor, None) for one in events]
        await log.append(conn, world.tenant, facts, [os.urandom(16) for _ in facts])
        await project(INLINE, conn, world.tenant, facts)


def scored(who: UUID, skill: UUID, right: bool, truth: str | None = None, said: str | None = None) -> Any:
    """Gold met in work."""
    about: dict[str, Any] = {"lease": uuid4(), "annotator": who, "skill": skill, "gold": uuid4()}
    classes = {"truth_class": truth, "answer_class": said}
    return leases.GoldScored(**about, correct=right, score_ppm=PPM * right, plan_version=1, **classes)


def gold_scored(who: UUID, skill: UUID, answers: Sequence[bool]) -> list[Any]:
    """As much gold met in work, right or wrong."""
    return [scored(who, skill, right, "a", "a" if right else "b") for right in answers]


def verdict(who: UUID, skill: UUID, right: bool, rate: float) -> Any:
    """A review of an answer drawn with this chance."""
    names = ("review", "lease", "task", "item", "project", "reviewer")
    about: dict[str, Any] = {name: uuid4() for name in names} | {"author": who, "skill": skill}
    nothing = dict.fromkeys(("correction", "correction_token", "truth_class", "answer_class", "note"))
    shares = {"rate_ppm": round(PPM * rate), "score_ppm": PPM * right}
    said = "accept" if right else "reject"
    return review.VerdictGiven(**about, verdict=said, **nothing, **shares, passed=right)


def adjudicated(who: UUID, skill: UUID, right: bool) -> Any:
    """An expert decided the item and found the answer right or wrong."""
    names = ("escalation", "lease", "project")
    about: dict[str, Any] = {name: uuid4() for name in names} | {"annotator": who, "skill": skill}
    shares = {"score_ppm": PPM * right, "plan_version": 1}
    return review.AdjudicationScored(**about, correct=right, truth_class=None, answer_class=None, **shares)


def corrected(of: leases.GoldScored, now: bool | None) -> Any:
    """A dispute about a gold answer was won."""
    classes = {"truth_class": of.truth_class, "answer_class": of.answer_class}
    about: dict[str, Any] = {
        "dispute": uuid4(),
        "lease": of.lease,
        "annotator": of.annotator,
        "skill": of.skill,
    }
    return scores.ScoreCorrected(**about, source="gold", was=of.correct, now=now, **classes)
