"""An item: a datum comes in once, and is marked by those who know it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.tasks.incoming import tags_of
from backend.events import tasks as ev
from backend.events.base import Secret
from backend.events.ids import ItemGroupId, ItemId, ProjectId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The datum is here, `sent` so; `tags` and `edge_case` are as they are now."""

    item: ItemId
    project: ProjectId
    external_key_index: bytes
    sent: Sent
    tags: tuple[str, ...]
    edge_case: bool


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


Command: TypeAlias = ImportItem | MarkItem
Event: TypeAlias = ev.ItemImported | ev.ItemMarked

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
        case MarkItem(), Unknown():
            raise not_found("an item")
        case MarkItem(), Imported():
            return _marked(command, item)
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
                ),
                tags=event.tags,
                edge_case=event.edge_case,
            )
        case ev.ItemMarked(), Imported():
            return replace(item, tags=event.tags, edge_case=event.edge_case)
        case ev.ItemMarked(), Unknown():
            return item
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
    )


def _marked(command: MarkItem, item: Imported) -> Sequence[ev.ItemMarked]:
    tags = item.tags if command.tags is None else tags_of(command.tags)
    edge_case = item.edge_case if command.edge_case is None else command.edge_case
    if (tags, edge_case) == (item.tags, item.edge_case):
        return []
    return [ev.ItemMarked(item=item.item, project=item.project, tags=tags, edge_case=edge_case)]


ITEM: Decider[Command, Item, Event] = Decider(Unknown(), decide, evolve)
"""One stream per item."""
