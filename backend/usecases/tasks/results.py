"""Results: the aggregate of a task's answers, and who may overrule it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.proficiency.scoring import canonical
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.aggregate import Aggregate, Judgment, accuracy, aggregate, anchored
from backend.domain.tasks.fusion import FUSED, Fused, fuse
from backend.events.ids import AnnotatorId
from backend.readmodels import calibration, proficiency, tasks, workflows
from backend.readmodels.model_records import model_records
from backend.readmodels.proficiency import Record
from backend.readmodels.reviews import REVIEWS_OF_TASKS
from backend.usecases.projects.comparing import Compare
from backend.usecases.projects.scoring import scorer_of
from backend.usecases.projects.workflows import MANY, step_of
from backend.usecases.tokens import result_class
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Work

PPM = 1_000_000
ASIDE = ("majority", "overruled", "raw", "claimed_ppm")
"""What stands beside a result, and is not what it says: the same answer is the same result."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A task of which nothing is open or held (its row, locked), its project's row, and its answers that count;
    `voices` are what models answered beside people, as rows of answers."""

    row: Row
    project: Row
    answers: Sequence[Row]
    voices: Sequence[Row] = ()

    @property
    def task(self) -> UUID:
        """Its id."""
        task: UUID = self.row["task"]
        return task

    @property
    def heard(self) -> Sequence[Row]:
        """What people and models answered."""
        return [*self.answers, *self.voices] if self.voices else self.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What answers come to: the result in clear (see `weigh`), how sure that is, of how many answers, and the index of
    the evidence it is based on."""

    result: dict[str, Any]
    confidence_ppm: int
    judgments: int
    basis: int


@dataclass(slots=True)
class _Known:
    """What is known of people in a skill: each record, and everybody's together; and of models that answer too."""

    records: Mapping[UUID, Record]
    pool: Record
    models: Mapping[UUID, Record] = field(default_factory=dict)

    def judgments(self, answers: Sequence[Row]) -> list[Judgment]:
        """These answers with what is known of who gave them."""
        return [
            Judgment(
                annotator=AnnotatorId(answer["annotator"]),
                answer_class=answer["answer_class"],
                answer_token=answer["answer_token"],
                counts=self._of(answer["annotator"]),
                compared=compared(self._of(answer["annotator"])),
            )
            for answer in answers
        ]

    def _of(self, who: UUID) -> Record:
        return self.records.get(who) or self.models.get(who, NOBODY)


NOBODY = Record()


def compared(record: Record) -> int:
    """How many answers of a person were compared with a truth here: gold, exams, reviews and adjudications; what
    another system counted anchors nothing."""
    return sum(total for source, (_, total) in record.sources.items() if source != "import")


async def weigh(work: Work, collected: Sequence[Collected]) -> dict[UUID, Weighed]:
    """Task -> what its answers come to. What is known of people and labels is read once for all of them.

    A result has the `answer`, all answers tied with it (`top`), what most people said (`majority`, tied ones too) and
    whether the answer is another (`overruled`); for calibration also what it claimed, and the posterior of classes.
    """
    basis = await proficiency.basis(work.conn, work.tenant)
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for one in collected:
        people[one.project["skill"]].update(answer["annotator"] for answer in one.answers)
    known = {skill: await _known(work, skill, sorted(who)) for skill, who in people.items()}
    await _know_models(work, collected, known)
    scorers = await _scorers(work, collected)
    told = await _fused(work, [one for one in collected if _fusible(one, scorers)], known, scorers)
    voted = [one for one in collected if one.task not in told]
    told |= await _voted(work, voted, known)
    return {
        one.task: Weighed(
            result=told[one.task],
            confidence_ppm=told[one.task]["claimed_ppm"],
            judgments=len(one.answers),
            basis=basis,
        )
        for one in collected
    }


async def _known(work: Work, skill: UUID, people: Sequence[UUID]) -> _Known:
    records = await proficiency.records(work.conn, work.tenant, skill, people)
    return _Known(records, await proficiency.pool(work.conn, work.tenant, skill))


