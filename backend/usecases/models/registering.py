"""Registering models: which may answer, and which answer no more."""

from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.review import model as domain
from backend.events.ids import AnnotatorId, uuid8
from backend.readmodels import models as rows
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


async def model_register(work: Work, *, name: str, version: str, notes: str | None) -> Answer:
    """A model under a name and a version; the same again is the same model. Its answers stand under its id wherever a
    person's stand under theirs. Raises `model_name_invalid`, `model_retired`."""
    work.require("model:manage")
    model = AnnotatorId(uuid8(work.tenant, "model", name, version))
    keys = await work.keys(("tenant", work.tenant))
    sealed = keys.seal_json("tenant", work.tenant, "model", model, "notes", notes) if notes else None
    await work.load(domain.MODEL, [model])
    work.decide(domain.MODEL, model, domain.Register(model=model, name=name, version=version, notes=sealed))
    await work.flush()
    return Answer(await _shown(work, await _found(work, model)), "created")


async def model_retire(work: Work, *, model: UUID) -> Answer:
    """It answers no more: what comes from it is refused. What it answered stays, and stays decided."""
    work.require("model:manage")
    await work.load(domain.MODEL, [model])
    work.decide(domain.MODEL, model, domain.Retire())
    await work.flush()
    return Answer(await _shown(work, await _found(work, model)))


async def model_list(work: Work) -> Answer:
    """Every model, by name and age."""
    work.require("model:read")
    found = await rows.fetch(work.conn, rows.LIST, work.tenant)
    return Answer({"data": [await _shown(work, row) for row in found]})


async def _found(work: Work, model: UUID) -> Row:
    found = await rows.fetch(work.conn, rows.BY_ID, work.tenant, [model])
    if not found:
        raise not_found("a model")
    return found[0]


async def _shown(work: Work, row: Row) -> Row:
    notes = None
    if row["notes"] is not None:
        place = Sealed("tenant", work.tenant, "model", row["model"], "notes", row["notes"])
        (notes,) = await work.open([place])
    work.saw(results=[row["model"]])
    names = ("name", "version", "registered_at", "retired_at")
    return {"id": row["model"], **{name: row[name] for name in names}, "notes": notes}
