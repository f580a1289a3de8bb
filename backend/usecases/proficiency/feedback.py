"""Feedback: errors that people were told of, with what reviewers said where the project tells it; disclosed gold; and
mistakes in training with what is right."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects.feedback import Feedback
from backend.domain.review.telling import Error, tellable
from backend.readmodels import disputes, people, released, retraining, tasks
from backend.readmodels.reviews import REVIEWS_OF_LEASES
from backend.usecases.proficiency.asked import asked
from backend.usecases.projects.feedback import disputable_until, settings
from backend.usecases.reach import reach
from backend.usecases.review.dispute_cases import notes_of
from backend.usecases.review.disputing import dispute_of
from backend.usecases.training.curriculum import retraining_shown
from backend.usecases.training.mistakes import course_mistakes, exam_answers
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

SHOWN_MAX = 200
Row = dict[str, Any]


async def feedback_get(work: Work, *, annotator: UUID) -> Answer:
    """What somebody is told of their errors; whoever else may read it sees the same.

    `errors` come in whole tens in which something was reviewed, and nothing tells gold from reviews: where reviews are
    told of, as many are kept back as there is gold beside them. Disclosed gold is told at once, as gold.
    """
    work.require("feedback:read", owner=annotator)
    await reach(work, [annotator])
    if not await people.find(work.conn, work.tenant, work.now, [annotator]):
        raise not_found("an annotator")
    project = work.caller.subject.project
    told = await released.errors(work.conn, work.tenant, annotator, project=project)
    met = await released.disclosed(work.conn, work.tenant, annotator, project=project)
    said = await settings(work, {row["project"] for row in (*told, *met)})
    errors = await _errors(work, told, said)
    gold = await _disclosed(work, annotator, met, said)
    work.saw("answer", "truth", subjects=[annotator], results=[row["lease"] for row in (*told, *met)])
    training = await course_mistakes(work, annotator) if project is None else []
    fell = await retraining.of_person(work.conn, work.tenant, annotator)
    again = [retraining_shown(row, own=annotator == work.me) for row in fell]
    body = {"annotator": annotator, "errors": errors, "disclosed": gold, "training": training}
    calls = await asked(work, annotator, project)
    return Answer(body | {"retraining": again, "taken_back": _taken_back(told), "asked": calls})


def _taken_back(told: Sequence[Row]) -> list[Row]:
    """Errors that were told and are none: looked at again, or what they were held against was wrong."""
    return [
        {
            **{name: row[name] for name in ("lease", "project", "skill")},
            "at": row["submitted_at"],
            "told_on": row["filled_at"].astimezone(UTC).date(),
            "counts": "right" if row["correct"] else "not_at_all",
        }
        for row in told
        if row["taken_back"] and not row["disclosed"]
    ][:SHOWN_MAX]


# --- errors


async def _errors(work: Work, told: Sequence[Row], said: dict[UUID, Feedback]) -> list[Row]:
    page = [row for row in told if row["wrong"] and not row["disclosed"]][:SHOWN_MAX]
    reviews = await _reviews(work, told, said)
    answers = await work.open([_answer(row) for row in page])
    return [
        {
            "lease": row["lease"],
            "project": row["project"],
            "skill": row["skill"],
            "at": row["submitted_at"],
            "answer": answer,
            "told_on": row["told_at"].astimezone(UTC).date(),
            "disputable_until": disputable_until(row["told_at"], said[row["project"]].dispute_days),
            "dispute": disputed,
            "review": reviews.get(row["lease"]),
        }
        for row, answer, disputed in zip(page, answers, await _disputed(work, page), strict=True)
    ]


async def _disputed(work: Work, page: Sequence[Row]) -> list[UUID | None]:
    asked = [dispute_of(row["lease"]) for row in page]
    found = await tasks.by_ids(work.conn, disputes.BY_IDS, work.tenant, asked)
    there = {row["dispute"] for row in found}
    return [one if one in there else None for one in asked]


async def _reviews(work: Work, told: Sequence[Row], said: dict[UUID, Feedback]) -> dict[UUID, Row]:
    """Lease -> what its reviewer said, of those of which it may be told, as far as the project tells it."""
    leases = [row["lease"] for row in told if row["gold"] is None]
    if not leases or not any(one.review_notes or one.corrections for one in said.values()):
        return {}
    verdicts = {
        row["lease"]: row
        for row in await tasks.by_ids(work.conn, REVIEWS_OF_LEASES, work.tenant, leases)
        if row["verdict"] is not None
    }
    reviews = [row["review"] for row in verdicts.values()]
    notes = await notes_of(work, reviews)
    regions: dict[UUID, list[Row]] = defaultdict(list)
    for row in await disputes.fetch(work.conn, released.REGIONS, work.tenant, reviews):
        regions[row.pop("lease")].append(row)
    spoken = {
        lease: (row["correction"], notes.get(row["review"]), regions.get(lease, []))
        for lease, row in verdicts.items()
        if row["correction"] is not None or row["review"] in notes or lease in regions
    }
    shown = _tellable(told, set(spoken))
    places: dict[tuple[UUID, str], Sealed] = {}
    for lease in shown:
        row, (correction, note, _) = verdicts[lease], spoken[lease]
        project, review = row["project"], row["review"]
        if correction is not None and said[project].corrections:
            places[lease, "correction"] = Sealed(
                "project", project, "review", review, "correction", correction
            )
        if note is not None and said[project].review_notes:
            places[lease, "note"] = Sealed("project", project, "review", review, "note", note)
    clear = dict(zip(places, await work.open(list(places.values())), strict=True))
    return {
        lease: {
            "correction": clear.get((lease, "correction")),
            "note": clear.get((lease, "note")),
            "regions": spoken[lease][2] if said[verdicts[lease]["project"]].review_notes else [],
        }
        for lease in shown
        if said[verdicts[lease]["project"]].review_notes or said[verdicts[lease]["project"]].corrections
    }


def _tellable(told: Sequence[Row], spoken: set[UUID]) -> set[UUID]:
    """Per ten and project, since a person knows both of each answer."""
    together: dict[tuple[UUID, int, UUID], list[Error]] = defaultdict(list)
    for row in told:
        if not row["disclosed"]:
            error = Error(row["lease"], row["gold"] is not None, row["lease"] in spoken)
            together[row["skill"], row["ten"], row["project"]].append(error)
    return {lease for errors in together.values() for lease in tellable(errors)}


# --- disclosed gold


async def _disclosed(
    work: Work, annotator: UUID, met: Sequence[Row], said: dict[UUID, Feedback]
) -> list[Row]:
    """Of work and of exams, right answers too."""
    every = await disputes.fetch(work.conn, released.ALL_DISCLOSED, work.tenant)
    limit = work.caller.subject.project
    there = {row["gold"]: row for row in every if limit in (None, row["project"])}
    examined = await exam_answers(work, annotator, there.keys() - {row["gold"] for row in met})
    page = list(met)[:SHOWN_MAX]
    given = await work.open([_answer(row) for row in page])
    told = [
        _gold(row, answer, row["correct"], row["submitted_at"])
        | {
            "lease": row["lease"],
            "disputable_until": disputable_until(row["disclosed_at"], said[row["project"]].dispute_days)
            if row["wrong"]
            else None,
            "dispute": disputed,
        }
        for row, answer, disputed in zip(page, given, await _disputed(work, page), strict=True)
    ]
    told += [
        _gold(there[gold], one["answer"], one["correct"], one["at"])
        | {"lease": None, "disputable_until": None, "dispute": None}
        for gold, one in examined.items()
    ]
    places = [
        Sealed("project", there[one["gold"]]["project"], "gold", one["gold"], name, there[one["gold"]][name])
        for one in told
        for name in ("truth", "explanation")
    ]
    clear = iter(await work.open(places))
    return [one | {"truth": next(clear), "explanation": next(clear)} for one in told]


def _gold(row: Row, answer: Any, correct: bool | None, at: Any) -> Row:
    beside = {"gold": row["gold"], "project": row["project"], "disclosed_at": row["disclosed_at"]}
    return {**beside, "at": at, "answer": answer, "correct": correct}


def _answer(row: Row) -> Sealed:
    return Sealed("project", row["project"], "lease", row["lease"], "answer", row["answer"])
