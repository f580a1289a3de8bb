"""Onboarding: what is asked before the first task, who has what of it, and activation when nothing is missing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects.requirement import agreement_token, course_token
from backend.domain.workforce import annotator as annotators
from backend.domain.workforce import onboarding as policies
from backend.domain.workforce.standing import OnFile, file_of
from backend.events.ids import AgreementId, AnnotatorId, CourseId, uuid8
from backend.readmodels import agreements, people
from backend.usecases.gates import one_at_a_time
from backend.usecases.work import Answer, Work

COURSES = "SELECT course, version FROM course WHERE tenant = $1 AND course = ANY($2::uuid[])"

Weighed = tuple[tuple[str, ...], tuple[str, ...]]
"""What is met and what is missing before the first task."""


def onboarding_stream(work: Work) -> UUID:
    """The tenant's onboarding policy; its stream follows from the tenant."""
    return uuid8(work.tenant, "onboarding")


async def weigh(work: Work, who: Sequence[UUID]) -> dict[UUID, Weighed]:
    """What the onboarding policy asks of these people now, met and missing. What was decided is flushed first."""
    await work.flush()
    (policy,) = await work.load(policies.ONBOARDING, [onboarding_stream(work)])
    tokens = await _tokens(work, policy)
    rows = await people.find(work.conn, work.tenant, work.now, list(who), limit=len(who))
    held = {row["annotator"]: row["tokens"] for row in rows}
    found = {}
    for person, state in zip(who, await work.load(annotators.ANNOTATOR, who), strict=True):
        file: OnFile = file_of(state, AnnotatorId(person))
        approved = file.approved is not None
        found[person] = policies.weighed(tokens, policy.approval, file.failed, approved, held.get(person, ()))
    return found


async def _tokens(work: Work, policy: policies.Policy) -> list[str]:
    """What is asked of everybody, in the versions asked now."""
    tokens = [f"check:{name}" for name in policy.checks]
    if policy.agreements:
        everywhere: dict[str, Any] = {"agreements": list(policy.agreements), "data_class": None}
        versions = await agreements.asked_by(work.conn, work.tenant, everywhere, work.now)
        tokens += [agreement_token(AgreementId(a), versions[a]) for a in policy.agreements if a in versions]
    for row in await work.conn.fetch(COURSES, work.tenant, list(policy.courses)) if policy.courses else ():
        tokens.append(course_token(CourseId(row["course"]), row["version"]))
    return tokens


async def activate_if_complete(work: Work, person: UUID) -> bool:
    """Call it after whatever may complete somebody's onboarding: activates the person once nothing is missing."""
    return bool(await activate_complete(work, [person]))


async def activate_complete(work: Work, who: Sequence[UUID]) -> list[UUID]:
    """Those of these people whose onboarding ends now, because nothing is missing any more."""
    await work.flush()
    rows = await people.lock(work.conn, work.tenant, who)
    waiting = [person for person, row in rows.items() if row["status"] == "onboarding"]
    weighed = await weigh(work, waiting) if waiting else {}
    done = [person for person, (_, missing) in weighed.items() if not missing]
    for person in done:
        met = weighed[person][0]
        work.decide(annotators.ANNOTATOR, person, annotators.Activate(met=met, missing=(), reason=None))
    return done


async def missing_of(work: Work, person: UUID) -> list[str]:
    """What keeps an onboarding person from the first task."""
    return list((await weigh(work, [person]))[person][1])


async def onboarding_get(work: Work) -> Answer:
    """What is asked of everybody before the first task."""
    work.require("onboarding:read")
    (policy,) = await work.load(policies.ONBOARDING, [onboarding_stream(work)])
    return _shown(policy)


def _shown(policy: policies.Policy, activated: int | None = None) -> Answer:
    body = {
        "version": policy.version,
        "checks": list(policy.checks),
        "approval": policy.approval,
        "agreements": list(policy.agreements),
        "courses": list(policy.courses),
        "activated": activated,
    }
    return Answer(body, etag=str(policy.version))


async def onboarding_update(
    work: Work,
    *,
    expected_version: int,
    checks: tuple[str, ...],
    approval: bool,
    agreements: tuple[UUID, ...],
    courses: tuple[UUID, ...],
) -> Answer:
    """Ask for this before the first task from now on; whoever has all of it by now is activated at once."""
    work.require("onboarding:update")
    await one_at_a_time(work)
    stream = onboarding_stream(work)
    (policy,) = await work.load(policies.ONBOARDING, [stream])
    if policy.version != expected_version:
        raise Refusal(
            "stale",
            "stale",
            expected=f"the policy's version {policy.version}",
            found=f"version {expected_version}",
            mend="read the policy again and decide anew",
        )
    await _known(work, agreements, courses)
    command = policies.UpdateOnboarding(
        checks=checks,
        approval=approval,
        agreements=tuple(AgreementId(one) for one in agreements),
        courses=tuple(CourseId(one) for one in courses),
    )
    work.decide(policies.ONBOARDING, stream, command)
    waiting = await people.of(work.conn, work.tenant, ["onboarding"])
    activated = await activate_complete(work, waiting)
    return _shown(work.state(policies.ONBOARDING, stream), len(activated))


async def _known(work: Work, wanted_agreements: tuple[UUID, ...], wanted_courses: tuple[UUID, ...]) -> None:
    for what, wanted in (("agreement", wanted_agreements), ("course", wanted_courses)):
        sql = f"SELECT {what} FROM {what} WHERE tenant = $1 AND {what} = ANY($2::uuid[])"
        known = {row[what] for row in await work.conn.fetch(sql, work.tenant, list(wanted))}
        if unknown := [one for one in wanted if one not in known]:
            raise Refusal(
                "invalid",
                f"{what}_unknown",
                expected=f"{what}s that are published",
                found=f"{len(unknown)} unknown, the first {unknown[0]}",
                mend=f"publish the {what} first and use the id in its answer",
            )
