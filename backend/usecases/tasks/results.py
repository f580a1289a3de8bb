"""Results: the aggregate of a task's answers, and who may overrule it."""

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
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

PPM = 1_000_000


async def aggregated(
    work: Work, project: dict[str, Any], answers: list[dict[str, Any]]
) -> tuple[dict[str, Any], Aggregate, int]:
    """The result in clear (answer and all answers tied with it), the aggregate, and the index it is based on."""
    basis = await proficiency.basis(work.conn, work.tenant)
    people = [one["annotator"] for one in answers]
    records = await proficiency.records(work.conn, work.tenant, project["skill"], people)
    pool = await proficiency.pool(work.conn, work.tenant, project["skill"])
    labels = await _labels(work, project["project"])
    clear = await work.open(
        [Sealed("project", a["project"], "lease", a["lease"], "answer", a["answer"]) for a in answers]
    )
    known = list(labels)
    for row, answer in zip(answers, clear, strict=True):
        # By either name, because one answer that is not a category makes all of them count by their tokens.
        labels[row["answer_token"]] = answer
        if row["answer_class"]:
            labels[row["answer_class"]] = answer
    judgments = [
        Judgment(
            annotator=AnnotatorId(one["annotator"]),
            answer_class=one["answer_class"],
            answer_token=one["answer_token"],
            counts=records.get(one["annotator"], Record()),
        )
        for one in answers
    ]
    found = aggregate(judgments, pool, known)
    top = sorted((labels[token] for token in found.top), key=canonical)
    return {"answer": top[0], "top": top}, found, basis


async def _labels(work: Work, project: UUID) -> dict[str, Any]:
    """Class token -> label, for the classes that the project's gold knows."""
    rows = await tasks.rows(work.conn, tasks.GOLD_CLASSES, work.tenant, project)
    clear = await work.open(
        [Sealed("project", project, "gold", r["gold"], "truth", r["truth"]) for r in rows]
    )
    return {row["truth_class"]: label for row, label in zip(rows, clear, strict=True)}


async def decide_by_correction(work: Work, row: dict[str, Any], judgments: int, basis: int) -> bool:
    """The latest correction by a reviewer stands for the item; False when there is none."""
    reviews = await tasks.by_ids(work.conn, REVIEWS_OF_TASKS, work.tenant, [row["task"]])
    corrected = sorted((r for r in reviews if r["verdict"] == "correct"), key=lambda r: r["given_at"])
    if not corrected:
        return False
    last = corrected[-1]
    place = Sealed("project", row["project"], "review", last["review"], "correction", last["correction"])
    (answer,) = await work.open([place])
    return await decide_task(
        work, row["task"], {"answer": answer, "top": [answer]}, PPM, judgments, basis, "review"
    )


def _spelled(task: UUID, result: dict[str, Any], final: bool) -> str:
    """What a result's token is made of: a step's result that becomes the item's is another fact."""
    return f"{task}|{canonical(result)}" if final else f"{task}|step|{canonical(result)}"


async def decide_task(
    work: Work,
    task: UUID,
    result: dict[str, Any],
    confidence_ppm: int,
    judgments: int,
    basis: int,
    by: str,
    final: bool = True,
) -> bool:
    """Record a result unless a higher hand has decided already; the same result again changes nothing. `final`: it is
    the item's, and not only this step's."""
    await work.load(tasks_domain.TASK, [task])
    (row,) = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    keys = await work.keys(("project", row["project"]))
    command = tasks_domain.Decide(
        result=keys.seal_json("project", row["project"], "result", task, "result", result),
        result_token=work.vault.token(work.tenant, "result-token", _spelled(task, result, final)),
        confidence_ppm=confidence_ppm,
        judgments=judgments,
        basis_index=basis,
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
