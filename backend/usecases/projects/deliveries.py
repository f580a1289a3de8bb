"""Deliveries: decided items are put together, held against the targets, and fetched once they are released."""

from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import delivery as domain
from backend.events.ids import DeliveryId, ItemId, IterationId, ProjectId, uuid8
from backend.readmodels import deliveries as rows
from backend.readmodels import projects
from backend.usecases.insight.reports import exported
from backend.usecases.projects.targets import FIRST
from backend.usecases.quality import diverse
from backend.usecases.quality.held_against import held_against, shown
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


async def delivery_prepare(work: Work, *, project: UUID, iteration: UUID | None, items: int | None) -> Answer:
    """Put together what is decided and in no delivery yet (of an iteration; so many at most), and hold it against the
    targets: what meets them is released at once, what does not is held."""
    work.require("project:export", project=ProjectId(project))
    row = await _project(work, project)
    most = domain.ITEMS_MAX if items is None else min(items, domain.ITEMS_MAX)
    chosen = await rows.deliverable(work.conn, work.tenant, project, iteration, most)
    number = len(await rows.of_project(work.conn, work.tenant, project)) + 1
    delivery = DeliveryId(uuid8(project, "delivery", str(number)))
    found = await held_against(work, row, chosen)
    await work.load(domain.DELIVERY, [delivery])
    command = domain.Prepare(
        delivery=delivery,
        project=ProjectId(project),
        number=number,
        iteration=IterationId(iteration) if iteration else None,
        items=tuple(ItemId(one) for one in chosen),
        targets_version=row["targets_version"],
        outcome=found.outcome,
        measured=found.text,
        basis_index=found.basis_index,
        diversity=found.diversity,
    )
    work.decide(domain.DELIVERY, delivery, command)
    await work.flush()
    return Answer(await _shown(work, await _found(work, delivery)), "created")


async def delivery_release(work: Work, *, delivery: UUID, reason: str) -> Answer:
    """Let it go although it falls short; why stays with it."""
    work.require("project:update")
    return await _settle(work, delivery, reason, domain.Release)


async def delivery_withdraw(work: Work, *, delivery: UUID, reason: str) -> Answer:
    """Do not deliver it: its items may be in another one, once they are better."""
    work.require("project:update")
    return await _settle(work, delivery, reason, domain.Withdraw)


async def _settle(
    work: Work, delivery: UUID, reason: str, command: type[domain.Release] | type[domain.Withdraw]
) -> Answer:
    row = await _found(work, delivery)
    keys = await work.keys(("project", row["project"]))
    sealed = keys.seal_json("project", row["project"], "delivery", delivery, "reason", reason)
    await work.load(domain.DELIVERY, [delivery])
    work.decide(domain.DELIVERY, delivery, command(reason=sealed))
    await work.flush()
    return Answer(await _shown(work, await _found(work, delivery)))


async def delivery_get(work: Work, *, delivery: UUID) -> Answer:
    """A delivery, and how it did against the targets when it was put together."""
    work.require("project:report")
    return Answer(await _shown(work, await _found(work, delivery)))


async def delivery_list(work: Work, *, project: UUID) -> Answer:
    """The deliveries of a project, the newest first."""
    work.require("project:report", project=ProjectId(project))
    await _project(work, project)
    found = await rows.of_project(work.conn, work.tenant, project)
    return Answer({"data": [await _shown(work, row) for row in found]})


async def delivery_export(work: Work, *, delivery: UUID, cursor: str | None, limit: int) -> Answer:
    """The items of a delivery as `project_export` shows them. Refused with `delivery_held` until it is released."""
    work.require("project:export")
    row = await _found(work, delivery)
    if row["state"] == "withdrawn":
        raise _withdrawn()
    if row["state"] != "released":
        told = _diverse(row)
        raise domain.held(row["outcome"], told["missed"] if told else None)
    after = UUID(cursor) if cursor else None
    found = await work.conn.fetch(rows.ITEMS, work.tenant, delivery, after, limit + 1)
    items = [one["item"] for one in found]
    data = await exported(work, row["project"], items[:limit])
    return Answer({"data": data, "next_cursor": str(items[limit - 1]) if len(items) > limit else None})


async def _found(work: Work, delivery: UUID) -> Row:
    row = await rows.find(work.conn, work.tenant, delivery)
    if row is None or work.caller.subject.project not in (None, row["project"]):
        raise not_found("a delivery")
    return row


async def _project(work: Work, project: UUID) -> Row:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def _shown(work: Work, row: Row) -> dict[str, Any]:
    place = Sealed("project", row["project"], "delivery", row["delivery"], "reason", row["reason"])
    (reason,) = await work.open([place]) if row["reason"] is not None else (None,)
    beside = ("project", "number", "iteration", "items", "state", "outcome", "targets_version", "basis_index")
    told = {name: row[name] for name in beside} | {"targets_version": FIRST + row["targets_version"]}
    at = {"prepared_at": row["prepared_at"], "settled_at": row["settled_at"]}
    targets = await shown(work, await _project(work, row["project"]), row["measured"])
    work.saw(results=[row["delivery"]])
    beside_them = {"targets": targets, "diversity": _diverse(row)}
    return {"id": row["delivery"], **told, **at, **beside_them, "reason": reason}


def _diverse(row: Row) -> Row | None:
    told = from_json(row["diversity"]) if row["diversity"] else None
    return diverse.shown(row["project"], told, delivery=row["delivery"])


def _withdrawn() -> Refusal:
    return Refusal(
        "conflict",
        "delivery_withdrawn",
        expected="a delivery that was released",
        found="one that was withdrawn",
        mend="prepare another one",
    )
