"""Bulk acts: one act on many people at once, looked at before it is done. Who cannot be acted on stops nobody else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.readmodels import projects
from backend.readmodels import selection as selecting
from backend.usecases.gates import gates_shared, one_at_a_time
from backend.usecases.reach import reach_filter, reach_vendor
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.bulk_acts import ACTS, Done
from backend.usecases.workforce.standing import locked

PEOPLE_MAX = 10_000
NEEDS = {
    "move": "annotator:move",
    "pause": "annotator:pause",
    "resume": "annotator:pause",
    "grant": "skill:grant",
    "remind": "announcement:publish",
    "suspend": "annotator:suspend",
    "reinstate": "annotator:reinstate",
    "offboard": "annotator:offboard",
}
"""Kind of act -> the right that it needs, the same as for one person."""
# Gates are held before people are locked, as everywhere: whoever takes both takes them in this order.
GATES: Mapping[str, Callable[[Work], Awaitable[None]]] = {
    "move": one_at_a_time,
    "suspend": one_at_a_time,
    "reinstate": one_at_a_time,
    "remind": gates_shared,
}
Told: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Who is meant, and which of the named ids are nobody whom the caller may see."""

    people: list[UUID]
    unknown: list[UUID] = field(default_factory=list)


async def annotator_bulk(
    work: Work, *, selection: Mapping[str, Any], act: Mapping[str, Any], preview: bool, expect: int | None
) -> Answer:
    """Do one act to everybody selected, or with `preview` say what it would do: who changes, who is refused and why,
    who stops, and how many open leases and drafts are concerned. `expect`: how many people the preview matched;
    without it nothing is done (`expect_required`), and neither where they are another number by now."""
    work.require("annotator:read")
    work.require(NEEDS[act["kind"]])
    if not preview and expect is None:
        raise Refusal(
            "invalid",
            "expect_required",
            expected="`expect`, the number of people that the preview matched",
            found="none",
            mend="send it with `preview` true first, look at the answer, then send its `matched` as `expect`",
        )
    found = await _selected(work, selection)
    if expect not in (None, len(found.people)):
        raise Refusal(
            "conflict",
            "selection_changed",
            expected=f"{expect} people, as in the preview",
            found=f"{len(found.people)}",
            mend="look at the preview again, then decide",
        )
    if not preview:
        told, done = await _acted(work, found, selection, act)
        said = {**told, "preview": False}
        without = [{**one, "claim_token": None} for one in done.tokens]
        return Answer({**said, "tokens": done.tokens}, keep={**said, "tokens": without})
    async with work.imagined():
        told, _ = await _acted(work, found, selection, act)
    return Answer({**told, "preview": True, "tokens": []})


async def _selected(work: Work, selection: Mapping[str, Any]) -> Found:
    """Raises `selection_unclear` for everybody at once, `selection_too_large`, and not_found for a vendor, team or
    skill that does not exist: a mistyped id must not look like a selection of nobody."""
    named = {name: value for name, value in selection.items() if value is not None}
    if not named:
        raise Refusal(
            "invalid",
            "selection_unclear",
            expected="at least one of ids, vendor, team, status and skill",
            found="none",
            mend="say who is meant",
        )
    await _there(work, named)
    wanted = selecting.Wanted(
        **{name: named.get(name) for name in ("ids", "vendor", "team", "status", "skill")}
    )
    most = PEOPLE_MAX + 1
    people = await selecting.select(work.conn, work.tenant, wanted, work.now, reach_filter(work), most)
    if len(people) > PEOPLE_MAX:
        raise Refusal(
            "invalid",
            "selection_too_large",
            expected=f"{PEOPLE_MAX} people at most",
            found="more",
            mend="select them in parts",
        )
    unknown = sorted(set(named.get("ids", ())) - set(people)) if set(named) == {"ids"} else []
    return Found(people, unknown)


async def _there(work: Work, named: Mapping[str, Any]) -> None:
    """Raises not_found for a vendor, team or skill that does not exist, or that the caller does not reach."""
    vendor, team, skill = (named.get(name) for name in ("vendor", "team", "skill"))
    if vendor is not None:
        reach_vendor(work, vendor)
        if not await selecting.vendors(work.conn, work.tenant, [vendor], []):
            raise not_found("a vendor")
    if team is not None:
        own_vendor, own_team = reach_filter(work)
        rows = await selecting.teams(work.conn, work.tenant, [team], [])
        if not rows or own_vendor not in (None, rows[0]["vendor"]) or own_team not in (None, team):
            raise not_found("a team")
    if skill is not None and skill not in {
        row["skill"] for row in await projects.skills(work.conn, work.tenant)
    }:
        raise not_found("a skill")


async def _acted(
    work: Work, found: Found, selection: Mapping[str, Any], act: Mapping[str, Any]
) -> tuple[Told, Done]:
    """The act, and what it did by comparing before and after."""
    conn, tenant = work.conn, work.tenant
    if act["kind"] in GATES:
        await GATES[act["kind"]](work)
    before = {person: row["status"] for person, row in (await locked(work, found.people)).items()}
    held = await selecting.leases(conn, tenant, found.people)
    done = await ACTS[act["kind"]](work, found.people, selection, act)
    await work.flush()
    changed = sorted(done.changed)
    after = await selecting.status(conn, tenant, changed)
    kept = await selecting.leases(conn, tenant, changed)
    concerned = [lease for lease, holder in held.items() if holder in done.changed]
    told = {
        "matched": len(found.people),
        "would": {
            "changed": len(changed),
            "unchanged": len(found.people) - len(changed) - len(done.refused),
            "refused": [*done.refused, *(_unknown(one) for one in found.unknown)],
        },
        "stops": [one for one in changed if before[one] == "active" != after[one]],
        "leases": len(concerned),
        "leases_revoked": sum(lease not in kept for lease in concerned),
        "drafts": await selecting.drafts(conn, tenant, changed),
    }
    return told, done


def _unknown(person: UUID) -> dict[str, Any]:
    return {
        "id": person,
        "code": "not_found",
        "expected": "an annotator that exists and that you may see",
        "found": "none",
        "mend": "leave this id out",
    }
