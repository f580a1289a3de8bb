"""Intake: items come in and open their slots; gold comes in with its truth."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as gold_domain
from backend.domain.tasks import item as items_domain
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import GoldId, ItemId, ProjectId, TaskId, uuid8
from backend.readmodels import projects, tasks
from backend.usecases.lanes import lane_of
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work


async def _project(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def item_import(work: Work, *, project: UUID, items: tuple[dict[str, Any], ...]) -> Answer:
    """Import items; each new one opens as many slots as the plan's overlap. Known keys are named, not changed."""
    work.require("item:import", project=ProjectId(project))
    row = await _project(work, project)
    made = await _import(work, project, items)
    await work.flush()
    await _without_work(work, made)
    stamp = int(work.now.timestamp() * 1_000_000)
    overlap = row["plan"].overlap
    for place, one in enumerate(item for item in made if item["status"] == "created"):
        task = TaskId(uuid8(one["item"], "annotate"))
        one["task"] = task
        work.decide(
            tasks_domain.TASK,
            task,
            tasks_domain.OpenTask(
                task=task,
                item=one["item"],
                project=ProjectId(project),
                lane=lane_of(project, "annotate"),
                stage="annotate",
                slots=overlap,
                first_ord=stamp + place * overlap,
            ),
        )
    work.saw(results=[one["item"] for one in made])
    return Answer({"results": made, "created": sum(one["status"] == "created" for one in made)})


async def _without_work(work: Work, made: list[dict[str, Any]]) -> None:
    """Gold has no task: its rows say so."""
    asked = [one["task"] for one in made if one["task"] is not None]
    there = {row["task"] for row in await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, asked)}
    for one in made:
        one["task"] = one["task"] if one["task"] in there else None


async def _import(work: Work, project: UUID, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Decide the import of the new ones; returns one row per external key, in the order given."""
    index = {
        one["external_key"]: work.vault.index(work.tenant, "item", f"{project}|{one['external_key']}")
        for one in items
    }
    if len(index) < len(items):
        (twice, _), *_ = Counter(one["external_key"] for one in items).most_common(1)
        raise Refusal(
            "invalid",
            "external_key_twice",
            expected="each external key once in a request",
            found=f"{twice!r} twice",
            mend="send each item once",
        )
    rows = await tasks.rows(work.conn, tasks.ITEMS_OF_KEYS, work.tenant, project, list(index.values()))
    known = {row["external_key_index"]: row["item"] for row in rows}
    keys = await work.keys(("project", project))
    made = []
    for one in items:
        blind = index[one["external_key"]]
        if blind in known:
            found = known[blind]
            row = {
                "external_key": one["external_key"],
                "item": found,
                "task": uuid8(found, "annotate"),
                "status": "exists",
            }
            made.append(row)
            continue
        item = ItemId(work.new_id())
        work.decide(
            items_domain.ITEM,
            item,
            items_domain.ImportItem(
                item=item,
                project=ProjectId(project),
                external_key=keys.seal_json(
                    "project", project, "item", item, "external_key", one["external_key"]
                ),
                external_key_index=blind,
                payload=keys.seal_json("project", project, "item", item, "payload", one["payload"]),
            ),
        )
        made.append({"external_key": one["external_key"], "item": item, "task": None, "status": "created"})
    return made


async def gold_add(work: Work, *, project: UUID, gold: tuple[dict[str, Any], ...], exam_only: bool) -> Answer:
    """Items whose truth is known: for exams, and unless exam_only also mixed into work."""
    work.require("gold:add", project=ProjectId(project))
    skill = (await _project(work, project))["skill"]
    made = await _import(work, project, gold)
    ids = [GoldId(uuid8(row["item"], "gold")) for row in made]
    await work.load(gold_domain.GOLD, ids)
    worked = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, [row["item"] for row in made])
    if worked:
        raise Refusal(
            "conflict",
            "item_has_work",
            expected="gold that is not also open work",
            found=f"item {worked[0]['item']} with a task",
            mend="import gold under its own external key",
        )
    keys = await work.keys(("project", project))
    for one, row, about in zip(gold, made, ids, strict=True):
        work.decide(
            gold_domain.GOLD,
            about,
            gold_domain.AddGold(
                gold=about,
                project=ProjectId(project),
                item=row["item"],
                truth=keys.seal_json("project", project, "gold", about, "truth", one["truth"]),
                truth_token=work.vault.token(
                    work.tenant, "truth-token", f"{about}|{canonical(one['truth'])}"
                ),
                truth_class=class_token(work, skill, one["truth"]),
                exam_only=exam_only,
            ),
        )
    work.saw(results=[row["item"] for row in made])
    shown = [
        {"id": about, "item": row["item"], "external_key": row["external_key"]}
        for row, about in zip(made, ids, strict=True)
    ]
    return Answer({"gold": shown})


async def item_get(work: Work, *, item: UUID) -> Answer:
    """An item with its payload, its tasks and its result, for those who manage it."""
    work.require("item:read")
    rows = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    if not rows:
        raise not_found("an item")
    row = rows[0]
    wanted = [
        Sealed("project", row["project"], "item", item, field, row[field])
        for field in ("external_key", "payload")
    ]
    results = await tasks.rows(work.conn, tasks.RESULT_OF_ITEM, work.tenant, item)
    wanted += [Sealed("project", row["project"], "result", r["task"], "result", r["result"]) for r in results]
    external_key, payload, *result = await work.open(wanted)
    opened = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, [item])
    work.saw("payload", "external_key", results=[item])
    return Answer(
        {
            "id": item,
            "project": row["project"],
            "external_key": external_key,
            "payload": payload,
            "tasks": [task["task"] for task in opened],
            "result": result[0] if result else None,
        }
    )
