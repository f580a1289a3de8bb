"""An item: a datum comes in once, is marked by those who know it, and belongs to one iteration at most."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.tasks.incoming import tags_of
from backend.events import iterations as iteration_ev
from backend.events import tasks as ev
from backend.events.base import Secret
from backend.events.ids import ItemGroupId, ItemId, IterationId, ProjectId
from backend.events.projects import Conditions

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such item yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was said of it beside its payload when it came in."""

    tags: tuple[str, ...] = ()
    edge_case: bool = False
    priority: int = 2
    deadline: datetime | None = None
    needs: Conditions = field(default_factory=Conditions)
    group: ItemGroupId | None = None
    iteration: IterationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The datum is here, `sent` so; `tags`, `edge_case` and `iteration` are as they are now."""

    item: ItemId
    project: ProjectId
    external_key_index: bytes
    sent: Sent
    tags: tuple[str, ...]
    edge_case: bool
    iteration: IterationId | None = None


Item: TypeAlias = Unknown | Imported

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItem:
    """Take in a datum; payload and the customer's key are ciphertext already."""

    item: ItemId
    project: ProjectId
    external_key: Secret
    external_key_index: bytes
    payload: Secret
    sent: Sent = field(default_factory=Sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkItem:
    """Give it these tags in the place of all it has, and the edge-case mark; None leaves that as it is."""

    tags: tuple[str, ...] | None = None
    edge_case: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceItem:
    """Let it belong to this iteration of its project from now on, and to no other; None: to none."""

    iteration: IterationId | None


Command: TypeAlias = ImportItem | MarkItem | PlaceItem
Event: TypeAlias = ev.ItemImported | ev.ItemMarked | iteration_ev.ItemPlaced

# --- decide


def decide(command: Command, item: Item) -> Sequence[Event]:
    """Read as a table: command, state, outcome."""
    match command, item:
        case ImportItem(), Unknown():
            return [_imported(command)]
        case ImportItem(item=asked, project=project, external_key_index=index), Imported() if (
            asked,
            project,
            index,
        ) == (item.item, item.project, item.external_key_index):
            return []
        case ((MarkItem() | PlaceItem()), Unknown()):
            raise not_found("an item")
        case MarkItem(), Imported():
            return _marked(command, item)
        case PlaceItem(iteration=to), Imported() if to == item.iteration:
            return []
        case PlaceItem(iteration=to), Imported():
            return [iteration_ev.ItemPlaced(item=item.item, project=item.project, iteration=to)]
        case _:
            raise not_now(command, item)


# --- evolve


def evolve(item: Item, event: Event) -> Item:
    """What is true after the event."""
    match event, item:
        case ev.ItemImported(), _:
            return Imported(
                item=event.item,
                project=event.project,
                external_key_index=event.external_key_index,
                sent=Sent(
                    tags=event.tags,
                    edge_case=event.edge_case,
                    priority=event.priority,
                    deadline=event.deadline,
                    needs=event.needs,
                    group=event.group,
                    iteration=event.iteration,
                ),
                tags=event.tags,
                edge_case=event.edge_case,
                iteration=event.iteration,
            )
        case _, Unknown():
            return item
        case ev.ItemMarked(), Imported():
            return replace(item, tags=event.tags, edge_case=event.edge_case)
        case iteration_ev.ItemPlaced(), Imported():
            return replace(item, iteration=event.iteration)
        case _:
            assert_never(event)


# --- helpers


def _imported(command: ImportItem) -> ev.ItemImported:
    sent = command.sent
    return ev.ItemImported(
        item=command.item,
        project=command.project,
        external_key=command.external_key,
        external_key_index=command.external_key_index,
        payload=command.payload,
        tags=sent.tags,
        edge_case=sent.edge_case,
        priority=sent.priority,
        deadline=sent.deadline,
        needs=sent.needs,
        group=sent.group,
        iteration=sent.iteration,
    )


def _marked(command: MarkItem, item: Imported) -> Sequence[ev.ItemMarked]:
    tags = item.tags if command.tags is None else tags_of(command.tags)
    edge_case = item.edge_case if command.edge_case is None else command.edge_case
    if (tags, edge_case) == (item.tags, item.edge_case):
        return []
    return [ev.ItemMarked(item=item.item, project=item.project, tags=tags, edge_case=edge_case)]


ITEM: Decider[Command, Item, Event] = Decider(Unknown(), decide, evolve)
"""One stream per item."""
