"""Showing labels: reviewers and experts see what others and models said, if a project wants it; gold looks alike.

What is shown is said once, in a fact, when a lease is claimed; so nobody's view changes, and whether a verdict was
blind can be read from the log. Gold is given only where it can be shown with labels like those of something that waits
in the same lane: as many of people, of the same models, and as many of them alike (domain's likeness).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.review.labels_shown import LABELS_SHOWN, ShowLabels
from backend.domain.review.likeness import FOR, Label, Look, like, look
from backend.events.ids import AnnotatorId, ItemId, LeaseId, PredictionId, ProjectId, uuid8
from backend.readmodels import labels_shown as rows
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]
SHOWN_AS = "annotate"
"""The step under which they stand: all are answers of annotators, a model's too."""


@dataclass(frozen=True, slots=True)
class OfGold:
    """A gold item about to be given to a person, to look like `wanted`; `subject` is the answer under review."""

    annotator: UUID
    project: UUID
    item: UUID
    subject: UUID | None
    wanted: Look


def shows(project: Mapping[str, Any], stage: str) -> bool:
    """Whether other labels are shown to this kind of work there. In a workflow the steps say what they show."""
    return not project["workflow_version"] and stage in FOR[project["show_labels"]]


async def looks(work: Work, asked: Sequence[tuple[UUID, UUID, bool]]) -> dict[int, Look]:
    """For each (person, lane, whether it is of reviews), by place from 0, how something looks that waits there for the
    person; left out where nothing does."""
    if not asked:
        return {}
    seeds = [work.chance(8).hex() for _ in asked]
    given = [*map(list, zip(*asked, strict=True)), seeds]
    waiting = await rows.rows(work.conn, rows.WAITING, work.tenant, *given)
    about = [(one["project"], one["item"], one["generation"], False, None, one["task"]) for one in waiting]
    labels = await _labels(work, about)
    return {one["place"] - 1: look(of) for one, of in zip(waiting, labels, strict=True)}


async def like_work(work: Work, given: Sequence[OfGold]) -> list[list[Label] | None]:
    """The labels to show with each gold item: those that the person saw of it before, else such that it looks as
    wanted; None where it has none that do."""
    if not given:
        return []
    pairs = [[one.item for one in given], [one.annotator for one in given]]
    before = {
        (row["item"], row["annotator"]): {*row["answers"], *row["predictions"]}
        for row in await rows.rows(work.conn, rows.BEFORE, work.tenant, *pairs)
    }
    there = await _labels(work, [(one.project, one.item, 1, True, one.subject, None) for one in given])
    found: list[list[Label] | None] = []
    for one, labels in zip(given, there, strict=True):
        seen = before.get((one.item, one.annotator))
        mine = [label for label in _by_lot(work, one.annotator, labels) if label.by != one.annotator]
        found.append([each for each in mine if each.source in seen] if seen else like(one.wanted, mine))
    return found


async def show(
    work: Work,
    claimed: Sequence[Row],
    projects: Mapping[UUID, Row],
    gold: Mapping[tuple[UUID, UUID], Sequence[Label]],
) -> None:
    """Of these leases (their rows), just claimed, those whose project shows labels are shown theirs; of `gold`, by
    (annotator, item), those chosen. The rows know of it. No query where none is, else one."""
    mine = [row for row in claimed if shows(projects[row["project"]], row["stage"])]
    real = [row for row in mine if row["gold"] is None]
    about = [(row["project"], row["item"], row["generation"], False, None, row["task"]) for row in real]
    found = dict(zip((row["lease"] for row in real), await _labels(work, about), strict=True))
    for row in mine:
        chosen = found.get(row["lease"]) if row["gold"] is None else gold.get((row["annotator"], row["item"]))
        if chosen:
            row["labels"] = _say(work, row, chosen)


