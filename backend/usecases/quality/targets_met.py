"""Targets met: what people's answers are worth, estimated from gold and from the sample that was reviewed, beside what
was asked for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.projects.targets import Target, read
from backend.readmodels import judged, tasks
from backend.statistics import targets as statistics
from backend.statistics.effective import effective
from backend.usecases.projects.targets import labels_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

PPM = 1_000_000
UNKNOWN = ""
"""The class of a rejected answer's truth, and of what is no category: a name that no class has."""
Pair = tuple[str, str]
Count = tuple[Pair, float, int]
"""(true class, answered class), the chance by which each was judged, how many."""
Row = dict[str, Any]


async def targets_met(work: Work, project: Row, items: Sequence[UUID] | None = None) -> list[dict[str, Any]]:
    """Each target of the project (its row) with estimate, interval and outcome (met, not_met, unclear), from the
    answers to these items or to all.

    An answer to gold stands for itself, a reviewed one for 1 / rate answers; `n` were judged, `n_effective` is what
    they are worth together. A target of no class is told for each class that was met.
    """
    return await labelled(work, project, await estimated(work, project, items))


async def estimated(work: Work, project: Row, items: Sequence[UUID] | None = None) -> list[dict[str, Any]]:
    """The same with each class as its keyed token: what may stand in a fact."""
    asked = read(project["targets"])
    if not asked:
        return []
    counts = _counts(await judged.counts(work.conn, work.tenant, project["project"], items))
    by_class = _by_class(counts)
    return [
        _told(one, counts if one.of_class is None else by_class.get(one.of_class, ()))
        for target in asked
        for one in _each_class(target, counts)
    ]


async def labelled(work: Work, project: Row, told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What `estimated` told, with the classes' labels in clear."""
    labels = await labels_of(work, project["project"], read(project["targets"]))
    named = {one["class"] for one in told if one["class"]}
    labels |= await class_labels(work, project["project"], named - set(labels))
    if labels:
        work.saw("label")
    return [{**one, "class": labels.get(one["class"]) if one["class"] else None} for one in told]


def _counts(rows: Iterable[Row]) -> list[Count]:
    """What passed counts as its true class, although a tolerance may have let another name pass."""
    counts = []
    for row in rows:
        truth, answer = row["truth_class"] or UNKNOWN, row["answer_class"] or UNKNOWN
        pair = (truth, truth) if row["passed"] else (truth, answer if answer != truth else f"not {truth}")
        counts.append((pair, row["rate_ppm"] / PPM, row["n"]))
    return counts


def _by_class(counts: Sequence[Count]) -> Mapping[str, Sequence[Count]]:
    """Class -> those that it has a part in: of thousands of classes each is told from its own alone."""
    found: dict[str, list[Count]] = defaultdict(list)
    for one in counts:
        for name in {*one[0]}:
            found[name].append(one)
    return found


def _each_class(target: Target, counts: Sequence[Count]) -> list[Target]:
    if target.measure == "accuracy" or target.of_class is not None:
        return [target]
    classes = {name for pair, _, n in counts if n for name in pair if name and not name.startswith("not ")}
    return [
        Target(
            measure=target.measure,
            least_ppm=target.least_ppm,
            confidence_ppm=target.confidence_ppm,
            of_class=name,
        )
        for name in sorted(classes)
    ]


def _told(target: Target, counts: Sequence[Count]) -> dict[str, Any]:
    about = [one for one in counts if _concerns(target, one[0])]
    (verdict,) = statistics.met([target.judged], effective(about))
    found = verdict.measured
    return {
        "measure": target.measure,
        "class": target.of_class,
        "least": target.least_ppm / PPM,
        "confidence": target.confidence_ppm / PPM,
        "value": None if found.value is None else round(found.value, 9),
        "low": round(found.low, 9),
        "high": round(found.high, 9),
        "outcome": verdict.outcome,
        "n": sum(n for _, _, n in about),
        "n_effective": round(found.count, 6),
    }


def _concerns(target: Target, pair: Pair) -> bool:
    """Whether such an answer is among those of which the measure is a share: only these may make it more certain."""
    true, answered = pair
    match target.measure:
        case "precision":
            return answered == target.of_class
        case "recall":
            return true == target.of_class
        case "f1":
            return target.of_class in pair
        case _:
            return True


async def class_labels(work: Work, project: UUID, classes: set[str]) -> dict[str, Any]:
    """Class -> its label, as the project's gold or somebody's answer says it."""
    asked = (tasks.GOLD_SAYING, work.tenant, project, sorted(classes))
    rows = await tasks.rows(work.conn, *asked) if classes else []
    places = {
        r["truth_class"]: Sealed("project", project, "gold", r["gold"], "truth", r["truth"]) for r in rows
    }
    missing = sorted(classes - set(places))
    for r in await judged.saying(work.conn, work.tenant, project, missing) if missing else []:
        places[r["answer_class"]] = Sealed("project", project, "lease", r["lease"], "answer", r["answer"])
    return dict(zip(places, await work.open(list(places.values())), strict=True))
