"""Variants: gold made from gold. The manager names a transformation; the product computes the key, and where it can the
payload. A preview is the act itself, looked at and given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as domain
from backend.domain.projects.gold_family import OWN_KEY, of_a_family
from backend.domain.projects.scoring import How
from backend.domain.projects.scoring import read as scoring_of
from backend.domain.projects.variants import places, registry
from backend.domain.projects.variants.refusals import invalid, unfit
from backend.domain.projects.variants.registry import Transformation
from backend.domain.tasks import incoming
from backend.events.ids import GoldId, ItemId, ProjectId, uuid8
from backend.readmodels import gold_families as families
from backend.readmodels import projects, tasks, workflows
from backend.usecases.gold.wrong_keys import key_unknown, row_of
from backend.usecases.projects.class_checks import require_classes
from backend.usecases.projects.intake import items_of_gold
from backend.usecases.tasks.stages import EXPERTS
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = Mapping[str, Any]
KINDS, VARIANTS_MAX = registry.KINDS, registry.VARIANTS_MAX
PLACES_MAX, NAMES_MAX, AFFIX_MAX = registry.PERMUTED_MAX, registry.NAMED_MAX, registry.AFFIX_CHARS_MAX
"""What may be said of a variant, for whoever reads requests."""
GIVEN = ("payload", "payload_uri", "sha256", "media_type")


@dataclass(frozen=True, slots=True)
class Parent:
    """The gold that is varied: its row, its project's, what is shown and what is right in clear, how it is compared."""

    row: Row
    project: dict[str, Any]
    payload: Any
    truth: Any
    how: How


@dataclass(frozen=True, slots=True)
class Variant:
    """One that is to be made."""

    external_key: str
    transformation: Transformation
    said: Mapping[str, Any]
    payload: Any
    truth: Any


async def gold_variants_add(
    work: Work, *, project: UUID, gold: UUID, variants: tuple[dict[str, Any], ...]
) -> Answer:
    """Make these variants of a gold item, all or none: gold like any other, of its family. The same again is the same
    outcome; the same transformation under another external key is refused."""
    work.require("gold:add", project=ProjectId(project))
    parent = await parent_of(work, project, gold)
    made = await _made(work, parent, variants)
    ids = await _add(work, parent, made)
    work.saw(results=[gold, *(item for _, item in ids)])
    return Answer(
        {
            "gold": gold,
            "variants": [
                {"id": about, "item": item, "external_key": one.external_key}
                for one, (about, item) in zip(made, ids, strict=True)
            ],
        }
    )


async def gold_variants_preview(
    work: Work, *, project: UUID, gold: UUID, variants: tuple[dict[str, Any], ...]
) -> Answer:
    """What these variants would show, and what would be right; nothing is kept. Refused as the act would be."""
    work.require("gold:add", project=ProjectId(project))
    parent = await parent_of(work, project, gold)
    made = await _made(work, parent, variants)
    async with work.imagined():
        await _add(work, parent, made)
        await work.flush()
    work.saw("payload", "truth", results=[gold, parent.row["item"]])
    shown = [
        {
            "external_key": one.external_key,
            "kind": one.transformation.kind,
            "payload": one.payload,
            "truth": one.truth,
        }
        for one in made
    ]
    told = {"gold": gold, "compared_as": parent.how.kind}
    unsaid = [one | {"payload": None, "truth": None} for one in shown]
    return Answer(told | {"variants": shown}, keep=told | {"variants": unsaid})


async def parent_of(work: Work, project: UUID, gold: UUID) -> Parent:
    """Gold of this project whose key is known. Raises not_found and `gold_key_wrong`."""
    row = await row_of(work, gold)
    found = await projects.find(work.conn, work.tenant, [project])
    if not found or row["project"] != project:
        raise not_found("gold of this project")
    if row["key"] == "wrong":
        raise key_unknown()
    payload, truth = await work.open(
        [
            Sealed("project", project, "item", row["item"], "payload", row["payload"]),
            Sealed("project", project, "gold", gold, "truth", row["truth"]),
        ]
    )
    return Parent(row, found[0], payload, truth, await how_of(work, found[0]))


async def how_of(work: Work, project: Row) -> How:
    """How the project's gold is compared: by what a step that gets gold says, else by what the project says."""
    found = await workflows.find(work.conn, work.tenant, project["project"], project["workflow_version"])
    stages = ("annotate", *EXPERTS)
    said = [step.scoring for step in found.steps if step.scoring and step.stage in stages] if found else []
    return scoring_of(said[0] if said else project["scoring"])


async def _made(work: Work, parent: Parent, variants: Sequence[Mapping[str, Any]]) -> list[Variant]:
    made = []
    for place, said in enumerate(variants):
        try:
            one = _variant(parent, said)
            await require_classes(work, parent.project, one.truth)
        except Refusal as refusal:
            refusal.extra["variant"] = place
            raise
        made.append(one)
    return made


