"""Flags in a test: somebody is suspected and the case decided; and a crowd in which one answers blindly."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.proficiency.flag import FLAG, Raise
from backend.events.ids import AnnotatorId, FlagId, SkillId, uuid8
from backend.usecases.quality import flag_scan, flags
from backend.usecases.work import Answer, Caller, Work
from tests.support.skilled import define
from tests.support.world import World

CLASSES = "abcd"


async def suspect(
    world: World, who: Caller | UUID, skill: UUID, kind: str = "spammer", other: Caller | UUID | None = None
) -> UUID:
    """A flag as a scan would raise it, without answers behind it."""

    async def suspect_them(work: Work) -> Answer:
        flag = FlagId(work.new_id())
        command = Raise(
            flag=flag,
            annotator=_id(who),
            other=_id(other) if other else None,
            skill=SkillId(skill),
            project=None,
            kind=kind,
            amount=20,
            evidence='{"numbers":{"answers":20},"tokens":{},"signals":[],"leases":[]}',
            threshold='{"answers_min":20}',
            since=work.now - timedelta(days=1),
            basis_index=0,
        )
        work.decide(FLAG, uuid8(flag, "case"), command)
        return Answer({"flag": flag})

    return UUID(str((await world.act(suspect_them))["flag"]))


def _id(who: Caller | UUID) -> AnnotatorId:
    return AnnotatorId(who.subject.id if isinstance(who, Caller) else who)


async def settle(world: World, flag: UUID, decision: str, **more: Any) -> dict[str, Any]:
    """Decide it as the administrator."""
    return await world.act(flags.flag_settle, flag=flag, decision=decision, reason="looked at it", **more)


async def scan(world: World, skill: UUID, caller: Caller | None = None) -> dict[str, Any]:
    """Look for suspicion now."""
    return await world.act(flag_scan.flags_scan, caller, skill=skill)


async def lived(world: World, here: str = "") -> None:
    """Suspected, discounted and given back; suspected and discounted; and a pair that nobody has looked at."""
    skill = await define(world, f"{here}moths")
    ann, ben = await world.invite(f"{here}moth ann"), await world.invite(f"{here}moth ben")
    first = await suspect(world, ann, skill)
    await settle(world, first, "discounted")
    await settle(world, first, "dismissed")
    await settle(world, await suspect(world, ben, skill), "discounted")
    await suspect(world, ann, skill, "copying", ben)
