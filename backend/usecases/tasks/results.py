"""Results: the aggregate of a task's answers, and who may overrule it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.proficiency.scoring import canonical
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.aggregate import Aggregate, Judgment, aggregate
from backend.events.ids import AnnotatorId
from backend.readmodels import proficiency, tasks
from backend.readmodels.proficiency import Record
from backend.readmodels.reviews import REVIEWS_OF_TASKS
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Work

PPM = 1_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A task of which nothing is open or held (its row, locked), its project's row, and its answers that count."""

    row: Row
    project: Row
    answers: Sequence[Row]

    @property
    def task(self) -> UUID:
        """Its id."""
        task: UUID = self.row["task"]
        return task


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What answers come to: the result in clear (answer and all answers tied with it), how sure that is, of how many
    answers, and the index of the evidence it is based on."""

    result: dict[str, Any]
    confidence_ppm: int
    judgments: int
    basis: int


async def weigh(work: Work, collected: Sequence[Collected]) -> dict[UUID, Weighed]:
    """Task -> what its answers come to. What is known of people and labels is read once for all of them."""
    basis = await proficiency.basis(work.conn, work.tenant)
    people: dict[UUID, set[UUID]] = defaultdict(set)
    for one in collected:
        people[one.project["skill"]].update(answer["annotator"] for answer in one.answers)
    known = {skill: await _known(work, skill, sorted(who)) for skill, who in people.items()}
    labels = {project: await _labels(work, project) for project in {c.project["project"] for c in collected}}
    found, places = {}, {}
    for one in collected:
        about = labels[one.project["project"]]
        found[one.task] = weighed = _aggregate(one, *known[one.project["skill"]], list(about))
        places[one.task] = _places(one.answers, about, weighed.top)
    clear = iter(await work.open([place for some in places.values() for place in some]))
    told = {}
    for one in collected:
        top = sorted((next(clear) for _ in places[one.task]), key=canonical)
        told[one.task] = Weighed(
            result={"answer": top[0], "top": top},
            confidence_ppm=found[one.task].confidence_ppm,
            judgments=len(one.answers),
            basis=basis,
        )
    return told


async def _known(work: Work, skill: UUID, people: Sequence[UUID]) -> tuple[Mapping[UUID, Record], Record]:
    records = await proficiency.records(work.conn, work.tenant, skill, people)
    return records, await proficiency.pool(work.conn, work.tenant, skill)


def _aggregate(
    one: Collected, records: Mapping[UUID, Record], pool: Record, classes: Sequence[str]
) -> Aggregate:
    judgments = [
        Judgment(
            annotator=AnnotatorId(answer["annotator"]),
            answer_class=answer["answer_class"],
            answer_token=answer["answer_token"],
            counts=records.get(answer["annotator"], Record()),
        )
        for answer in one.answers
    ]
    return aggregate(judgments, pool, classes)


def _places(answers: Sequence[Row], labels: Mapping[str, Sealed], top: Sequence[str]) -> list[Sealed]:
    """Where it is written what these classes or tokens stand for."""
    said = dict(labels)
    for a in answers:
        # By either name, because one answer that is not a category makes all of them count by their tokens.
        place = Sealed("project", a["project"], "lease", a["lease"], "answer", a["answer"])
        said[a["answer_token"]] = place
        if a["answer_class"]:
            said[a["answer_class"]] = place
    return [said[token] for token in top]


async def _labels(work: Work, project: UUID) -> dict[str, Sealed]:
    """Class token -> where its label is written, for the classes that the project's gold knows."""
    rows = await tasks.rows(work.conn, tasks.GOLD_CLASSES, work.tenant, project)
    return {
        r["truth_class"]: Sealed("project", project, "gold", r["gold"], "truth", r["truth"]) for r in rows
    }


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


def _spelled(task: UUID, result: dict[str, Any], final: bool) -> str:
    """What a result's token is made of: a step's result that becomes the item's is another fact."""
    return f"{task}|{canonical(result)}" if final else f"{task}|step|{canonical(result)}"


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
        result_token=work.vault.token(work.tenant, "result-token", _spelled(task, weighed.result, final)),
        confidence_ppm=weighed.confidence_ppm,
        judgments=weighed.judgments,
        basis_index=weighed.basis,
        by=by,
        final=final,
    )
    try:
        work.decide(tasks_domain.TASK, task, command)
    except Refusal as refusal:
        if refusal.code != "decided_above":
            raise
        return False
    return True