def _variant(parent: Parent, said: Mapping[str, Any]) -> Variant:
    how = registry.read(said["transform"], parent.payload)
    given = {name: said[name] for name in GIVEN if name in said}
    if bool(given) == (how.payload is not None):
        found = "one that is computed" if given else "none"
        raise invalid(f"a payload exactly where {how.kind} cannot compute it", found)
    if how.payload is not None:
        payload = how.payload(parent.payload)
    else:
        payload = incoming.read({"external_key": said["external_key"], **given}).payload
    payload = places.arranged(payload, parent.payload)
    if canonical(payload) == canonical(parent.payload):
        raise registry.same()
    _require_size(how, parent.payload, payload)
    return Variant(said["external_key"], how, said["transform"], payload, how.key(parent.how, parent.truth))


def _require_size(how: Transformation, before: Any, after: Any) -> None:
    """A payload that says its size says that of the picture it shows."""
    told = registry.size_of(after)
    if how.size is not None and registry.size_of(before) and told != how.size:
        wide, high = how.size
        raise unfit(f"a payload of width {wide} and height {high}", "another size")


async def _add(work: Work, parent: Parent, made: Sequence[Variant]) -> list[tuple[GoldId, ItemId]]:
    """Gold like any other: the same ids, the same facts, and beside them one of the parent's that names it."""
    project, gold = parent.project["project"], GoldId(parent.row["gold"])
    await work.load(domain.GOLD, [gold])
    kin = await _kin(work, parent)
    items = await _items(work, parent, made)
    ids = [GoldId(uuid8(item, "gold")) for item in items]
    for row in await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, ids):
        if row["family"] not in (None, gold):
            raise of_a_family("a variant of this gold, or an item of no family", "one of another", OWN_KEY)
    keys = await work.keys(("project", project))
    for one, item, about in zip(made, items, ids, strict=True):
        added = domain.AddGold(
            gold=about,
            project=ProjectId(project),
            item=item,
            truth=keys.seal_json("project", project, "gold", about, "truth", one.truth),
            truth_token=work.vault.token(work.tenant, "truth-token", f"{about}|{canonical(one.truth)}"),
            truth_class=class_token(work, parent.project["skill"], one.truth),
            exam_only=parent.row["exam_only"],
            origin="derived",
        )
        varied = domain.VaryGold(
            variant=about,
            how=keys.seal_json("project", project, "gold", about, "how", one.said),
            how_token=work.vault.token(work.tenant, "gold-variant", f"{gold}|{_same(one)}"),
            anew=about in kin and canonical(kin[about].how) != canonical(one.said),
        )
        work.decide(domain.GOLD, about, added)
        work.decide(domain.GOLD, gold, varied)
    _require_other_pictures(kin, made)
    return list(zip(ids, items, strict=True))


@dataclass(frozen=True, slots=True)
class _Kin:
    """A variant that there is: how it was made, and what it shows; None where nothing is left of it."""

    how: Any
    payload: Any
    external_key: Any
    asked: bool


async def _kin(work: Work, parent: Parent) -> dict[UUID, _Kin]:
    project, gold = parent.project["project"], parent.row["gold"]
    members = await families.rows(work.conn, families.MEMBERS, work.tenant, gold)
    rows = [one for one in members if one["gold"] != gold]
    places = [
        place
        for one in rows
        for place in (
            Sealed("project", project, "gold", one["gold"], "how", one["how"]),
            Sealed("project", project, "item", one["item"], "payload", one["payload"]),
            Sealed("project", project, "item", one["item"], "external_key", one["external_key"]),
        )
    ]
    clear = await work.open(places)
    found = {}
    for n, one in enumerate(rows):
        how, payload, external_key = clear[3 * n : 3 * n + 3]
        found[one["gold"]] = _Kin(how, payload, external_key, one["why"] is None)
    return found


def _require_other_pictures(kin: Mapping[UUID, _Kin], made: Sequence[Variant]) -> None:
    """Two variants of one payload would have two keys, of which one is wrong."""
    shown = {canonical(one.payload): one.external_key for one in kin.values() if one.asked}
    for place, one in enumerate(made):
        if shown.setdefault(canonical(one.payload), one.external_key) != one.external_key:
            refusal = registry.same()
            refusal.extra["variant"] = place
            raise refusal


def _same(one: Variant) -> str:
    """What makes two of one parent the same: where a payload is replaced, the payload."""
    parameters = one.transformation.same
    return f"{parameters}|{canonical(one.payload)}" if one.transformation.kind == "replace" else parameters


async def _items(work: Work, parent: Parent, made: Sequence[Variant]) -> list[ItemId]:
    """The variants' items; one that was there before shows just this."""
    given = [
        {"external_key": one.external_key, "payload": one.payload, "edge_case": parent.row["edge_case"]}
        for one in made
    ]
    items = await items_of_gold(work, parent.project, given)
    there = {row["item"]: row for row in await tasks.by_ids(work.conn, tasks.ITEMS, work.tenant, items)}
    for one, item in zip(made, items, strict=True):
        if item in there:
            sealed = Sealed(
                "project", parent.project["project"], "item", item, "payload", there[item]["payload"]
            )
            (payload,) = await work.open([sealed])
            if canonical(payload) != canonical(one.payload):
                raise _another(item)
    return items


def _another(item: UUID) -> Refusal:
    return Refusal(
        "conflict",
        "item_exists",
        expected="an external key that is new in this project, or an item that shows what the variant shows",
        found=f"item {item} with another content",
        mend="send the variant under a key of its own",
        extra={"item": str(item)},
    )
