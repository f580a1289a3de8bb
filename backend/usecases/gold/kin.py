"""Kin: gold and what was derived from it fall together where a key is in doubt, since their keys follow from one
another."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as domain
from backend.domain.projects.gold_family import KEY_DOUBTED
from backend.domain.projects.variants import registry
from backend.readmodels import gold_families as rows
from backend.readmodels import gold_record as records
from backend.readmodels import proficiency, projects, tasks
from backend.usecases.gold.variants import how_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = Mapping[str, Any]


async def fall(work: Work, gold: Sequence[UUID], why: str) -> list[UUID]:
    """The families of these gold items are asked no more either, for the same reason: those that were still asked.
    Nothing where the reason says nothing of a key. Decided, not flushed."""
    kin = await rows.kin(work.conn, work.tenant, gold) if why in KEY_DOUBTED else []
    return await retire_all(work, kin, why)


async def retire_all(work: Work, gold: Sequence[UUID], why: str) -> list[UUID]:
    """Ask none of these any more; returns those that were still asked."""
    if not gold:
        return []
    basis = await proficiency.basis(work.conn, work.tenant)
    met = {row["gold"]: row for row in await records.rows(work.conn, records.SEEN_OF, work.tenant, gold)}
    await work.load(domain.GOLD, gold)
    retired = []
    for one in gold:
        seen, wrong = (met[one]["seen"], met[one]["wrong"]) if one in met else (0, 0)
        command = domain.RetireGold(why=why, answers=seen, disagreed=wrong, basis_index=basis)
        if work.decide(domain.GOLD, one, command):
            retired.append(one)
    return retired


async def rights(work: Work, row: Row, right: Any) -> list[tuple[dict[str, Any], Any]]:
    """The others of the item's family (loaded rows), each with what is right there when `right` is right here; None
    where nobody knows, or what is right lies outside of what it shows."""
    gold = await rows.kin(work.conn, work.tenant, [row["gold"]])
    kin = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, gold)
    if right is None or not kin:
        return [(one, None) for one in kin]
    family = {one["gold"]: one for one in [dict(row), *kin]}
    ways = await transformations(work, list(family.values()))
    (project,) = await projects.find(work.conn, work.tenant, [row["project"]])
    how = await how_of(work, project)

    def there(one: Row) -> Any:
        """By way of the parent."""
        try:
            parents = ways[row["gold"]].parents(how, right) if row["gold"] != row["family"] else right
            return ways[one["gold"]].key(how, parents) if one["gold"] != one["family"] else parents
        except (Refusal, KeyError):
            return None

    return [(one, there(one)) for one in kin]


async def follows(work: Work, gold: UUID) -> bool:
    """Whether the key of gold is what follows from its parent's as it is now, which nobody doubts; true of what was
    not derived."""
    (row,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [gold])
    if row["how"] is None:
        return True
    (parent,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [row["family"]])
    project = row["project"]
    sealed = [Sealed("project", project, "gold", one["gold"], "truth", one["truth"]) for one in (row, parent)]
    own, parents = await work.open(sealed)
    (about,) = await projects.find(work.conn, work.tenant, [project])
    ways = await transformations(work, [parent, row])
    try:
        now = ways[gold].key(await how_of(work, about), parents)
    except (Refusal, KeyError):
        return False
    return parent["why"] != "doubtful" and canonical(now) == canonical(own)


async def transformations(work: Work, family: Sequence[Row]) -> dict[UUID, registry.Transformation]:
    """Variant -> how it was made from the parent, which is among the family (rows with payloads); left out is what
    would not be made so any more."""
    parent = next(one for one in family if one["gold"] == one["family"])
    variants = [one for one in family if one["how"] is not None]
    sealed = [Sealed("project", parent["project"], "item", parent["item"], "payload", parent["payload"])]
    sealed += [Sealed("project", one["project"], "gold", one["gold"], "how", one["how"]) for one in variants]
    payload, *said = await work.open(sealed)
    ways: dict[UUID, registry.Transformation] = {}
    for one, how in zip(variants, said, strict=True):
        with suppress(Refusal):
            ways |= {one["gold"]: registry.read(how, payload)} if how else {}
    return ways
