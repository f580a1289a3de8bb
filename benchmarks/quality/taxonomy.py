"""100,000 classes: how long publishing, searching, submitting and each report take when answers name thousands.

`python -m benchmarks.quality.taxonomy` starts a database of its own. Twenty people answer items of as many classes as
there are items, gold and reviews among them; then each report is asked once. Times are of one use case in one process,
without HTTP.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.api.routes import ROUTES
from backend.domain.errors import Refusal
from backend.usecases.gold import health, stock
from backend.usecases.insight import guideline_issues
from backend.usecases.insight.reports import project_quality
from backend.usecases.proficiency import records
from backend.usecases.projects import intake, projects, targets, taxonomies
from backend.usecases.projects.taxonomy_known import HELD
from backend.usecases.quality import agreement, flag_scan, worst
from backend.usecases.quality.reports import accuracy, labels, mislabels, slices
from backend.usecases.review import outgoing
from backend.usecases.work import Caller, UseCase
from benchmarks.place import place
from tests.support.classed import numbered, use
from tests.support.flow import publish, step
from tests.support.world import World, open_world

CLASSES, PEOPLE = 100_000, 20
SEED = 49
ENUM = [f"class {n}" for n in range(5)]
SHAPES = {route.operation_id: route for route in ROUTES}


@dataclass
class Taken:
    """Seconds by what was done."""

    seconds: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    async def __call__(self, name: str, doing: Awaitable[Any]) -> Any:
        """Wait for it and keep how long it took and how large the answer is."""
        began = time.perf_counter()
        found = await doing
        self.seconds[name] = round(time.perf_counter() - began, 4)
        self.sizes[name] = len(json.dumps(found, default=str))
        print(f"{name:40} {self.seconds[name]:9.3f} s {self.sizes[name]:10} bytes", flush=True)
        return found


def rows() -> list[dict[str, Any]]:
    """A tree of five levels, each class having ten below it."""
    return [
        {"code": f"c{n:06}", "label": f"Class number {n}"} | ({"parent": f"c{n // 10:06}"} if n >= 10 else {})
        for n in range(CLASSES)
    ]


def defaults(operation: str) -> dict[str, Any]:
    """What a request that says nothing asks."""
    query = SHAPES[operation].query
    return query().model_dump() if query is not None else {}


async def published(world: World, taken: Taken) -> UUID:
    """The taxonomy in two versions."""
    made = await world.act(taxonomies.taxonomy_create, name="everything")
    about = UUID(str(made["taxonomy"]))
    first = {"taxonomy": about, "classes": numbered(rows())}
    await taken("publish 100,000 classes", world.act(taxonomies.taxonomy_publish, **first))
    newer = [one | {"label": one["label"].upper()} for one in rows()]
    second = {"taxonomy": about, "classes": numbered(newer)}
    await taken("publish them all renamed", world.act(taxonomies.taxonomy_publish, **second))
    HELD.trees.clear()
    asked = {"taxonomy": about, "version": 2, **defaults("taxonomy_classes")}
    await taken("first search in a process", world.act(taxonomies.taxonomy_classes, **asked))
    asked |= {"prefix": "class number 4321"}
    await taken("search", world.act(taxonomies.taxonomy_classes, **asked))
    diff = {"taxonomy": about, "version": 2, **defaults("taxonomy_diff")}
    await taken("diff", world.act(taxonomies.taxonomy_diff, **diff))
    return about


async def submits(world: World, about: UUID, taken: Taken, n: int) -> None:
    """Submits one after the other, in turn to a project with an enum of five, to one with 100,000 classes, and to one
    that checks nothing; medians in milliseconds."""
    who = await world.invite("fast")
    found: dict[str, UUID] = {}
    for name in ("enum", "taxonomy", "neither"):
        found[name] = await world.project(f"submit {name}")
    await use(world, found["taxonomy"], about, 1)
    schema = {"type": "string", "enum": ENUM}
    for name, said in (("enum", schema), ("taxonomy", None), ("neither", None)):
        await publish(
            world, found[name], step("label", "annotate", **({"answer_schema": said} if said else {}))
        )
        await world.items(found[name], *(f"{name} {k}" for k in range(n)))
    took: dict[str, list[float]] = {name: [] for name in found}
    for k in range(n):
        for name, project in found.items():
            (lease,) = (await world.pull(who, project))["leases"]
            answer = ENUM[k % 5] if name == "enum" else f"c{k:06}"
            began = time.perf_counter()
            await world.submit(who, lease["id"], answer)
            took[name].append(time.perf_counter() - began)
    for name, seconds in took.items():
        taken.seconds[f"submit, {name} (median)"] = round(statistics.median(seconds), 6)
        print(f"submit, {name:10} median {1000 * statistics.median(seconds):.3f} ms", flush=True)


async def worked(world: World, about: UUID, items: int, gold: int) -> tuple[UUID, list[Caller]]:
    """A project in which everybody answered, gold and reviews among it."""
    chance = random.Random(SEED)
    plan = {"gold_share": 0.2, "review_rate": 0.2, "overlap": 2}
    project = await world.project("everything", plan=plan)
    await use(world, project, about, 1)
    truth = {f"item {n}": f"c{chance.randrange(CLASSES):06}" for n in range(items + gold)}
    names = list(truth)
    known = tuple({"external_key": n, "payload": {"task": n}, "truth": truth[n]} for n in names[items:])
    for first in range(0, gold, 200):
        await world.act(intake.gold_add, project=project, gold=known[first : first + 200], exam_only=False)
    for first in range(0, items, 200):
        await world.items(project, *names[first : min(items, first + 200)])
    people = [await world.invite(f"person {n}") for n in range(PEOPLE)]
    left = True
    while left:
        left = False
        for who in people:
            for lease in (await world.pull(who, project, 5))["leases"]:
                left = True
                right = truth[lease["payload"]["task"]]
                said = right if chance.random() < 0.85 else f"c{chance.randrange(CLASSES):06}"
                await world.submit(who, lease["id"], said)
    return project, people


async def reviewed(world: World, project: UUID) -> None:
    """Every drawn answer is accepted or rejected; then all is decided and folded."""
    chance, rev = random.Random(SEED), await world.invite("reviewer", "reviewer")
    while leases := (await world.review_pull(rev, project, 20))["leases"]:
        for one in leases:
            wrong = chance.random() < 0.15
            said = ("correct", f"c{chance.randrange(CLASSES):06}") if wrong else ("accept", None)
            await world.review(rev, one["id"], *said)
    await world.follow()


async def reports(world: World, project: UUID, people: Sequence[Caller], taken: Taken) -> None:
    """Every report that speaks of classes, once."""
    skill = (await world.act(projects.project_get, project=project))["skill"]["id"]
    asked: list[tuple[str, UseCase, dict[str, Any]]] = [
        ("project_accuracy by class", accuracy.project_accuracy, {"by": "class"}),
        ("project_accuracy by class, level 1", accuracy.project_accuracy, {"by": "class", "level": 1}),
        ("project_accuracy under c000001", accuracy.project_accuracy, {"by": "class", "under": "c000001"}),
        ("project_mislabels", mislabels.project_mislabels, {}),
        ("project_labels", labels.project_labels, {}),
        ("project_agreement", agreement.project_agreement, {}),
        ("project_slices by class", slices.project_slices, {"by": "class"}),
        ("gold_stock", stock.gold_stock, {}),
        ("gold_health", health.gold_health, {}),
        ("review_yield by class", outgoing.review_yield, {"by": "class"}),
        ("guideline_issues", guideline_issues.guideline_issues_get, {}),
        (
            "mislabels_sample",
            worst.mislabels_sample,
            {"n": 50, "seed": "s", "classes": None, "reason": "r", "dry_run": True},
        ),
    ]
    for name, usecase, said in asked:
        given = {"project": project, **defaults(usecase.__name__), **said}
        try:
            await taken(name, world.act(usecase, **given))
        except Refusal as refusal:
            print(name, "refused", refusal)
    await taken("flags_scan", world.act(flag_scan.flags_scan, skill=skill))
    asked_of = {"measure": "f1", "least": 0.9}
    await world.act(targets.project_targets_update, project=project, expected_version=1, targets=(asked_of,))
    await taken("project_quality, F1 of each class", world.act(project_quality, project=project))
    await taken("proficiency_get", world.act(records.proficiency_get, annotator=people[0].subject.id))


async def measure(items: int, gold: int, submitted: int, folder: Path, out: Taken) -> None:
    """All of it, in a fresh database."""
    async with place() as where:
        await where.database("taxonomies")
        async with open_world(where.server, "taxonomies", folder) as world:
            about = await published(world, out)
            await submits(world, about, out, submitted)
            began = time.perf_counter()
            project, people = await worked(world, about, items, gold)
            print(f"worked {time.perf_counter() - began:.1f} s", flush=True)
            await out("decide", _counted(world.decide))
            await reviewed(world, project)
            await out("decide again", _counted(world.decide))
            await world.follow()
            await reports(world, project, people, out)


async def _counted(doing: Callable[[], Awaitable[int]]) -> int:
    return await doing()


def main() -> None:
    """Measure, and print one JSON object last."""
    import tempfile

    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--items", type=int, default=2_000)
    said.add_argument("--gold", type=int, default=1_000)
    said.add_argument("--submits", type=int, default=300)
    given = said.parse_args()
    out = Taken()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.items, given.gold, given.submits, Path(folder), out))
    print(json.dumps({"seconds": out.seconds, "bytes": out.sizes}))


if __name__ == "__main__":
    main()
