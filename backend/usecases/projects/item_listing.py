"""Listing items: by id with what they are marked with, or by how probably their results are right."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic_core import from_json

from backend.domain.checks import PPM
from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import category
from backend.events.ids import ProjectId
from backend.readmodels import intake as intakes
from backend.readmodels import projects
from backend.usecases.tokens import result_class
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

ITEM_FIELDS = ("tags", "edge_case", "priority", "deadline", "generation", "imported_at")


async def item_list(
    work: Work,
    *,
    project: UUID,
    tag: str | None,
    edge_case: bool | None,
    state: str | None,
    cursor: str | None,
    limit: int,
    label: str | None = None,
    confidence_from: float = 0.0,
    confidence_to: float = 1.0,
    decided_by: str | None = None,
    sort: Literal["id", "confidence"] = "id",
) -> Answer:
    """A project's items by id, those that have the tag, the mark and the state asked for. A page may be short, or even
    empty, and still have a next one: so many items are looked at, and no more.

    By `confidence`, how probably a result is right as far as confidence keeps its word, decided items alone, the least
    sure first; so also with a `label` (what the result says, as text or JSON) or a range of confidence.
    """
    work.require("item:read", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    by_sureness = sort == "confidence" or label is not None or (confidence_from, confidence_to) != (0.0, 1.0)
    sifted = state is not None or edge_case is not None or tag is not None or decided_by is not None
    if by_sureness:
        most = intakes.LOOKED_MAX if sifted else limit + 1
        about = (label, round(PPM * confidence_from), round(PPM * confidence_to))
        looked = await _by_sureness(work, project, about, cursor, most)
    else:
        marker = intakes.EDGE_CASE if tag is None and edge_case else tag
        plain = state is None and decided_by is None and edge_case is not False and not (tag and edge_case)
        most = limit + 1 if plain else intakes.LOOKED_MAX
        after = place_by_id(cursor)
        looked = await intakes.items(work.conn, work.tenant, project, tag=marker, after=after, most=most)
    found = [
        row
        for row in looked
        if state in (None, row["state"])
        and edge_case in (None, row["edge_case"])
        and tag in (None, *row["tags"])
        and decided_by in (None, row["decided_by"])
    ]
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else looked[-1] if len(looked) == most else None
    keys = await work.open(
        [
            Sealed("project", project, "item", row["item"], "external_key", row["external_key"])
            for row in shown
        ]
    )
    work.saw("external_key", results=[row["item"] for row in shown])
    data = [
        {"id": row["item"], "external_key": key, "group": row["item_group"], "state": row["state"]}
        | {name: row[name] for name in ITEM_FIELDS}
        | decided_as(row)
        for row, key in zip(shown, keys, strict=True)
    ]
    sure = f"{last['confidence_ppm']}|" if last and by_sureness else ""
    return Answer({"data": data, "next_cursor": f"{sure}{last['item']}" if last else None})


def place_by_id(cursor: str | None) -> UUID | None:
    """Where a list by id goes on. Raises as `place_by_sureness`."""
    if cursor is not None and "|" in cursor:
        raise _another_list()
    return UUID(cursor) if cursor else None


def place_by_sureness(cursor: str | None) -> tuple[int, UUID] | None:
    """Where a list by sureness goes on: confidence (ppm) and item. Raises `cursor_invalid` for the place of a list in
    another order."""
    if cursor is None:
        return None
    sure, _, item = cursor.rpartition("|")
    if not sure:
        raise _another_list()
    return int(sure), UUID(item)


def _another_list() -> Refusal:
    return Refusal(
        "invalid",
        "cursor_invalid",
        expected="the next_cursor of a page of this list",
        found="that of a list in another order",
        mend="start again without a cursor",
    )


async def _by_sureness(
    work: Work, project: UUID, about: tuple[str | None, int, int], cursor: str | None, most: int
) -> list[dict[str, Any]]:
    """The next least sure results; a label is JSON if it can be read as a category, else the text itself."""
    label, low, high = about
    token = None if label is None else result_class(work, project, _label(label))
    first = max((low - 1, UUID(int=(1 << 128) - 1)), place_by_sureness(cursor) or (-1, UUID(int=0)))
    at = (work.conn, work.tenant, project)
    return await intakes.items_by_sureness(*at, result_class=token, after=first, to_ppm=high, most=most)


def _label(text: str) -> Any:
    try:
        said = from_json(text)
    except ValueError:
        return text
    return said if category(said) is not None else text


def decided_as(row: Mapping[str, Any]) -> dict[str, Any]:
    """How sure an item's result is, and whose hand decided it; nothing where there is none."""
    sure = row.get("confidence_ppm")
    return {"confidence": None if sure is None else sure / PPM, "decided_by": row.get("decided_by")}
