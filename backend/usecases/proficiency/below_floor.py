"""Below the floor: what a rule stops when it closes a skill for somebody, work in the skill or the person."""

from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.proficiency import held
from backend.domain.projects import skill as domain
from backend.domain.workforce.steps import Because
from backend.events import proficiency as ev
from backend.events.ids import SkillId
from backend.readmodels import projects
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.standing import locked, suspend_people

GONE = ("offboarded", "erased")


async def skill_below_floor_update(work: Work, *, skill: UUID, mode: str) -> Answer:
    """From now on a rule that closes this skill for somebody also suspends them (`suspend`), or does not
    (`close_skill`). Who is closed or suspended already stays so."""
    work.require("skill:define")
    (state,) = await work.load(domain.SKILL, [skill])
    if isinstance(state, domain.Undefined):
        raise not_found("a skill")
    work.decide(domain.SKILL, skill, domain.SetBelowFloor(skill=SkillId(skill), mode=mode))
    return Answer({"skill": skill, "mode": mode})


async def stop_if_asked(work: Work, fact: held.Event) -> bool:
    """By rule: suspend whom this fact closes the skill for, if it does and the skill says so. Leases go back in this
    transaction, their tasks are served again; a person reinstates, and opens the skill again.

    The person may read the reason: it names the skill, and no number that would tell which work was gold.
    """
    if not isinstance(fact, ev.SkillClosed | ev.DriftAlarmed):
        return False
    row = next(r for r in await projects.skills(work.conn, work.tenant) if r["skill"] == fact.skill)
    if row["below_floor"] != domain.SUSPEND:
        return False
    if (await locked(work, [fact.annotator]))[fact.annotator]["status"] in GONE:
        return False
    code = "below_floor" if isinstance(fact, ev.SkillClosed) else "drift"
    because = Because(code=code, skill=fact.skill, basis_index=fact.basis_index)
    said = f"by rule: {code} in the skill {row['name']}; ask your manager to look at the evidence"
    await suspend_people(work, [fact.annotator], said, because=because)
    return True
