"""A bulk act: one act on all tasks of a selection or a sample of them, piece by piece until it is done or stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.events import tasks as ev
from backend.events.base import Secret
from backend.events.ids import BulkId, PrincipalId, ProjectId, TaskId

ACTS = ("hold", "unhold", "cancel", "prioritise", "require", "to_iteration")

# --- state


@dataclass(frozen=True, slots=True)
class Unbegun:
    """No such act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Done up to `cursor` (None: nothing yet); the counts are of tasks, `revoked` of leases. `sampled`: what was drawn,
    None where all that matches is meant."""

    begun: ev.BulkBegun
    sampled: ev.BulkSampled | None = None
    cursor: TaskId | None = None
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    revoked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing more is done; `why` is empty when all is through."""

    last: Running
    why: str


Bulk: TypeAlias = Unbegun | Running | Ended

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begin; the fields are those of the event."""

    bulk: BulkId
    project: ProjectId
    act: str
    selection: str
    said: str
    note: Secret | None
    by: PrincipalId
    by_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """It is done to what was drawn; the fields are those of the event."""

    matched: int
    taken: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A piece is done, up to and with `cursor`."""

    cursor: TaskId
    changed: int
    unchanged: int
    refused: int
    revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Do no more of it."""

    why: str = ""


Command: TypeAlias = Begin | Draw | Advance | End
Event: TypeAlias = ev.BulkBegun | ev.BulkSampled | ev.BulkAdvanced | ev.BulkEnded

# --- decide


def decide(command: Command, bulk: Bulk) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, bulk:
        case Begin(), Unbegun():
            return [_begun(command)]
        case Begin(), (Running(begun=begun) | Ended(last=Running(begun=begun))) if begun == _begun(command):
            return []
        # What was drawn stays: a piece never draws anew.
        case Draw(), (Running(sampled=drawn) | Ended(last=Running(sampled=drawn))) if (
            drawn is not None and drawn == _sampled(command, drawn.bulk)
        ):
            return []
        case Draw(), Running(begun=begun, sampled=None, cursor=None):
            return [_sampled(command, begun.bulk)]
        # Pieces go on in the order of the tasks: what lies before the cursor is done.
        case Advance(cursor=to), Running(cursor=at) if at is not None and to <= at:
            return []
        case Advance(), Running(begun=begun):
            return [_advanced(command, begun.bulk)]
        case End(why=why), Running(begun=begun):
            return [ev.BulkEnded(bulk=begun.bulk, why=why)]
        case ((Advance() | End()), Ended()):
            return []
        case ((Draw() | Advance() | End()), Unbegun()):
            raise not_found("a bulk act")
        case _:
            raise not_now(command, bulk)


# --- evolve


def evolve(bulk: Bulk, event: Event) -> Bulk:
    """What is true after the event."""
    match event:
        case ev.BulkBegun():
            return Running(begun=event)
        case ev.BulkSampled():
            return replace(bulk, sampled=event) if isinstance(bulk, Running) else bulk
        case ev.BulkAdvanced():
            return _further(bulk, event) if isinstance(bulk, Running) else bulk
        case ev.BulkEnded(why=why):
            return Ended(last=bulk, why=why) if isinstance(bulk, Running) else bulk
        case _:
            assert_never(event)


# --- helpers


def _further(bulk: Running, piece: ev.BulkAdvanced) -> Running:
    return replace(
        bulk,
        cursor=piece.cursor,
        changed=bulk.changed + piece.changed,
        unchanged=bulk.unchanged + piece.unchanged,
        refused=bulk.refused + piece.refused,
        revoked=bulk.revoked + piece.revoked,
    )


def _begun(command: Begin) -> ev.BulkBegun:
    one_of("act_unknown", "act", command.act, ACTS)
    return ev.BulkBegun(
        bulk=command.bulk,
        project=command.project,
        act=command.act,
        selection=command.selection,
        said=command.said,
        note=command.note,
        by=command.by,
        by_kind=command.by_kind,
    )


def _sampled(command: Draw, bulk: BulkId) -> ev.BulkSampled:
    return ev.BulkSampled(bulk=bulk, matched=command.matched, taken=command.taken, digest=command.digest)


def _advanced(command: Advance, bulk: BulkId) -> ev.BulkAdvanced:
    return ev.BulkAdvanced(
        bulk=bulk,
        cursor=command.cursor,
        changed=command.changed,
        unchanged=command.unchanged,
        refused=command.refused,
        revoked=command.revoked,
    )


BULK: Decider[Command, Bulk, Event] = Decider(Unbegun(), decide, evolve)
"""One stream per bulk act; nothing else tells how far it is."""