async def show_again(work: Work, lease: LeaseId, row: Row, project: Row, annotator: UUID) -> None:
    """A slot was given to somebody by name, under this lease; `row` is its task's or former lease's. Work shows its
    labels; gold that is handed on what it showed before."""
    if not shows(project, row["stage"]):
        return
    about = {"lease": lease, "annotator": annotator, "project": row["project"], "item": row["item"]}
    if row.get("gold") is None:
        given = (row["project"], row["item"], row["generation"], False, None, row["task"])
        (labels,) = await _labels(work, [given])
        _say(work, about, labels)
        return
    before = (await rows.of_leases(work.conn, work.tenant, [row["lease"]])).get(row["lease"])
    if before is not None:
        _record(work, about, *before)


async def count_shown(work: Work, project: Mapping[str, Any], lease: UUID) -> int:
    """How many other labels the holder of a lease sees; no query where the project never showed any."""
    if not project["labels_shown"]:
        return 0
    found = await rows.of_leases(work.conn, work.tenant, [lease])
    return sum(map(len, found.get(lease, ())))


async def shown_labels(work: Work, leases: Sequence[Row]) -> dict[UUID, list[Row]]:
    """Lease -> what it shows of other labels, in an order that says of none whose it is. No query where no project of
    theirs ever showed any."""
    told = {row["lease"]: row["labels"] for row in leases if row.get("labels")}
    sought = [row["lease"] for row in leases if row.get("labels_shown")]
    told |= await rows.of_leases(work.conn, work.tenant, sought)
    if not told:
        return {}
    of = {row["lease"]: row["annotator"] for row in leases}
    both = [[one for each in told.values() for one in each[n]] for n in (0, 1)]
    found = await rows.rows(work.conn, rows.SAYING, work.tenant, *both)
    sealed = [
        Sealed(
            "project",
            row["project"],
            "prediction" if row["of_model"] else "lease",
            row["source"],
            "answer",
            row["answer"],
        )
        for row in found
    ]
    said = dict(zip((row["source"] for row in found), await work.open(sealed), strict=True))
    return {
        lease: [
            {"step": SHOWN_AS, "answer": said[one], "verdict": None, "note": None}
            for one in sorted((*answers, *predictions), key=lambda one: _lot(work, of[lease], one))
            if one in said
        ]
        for lease, (answers, predictions) in told.items()
    }


async def _labels(work: Work, about: Sequence[tuple[Any, ...]]) -> list[list[Label]]:
    """Of each (project, item, generation, whether as gold, answer under review, review task) the other labels."""
    if not about:
        return []
    found: dict[int, list[Label]] = defaultdict(list)
    given = map(list, zip(*about, strict=True))
    for row in await rows.rows(work.conn, rows.OF_ITEMS, work.tenant, *given):
        one = Label(row["source"], row["by"], row["token"], row["of_model"])
        found[row["place"] - 1].append(one)
    return [found[place] for place in range(len(about))]


def _by_lot(work: Work, annotator: UUID, labels: Sequence[Label]) -> list[Label]:
    return sorted(labels, key=lambda one: _lot(work, annotator, one.source))


def _lot(work: Work, annotator: UUID, source: UUID) -> str:
    """A place that only the keyring can tell, and always the same one for a person."""
    return work.vault.token(work.tenant, "label-order", f"{annotator}|{source}")


def _say(work: Work, row: Mapping[str, Any], labels: Sequence[Label]) -> tuple[list[UUID], list[UUID]]:
    answers = [one.source for one in labels if not one.of_model]
    return _record(work, row, answers, [one.source for one in labels if one.of_model])


def _record(
    work: Work, row: Mapping[str, Any], answers: list[UUID], predictions: list[UUID]
) -> tuple[list[UUID], list[UUID]]:
    command = ShowLabels(
        lease=LeaseId(row["lease"]),
        annotator=AnnotatorId(row["annotator"]),
        project=ProjectId(row["project"]),
        item=ItemId(row["item"]),
        answers=tuple(map(LeaseId, sorted(answers))),
        predictions=tuple(map(PredictionId, sorted(predictions))),
    )
    work.decide(LABELS_SHOWN, uuid8(row["lease"], "labels"), command)
    return answers, predictions