async def _know_models(work: Work, collected: Sequence[Collected], known: Mapping[UUID, _Known]) -> None:
    """What is known of models whose answers count beside people's. They are none of the people: the pool is without
    them."""
    of_skill: dict[UUID, set[UUID]] = defaultdict(set)
    for one in collected:
        of_skill[one.project["skill"]].update(voice["annotator"] for voice in one.voices)
    for skill, voices in of_skill.items():
        if voices:
            known[skill].models = await model_records(work.conn, work.tenant, skill, sorted(voices))


async def _scorers(work: Work, collected: Sequence[Collected]) -> dict[UUID, Compare]:
    """Task -> what compares its answers: as its step says, else its project."""
    found: dict[tuple[UUID, int, str], Compare] = {}
    for one in collected:
        row = one.row
        place = (row["project"], row["workflow_version"], row["step"])
        if place not in found:
            workflow = await workflows.find(work.conn, work.tenant, row["project"], row["workflow_version"])
            step = step_of(workflow, row["step"]) if workflow else None
            found[place] = await scorer_of(work, one.project, step)
    return {
        one.task: found[one.row["project"], one.row["workflow_version"], one.row["step"]] for one in collected
    }


def _fusible(one: Collected, scorers: Mapping[UUID, Compare]) -> bool:
    """Whether the answers have a middle: several of a kind that has one. A single label is a category, and a verdict
    no answer."""
    kind = scorers[one.task].kind
    if len(one.heard) < 2 or kind not in FUSED or one.row["stage"] not in MANY:
        return False
    return kind != "labels" or any(answer["answer_class"] is None for answer in one.heard)


async def _fused(
    work: Work, collected: Sequence[Collected], known: Mapping[UUID, _Known], scorers: Mapping[UUID, Compare]
) -> dict[UUID, dict[str, Any]]:
    """Task -> its result, of those whose answers their kind can read. The arithmetic is done in a thread."""
    places = [(one, [_place(answer) for answer in one.heard]) for one in collected]
    clear = iter(await work.open([place for _, some in places for place in some]))
    asked = [
        (one, scorers[one.task], [next(clear) for _ in some], _weights(one, known[one.project["skill"]]))
        for one, some in places
    ]
    found = await asyncio.to_thread(lambda: [_fuse_both(how, said, trust) for _, how, said, trust in asked])
    return {one.task: _told_fused(*both) for (one, _, _, _), both in zip(asked, found, strict=True) if both}


def _weights(one: Collected, known: _Known) -> list[float] | None:
    """How often each of them is right; None where too little is known of them."""
    judgments = known.judgments(one.heard)
    return [accuracy(each.counts, known.pool) for each in judgments] if anchored(judgments) else None


def _fuse_both(
    how: Compare, said: Sequence[Any], weights: Sequence[float] | None
) -> tuple[Fused, Fused] | None:
    """What the answers come to with the people weighed, and with one voice each."""
    each = fuse(how.kind, how.options, said)
    if each is None:
        return None
    return (fuse(how.kind, how.options, said, weights) or each) if weights else each, each


def _told_fused(weighed: Fused, each: Fused) -> dict[str, Any]:
    return {
        "answer": weighed.answer,
        "top": [weighed.answer],
        "majority": [each.answer],
        "overruled": canonical(weighed.answer) != canonical(each.answer),
        "raw": {},
        "claimed_ppm": round(PPM * weighed.agreement),
    }


async def _voted(
    work: Work, collected: Sequence[Collected], known: Mapping[UUID, _Known]
) -> dict[UUID, dict[str, Any]]:
    """Task -> its result by classes, or by equality where answers are none."""
    about = sorted({one.project["project"] for one in collected})
    classes = {project: await _gold_classes(work, project) for project in about}
    temperatures = await calibration.temperatures(work.conn, work.tenant, about)
    found: dict[UUID, Aggregate] = {}
    places: dict[UUID, tuple[list[Sealed], list[Sealed]]] = {}
    for one in collected:
        project, people = one.project["project"], known[one.project["skill"]]
        judgments = people.judgments(one.heard)
        agg = aggregate(judgments, people.pool, classes[project], temperatures.get(project, 1.0))
        found[one.task] = agg
        said = await _said(work, project, one.heard, agg)
        places[one.task] = ([said[one] for one in agg.top], [said[one] for one in agg.majority])
    clear = iter(await work.open([place for both in places.values() for some in both for place in some]))
    told = {}
    for task, (top, most) in places.items():
        stands, voted = (sorted((next(clear) for _ in some), key=canonical) for some in (top, most))
        told[task] = {
            "answer": stands[0],
            "top": stands,
            "majority": voted,
            "overruled": found[task].overruled,
            "raw": found[task].raw,
            "claimed_ppm": found[task].confidence_ppm,
        }
    return told


