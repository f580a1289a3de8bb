"""What can be done to many people at once: each person decided by the same rule as alone, all in one transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.proficiency import held
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce.standing import Erased, Invited, Paused, Screened, Unknown, status_of
from backend.events.base import Secret
from backend.events.ids import AnnotatorId, SkillId
from backend.readmodels import selection as selecting
from backend.usecases.entitlement import revoke_leases, revoke_lost
from backend.usecases.proficiency.skills import held_stream, known_skills
from backend.usecases.reach import limited, placed
from backend.usecases.work import Work
from backend.usecases.workforce.announcements import publish
from backend.usecases.workforce.inviting import renewed
from backend.usecases.workforce.onboarding import activate_complete
from backend.usecases.workforce.vendors import stop_vendor, vendor_reinstate

REMINDER_TITLE = "Please look at what is still open"
REMINDER_TEXT = (
    "Something that your work asks for is still open, or will end soon. "
    "Open your list of requirements and complete what it names."
)
GONE = ("offboarded", "erased")


@dataclass(slots=True)
class Done:
    """Whom the act changed, who was refused and why, and new claim tokens."""

    changed: set[UUID] = field(default_factory=set)
    refused: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[dict[str, Any]] = field(default_factory=list)


Said = Mapping[str, Any]
Act = Callable[[Work, Sequence[UUID], Said, Said], Awaitable[Done]]
"""An act on locked people whose streams are loaded: the people, how they were selected, what the caller said."""


def each(who: Sequence[UUID], decide: Callable[[UUID], Collection[Any]]) -> Done:
    """Ask the rule about one person after the other; a refusal is kept and stops nobody else."""
    done = Done()
    for person in who:
        try:
            if decide(person):
                done.changed.add(person)
        except Refusal as refusal:
            told = ("code", "expected", "found", "mend")
            done.refused.append({"id": person} | {name: getattr(refusal, name) for name in told})
    return done


async def _commanded(work: Work, who: Sequence[UUID], reason: str, make: Callable[[Secret], Any]) -> Done:
    """One command per person, with what the manager said as ciphertext of the tenant."""
    keys = await work.keys(("tenant", work.tenant))

    def decide(person: UUID) -> Collection[Any]:
        said = keys.seal_json("tenant", work.tenant, "annotator", person, "reason", reason)
        return work.decide(annotators.ANNOTATOR, person, make(said))

    return each(who, decide)


def whole_vendor(selection: Said) -> UUID | None:
    """The vendor, where the selection is exactly a vendor."""
    named = {name: value for name, value in selection.items() if value is not None}
    return named["vendor"] if set(named) == {"vendor"} else None


async def _move(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    """Raises `move_unclear` where no place is named: nobody moves everybody to the staff by saying nothing."""
    if all(act.get(name) is None for name in ("origin", "vendor", "team")):
        raise Refusal(
            "invalid",
            "move_unclear",
            expected="at least one of origin, vendor and team",
            found="none",
            mend="say where they work from now on; the tenant's own staff is the origin staff",
        )
    place = await placed(work, act.get("origin"), act.get("vendor"), act.get("team"))
    command = annotators.Move(origin=place.origin, vendor=place.vendor, team=place.team)
    done = each(who, lambda person: work.decide(annotators.ANNOTATOR, person, command))
    await revoke_lost(work, sorted(done.changed), "moved")
    return done


async def _pause(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    """Who is paused already keeps that pause: its reason and its end were decided for this person."""
    until = act.get("until")
    free = [person for person in who if not _paused(work, person)]
    done = await _commanded(
        work, free, act["reason"], lambda said: annotators.Pause(reason=said, until=until, now=work.now)
    )
    await revoke_leases(work, sorted(done.changed), "paused")
    return done


async def _resume(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    return await _commanded(work, who, act["reason"], lambda said: annotators.Resume(reason=said))


async def _suspend(work: Work, who: Sequence[UUID], selection: Said, act: Said) -> Done:
    """A whole vendor is suspended itself, so that nobody can be added to it meanwhile."""
    vendor = whole_vendor(selection)
    if vendor is not None and not limited(work):
        work.require("vendor:manage")
        before = _statuses(work, who)
        await stop_vendor(work, vendor, act["reason"])
        return Done(changed=_differing(work, before))
    done = await _commanded(work, who, act["reason"], lambda said: annotators.Suspend(reason=said))
    await revoke_leases(work, sorted(done.changed), "suspended")
    return done


async def _reinstate(work: Work, who: Sequence[UUID], selection: Said, act: Said) -> Done:
    """Nobody is reinstated while their vendor is suspended; a whole vendor is reinstated with its people."""
    stopped = await selecting.suspended(work.conn, work.tenant)
    vendor = whole_vendor(selection)
    before = _statuses(work, who)
    if vendor in stopped and not limited(work):
        await vendor_reinstate(work, vendor=vendor, reason=act["reason"])
        return Done(changed=_differing(work, before))
    bound = [person for person in who if _vendor(work, person) in stopped and before[person] == "suspended"]
    free = [person for person in who if person not in set(bound)]
    done = await _commanded(work, free, act["reason"], lambda said: annotators.Reinstate(reason=said))
    done.refused += [
        _refused(person, "vendor_suspended", "a vendor whose people may work") for person in bound
    ]
    await activate_complete(work, sorted(done.changed))
    return done


async def _offboard(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    done = await _commanded(work, who, act["reason"], lambda said: annotators.Offboard(reason=said))
    await revoke_leases(work, sorted(done.changed), "offboarded")
    return done


async def _grant(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    skill, level, until = act["skill"], act["level"], act.get("until")
    await known_skills(work, {skill})
    streams = {person: held_stream(person, skill) for person in who}
    await work.load(held.HELD, list(streams.values()))
    keys = await work.keys(*(("person", person) for person in who))

    def decide(person: UUID) -> Collection[Any]:
        stream = streams[person]
        command = held.Grant(
            annotator=AnnotatorId(person),
            skill=SkillId(skill),
            level=level,
            until=until,
            now=work.now,
            source="manager",
            evidence=f"manager {work.me}",
            reason=keys.seal_json("person", person, "skill", stream, "reason", act["reason"]),
        )
        return work.decide(held.HELD, stream, command)

    done = each(who, decide)
    await revoke_lost(work, sorted(done.changed), "skill lowered")
    return done


async def _remind(work: Work, who: Sequence[UUID], _: Said, act: Said) -> Done:
    """An announcement to these people; whose invitation has run out gets a new claim token."""
    here = [person for person in who if status_of(work.state(annotators.ANNOTATOR, person)) not in GONE]
    done = Done(changed=set(here))
    done.refused = [
        _refused(one, "not_now", "somebody who has not left") for one in who if one not in done.changed
    ]
    for person in here:
        state = work.state(annotators.ANNOTATOR, person)
        if not isinstance(state, Invited | Screened) or (state.file.claim_until or work.now) >= work.now:
            continue
        token = renewed(work, AnnotatorId(person))
        done.tokens.append({"id": person, "claim_token": token.text, "claim_until": token.until})
    if here:
        title, text = act.get("title") or REMINDER_TITLE, act.get("text") or REMINDER_TEXT
        await publish(work, title, text, "people", None, tuple(here))
    return done


def _statuses(work: Work, who: Sequence[UUID]) -> dict[UUID, str]:
    return {person: status_of(work.state(annotators.ANNOTATOR, person)) for person in who}


def _differing(work: Work, before: Mapping[UUID, str]) -> set[UUID]:
    return {person for person, status in _statuses(work, list(before)).items() if status != before[person]}


def _paused(work: Work, person: UUID) -> bool:
    """Whether a pause holds at this moment; one whose end has passed does not."""
    state = work.state(annotators.ANNOTATOR, person)
    return isinstance(state, Paused) and (state.until is None or state.until > work.now)


def _vendor(work: Work, person: UUID) -> UUID | None:
    state = work.state(annotators.ANNOTATOR, person)
    return None if isinstance(state, Unknown | Erased) else state.file.place.vendor


def _refused(person: UUID, code: str, expected: str) -> dict[str, Any]:
    found, mend = "somebody for whom this is not so", "leave this person out, or change that first"
    return {"id": person, "code": code, "expected": expected, "found": found, "mend": mend}


ACTS: Mapping[str, Act] = {
    "move": _move,
    "pause": _pause,
    "resume": _resume,
    "grant": _grant,
    "remind": _remind,
    "suspend": _suspend,
    "reinstate": _reinstate,
    "offboard": _offboard,
}
"""Kind of act -> how it is done."""
