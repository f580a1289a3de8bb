"""Comparing models with people: beside one person's answer while it is collected, and with what people decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from backend.domain.projects.workflow_graph import about as about_of
from backend.domain.review import prediction as domain
from backend.readmodels import models as rows
from backend.readmodels import tasks, workflows
from backend.usecases.models.routing import measure_soon
from backend.usecases.projects.comparing import compare_by, ppm
from backend.usecases.tasks.designs import versions_of
from backend.usecases.tasks.results import Collected
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """What people decided, in clear, and who: aggregate, review or expert."""

    answer: Any
    by: str


def with_voices(collected: Sequence[Collected], foretold: Sequence[Row]) -> list[Collected]:
    """The same, with what models answered beside people: to tasks that were opened for both, in their first
    generation."""
    voices: dict[UUID, list[Row]] = {}
    for one in foretold:
        if one["parallel"] and one["task"] is not None:
            voices.setdefault(one["task"], []).append(_voice(one))
    return [replace(one, voices=voices[one.task]) if one.task in voices else one for one in collected]


def _voice(one: Row) -> Row:
    """A model's answer as a row of answers."""
    told = {name: one[name] for name in ("project", "task", "item", "answer", "answer_class", "answer_token")}
    return told | {"annotator": one["model"], "lease": one["prediction"], "stage": "model"}


async def agreements(work: Work, collected: Sequence[Collected]) -> dict[UUID, bool]:
    """Task -> whether the only person who answered says what the model says, by the project's scoring; of tasks that
    one person and a model answered."""
    both = [one for one in collected if one.voices and len(one.answers) == 1]
    places = []
    for one in both:
        answer, voice = one.answers[0], one.voices[0]
        about = one.project["project"]
        places.append(Sealed("project", about, "lease", answer["lease"], "answer", answer["answer"]))
        places.append(Sealed("project", about, "prediction", voice["lease"], "answer", voice["answer"]))
    said = await work.open(places)
    found = {}
    for place, one in enumerate(both):
        person, model = said[2 * place : 2 * place + 2]
        found[one.task] = (await compare_by(one.project["scoring"]).score(model, person)).passed
    return found


async def compare_models(work: Work, foretold: Sequence[Row], items: Collection[UUID] | None = None) -> None:
    """Hold what models answered (rows of `of_items`) against what people decided by now; the same again is nothing. In
    a workflow that is what its step came to, or what was made of that later."""
    about = [one for one in foretold if items is None or one["item"] in items]
    if not about:
        return
    await work.flush()
    truths = await truths_of(work, about)
    asked = [one for one in about if one["prediction"] in truths]
    sighted = await _sighted(work, [one for one in asked if one["labels_shown"]])
    answers = await work.open([_answer(one) for one in asked])
    await work.load(domain.PREDICTION, [one["prediction"] for one in asked])
    for one, answer in zip(asked, answers, strict=True):
        work.decide(
            domain.PREDICTION,
            one["prediction"],
            await _compared(work, one, answer, truths[one["prediction"]], sighted),
        )
    for project in {one["project"] for one in asked if one["metric"]}:
        measure_soon(work, project)


async def _sighted(work: Work, foretold: Sequence[Row]) -> set[tuple[UUID, str]]:
    """Of these predictions those that a reviewer or expert had before them when they spoke; (prediction, review or
    expert). No query where no project of theirs ever showed labels."""
    if not foretold:
        return set()
    found = await rows.fetch(
        work.conn, rows.SIGHTED, work.tenant, sorted({one["prediction"] for one in foretold})
    )
    return {(row["prediction"], row["stage"]) for row in found}


async def truths_of(work: Work, foretold: Sequence[Row]) -> dict[UUID, Truth]:
    """Prediction (rows of `of_items`) -> what people made of what it is about."""
    told = await _of_items(work, [one for one in foretold if not one["workflow_version"]])
    return told | await _of_steps(work, [one for one in foretold if one["workflow_version"]])


async def _of_items(work: Work, foretold: Sequence[Row]) -> dict[UUID, Truth]:
    """Prediction -> what people made of its item."""
    if not foretold:
        return {}
    decided = await rows.fetch(
        work.conn, rows.DECIDED_BY_PEOPLE, work.tenant, sorted({one["item"] for one in foretold})
    )
    said = dict(
        zip((row["item"] for row in decided), await work.open([_result(row) for row in decided]), strict=True)
    )
    by = {row["item"]: row["decided_by"] for row in decided}
    return {
        one["prediction"]: Truth(said[one["item"]]["answer"], by[one["item"]])
        for one in foretold
        if one["item"] in said
    }


async def _of_steps(work: Work, foretold: Sequence[Row]) -> dict[UUID, Truth]:
    """Prediction -> what people made of its step last."""
    found = await tasks.by_ids(
        work.conn, workflows.DECIDED_STEPS, work.tenant, sorted({one["item"] for one in foretold})
    )
    decided = [row for row in found if row["decided_by"] != "model"]
    versions = await versions_of(work, [row for row in decided if row["workflow_version"]])
    said = dict(
        zip((row["task"] for row in decided), await work.open([_result(row) for row in decided]), strict=True)
    )
    truths = {}
    for one in foretold:
        for row in (row for row in decided if row["item"] == one["item"]):
            workflow = versions.get((row["project"], row["workflow_version"]))
            told = said[row["task"]]
            within = workflow is not None and row["step"] in about_of(workflow.steps, one["step"])
            if within and told is not None and _settled(told):
                truths[one["prediction"]] = Truth(told["answer"], row["decided_by"])
    return truths


async def compare_with_expert(work: Work, item: UUID) -> None:
    """The same for an item that an expert decided just now."""
    await compare_models(work, await rows.of_items(work.conn, work.tenant, [item]))


def _settled(told: Row) -> bool:
    """A verdict that rejects says only what is wrong, and what is tied is settled by the next step."""
    return told.get("verdict") != "reject" and len(told.get("top", ())) <= 1


async def _compared(
    work: Work, one: Row, answer: Any, truth: Truth, sighted: Collection[tuple[UUID, str]]
) -> domain.Compare:
    score = await compare_by(one["scoring"]).score(answer, truth.answer)
    return domain.Compare(
        correct=score.passed,
        score_ppm=ppm(score),
        truth_class=class_token(work, one["skill"], truth.answer),
        by=truth.by,
        anchored=(one["prediction"], truth.by) in sighted,
    )


def _result(row: Row) -> Sealed:
    return Sealed("project", row["project"], "result", row["task"], "result", row["result"])


def _answer(one: Row) -> Sealed:
    return Sealed("project", one["project"], "prediction", one["prediction"], "answer", one["answer"])
