"""The result of a run: from the project's export and the books, nothing from memory of how it should be."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from backend.reenact.client import Json
from backend.reenact.options import AUTO
from backend.reenact.scene import POLL_SECONDS, Scene
from backend.reenact.scoring import accuracy, canonical, majority

CORRECTIONS_SECONDS = 30.0
FIVE, DRAWS = 5, 10
Export = Mapping[str, Json]
"""The exported items by the task ids of the dataset."""


async def export(scene: Scene) -> Export:
    """The worked items as the project exports them now."""
    items = set(scene.plan.items)
    found = scene.admin.pages(f"/v1/projects/{scene.place.project}/export")
    return {entry["external_key"]: entry async for entry in found if entry["external_key"] in items}


async def settled_export(scene: Scene) -> Export:
    """The export once every item that was corrected shows it: overruling a result is a background job too.

    After CORRECTIONS_SECONDS it is taken as it is, and the result says how many are missing.
    """
    until = time.monotonic() + CORRECTIONS_SECONDS
    while True:
        exported = await export(scene)
        if not uncorrected(scene, exported) or time.monotonic() > until:
            return exported
        await asyncio.sleep(POLL_SECONDS)


def uncorrected(scene: Scene, exported: Export) -> int:
    """Items with a reviewer's correction whose result is still the aggregate's."""
    corrected = {ack.task for ack in scene.journal.acks if ack.stage == "review" and ack.answer == "correct"}
    return sum(exported[task]["decided_by"] == "aggregate" for task in corrected if task in exported)


async def close_books(scene: Scene) -> None:
    """Ask after every lease whose end was not seen; one that is still held is given back."""
    for lease in scene.ledger.open():
        person = (scene.people | scene.experts)[scene.ledger.leases[lease].worker]
        state = (await person.caller.get(f"/v1/leases/{lease}"))["state"]
        if state == "held":
            await person.caller.post(
                f"/v1/leases/{lease}/release",
                {"reason": "the run is over"},
                scene.keys(lease, "release"),
            )
            state = "released"
        scene.ledger.ended(lease, state)


def result(scene: Scene, exported: Export, gold_answers: int, seconds: float) -> dict[str, Any]:
    """The run's figures: accuracies 0..1 (None where no truth is known), the rest counts and seconds."""
    truth, ledger, tally = scene.data.truth, scene.ledger, scene.wire.tally
    workers = {person.annotator for person in scene.people.values()}
    counted = {task: _counted(workers, exported.get(task)) for task in scene.plan.items}
    judgments = sum(map(len, counted.values()))
    submitted = sum(one.fate == "submitted" for one in ledger.leases.values())
    return {
        "dataset": scene.data.name,
        "run": scene.plan.run,
        "seed": scene.plan.seed,
        "workers": len(scene.data.workers),
        "tasks": len(scene.plan.items),
        "answers_submitted": ledger.submitted("annotate"),
        "gold_answers": gold_answers,
        "reviews": ledger.submitted("review"),
        "escalations": ledger.submitted("expert"),
        "judgments_per_task": judgments / len(scene.plan.items),
        "accuracy": accuracy({task: _top(exported.get(task)) for task in scene.plan.items}, truth),
        "accuracy_unreviewed": accuracy(
            {task: _unreviewed(exported.get(task)) for task in scene.plan.items}, truth
        ),
        "mv_accuracy": accuracy(
            {task: majority([one["answer"] for one in given]) for task, given in counted.items()},
            truth,
        ),
        "mv5_accuracy": of_five(scene),
        "seconds": round(seconds, 3),
        "requests": tally.requests,
        "http_errors": tally.http_errors,
        "duplicate_assignments": ledger.duplicates + over_counted(counted.values(), scene.plan.overlap_max),
        "lost_submissions": lost(scene, exported),
        "retries": tally.retries,
        "leases": len(ledger.leases),
        "leases_submitted": submitted,
        "leases_ended_otherwise": len(ledger.leases) - submitted,
        "late_answers": ledger.late,
        "decided": sum(entry["decided_by"] is not None for entry in exported.values()),
        "uncorrected": uncorrected(scene, exported),
        "items_left_out": scene.plan.left_out,
        "answers_repeated": scene.data.repeated,
        "overlap": AUTO if scene.plan.auto else scene.plan.overlap,
        "review_rate": AUTO if scene.plan.review_target else scene.plan.review,
    }


def of_five(scene: Scene) -> float | None:
    """What the plain majority of five of the real answers to each item (or all, where there are fewer) would have
    reached, the five drawn by the seed: the mean of DRAWS draws."""
    dice = Random(f"{scene.plan.seed}:five")
    found = []
    for _ in range(DRAWS):
        tops = {}
        for task in scene.plan.items:
            given = [answer for _, answer in sorted(scene.data.answers[task].items())]
            tops[task] = majority(dice.sample(given, min(FIVE, len(given))))
        found.append(accuracy(tops, scene.data.truth))
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if known else None


def over_counted(answers: Iterable[Sequence[Json]], overlap: int) -> int:
    """Items with more than `overlap` counted answers, or with two by one person."""
    return sum(
        len(given) > overlap or len({one["annotator"] for one in given}) < len(given) for given in answers
    )


def lost(scene: Scene, exported: Export) -> int:
    """Acknowledged answers that the export does not have, under their lease and as they were given."""
    kept = {one["lease"]: canonical(one["answer"]) for entry in exported.values() for one in entry["answers"]}
    known = [ack for ack in scene.journal.answers if ack.answer is not None]
    return sum(kept.get(ack.lease) != ack.answer for ack in known)


def _counted(workers: set[str], entry: Json) -> Sequence[Json]:
    """The workers' judgments that count: neither rejected nor the expert's."""
    given = entry["answers"] if entry else []
    return [one for one in given if not one["rejected"] and one["annotator"] in workers]


def _top(entry: Json) -> Sequence[Json]:
    """The final answers, tied; none for an item that is not decided."""
    return (entry["top"] or []) if entry and entry["decided_by"] is not None else []


def _unreviewed(entry: Json) -> Sequence[Json]:
    """The aggregate's answers, tied, before any reviewer's or expert's word."""
    before = entry["unreviewed"] if entry else None
    return (before["top"] or []) if before else []
