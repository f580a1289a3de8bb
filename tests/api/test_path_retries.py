"""Clients that lose answers after the commit and ask again: the right number of answers, nobody twice, nothing lost."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

from tests.api.people import At, person, project
from tests.api.speaker import BY_ID, Speaker, fits
from tests.support.world import World

PEOPLE = 16
LOST_SHARE = 0.05
SEED = 4
ONCE, THRICE = 120, 40
"""Items of which one answer is wanted, and three."""


@dataclass
class Wire:
    """What passed between the clients and the application, and what of it never came to a client."""

    statuses: Counter[int] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def note(self, status: int, problem: Any) -> None:
        """One response as the application sent it, whether or not it arrives."""
        self.statuses[status] += 1
        if status >= 300:
            self.refused.append(problem)


@dataclass
class Forgetful:
    """An annotator whose client throws a share of the responses away and sends the same request again."""

    who: Speaker
    id: str
    chance: Random
    wire: Wire
    impatient: bool = False
    given: list[str] = field(default_factory=list)

    async def ask(self, operation: str, body: Any, *, same_key: bool, **how: Any) -> dict[str, Any]:
        """The first answer that is not lost: of a repeat with the same key, or only with the same body."""
        if self.impatient:
            return await self.ask_twice(operation, body, **how)
        key = str(uuid4())
        while True:
            response = await self.who.send(operation, body, idempotency=key, **how)
            answer = response.json()
            self.wire.note(response.status_code, answer)
            if self.chance.random() >= LOST_SHARE:
                fits(BY_ID[operation].answer, answer)
                return dict(answer)
            self.wire.lost[operation] += 1
            key = key if same_key else str(uuid4())

    async def ask_twice(self, operation: str, body: Any, **how: Any) -> dict[str, Any]:
        """The answer to the later one of two requests that are under way together."""
        key = str(uuid4())
        first, again = await asyncio.gather(
            *(self.who.send(operation, body, idempotency=key, **how) for _ in range(2))
        )
        for one in (first, again):
            self.wire.note(one.status_code, one.json())
        self.wire.lost[operation] += 1
        assert first.json() == again.json()
        return dict(again.json())

    async def work(self) -> None:
        """Pull one to three at once and submit each, until nothing is left for this person."""
        while leases := await self.pull(self.chance.randint(1, 3)):
            for lease in leases:
                body = {"answer": f"{lease['payload']['item']} by {self.id}"}
                told = await self.ask("lease_submit", body, same_key=False, lease=lease["id"])
                assert (told["status"], told["reclaimed"]) == ("submitted", False)
                self.given.append(lease["payload"]["item"])

    async def pull(self, most: int) -> list[dict[str, Any]]:
        """The leases; an empty list always comes with the reason that there is no task."""
        told = await self.ask("lease_pull", {"max": most}, same_key=True)
        assert told["leases"] or [one["code"] for one in told["reasons"]] == ["no_tasks"], told
        return list(told["leases"])


async def crew(admin: Speaker, wire: Wire, impatient: bool = False) -> list[Forgetful]:
    """People who each lose other answers, the same ones in every run."""
    people = [await person(admin, f"ann{n}") for n in range(PEOPLE)]
    return [
        Forgetful(who, about, Random(SEED * PEOPLE + n), wire, impatient)
        for n, (who, about) in enumerate(people)
    ]


async def every_task(admin: Speaker, at: At) -> list[dict[str, Any]]:
    """Every task of the project, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = await admin.do("task_list", query=query, **at)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        query = {"limit": 200, "cursor": page["next_cursor"]}


async def exactly(admin: Speaker, people: list[Forgetful], at: At, wanted: Counter[str]) -> None:
    """Each item of the project has as many answers as wanted, each by another person, and nothing is left over."""
    given = [(item, one.id) for one in people for item in one.given if item in wanted]
    assert len(given) == len(set(given)), "nobody twice on an item"
    assert Counter(item for item, _ in given) == wanted
    progress = (await admin.do("project_get", **at))["progress"]
    assert (progress["decided"], progress["open_slots"], progress["leases"]) == (len(wanted), 0, 0)
    tasks = await every_task(admin, at)
    assert len(tasks) == len(wanted)
    (each,) = set(wanted.values())
    for one in tasks:
        shown = await admin.do("task_get", task=one["id"])
        submitted = {lease["annotator"] for lease in shown["leases"] if lease["state"] == "submitted"}
        assert (shown["state"], shown["answers"], len(submitted)) == ("decided", each, each), shown


async def test_answers_that_are_lost_and_asked_for_again_end_with_exactly_the_right_work(
    world: World, admin: Speaker
) -> None:
    once = Counter({f"o{n}": 1 for n in range(ONCE)})
    thrice = Counter({f"t{n}": 3 for n in range(THRICE)})
    first = await project(admin, *once, name="once")
    second = await project(admin, *thrice, name="thrice", plan={"overlap": 3})
    wire = Wire()
    people = await crew(admin, wire)
    await asyncio.gather(*(one.work() for one in people))

    assert wire.refused == [] and set(wire.statuses) == {200}
    assert min(wire.lost["lease_pull"], wire.lost["lease_submit"]) >= 5, "else this shows nothing"
    assert len(await world.facts("lease.submitted")) == once.total() + thrice.total()
    assert await world.facts("lease.late_answer_kept") == []
    await world.decide()
    await exactly(admin, people, first, once)
    await exactly(admin, people, second, thrice)


async def test_a_repeat_that_does_not_wait_for_its_first_request_has_the_same_outcome(
    world: World, admin: Speaker
) -> None:
    wanted = Counter({f"i{n}": 3 for n in range(THRICE)})
    at = await project(admin, *wanted, plan={"overlap": 3})
    wire = Wire()
    people = await crew(admin, wire, impatient=True)
    await asyncio.gather(*(one.work() for one in people))
    assert wire.refused == [] and set(wire.statuses) == {200}
    assert wire.lost["lease_submit"] == wanted.total()
    await world.decide()
    await exactly(admin, people, at, wanted)