def _place(answer: Row) -> Sealed:
    """Where an answer is written."""
    kind = "prediction" if answer["stage"] == "model" else "lease"
    return Sealed("project", answer["project"], kind, answer["lease"], "answer", answer["answer"])


async def _said(work: Work, project: UUID, answers: Sequence[Row], found: Aggregate) -> dict[str, Sealed]:
    """Class or token -> where it is written what it stands for: in an answer, or in gold of a class that nobody gave
    and that stands all the same."""
    said: dict[str, Sealed] = {}
    for a in answers:
        # By either name, because one answer that is not a category makes all of them count by their tokens.
        said[a["answer_token"]] = _place(a)
        if a["answer_class"]:
            said[a["answer_class"]] = _place(a)
    if missing := [one for one in found.top if one not in said]:
        for r in await tasks.rows(work.conn, tasks.GOLD_SAYING, work.tenant, project, missing):
            said[r["truth_class"]] = Sealed("project", project, "gold", r["gold"], "truth", r["truth"])
    return said


async def _gold_classes(work: Work, project: UUID) -> list[str]:
    """The classes (keyed tokens) that the project's gold knows."""
    rows = await tasks.rows(work.conn, tasks.GOLD_CLASS_NAMES, work.tenant, project)
    return [row["truth_class"] for row in rows]


async def corrections(work: Work, about: Sequence[UUID]) -> dict[UUID, Any]:
    """Task -> the latest correction by a reviewer, in clear; of tasks that have one."""
    reviews = await tasks.by_ids(work.conn, REVIEWS_OF_TASKS, work.tenant, about)
    corrected = sorted((r for r in reviews if r["verdict"] == "correct"), key=lambda r: r["given_at"])
    last = {review["task"]: review for review in corrected}
    places = [
        Sealed("project", r["project"], "review", r["review"], "correction", r["correction"])
        for r in last.values()
    ]
    return dict(zip(last, await work.open(places), strict=True))


def token_of(work: Work, task: UUID, result: dict[str, Any], *, final: bool) -> str:
    """The keyed token by which a result of this task is known again."""
    return work.vault.token(work.tenant, "result-token", _spelled(task, result, final))


def _spelled(task: UUID, result: dict[str, Any], final: bool) -> str:
    """What a result's token is made of: a step's result that becomes the item's is another fact."""
    says = canonical({name: one for name, one in result.items() if name not in ASIDE})
    return f"{task}|{says}" if final else f"{task}|step|{says}"


async def decide_task(
    work: Work, project: UUID, task: UUID, weighed: Weighed, by: str, final: bool = True
) -> bool:
    """Record a result unless a higher hand has decided already; the same result again changes nothing. `final`: it is
    the item's, and not only this step's."""
    await work.load(tasks_domain.TASK, [task])
    return decide_loaded(work, await work.keys(("project", project)), project, task, weighed, by, final)


def decide_loaded(
    work: Work,
    keys: SealingKeys,
    project: UUID,
    task: UUID,
    weighed: Weighed,
    by: str,
    final: bool = True,
) -> bool:
    """The same for a task that is loaded, with its project's key."""
    command = tasks_domain.Decide(
        result=keys.seal_json("project", project, "result", task, "result", weighed.result),
        result_token=token_of(work, task, weighed.result, final=final),
        confidence_ppm=weighed.confidence_ppm,
        judgments=weighed.judgments,
        basis_index=weighed.basis,
        by=by,
        final=final,
        result_class=result_class(work, project, weighed.result.get("answer")),
    )
    try:
        work.decide(tasks_domain.TASK, task, command)
    except Refusal as refusal:
        if refusal.code != "decided_above":
            raise
        return False
    return True
