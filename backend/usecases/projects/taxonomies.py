"""Taxonomies: made, published in versions of up to 100,000 classes, listed, searched, compared and exported."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import class_list, class_tree
from backend.domain.projects import taxonomy as domain
from backend.domain.projects.class_tree import Tree
from backend.events.ids import TaxonomyId
from backend.readmodels import taxonomies
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.taxonomy_known import field_of, packed, tree_of
from backend.usecases.work import Answer, Work

# Nothing is asked of the database while a thread computes.
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
KINDS = ("added", "removed", "renamed", "moved", "deprecated", "restored", "changed")
Row = dict[str, Any]


async def taxonomy_create(work: Work, *, name: str) -> Answer:
    """A taxonomy of the tenant, which any of its projects may use; it has no version yet."""
    work.require("guideline:publish")
    about = TaxonomyId(work.new_id())
    work.decide(domain.TAXONOMY, about, domain.Create(taxonomy=about, name=name))
    await work.flush()
    return Answer(await _shown(work, about), "created")


async def taxonomy_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Taxonomies in the order in which they were made."""
    work.require("guideline:read")
    found = await taxonomies.listed(work.conn, work.tenant, UUID(cursor) if cursor else None, limit + 1)
    names = ("taxonomy", "name", "version", "classes", "created_at")
    data = [{name: row[name] for name in names} for row in found[:limit]]
    return Answer({"data": data, "next_cursor": str(data[-1]["taxonomy"]) if len(found) > limit else None})


async def taxonomy_get(work: Work, *, taxonomy: UUID) -> Answer:
    """A taxonomy with its versions, newest first, and the projects that use it."""
    work.require("guideline:read")
    return Answer(await _shown(work, taxonomy))


async def taxonomy_publish(
    work: Work, *, taxonomy: UUID, classes: Sequence[tuple[str, Any]] | Refusal
) -> Answer:
    """The next version: exactly these classes, each with the place where it stood. All or nothing. The same classes as
    those of the newest version are no new one. Raises `taxonomy_invalid`, naming lines."""
    work.require("guideline:publish")
    if isinstance(classes, Refusal):
        raise classes
    await one_at_a_time(work)
    await work.conn.execute(PATIENCE)
    (state,) = await work.load(domain.TAXONOMY, [taxonomy])
    if isinstance(state, domain.Unknown):
        raise not_found("a taxonomy")
    read, told, parts = await asyncio.to_thread(_read, classes)
    command = domain.Publish(parts=len(parts), **told)
    if work.decide(domain.TAXONOMY, taxonomy, command):
        version = state.version + 1
        keys = await work.keys(("tenant", work.tenant))
        for n, (count, text) in enumerate(parts, 1):
            content = keys.seal_json("tenant", work.tenant, "taxonomy", taxonomy, field_of(version, n), text)
            kept = domain.KeepPart(
                taxonomy=TaxonomyId(taxonomy),
                version=version,
                classes=count,
                content=content,
            )
            work.decide(domain.PARTS, taxonomies.parts_stream(taxonomy, version), kept)
    await work.flush()
    newest = await taxonomies.versions(work.conn, work.tenant, taxonomy)
    changes = None
    if len(newest) > 1:
        before = await tree_of(work, taxonomy, newest[1]["version"])
        changes = await asyncio.to_thread(_counted, before.classes, read)
    return Answer(_version(newest[0]) | {"changes": changes}, "created")


def _read(
    classes: Sequence[tuple[str, Any]],
) -> tuple[list[class_list.ClassNode], Row, list[tuple[int, str]]]:
    read = class_list.read(classes)
    lines = list(class_list.lines(read))
    if (size := sum(map(len, lines))) > class_list.BYTES_MAX:
        said = f"send {class_list.BYTES_MAX} bytes at most, not {size}"
        raise class_list.refused([class_list.Problem("classes", "bytes", said)])
    told = {
        "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
        "classes": len(read),
        "levels": max(class_list.levels(read)),
        "deprecated": sum(one.deprecated for one in read),
    }
    return read, told, packed(lines)


def _counted(before: Sequence[class_list.ClassNode], after: Sequence[class_list.ClassNode]) -> dict[str, int]:
    counts = Counter(kind for kind, _ in class_tree.differences(before, after))
    return {kind: counts[kind] for kind in KINDS}


