"""An item: a datum comes in once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import tasks as ev
from backend.events.base import Secret
from backend.events.ids import ItemGroupId, ItemId, ProjectId
from backend.events.projects import Conditions


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such item yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The datum is here."""

    item: ItemId
    project: ProjectId
    external_key_index: bytes


Item: TypeAlias = Unknown | Imported


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItem:
    """Take in a datum; payload and the customer's key are ciphertext already."""

    item: ItemId
    project: ProjectId
    external_key: Secret
    external_key_index: bytes
    payload: Secret
    tags: tuple[str, ...] = ()
    edge_case: bool = False
    priority: int = 2
    deadline: datetime | None = None
    needs: Conditions = field(default_factory=Conditions)
    group: ItemGroupId | None = None


def decide(command: ImportItem, item: Item) -> Sequence[ev.ItemImported]:
    """Read as a table: command, state, outcome."""
    match item:
        case Unknown():
            return [
                ev.ItemImported(
                    item=command.item,
                    project=command.project,
                    external_key=command.external_key,
                    external_key_index=command.external_key_index,
                    payload=command.payload,
                    tags=command.tags,
                    edge_case=command.edge_case,
                    priority=command.priority,
                    deadline=command.deadline,
                    needs=command.needs,
                    group=command.group,
                )
            ]
        case Imported(item=known, project=project, external_key_index=index) if (known, project, index) == (
            command.item,
            command.project,
            command.external_key_index,
        ):
            return []
        case _:
            raise not_now(command, item)


def evolve(item: Item, event: ev.ItemImported) -> Item:
    """What is true after the event."""
    return Imported(item=event.item, project=event.project, external_key_index=event.external_key_index)


ITEM: Decider[ImportItem, Item, ev.ItemImported] = Decider(Unknown(), decide, evolve)
"""One stream per item."""
