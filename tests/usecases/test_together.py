"""Group commit: requests that wait together share a transaction; who spoils it spoils nothing for the others."""

import os
from typing import Any
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.usecases.perform import Perform
from backend.usecases.projects import projects
from backend.usecases.tasks import holding, queue, submitting
from backend.usecases.together import Together
from backend.usecases.work import Answer, Caller
from tests.support.together import at_once
from tests.support.world import World

PEOPLE = 12


class Desk:
    """Pulls and submits that may share transactions, as the API serves them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._pull = Together(world.perform, queue.lease_pull, queue.lease_pull_together, queue.pull_again)
        self._submit = Together(world.perform, submitting.lease_submit, submitting.lease_submit_together)

    async def pull(self, who: Caller, key: str | None = None, project: UUID | None = None) -> dict[str, Any]:
        """Pull one lease."""
        asked = {"project": project, "max": 1}
        meta = self.world.meta(queue.lease_pull, key or os.urandom(8).hex(), asked)
        return (await self._pull(who, meta, **asked)).body

    async def submit(self, who: Caller, lease: UUID, answer: Any) -> Answer:
        """Hand in an answer."""
        sent = {"lease": lease, "answer": answer, "client_seconds": None}
        return await self._submit(who, self.world.meta(submitting.lease_submit, None, sent), **sent)


async def crowd(world: World, items: int = 40, **plan: Any) -> tuple[Desk, UUID, list[Caller]]:
    """A desk, a project with work, and people who may do it."""
    project = await world.project(plan=plan)
    await world.items(project, *(f"i{n}" for n in range(items)))
    return Desk(world), project, [await world.invite(f"p{n}") for n in range(PEOPLE)]


async def transactions(world: World, kind: str) -> int:
    """In how many transactions events of this kind were appended."""
    sql = "SELECT count(DISTINCT xid) AS n FROM event WHERE tenant = $1 AND type = $2"
    return int((await world.rows(sql, kind))[0]["n"])


async def test_who_waits_together_is_served_in_few_transactions(world: World) -> None:
    desk, _, people = await crowd(world)
    pulled = await at_once(*(desk.pull(who) for who in people))
    leases = [one["leases"][0]["id"] for one in pulled]
    assert len(set(leases)) == PEOPLE and await transactions(world, "lease.claimed") < PEOPLE / 2
    told = await at_once(*(desk.submit(who, lease, "1") for who, lease in zip(people, leases, strict=True)))
    assert {one.body["status"] for one in told} == {"submitted"}
    assert await transactions(world, "lease.submitted") < PEOPLE / 2
    held = await world.rows("SELECT annotator, item FROM answer WHERE tenant = $1")
    assert len({row["annotator"] for row in held}) == len({row["item"] for row in held}) == PEOPLE


async def test_each_has_acted_under_their_own_name_and_left_their_own_entry(world: World) -> None:
    desk, _, people = await crowd(world)
    await at_once(*(desk.pull(who) for who in people))
    claimed = await world.facts("lease.claimed")
    assert {fact.actor.id for fact in claimed} == {who.subject.id for who in people}
    assert all(fact.actor.id == fact.event.annotator for fact in claimed)
    assert len({fact.request for fact in claimed}) == PEOPLE
    for who in people:
        (entry,) = [one for one in await world.entries(who) if one["action"] == "lease_pull"]
        assert entry["fields_seen"] == ["payload"] and len(entry["result_ids"]) == 1


async def test_a_member_that_is_refused_is_refused_alone(world: World) -> None:
    desk, _, people = await crowd(world)
    pulled = await at_once(*(desk.pull(who) for who in people))
    leases = [one["leases"][0]["id"] for one in pulled]
    spoiler = people[5]
    sent = [
        desk.submit(who, lease, "1") for who, lease in zip(people, leases, strict=True) if who is not spoiler
    ]
    *told, wrong = await at_once(*sent, desk.submit(spoiler, leases[0], "mine"))
    assert isinstance(wrong, Refusal) and wrong.code == "not_found"
    assert [one.body["status"] for one in told] == ["submitted"] * (PEOPLE - 1)
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == PEOPLE - 1
    (entry,) = [one for one in await world.entries(spoiler) if one["action"] == "lease_submit"]
    assert entry["outcome"] == {"kind": "not_found", "error_code": "not_found"}


async def test_a_member_whom_another_writer_forestalled_decides_again(world: World) -> None:
    """The lease ends under one of them while the batch is on its way: their answer is kept, all others count."""
    desk, project, people = await crowd(world)
    pulled = await at_once(*(desk.pull(who) for who in people))
    leases = [one["leases"][0]["id"] for one in pulled]
    sent = [desk.submit(who, lease, "1") for who, lease in zip(people, leases, strict=True)]
    ended = [world.pull(who, project) for who in people[:3]]
    told = await at_once(*sent, *ended)
    assert sum(isinstance(one, Answer) for one in told[:PEOPLE]) == PEOPLE
    assert len(await world.rows("SELECT 1 FROM answer WHERE tenant = $1")) == PEOPLE


async def test_the_same_request_twice_at_once_is_one(world: World) -> None:
    desk, _, people = await crowd(world)
    pulled = await at_once(*(desk.pull(who, "k") for who in people for _ in range(3)))
    by_person = [pulled[n * 3 : n * 3 + 3] for n in range(PEOPLE)]
    assert all(len({one["leases"][0]["id"] for one in three}) == 1 for three in by_person)
    assert len(await world.rows("SELECT 1 FROM lease WHERE tenant = $1")) == PEOPLE


async def test_one_person_at_many_windows_never_holds_more_than_allowed(world: World) -> None:
    desk, _, people = await crowd(world)
    pulled = await at_once(*(desk.pull(people[0]) for _ in range(10)), *(desk.pull(w) for w in people[1:]))
    assert sum(len(one["leases"]) for one in pulled[:10]) == 3
    assert all(len(one["leases"]) == 1 for one in pulled[10:])


async def test_who_finds_nothing_is_told_why_beside_others_who_find_work(world: World) -> None:
    desk, _, people = await crowd(world, items=4)
    pulled = await at_once(*(desk.pull(who) for who in people))
    assert sum(len(one["leases"]) for one in pulled) == 4
    empty = [one for one in pulled if not one["leases"]]
    assert all([why["code"] for why in one["reasons"]] == ["no_tasks"] for one in empty)


@pytest.mark.parametrize("overlap", [2, 3])
async def test_overlapping_slots_go_to_different_people(world: World, overlap: int) -> None:
    desk, _, people = await crowd(world, items=PEOPLE * 3 // overlap, overlap=overlap)
    for _ in range(3):
        await at_once(*(desk.pull(who) for who in people))
    rows = await world.rows("SELECT annotator, item, task, slot FROM lease WHERE tenant = $1")
    assert len(rows) == PEOPLE * 3
    assert len({(row["annotator"], row["item"]) for row in rows}) == len(rows)
    assert len({(row["task"], row["slot"]) for row in rows}) == len(rows)


async def test_what_one_process_remembers_of_a_lease_yields_to_what_another_did(world: World) -> None:
    """It was paused and resumed, and another was skipped, where this process did not see it."""
    desk, _, (ann, ben, *_) = await crowd(world)
    mine, theirs = [(await desk.pull(who))["leases"][0]["id"] for who in (ann, ben)]
    elsewhere = Perform(world.perform.pool, world.perform.vault, world.clock, lambda _t, _j: None, "other")
    for who, act, lease in ((ann, holding.lease_pause, mine), (ann, holding.lease_resume, mine)):
        more = {"draft": None} if act is holding.lease_pause else {}
        await elsewhere(act, who, world.meta(act, None, {}), lease=lease, **more)
    skip = {"lease": theirs, "reason": "", "code": ""}
    await elsewhere(holding.lease_skip, ben, world.meta(holding.lease_skip, None, {}), **skip)
    told = await at_once(desk.submit(ann, mine, "1"), desk.submit(ben, theirs, "1"))
    assert isinstance(told[0], Answer) and told[0].body["status"] == "submitted"
    assert isinstance(told[1], Refusal) and told[1].code == "lease_lost"
    facts = await world.facts("lease.submitted")
    assert [fact.version for fact in facts] == [4]


async def test_what_another_process_changed_of_a_project_holds_for_the_next_lease(world: World) -> None:
    """This process has a copy of what projects say; who pulls reads under lock whether it is old."""
    desk, project, (ann, *_) = await crowd(world, lease_seconds=600)
    elsewhere = Perform(world.perform.pool, world.perform.vault, world.clock, lambda _t, _j: None, "other")
    lasting = []
    for version, seconds in ((1, 60), (2, 120)):
        lasting.append(_seconds(await desk.pull(ann)))
        change = {"project": project, "expected_version": version, "plan": {"lease_seconds": seconds}}
        act = projects.project_plan_update
        await elsewhere(act, world.admin, world.meta(act, None, change), **change)
    assert [*lasting, _seconds(await desk.pull(ann))] == [600, 60, 120]


def _seconds(pulled: dict[str, Any]) -> float:
    (lease,) = pulled["leases"]
    return float((lease["expires_at"] - lease["claimed_at"]).total_seconds())