async def taxonomy_classes(
    work: Work,
    *,
    taxonomy: UUID,
    version: int,
    prefix: str | None,
    parent: str | None,
    code: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """The classes of a version in their order; those whose code, label or a synonym begins with `prefix`, capitals or
    not; the children of `parent`; or the one with this `code`."""
    work.require("guideline:read")
    tree = await tree_of(work, taxonomy, version)
    return Answer(
        {"taxonomy": taxonomy, "version": version, **page(tree, prefix, parent, code, cursor, limit)}
    )


def page(
    tree: Tree, prefix: str | None, parent: str | None, code: str | None, cursor: str | None, limit: int
) -> Row:
    """One page of classes: `data` and `next_cursor`."""
    start, next_ = int(cursor) if cursor else 0, None
    if code is not None:
        places = [tree.place[code]] if code in tree.place else []
    elif prefix is not None:
        places, next_ = tree.beginning(prefix, start, limit, parent)
    else:
        places = tree.listed(parent, start, limit + 1)
        next_ = start + limit if len(places) > limit else None
    data = [_class(tree, place) for place in places[:limit]]
    return {"data": data, "next_cursor": None if next_ is None else str(next_)}


def _class(tree: Tree, place: int) -> Row:
    one = tree.classes[place]
    return {
        "code": one.code,
        "label": one.label,
        "parent": one.parent,
        "path": tree.path(one.code)[:-1],
        "level": tree.level[place],
        "children": len(tree.below.get(one.code, ())),
        "synonyms": list(one.synonyms),
        "deprecated": one.deprecated,
        "replaced_by": one.replaced_by,
    }


async def taxonomy_diff(
    work: Work,
    *,
    taxonomy: UUID,
    version: int,
    before: int | None,
    kind: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """What is different from the version `before` (the one before this, when none is named): how much of each kind, and
    class by class."""
    work.require("guideline:read")
    older = before if before is not None else version - 1
    if not older:
        raise not_found("an earlier version")
    old, new = await tree_of(work, taxonomy, older), await tree_of(work, taxonomy, version)
    found = await asyncio.to_thread(class_tree.differences, old.classes, new.classes)
    counts = Counter(one for one, _ in found)
    chosen = [one for one in found if kind in (None, one[0])]
    start = int(cursor) if cursor else 0
    data = [
        {"kind": one, "code": code, "before": _told(old, code), "after": _told(new, code)}
        for one, code in chosen[start : start + limit]
    ]
    body = {
        "taxonomy": taxonomy,
        "version": version,
        "before": older,
        "changes": {name: counts[name] for name in KINDS},
        "data": data,
        "next_cursor": str(start + limit) if len(chosen) > start + limit else None,
    }
    return Answer(body)


def _told(tree: Tree, code: str) -> Row | None:
    place = tree.place.get(code)
    return None if place is None else _class(tree, place)


async def taxonomy_export(work: Work, *, taxonomy: UUID, version: int) -> Answer:
    """All classes of a version as JSON lines, in their order; the SHA-256 of these bytes is the version's."""
    work.require("guideline:read")
    await work.conn.execute(PATIENCE)
    tree = await tree_of(work, taxonomy, version)
    raw = await asyncio.to_thread(lambda: b"".join(class_list.lines(tree.classes)))
    return Answer({}, media=("application/x-ndjson", raw))


async def _shown(work: Work, about: UUID) -> Row:
    row = await taxonomies.find(work.conn, work.tenant, about)
    if row is None:
        raise not_found("a taxonomy")
    versions = await taxonomies.versions(work.conn, work.tenant, about)
    used = await taxonomies.used_by(work.conn, work.tenant, about)
    return {
        "taxonomy": about,
        "name": row["name"],
        "version": row["version"],
        "created_at": row["created_at"],
        "versions": [_version(one) for one in versions],
        "used_by": [{"project": one["project"], "version": one["taxonomy_version"]} for one in used],
    }


def _version(row: Mapping[str, Any]) -> Row:
    names = ("taxonomy", "version", "sha256", "classes", "levels", "deprecated", "published_at")
    return {name: row[name] for name in names}
