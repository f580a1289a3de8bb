"""A whole re-enactment: read, set up, enrol, work, settle, count."""

import asyncio
import json
import sys
import time
from dataclasses import replace
from typing import Any

from backend.reenact import connection as connections
from backend.reenact import dataset, expert, people, report
from backend.reenact.client import Wire
from backend.reenact.connection import Connection
from backend.reenact.dataset import Dataset
from backend.reenact.journal import Journal, journal_file
from backend.reenact.keys import keys_of, request_key
from backend.reenact.options import Options, Plan, plan, run_id
from backend.reenact.people import Person
from backend.reenact.problems import ApiProblem, RunProblem, UsageProblem
from backend.reenact.progress import Progress
from backend.reenact.scene import Scene
from backend.reenact.together import each
from backend.reenact.work import work
from backend.reenact.workplace import Gold, Wanted, set_up

LEASE_SECONDS = 900
QUIZ = (
    {
        "id": "q1",
        "prompt": "Whose answers do you give here?",
        "answer": "those the worker really gave",
    },
)
NDA = """This is a simulation: {run}.
Whoever signs is played by a program, after a real worker of the published dataset {name}.
The undersigned keeps what they see in this project to themselves.
"""


def main(options: Options) -> int:
    """Run and print the result as one JSON line. Exit code 0; 1 if it broke off; 2 if it cannot be run."""
    try:
        connection = connections.read(options.connection_file or connections.default_file())
        print(json.dumps(asyncio.run(reenact(options, connection))), flush=True)
    except UsageProblem as problem:
        print(f"muster reenact: {problem}", file=sys.stderr)
        return 2
    except (RunProblem, ApiProblem) as problem:
        print("; ".join([f"muster reenact: {problem}", *getattr(problem, "__notes__", ())]), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("muster reenact: interrupted; go on with --resume", file=sys.stderr)
        return 130
    return 0


async def reenact(options: Options, connection: Connection) -> dict[str, Any]:
    """`report.result` of the run. UsageProblem before anything is sent; then RunProblem, ApiProblem."""
    began = time.monotonic()
    data = dataset.read(options.dataset)
    run = run_id(options, data.name)
    journal = Journal(journal_file(run))
    options = _as_before(options, journal, data)
    chosen = plan(options, data, run)
    journal.begin(_header(options, data))
    try:
        with Progress() as progress:
            async with Wire(connection, connections=options.concurrency + 2) as wire:
                _introduce(progress, data, chosen)
                admin, keys = wire.as_principal(connection.admin_key), keys_of(run)
                scene = Scene(
                    wire=wire,
                    admin=admin,
                    data=data,
                    plan=chosen,
                    keys=keys,
                    place=await set_up(admin, keys, _wanted(data, chosen)),
                    journal=journal,
                    progress=progress,
                    at_once=options.concurrency,
                )
                return await _play(scene, began)
    except (RunProblem, ApiProblem) as problem:
        problem.add_note(f"go on with --resume {run}")
        raise
    finally:
        journal.close()


async def _play(scene: Scene, began: float) -> dict[str, Any]:
    gold_answers = await _enrol(scene)
    desks = expert.desks(scene)
    if scene.plan.review_target:
        await expert.while_at_work(scene, desks, work(scene))
    else:
        await work(scene)
    await expert.settle(scene, desks)
    await report.close_books(scene)
    exported = await report.settled_export(scene)
    return report.result(scene, exported, gold_answers, time.monotonic() - began)


async def _enrol(scene: Scene) -> int:
    """Everybody of the dataset joins, and the experts; how many exam answers were given."""
    numbered = list(enumerate(scene.data.workers, start=1))
    scene.progress.phase("people", len(numbered))
    answered = 0

    async def join(one: tuple[int, str]) -> None:
        nonlocal answered
        number, worker = one
        name = f"Simulated worker {worker[:160]}"
        person = await _enrol_one(scene, worker, f"w{number}", name, ("annotator",))
        await people.train(person, scene.keys, scene.place)
        given = {
            task: scene.data.answers[task][worker]
            for task in scene.plan.gold
            if worker in scene.data.answers[task]
        }
        count = await people.sit_exam(person, scene.keys, scene.place, given)
        answered += count  # not `+= await`: that would read the sum before the others add to it
        scene.people[worker] = person
        scene.progress.step()

    await each(numbered, scene.at_once, join)
    for n in range(1, expert.how_many(scene) + 1):
        worker, name = f"(expert {n})", f"Simulated expert {n}"
        scene.experts[worker] = await _enrol_one(scene, worker, f"expert{n}", name, ("reviewer", "expert"))
    return answered


async def _enrol_one(scene: Scene, worker: str, handle: str, name: str, roles: tuple[str, ...]) -> Person:
    """Invited, claimed and signed; the address can never be a real one (RFC 2606)."""
    tag = request_key(scene.plan.run, "mail")[:12]
    email = f"{handle}.{tag}@reenact.invalid"
    person = await people.invite(scene.wire, scene.admin, scene.keys, worker, name, email, roles)
    await people.sign(person, scene.keys, scene.place, name)
    return person


def _wanted(data: Dataset, chosen: Plan) -> Wanted:
    named = f"{data.name} ({chosen.run})"
    return Wanted(
        name=f"Re-enactment of {named}",
        skill=named,
        plan={
            "overlap": chosen.overlap,
            "overlap_max": chosen.overlap_max,
            "stop_at": chosen.sure,
            "gold_share": 0.0,
            # The experts know the truth.
            "double_review": 0.0,
            "review_rate": chosen.review,
            "review_target": chosen.review_target,
            # Everybody's real answers are given, however wrong they were.
            "live_floor": 0.0,
            "escalate_below": chosen.sure,
            "lease_seconds": LEASE_SECONDS,
        },
        agreement_title=f"Confidentiality, {named}",
        agreement_text=NDA.format(run=chosen.run, name=data.name),
        guideline="Give the answer that the worker really gave.",
        training_title=f"Introduction to {named}",
        training_content={"text": "Each item names a task of the dataset."},
        quiz=QUIZ,
        exam_title=f"Exam for {named}",
        exam=[Gold(key=task, payload={"task": task}, truth=data.truth[task]) for task in chosen.gold],
        items=[(task, {"task": task}) for task in chosen.items],
    )


def _introduce(progress: Progress, data: Dataset, chosen: Plan) -> None:
    how = "everybody pulls" if data.fully_crossed else "named assignments"
    progress.say(f"run {chosen.run}: {data.name}, {len(data.workers)} workers, {how}")
    if chosen.left_out:
        progress.say(
            f"{chosen.left_out} items have fewer than {chosen.overlap} real answers and are left out"
        )
    if data.repeated:
        progress.say(
            f"{data.repeated} answers repeat one by the same worker to the same task; the first stands"
        )


def _header(options: Options, data: Dataset) -> dict[str, Any]:
    return {
        "dataset": data.name,
        "digest": data.digest,
        "gold": options.gold,
        "overlap": options.overlap,
        "review": options.review,
        "seed": options.seed,
    }


def _as_before(options: Options, journal: Journal, data: Dataset) -> Options:
    """The options that the run began with, where they matter. UsageProblem for another dataset."""
    header = journal.header
    if header is None:
        return options
    if header["digest"] != data.digest:
        raise UsageProblem(
            f"--resume {options.resume}: expected the dataset {header['dataset']} as it was, found another; "
            "give the same folder, or start a new run"
        )
    same = ("gold", "overlap", "review", "seed")
    return replace(options, **{name: header[name] for name in same})
