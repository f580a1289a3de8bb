"""Promoting: work that was answered blind and is beyond doubt becomes gold, which its makers never see."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as domain
from backend.events.ids import GoldId, ItemId, ProjectId, uuid8
from backend.readmodels import gold as gold_rows
from backend.readmodels import gold_candidates as rows
from backend.readmodels import projects, tasks
from backend.statistics.gold_rate import quotas
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

LOOKED_MAX = 1_000
Row = dict[str, Any]


async def gold_candidates(work: Work, *, project: UUID, cursor: str | None, limit: int) -> Answer:
    """Items that may become gold, by id, with the answer that would be their truth and why it is beyond doubt."""
    work.require("gold:read", project=ProjectId(project))
    about = await _project(work, project)
    after = UUID(cursor) if cursor else None
    found = await rows.candidates(work.conn, work.tenant, project, after=after, most=limit + 1)
    truths = await _truths(work, about, found[:limit])
    work.saw("result", "external_key", results=[row["item"] for row in found[:limit]])
    keys = await _external_keys(work, project, [row["item"] for row in found[:limit]])
    data = [
        {
            "task": row["task"],
            "item": row["item"],
            "external_key": keys[row["item"]],
            "truth": truth,
            "how": row["how"],
            "judgments": row["judgments"],
        }
        for row, truth in zip(found[:limit], truths, strict=True)
    ]
    return Answer(
        {"data": data, "next_cursor": str(found[limit - 1]["item"]) if len(found) > limit else None}
    )


async def gold_promote(
    work: Work, *, project: UUID, tasks: tuple[UUID, ...] | None, all: bool, limit: int
) -> Answer:
    """Make these tasks' items gold, or with `all` at most `limit` of all candidates: of each class no more than keeps
    the mix of the gold that of the work. What is no candidate is named in `left`, with why."""
    work.require("gold:add", project=ProjectId(project))
    if all == (tasks is not None):
        raise Refusal(
            "invalid",
            "promote_what",
            expected="either tasks, or all",
            found="both" if all else "neither",
            mend="name tasks, or send all: true",
        )
    about = await _project(work, project)
    most = LOOKED_MAX if tasks is None else len(tasks)
    found = await rows.candidates(work.conn, work.tenant, project, most=most, of_tasks=tasks)
    truths = await _truths(work, about, found)
    classes = [None if truth is None else class_token(work, about["skill"], truth) for truth in truths]
    kept = [place for place, truth in enumerate(truths) if truth is not None]
    if tasks is None:
        kept = await _in_the_mix(work, project, [(place, classes[place]) for place in kept], limit)
    made = [(found[place], truths[place], classes[place]) for place in kept]
    gold = await _add(work, project, made)
    named = {row["task"] for row, *_ in made}
    left = [{"task": one, "why": "not_a_candidate"} for one in tasks or () if one not in named]
    work.saw(results=[row["item"] for row, *_ in made])
    return Answer({"gold": gold, "left": left})


async def _project(work: Work, project: UUID) -> Row:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def _truths(work: Work, project: Row, found: Sequence[Row]) -> list[Any]:
    """The answer that stands for each; None where several stand equal or it was erased."""
    sealed = [
        Sealed("project", project["project"], "result", row["task"], "result", row["result"]) for row in found
    ]
    return [
        None if clear is None or len(clear.get("top", ())) != 1 else clear["answer"]
        for clear in await work.open(sealed)
    ]


async def _external_keys(work: Work, project: UUID, items: Sequence[UUID]) -> dict[UUID, str]:
    found = await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, items)
    sealed = [
        Sealed("project", project, "item", row["item"], "external_key", row["external_key"]) for row in found
    ]
    return dict(zip((row["item"] for row in found), await work.open(sealed), strict=True))


async def _in_the_mix(
    work: Work, project: UUID, found: Sequence[tuple[int, str | None]], limit: int
) -> list[int]:
    """Of the candidates (place, class) at most `limit`, oldest first, and of each class no more than its share of all
    the gold that there would be."""
    there: Counter[str | None] = Counter()
    for row in await gold_rows.stock(work.conn, work.tenant, project):
        there[row["truth_class"]] += row["n"] if row["why"] is None else 0
    production = await gold_rows.produced(work.conn, work.tenant, project)
    new = Counter(one for _, one in found)
    named = sorted(one for one in {*there, *new} if one is not None)
    total = there.total() + min(limit, len(found))
    made = [production.get(one, 0) for one in named]
    allowed = dict(zip(named, quotas(total, made), strict=True)) if any(made) else dict.fromkeys(named, total)
    kept: list[int] = []
    for place, one in found:
        if len(kept) < limit and (one is None or there[one] < allowed[one]):
            there[one] += 1
            kept.append(place)
    return kept


async def _add(work: Work, project: UUID, made: Sequence[tuple[Row, Any, str | None]]) -> list[Row]:
    ids = [GoldId(uuid8(row["item"], "gold")) for row, *_ in made]
    await work.load(domain.GOLD, ids)
    keys = await work.keys(("project", project))
    for about, (row, truth, truth_class) in zip(ids, made, strict=True):
        command = domain.AddGold(
            gold=about,
            project=ProjectId(project),
            item=ItemId(row["item"]),
            truth=keys.seal_json("project", project, "gold", about, "truth", truth),
            truth_token=work.vault.token(work.tenant, "truth-token", f"{about}|{canonical(truth)}"),
            truth_class=truth_class,
            exam_only=False,
            origin="promoted",
        )
        work.decide(domain.GOLD, about, command)
    return [
        {"id": about, "task": row["task"], "item": row["item"]}
        for about, (row, *_) in zip(ids, made, strict=True)
    ]
