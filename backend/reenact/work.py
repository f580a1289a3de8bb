"""The crowd at work: by pulling where everybody answered everything, by named assignment elsewhere."""

import asyncio
from collections import defaultdict
from random import Random

from backend.reenact.client import Json
from backend.reenact.ledger import LIVE_OR_COUNTED
from backend.reenact.options import choose_workers
from backend.reenact.people import Person
from backend.reenact.problems import RunProblem
from backend.reenact.scene import Patience, Scene
from backend.reenact.together import each
from backend.reenact.workplace import progress

ASSIGNMENTS_MAX = 3
QUIET_POLLS = 2
"""More than one: that an unsure item gets another slot is a background job's word."""


async def work(scene: Scene) -> None:
    """Play every answer that the plan asks for. Raises ApiProblem, Unreachable or RunProblem."""
    for ack in scene.journal.answers:
        scene.ledger.given(ack.lease, ack.worker, ack.task or None, "submitted")
    wanted = len(scene.plan.items) * scene.plan.overlap
    scene.progress.phase("answers", wanted, len(scene.journal.answers))
    if scene.data.fully_crossed:
        await _PullRounds(scene, wanted).play()
    else:
        await _Assignments(scene).play()


def _all_decided(scene: Scene, left: Json) -> bool:
    """Whether the crowd is done where the overlap is dynamic: who is unsure has no result, but a slot."""
    decided: bool = left["open_slots"] == 0 and left["decided"] >= len(scene.plan.items)
    return decided


class _PullRounds:
    """Everybody pulls one lease per round, in a seeded order, until nothing is offered or left."""

    def __init__(self, scene: Scene, wanted: int) -> None:
        self.scene = scene
        self.wanted = wanted
        self.order = sorted(scene.people)
        Random(f"{scene.plan.seed}:turns").shuffle(self.order)
        self.ordinal: dict[str, int] = defaultdict(int)
        for ack in scene.journal.answers:
            self.ordinal[ack.worker] = max(self.ordinal[ack.worker], ack.ordinal)
        self.reasons: dict[str, Json] = {}

    async def play(self) -> None:
        patience, quiet = Patience("the remaining answers"), 0
        while True:
            active = list(self.order)
            while active:
                await each(active, self.scene.at_once, self._turn)
                active = [worker for worker in active if worker not in self.reasons]
            done = self.scene.ledger.submitted("annotate")
            left = await progress(self.scene.admin, self.scene.place)
            if self.scene.plan.auto:
                quiet = quiet + 1 if _all_decided(self.scene, left) else 0
                if quiet == QUIET_POLLS:
                    return
            elif done >= self.wanted or left["open_slots"] == left["leases"] == 0:
                return
            await patience.wait({"submitted": done, "progress": left, "reasons": self._why()})

    async def _turn(self, worker: str) -> None:
        """Pull one lease and answer it; when there is none, remember what the server says why."""
        person, scene = self.scene.people[worker], self.scene
        self.ordinal[worker] += 1
        n = self.ordinal[worker]
        pulled = await person.caller.post(
            "/v1/leases/pull",
            {"project": scene.place.project, "max": 1},
            scene.keys(worker, "pull", n),
        )
        if not pulled["leases"]:
            self.reasons[worker] = pulled["reasons"]
            return
        self.reasons.pop(worker, None)
        for lease in pulled["leases"]:
            await self._answer(person, lease, n)

    async def _answer(self, person: Person, lease: Json, ordinal: int) -> None:
        """Give the real answer. A lease that was over before a resume shows no payload: note its end."""
        scene = self.scene
        if lease["payload"] is None:
            scene.met_again(person.worker, lease, "annotate", ordinal)
            return
        task = lease["payload"]["task"]
        scene.ledger.given(lease["id"], person.worker, task)
        await scene.hand_in(person, lease["id"], task, scene.data.answers[task][person.worker], ordinal)

    def _why(self) -> list[str]:
        return sorted({reason["code"] for reasons in self.reasons.values() for reason in reasons})


class _Assignments:
    """Each item to the first people of its order; where the overlap is dynamic, to the next while it is unsure."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.order = choose_workers(scene.data, scene.plan)
        self.played = {(ack.task, ack.worker) for ack in scene.journal.answers}
        self.undecided = set(scene.plan.items)
        self.by_id = {person.annotator: worker for worker, person in scene.people.items()}
        self.busy: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def play(self) -> None:
        first = ((task, one) for task, all_ in self.order.items() for one in all_[: self.scene.plan.overlap])
        await each((pair for pair in first if pair not in self.played), self.scene.at_once, self._play)
        if self.scene.plan.auto:
            await self._until_sure()

    async def _until_sure(self) -> None:
        """Every item is looked at once at least: a broken attempt may have begun on its further slots."""
        scene, patience = self.scene, Patience("all items sure or at their most answers")
        await each(scene.plan.items, scene.at_once, self._look)
        quiet = 0
        while True:
            left = await progress(scene.admin, scene.place)
            quiet = quiet + 1 if _all_decided(scene, left) else 0
            if quiet == QUIET_POLLS:
                return
            if left["open_slots"]:
                await each(sorted(self.undecided), scene.at_once, self._look)
            await patience.wait((scene.ledger.submitted("annotate"), left))

    async def _look(self, item: str) -> None:
        """Go on with leases that a broken attempt left, then fill the open slots."""
        task = await self.scene.admin.get(f"/v1/tasks/{self.scene.place.tasks[item]}")
        taken = [one for one in task["leases"] if one["state"] in LIVE_OR_COUNTED]
        left_behind = [self.by_id[one["annotator"]] for one in taken if one["annotator"] in self.by_id]
        for worker in left_behind:
            if (item, worker) not in self.played:
                await self._play((item, worker))
        if task["state"] == "decided":
            self.undecided.discard(item)
            return
        fresh = [worker for worker in self.order[item] if (item, worker) not in self.played]
        for worker in fresh[: task["slots"] - len(taken)]:
            await self._play((item, worker))

    async def _play(self, pair: tuple[str, str]) -> None:
        async with self.busy[pair[1]]:  # a person does one thing at a time
            await _assign(self.scene, *pair)
        self.played.add(pair)


async def _assign(scene: Scene, task: str, worker: str) -> None:
    """Assign the item to the person, read it as that person, answer it; again should the lease be lost."""
    person, answer = scene.people[worker], scene.data.answers[task][worker]
    for attempt in range(1, ASSIGNMENTS_MAX + 1):
        assigned = await scene.admin.post(
            f"/v1/tasks/{scene.place.tasks[task]}/assign",
            {"annotator": person.annotator},
            scene.keys(worker, task, "assign", attempt),
        )
        lease = assigned["lease"]
        shown = await person.caller.get(f"/v1/leases/{lease}")
        if shown["payload"] is not None and shown["payload"]["task"] != task:
            raise RunProblem(
                f"lease {lease}: expected the item {task!r}, found {shown['payload']['task']!r}; report this"
            )
        scene.ledger.given(lease, worker, task)
        if await scene.hand_in(person, lease, task, answer):
            return
    raise RunProblem(
        f"item {task!r}, worker {worker!r}: lost its lease {ASSIGNMENTS_MAX} times; read the task's history"
    )
