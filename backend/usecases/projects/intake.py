"""Intake: items come in and begin their work; gold comes in with its truth; both are read and marked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as gold_domain
from backend.domain.projects import predicates
from backend.domain.tasks import incoming
from backend.domain.tasks import item as items_domain
from backend.events.ids import GoldId, ItemId, ProjectId, uuid8
from backend.readmodels import intake as intakes
from backend.readmodels import projects, tasks, workflows
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.projects.item_listing import ITEM_FIELDS, decided_as
from backend.usecases.tasks.importing import Taken, take_in
from backend.usecases.tasks.intakes import told
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work


async def _project(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


async def item_create(work: Work, *, project: UUID, item: dict[str, Any]) -> Answer:
    """Take in one item. The same item again is the same outcome; another one under a key that is known is refused with
    `item_exists` (conflict), naming the one that is there."""
    work.require("item:import", project=ProjectId(project))
    (made,) = await take_in(work, await _project(work, project), [item])
    if made.refusal is not None:
        raise made.refusal
    assert made.item is not None
    if made.status == "exists":
        await _refuse_another(work, made.item, made)
    work.saw(results=[made.item])
    return Answer(_became(made) | {"status": "created"}, "created")


async def _refuse_another(work: Work, item: UUID, made: Taken) -> None:
    """Compared with what was said when it came in, not with how it is marked now."""
    (state,) = await work.load(items_domain.ITEM, [item])
    (row,) = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, [item])
    payload, *_ = await work.open(
        [Sealed("project", row["project"], "item", item, "payload", row["payload"])]
    )
    same = canonical(payload) == canonical(from_json(to_json(made.payload)))
    if not same or not isinstance(state, items_domain.Imported) or state.sent != made.sent:
        raise Refusal(
            "conflict",
            "item_exists",
            expected="an external key that is new in this project, or the same item again",
            found=f"item {item} with another content",
            mend="read that item; send what is new under a key of its own",
            extra={"item": str(item)},
        )


async def item_import(work: Work, *, project: UUID, items: tuple[dict[str, Any], ...]) -> Answer:
    """Import items, each judged by itself: created, or known already and only named, or refused with a code."""
    work.require("item:import", project=ProjectId(project))
    taken = await take_in(work, await _project(work, project), items)
    work.saw(results=[one.item for one in taken if one.item is not None])
    counts = Counter(one.status for one in taken)
    return Answer(
        {
            "results": [_became(one) for one in taken],
            "created": counts["created"],
            "exists": counts["exists"],
            "refused": counts["refused"],
        }
    )


def _became(one: Taken) -> dict[str, Any]:
    return {
        "external_key": one.external_key,
        "item": one.item,
        "task": one.task,
        "status": one.status,
        "group": one.sent.group if one.sent and one.item else None,
        "problem": None if one.refusal is None else told(one.refusal),
    }


async def gold_add(work: Work, *, project: UUID, gold: tuple[dict[str, Any], ...], exam_only: bool) -> Answer:
    """Items whose truth is known: for exams, and unless exam_only also mixed into work. Gold is an edge case while its
    item is marked as one; what `edge_case` says marks an item that was there before, too."""
    work.require("gold:add", project=ProjectId(project))
    row = await _project(work, project)
    for one in gold:
        await require_classes(work, row, one["truth"])
    made = await items_of_gold(work, row, gold)
    ids = [GoldId(uuid8(item, "gold")) for item in made]
    await _mark(
        work, [(item, one["edge_case"]) for one, item in zip(gold, made, strict=True) if "edge_case" in one]
    )
    keys = await work.keys(("project", project))
    for one, item, about in zip(gold, made, ids, strict=True):
        work.decide(
            gold_domain.GOLD,
            about,
            gold_domain.AddGold(
                gold=about,
                project=ProjectId(project),
                item=item,
                truth=keys.seal_json("project", project, "gold", about, "truth", one["truth"]),
                truth_token=work.vault.token(
                    work.tenant, "truth-token", f"{about}|{canonical(one['truth'])}"
                ),
                truth_class=class_token(work, row["skill"], one["truth"]),
                exam_only=exam_only,
            ),
        )
    work.saw(results=made)
    shown = [
        {"id": about, "item": item, "external_key": one["external_key"]}
        for one, item, about in zip(gold, made, ids, strict=True)
    ]
    return Answer({"gold": shown})


async def _mark(work: Work, said: Sequence[tuple[ItemId, bool]]) -> None:
    """Mark each of these items as an edge case, or not; one that is marked so stays as it is."""
    await work.load(items_domain.ITEM, [item for item, _ in said])
    for item, edge_case in said:
        work.decide(items_domain.ITEM, item, items_domain.MarkItem(edge_case=edge_case))


async def items_of_gold(
    work: Work, project: dict[str, Any], gold: Sequence[Mapping[str, Any]]
) -> list[ItemId]:
    """The items of all, their gold loaded, or the first refusal: an exam misses none of its questions. Raises
    `external_key_twice`, `item_has_work` and what `take_in` refuses."""
    for key, times in Counter(one["external_key"] for one in gold).most_common(1):
        if times == 1:
            break
        raise Refusal(
            "invalid",
            "external_key_twice",
            expected="each external key once in a request",
            found=f"{key!r} twice",
            mend="send each item once",
        )
    given = [
        {name: one[name] for name in ("external_key", "payload", "edge_case") if name in one} for one in gold
    ]
    made = []
    for one in await take_in(work, project, given, gold=True):
        if one.refusal is not None:
            raise one.refusal
        assert one.item is not None
        made.append(ItemId(one.item))
    await work.load(gold_domain.GOLD, [uuid8(item, "gold") for item in made])
    worked = await tasks.by_ids(work.conn, tasks.TASKS_OF_ITEM, work.tenant, made)
    if worked:
        raise Refusal(
            "conflict",
            "item_has_work",
            expected="gold that is not also open work",
            found=f"item {worked[0]['item']} with a task",
            mend="import gold under its own external key",
        )
    return made


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
            **{name: row[name] for name in ITEM_FIELDS},
            "needs": predicates.shown(intakes.conditions_of(row["needs"])),
            "group": row["item_group"],
            "iteration": row["iteration"],
            "state": await intakes.state_of(work.conn, work.tenant, item),
            **decided_as(results[0] if results else {}),
            "tasks": [task["task"] for task in opened],
            "result": result[0] if result else None,
        }
    )


async def item_mark(
    work: Work, *, item: UUID, tags: tuple[str, ...] | None, edge_case: bool | None
) -> Answer:
    """Give an item these tags in the place of those it has, and the edge-case mark; what is null stays as it is. Gold
    is marked with its item."""
    work.require("item:import")
    (state,) = await work.load(items_domain.ITEM, [item])
    work.decide(items_domain.ITEM, item, items_domain.MarkItem(tags=tags, edge_case=edge_case))
    state = work.state(items_domain.ITEM, item)
    assert isinstance(state, items_domain.Imported)
    work.saw(results=[item])
    return Answer({"id": item, "tags": list(state.tags), "edge_case": state.edge_case})


async def item_schema(work: Work, *, project: UUID) -> Answer:
    """What an item must look like when it is sent, and what an answer must look like in each step that says so."""
    work.require("project:read", project=ProjectId(project))
    row = await _project(work, project)
    found = await workflows.find(work.conn, work.tenant, project, row["workflow_version"])
    steps = found.steps if found else ()
    return Answer(
        {
            "project": project,
            "workflow_version": row["workflow_version"],
            "item": incoming.SCHEMA,
            "answers": {step.name: from_json(step.answer_schema) for step in steps if step.answer_schema},
        }
    )
