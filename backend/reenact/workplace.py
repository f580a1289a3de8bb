"""A project with all that work in it asks for, set up by an administrator."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.reenact.client import Caller, Json
from backend.reenact.keys import Keys

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """An item with a known answer."""

    key: str
    payload: Json
    truth: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to set up. `exam` is gold met in the exam alone, `gold` in work; `items` are (key, payload)."""

    name: str
    skill: str
    plan: Mapping[str, int | float]
    agreement_title: str
    agreement_text: str
    guideline: str
    training_title: str
    training_content: Json
    quiz: Sequence[Mapping[str, Json]]
    exam_title: str
    exam: Sequence[Gold]
    items: Sequence[tuple[str, Json]]
    gold: Sequence[Gold] = ()
    pass_mark: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What was set up: ids and what people need to know. `exam_gold` and `tasks` are by the items' keys."""

    project: str
    agreement: Mapping[str, Any]
    guideline_version: int
    training: Mapping[str, Any]
    quiz_answers: Sequence[Mapping[str, Json]]
    exam: Mapping[str, Any] | None
    exam_gold: Mapping[str, str]
    tasks: Mapping[str, str]


async def set_up(admin: Caller, keys: Keys, wanted: Wanted) -> Workplace:
    """Agreement, project, training, exam, guideline, items, in this order; the same keys do it once.

    Raises ApiProblem or Unreachable.
    """
    agreement = await admin.post(
        "/v1/agreements",
        {"title": wanted.agreement_title, "text": wanted.agreement_text},
        keys("agreement"),
    )
    project = await admin.post(
        "/v1/projects",
        {"name": wanted.name, "skill": wanted.skill, "plan": dict(wanted.plan)},
        keys("project"),
    )
    where = f"/v1/projects/{project['id']}"
    training = await admin.post(
        "/v1/courses",
        {
            "title": wanted.training_title,
            "content": wanted.training_content,
            "questions": list(wanted.quiz),
            "pass_mark": 1.0,
        },
        keys("training"),
    )
    exam_gold = await _add_gold(admin, keys, where, "exam", wanted.exam)
    exam = await _publish_exam(admin, keys, wanted, project["skill"]["id"], exam_gold)
    guideline = await admin.post(f"{where}/guidelines", {"text": wanted.guideline}, keys("guideline"))
    courses = [training["id"], *([exam["id"]] if exam else [])]
    await admin.put(f"{where}/requirements", {"agreements": [agreement["id"]], "courses": courses})
    await _add_gold(admin, keys, where, "work", wanted.gold)
    return Workplace(
        project=project["id"],
        agreement=agreement,
        guideline_version=guideline["version"],
        training=training,
        quiz_answers=[{"question": one["id"], "answer": one["answer"]} for one in wanted.quiz],
        exam=exam,
        exam_gold=exam_gold,
        tasks={key: task async for key, task in _import(admin, keys, where, wanted.items)},
    )


async def progress(admin: Caller, place: Workplace) -> dict[str, int]:
    """`items decided open_slots leases reviews_pending escalations_open` of the project, as counted now."""
    project = await admin.get(f"/v1/projects/{place.project}")
    counts: dict[str, int] = project["progress"]
    return counts


async def _add_gold(admin: Caller, keys: Keys, where: str, use: str, gold: Sequence[Gold]) -> dict[str, str]:
    """Gold ids by the items' own keys."""
    ids: dict[str, str] = {}
    for n, batch in enumerate(_batches(gold)):
        rows = [{"external_key": one.key, "payload": one.payload, "truth": one.truth} for one in batch]
        body = {"gold": rows, "exam_only": use == "exam"}
        added = await admin.post(f"{where}/gold", body, keys("gold", use, n))
        ids.update({one["external_key"]: one["id"] for one in added["gold"]})
    return ids


async def _publish_exam(
    admin: Caller, keys: Keys, wanted: Wanted, skill: str, gold: Mapping[str, str]
) -> Mapping[str, Any] | None:
    if not gold:
        return None
    body = {
        "title": wanted.exam_title,
        "content": {"text": "Answer each item as you would in work."},
        "gold": list(gold.values()),
        "skill": skill,
        "pass_mark": wanted.pass_mark,
    }
    exam: Mapping[str, Any] = await admin.post("/v1/courses", body, keys("exam"))
    return exam


async def _import(
    admin: Caller, keys: Keys, where: str, items: Sequence[tuple[str, Json]]
) -> AsyncIterator[tuple[str, str]]:
    for n, batch in enumerate(_batches(items)):
        body = {"items": [{"external_key": key, "payload": payload} for key, payload in batch]}
        answer = await admin.post(f"{where}/items", body, keys("items", n))
        for result in answer["results"]:
            yield result["external_key"], result["task"]


def _batches(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
