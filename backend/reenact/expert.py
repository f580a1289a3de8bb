"""The experts, who know the truth: they review what was drawn and answer what was escalated."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial

from backend.reenact.client import Json
from backend.reenact.journal import Ack
from backend.reenact.people import Person
from backend.reenact.scene import POLL_SECONDS, Patience, Scene
from backend.reenact.scoring import canonical, majority
from backend.reenact.together import each
from backend.reenact.workplace import progress

EXPERTS_MIN = 4
"""More than one, because one person holds few leases."""
PULL_MAX = 20
QUIET_POLLS = 3


def how_many(scene: Scene) -> int:
    """One more than an item has answers: nobody decides as expert what they judged as reviewer, and each of its answers
    may have been reviewed by another."""
    return max(EXPERTS_MIN, scene.plan.overlap_max + 1)


def desks(scene: Scene) -> "list[Desk]":
    """One for each expert. Made once in a run, since their pulls are numbered."""
    return [Desk(scene, expert) for expert in scene.experts.values()]


async def while_at_work(
    scene: Scene, desks: "Sequence[Desk]", crowd: Coroutine[object, object, None]
) -> None:
    """Clear the desks while `crowd` works: adaptive review goes by verdicts on the answers before.

    When the crowd is done the experts finish what they began. The first error of either ends both.
    """
    over = asyncio.Event()

    async def clear() -> None:
        while not over.is_set():
            seen = await progress(scene.admin, scene.place)
            await asyncio.gather(*(desk.clear(seen) for desk in desks))
            await asyncio.sleep(POLL_SECONDS)

    working, reviewing = asyncio.create_task(crowd), asyncio.create_task(clear())
    try:
        done, _ = await asyncio.wait((working, reviewing), return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()
        over.set()  # not cancelled: what a desk has pulled is not pulled again
        await reviewing
    finally:
        for one in (working, reviewing):
            one.cancel()
        await asyncio.gather(working, reviewing, return_exceptions=True)


async def settle(scene: Scene, desks: "Sequence[Desk]") -> None:
    """Review and answer until the project has nothing pending, seen so on several polls in a row.

    One poll is not enough: drawing reviews and deciding items are background jobs. Raises ApiProblem,
    Unreachable, or RunProblem when nothing moves any more.
    """
    wanted = len(scene.plan.items)
    scene.progress.phase("items decided", wanted)
    patience, quiet, shown = Patience("all items decided"), 0, 0
    seen = {"reviews_pending": 1, "escalations_open": 1}
    while quiet < QUIET_POLLS:
        did = sum(await asyncio.gather(*(desk.clear(seen) for desk in desks)))
        seen = await progress(scene.admin, scene.place)
        for _ in range(shown, min(seen["decided"], wanted)):
            scene.progress.step()
        shown = max(shown, seen["decided"])
        pending = seen["reviews_pending"] + seen["escalations_open"]
        quiet = 0 if did or pending or seen["decided"] < wanted else quiet + 1
        if not did:
            await patience.wait((seen, quiet))


class Desk:
    """What lies before one expert; pulls are numbered, so that a resumed run meets them again."""

    def __init__(self, scene: Scene, expert: Person) -> None:
        self.scene = scene
        self.expert = expert
        self.next_pull = {"review": 1, "expert": 1}
        for ack in scene.journal.acks:
            if ack.worker == expert.worker:
                scene.ledger.given(ack.lease, ack.worker, ack.task or None, "submitted", ack.stage)
                self.next_pull[ack.stage] = max(self.next_pull[ack.stage], ack.ordinal)

    async def clear(self, seen: dict[str, int]) -> int:
        """Review if reviews are pending and answer if escalations are open. How many leases there were."""
        count = 0
        if seen["reviews_pending"]:
            count += await self._drain("/v1/reviews/pull", "review", self._review)
        if seen["escalations_open"]:
            count += await self._drain("/v1/leases/pull", "expert", self._answer)
        return count

    async def _drain(self, path: str, stage: str, do: Callable[[int, Json], Awaitable[None]]) -> int:
        """Pull and answer until a pull is empty; that one has its number too: its key repeats its answer."""
        body, count = {"project": self.scene.place.project, "max": PULL_MAX}, 0
        while True:
            n = self.next_pull[stage]
            key = self.scene.keys(self.expert.worker, stage, "pull", n)
            pulled = await self.expert.caller.post(path, body, key)
            self.next_pull[stage] = n + 1
            if not pulled["leases"]:
                return count
            count += len(pulled["leases"])
            await each(self._news(pulled["leases"], stage, n), self.scene.at_once, partial(do, n))

    def _news(self, leases: list[Json], stage: str, ordinal: int) -> list[Json]:
        """Those that still want an answer."""
        fresh = [one for one in leases if one["id"] not in self.scene.ledger.leases]
        for one in fresh:
            if one["payload"] is None:
                self.scene.met_again(self.expert.worker, one, stage, ordinal)
            else:
                task = one["payload"]["task"]
                self.scene.ledger.given(one["id"], self.expert.worker, task, stage=stage)
        return [one for one in fresh if one["payload"] is not None]

    async def _review(self, ordinal: int, lease: Json) -> None:
        """Accept what is the truth, or where none is known; correct everything else."""
        task, truths = lease["payload"]["task"], self.scene.data.truth
        right = task not in truths or canonical(lease["answer"]) == canonical(truths[task])
        body = {"verdict": "accept"} if right else {"verdict": "correct", "correction": truths[task]}
        key = self.scene.keys(self.expert.worker, task, "review", lease["id"])
        await self.expert.caller.post(f"/v1/reviews/{lease['id']}/submit", body, key)
        self._done(lease["id"], task, str(body["verdict"]), "review", ordinal)

    async def _answer(self, ordinal: int, lease: Json) -> None:
        """Answer with the truth, or with the whole crowd's majority where none is known."""
        task, truths = lease["payload"]["task"], self.scene.data.truth
        answer = truths[task] if task in truths else majority(list(self.scene.data.answers[task].values()))[0]
        key = self.scene.keys(self.expert.worker, task, "answer", lease["id"])
        await self.expert.caller.post(f"/v1/leases/{lease['id']}/submit", {"answer": answer}, key)
        self._done(lease["id"], task, canonical(answer), "expert", ordinal)

    def _done(self, lease: str, task: str, said: str, stage: str, ordinal: int) -> None:
        self.scene.ledger.ended(lease, "submitted")
        who = self.expert.worker
        self.scene.journal.acknowledged(
            Ack(worker=who, task=task, lease=lease, answer=said, ordinal=ordinal, stage=stage)
        )
