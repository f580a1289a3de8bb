"""People and their work over HTTP: the short ways in which the paths of the workforce begin."""

from datetime import datetime, timedelta
from typing import Any

from backend.events.store.database import transaction
from backend.workers.sweeps import sweep_all
from tests.api.speaker import Speaker
from tests.support.world import World

NOBODY = "00000000-0000-0000-0000-000000000001"
PLAN = {"overlap": 1, "gold_share": 0.0, "review_rate": 0.0, "double_review": 0.0, "lease_seconds": 7_200}
QUESTION = {"id": "q1", "prompt": "2+2?", "answer": 4}
ANSWERS = {"right": 4, "wrong": 5}
At = dict[str, str]
"""The path parameter of a project."""


async def moment(world: World, **later: float) -> str:
    """The time that the next request will see, or so much later, as it is sent."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        now: datetime = await world.clock.now(conn)
    return (now + timedelta(**later)).isoformat()


def pass_time(world: World, **time: float) -> None:
    """Let so much time pass."""
    world.clock.moved += timedelta(**time)
    world.perform._authenticate.forget()  # what two seconds do to what is known of keys


async def sweep(world: World) -> dict[str, int]:
    """What the worker does about time that has passed: jobs that are due, and every sweep."""
    await world.decide()
    return await sweep_all(world.perform, world.tenant)


async def events(world: World) -> int:
    """How many facts there are."""
    (row,) = await world.rows("SELECT count(*) AS n FROM event WHERE tenant = $1")
    return int(row["n"])


# --- people


async def invited(by: Speaker, name: str, *roles: str, **where: Any) -> dict[str, Any]:
    """The answer to an invitation."""
    body = {"name": name, "email": f"{name}@example.invalid", "roles": roles or ["annotator"]}
    return dict(await by.do("annotator_invite", body | where))


async def claim(by: Speaker, token: str) -> tuple[Speaker, dict[str, Any]]:
    """Whoever exchanges this token, and what they are told."""
    told = await Speaker(by.client).do("annotator_claim", {"claim_token": token})
    return Speaker(by.client, told["key"]), told


async def person(by: Speaker, name: str, *roles: str, **where: Any) -> tuple[Speaker, str]:
    """Somebody who was invited and has claimed, and their id."""
    asked = await invited(by, name, *roles, **where)
    who, _ = await claim(by, asked["claim_token"])
    return who, asked["id"]


async def status(admin: Speaker, annotator: str) -> str:
    """Where the person stands."""
    return str((await admin.do("annotator_get", annotator=annotator))["status"])


async def onboarding(admin: Speaker, **asked: Any) -> dict[str, Any]:
    """Ask for this before the first task."""
    before = await admin.do("onboarding_get")
    return dict(await admin.do("onboarding_update", asked, if_match=f'"{before["version"]}"'))


async def key(admin: Speaker, *roles: str, **limits: Any) -> Speaker:
    """A user with these roles, whose key may be limited to a vendor or a team."""
    made = await admin.do("key_create", {"kind": "user", "roles": roles} | limits)
    return Speaker(admin.client, made["key"])


# --- what is asked of them


async def nda(admin: Speaker, text: str = "Say nothing.", **terms: Any) -> dict[str, Any]:
    """An agreement, or with `agreement` its next version."""
    return dict(await admin.do("agreement_publish", {"title": "NDA", "text": text} | terms))


async def sign(who: Speaker, agreement: str, version: int | None = None) -> dict[str, Any]:
    """Read, agree to sign electronically, and sign the version in force, or the one named."""
    at = {"agreement": agreement}
    asked = version or (await who.do("agreement_get", **at))["version"]
    shown = await who.do("agreement_present", {"version": asked}, **at)
    await who.do("agreement_consent", {"version": asked, "words": "I agree."}, **at)
    signature = {"version": asked, "sha256": shown["sha256"], "typed_name": "A. Name"}
    return dict(await who.do("agreement_sign", signature, **at))


async def quiz(admin: Speaker, title: str = "Basics", **rules: Any) -> str:
    """A course of one question; its id."""
    said = {"title": title, "content": "Read.", "questions": [QUESTION], "pass_mark": 1} | rules
    return str((await admin.do("course_publish", said))["id"])


def answered(version: int = 1, how: str = "right") -> dict[str, Any]:
    """The body of an attempt at a quiz."""
    return {"version": version, "answers": [{"question": "q1", "answer": ANSWERS[how]}]}


async def learn(who: Speaker, course: str, how: str = "right") -> dict[str, Any]:
    """Attempt the version of the course that is in force."""
    asked = await who.do("course_get", course=course)
    return dict(await who.do("course_attempt", answered(asked["version"], how), course=course))


# --- work


async def project(admin: Speaker, *items: str, plan: dict[str, Any] | None = None, **asked: Any) -> At:
    """A project with items under these keys; `conditions` and the like are what its work asks for."""
    name = asked.pop("name", "birds")
    made = await admin.do("project_create", {"name": name, "skill": name, "plan": PLAN | (plan or {})})
    at = {"project": made["id"]}
    if asked:
        await require(admin, at, **asked)
    if items:
        given = [{"external_key": one, "payload": {"item": one}} for one in items]
        await admin.do("item_import", {"items": given}, **at)
    return at


async def require(admin: Speaker, at: At, **asked: Any) -> None:
    """Say what work in the project asks for."""
    await admin.do("project_requirements_update", {"agreements": [], "courses": []} | asked, **at)


async def skill(admin: Speaker, at: At) -> str:
    """The skill that the project's work is about."""
    return str((await admin.do("project_get", **at))["skill"]["id"])


async def pull(who: Speaker, at: At) -> dict[str, Any]:
    """One lease, which is there."""
    told = await who.do("lease_pull", at)
    assert told["leases"], told["reasons"]
    return dict(told["leases"][0])


async def why(who: Speaker, at: At) -> list[dict[str, Any]]:
    """Why there is no work."""
    told = await who.do("lease_pull", at)
    assert told["leases"] == []
    return list(told["reasons"])


async def codes(who: Speaker, at: At) -> list[str]:
    """Why there is no work, in codes."""
    return [one["code"] for one in await why(who, at)]


async def failing(asks: Speaker, annotator: str, at: At) -> list[str]:
    """The conditions that keep this person from work in the project, as they are explained."""
    told = await asks.do("annotator_eligibility", annotator=annotator, query=at)
    failed = [one["condition"] for one in told["conditions"] if not one["passed"]]
    assert told["eligible"] == (not set(failed) - {"open_slots", "lane_open"})
    assert told["served_now"] == (not failed)
    return failed
