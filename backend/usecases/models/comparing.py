"""Comparing models with people: beside one person's answer while it is collected, and with what people decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.review import prediction as domain
from backend.readmodels import models as rows
from backend.usecases.projects.comparing import compare_by, ppm
from backend.usecases.tasks.results import Collected
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


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
    """Hold what models answered (rows of `of_items`) against what people decided by now; the same again is nothing."""
    about = {one["item"] for one in foretold if items is None or one["item"] in items}
    if not about:
        return
    await work.flush()
    decided = await rows.fetch(work.conn, rows.DECIDED_BY_PEOPLE, work.tenant, sorted(about))
    of_item = {row["item"]: row for row in decided}
    asked = [one for one in foretold if one["item"] in of_item]
    truths = dict(zip(of_item, await work.open([_result(row) for row in decided]), strict=True))
    answers = await work.open([_answer(one) for one in asked])
    await work.load(domain.PREDICTION, [one["prediction"] for one in asked])
    for one, answer in zip(asked, answers, strict=True):
        command = await _compared(work, one, answer, truths[one["item"]], of_item[one["item"]])
        work.decide(domain.PREDICTION, one["prediction"], command)


async def compare_with_expert(work: Work, item: UUID) -> None:
    """The same for an item that an expert decided just now."""
    await compare_models(work, await rows.of_items(work.conn, work.tenant, [item]))


async def _compared(work: Work, one: Row, answer: Any, result: Mapping[str, Any], row: Row) -> domain.Compare:
    truth = result["answer"]
    score = await compare_by(one["scoring"]).score(answer, truth)
    return domain.Compare(
        correct=score.passed,
        score_ppm=ppm(score),
        truth_class=class_token(work, one["skill"], truth),
        by=row["decided_by"],
    )


def _result(row: Row) -> Sealed:
    return Sealed("project", row["project"], "result", row["task"], "result", row["result"])


def _answer(one: Row) -> Sealed:
    return Sealed("project", one["project"], "prediction", one["prediction"], "answer", one["answer"])
