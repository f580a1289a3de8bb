"""The crowd at work: by pulling where everybody answered everything, by named assignment elsewhere."""

import asyncio
from collections import defaultdict
from random import Random

from backend.reenact.client import Json
from backend.reenact.options import choose_workers
from backend.reenact.people import Person
from backend.reenact.problems import RunProblem
from backend.reenact.scene import Patience, Scene
from backend.reenact.together import each
from backend.reenact.workplace import progress

ASSIGNMENTS_MAX = 3


async def work(scene: Scene) -> None:
    """Play every answer that the plan asks for. Raises ApiProblem, Unreachable or RunProblem."""
    for ack in scene.journal.answers:
        scene.ledger.given(ack.lease, ack.worker, ack.task or None, "submitted")
    wanted = len(scene.plan.items) * scene.plan.overlap
    scene.progress.phase("answers", wanted, len(scene.journal.answers))
    if scene.data.fully_crossed:
        await _PullRounds(scene, wanted).play()
    else:
        await _assign_all(scene)


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
        patience = Patience("the remaining answers")
        while True:
            active = list(self.order)
            while active:
                await each(active, self.scene.at_once, self._turn)
                active = [worker for worker in active if worker not in self.reasons]
            done = self.scene.ledger.submitted("annotate")
            left = await progress(self.scene.admin, self.scene.place)
            if done >= self.wanted or left["open_slots"] == left["leases"] == 0:
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


async def _assign_all(scene: Scene) -> None:
    done = {(ack.task, ack.worker) for ack in scene.journal.answers}
    picked = choose_workers(scene.data, scene.plan)
    pairs = [(task, worker) for task, workers in picked.items() for worker in workers]
    busy: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def play(pair: tuple[str, str]) -> None:
        async with busy[pair[1]]:  # a person does one thing at a time
            await _assign(scene, *pair)

    await each((pair for pair in pairs if pair not in done), scene.at_once, play)


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
