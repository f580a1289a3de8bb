"""The batch that a drift signal makes: an iteration of new items, or of items that are there already."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.projects import drift as domain
from backend.domain.projects import iteration as iterations
from backend.domain.tasks import bulk as bulks
from backend.domain.tasks import sample as samples
from backend.domain.tasks.incoming import wrong
from backend.events.ids import BulkId, IterationId, ProjectId
from backend.events.iterations import Targets
from backend.readmodels import task_sample
from backend.readmodels.task_selection import Sample
from backend.usecases.tasks import selection
from backend.usecases.tasks.importing import take_in
from backend.usecases.tasks.iterating import iteration_of
from backend.usecases.work import Work

BATCH_MAX = 20_000
"""So many tasks one signal moves at most."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What came of it; the fields are those of the event. Without an iteration nothing was there to put into one."""

    iteration: IterationId | None = None
    bulk: BulkId | None = None
    prioritising: BulkId | None = None
    selection: str | None = None
    seed: str | None = None
    digest: str | None = None
    matched: int = 0
    taken: int = 0
    created: int = 0
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """How the batch is to be made: under this name, `opened` or planned; of what it is about so many (None: all),
    drawn by the seed; in this class of priority (None: each in its own)."""

    name: str
    opened: bool
    seed: str
    most: int | None = None
    priority: int | None = None


# --- of new items


async def of_items(work: Work, row: Row, ordered: Ordered, items: Sequence[Any]) -> Batch:
    """Import what was sent into an iteration; what is wrong with one item stops no other. Nothing is planned where
    none of them is new."""
    given = [_belonging(one, ordered.priority) for one in items]
    if ordered.most is not None:
        keyed = [(_key(one, n), given[n]) for n, one in enumerate(items)]
        given = domain.drawn(ordered.seed, keyed, ordered.most)
    async with work.imagined():
        taken = await take_in(work, row | {"gate": None}, given)
    iteration = None
    if any(one.status == "created" for one in taken):
        iteration = await _planned(work, row["project"], ordered, len(given))
        taken = await take_in(work, row | {"gate": iteration}, given)
        await work.flush()
    work.saw(results=[one.item for one in taken if one.item is not None])
    seed = ordered.seed if ordered.most is not None else None
    statuses = [one.status for one in taken]
    return Batch(
        iteration=iteration,
        seed=seed,
        matched=len(items),
        taken=len(given),
        created=statuses.count("created"),
        known=statuses.count("exists"),
        refused=statuses.count("refused"),
    )


def _belonging(item: Any, priority: int | None) -> Any:
    """What is sent with a signal belongs to its batch, and has its priority unless it says one."""
    if not isinstance(item, Mapping):
        return item
    if item.get("iteration") is not None:
        return wrong("item_invalid", "iteration", "nothing: the items of a signal are in its batch", "a name")
    return dict(item) if priority is None else {"priority": priority, **item}


def _key(item: Any, place: int) -> str:
    key = item.get("external_key") if isinstance(item, Mapping) else None
    return key if isinstance(key, str) else str(place)


# --- of items that are there


async def of_selection(work: Work, row: Row, ordered: Ordered, given: Mapping[str, Any]) -> Batch:
    """Draw from the open and held tasks that the selection matches, and move their items into an iteration by a bulk
    act, piece by piece. Raises `sample_too_large`, `sample_unclear`, and not_found for what is not the project's."""
    wanted = await selection.wanted_by(work, row["project"], given, "to_iteration")
    if wanted.sample is None or ordered.most is not None:
        most = BATCH_MAX + 1 if ordered.most is None else ordered.most
        wanted = replace(wanted, sample=Sample(by=task_sample.ALL, seed=ordered.seed, each=most))
    assert wanted.sample is not None
    bulk = BulkId(work.new_id())
    drawn = await task_sample.draw(work.conn, work.tenant, bulk, wanted, BATCH_MAX + 1)
    samples.within(drawn.taken, BATCH_MAX)
    said = {name: value for name, value in asdict(wanted).items() if value is not None and name != "sample"}
    found = Batch(
        selection=to_json(said).decode(),
        seed=wanted.sample.seed,
        digest=drawn.digest,
        matched=drawn.matched,
        taken=drawn.taken,
    )
    if not drawn.taken:
        return found
    iteration = await _planned(work, row["project"], ordered, drawn.taken)
    to = {"kind": "to_iteration", "iteration": iteration}
    _begin(work, row["project"], bulk, to, drawn)
    prioritising = None
    if ordered.priority is not None:
        prioritising = BulkId(work.new_id())
        again = await task_sample.draw(work.conn, work.tenant, prioritising, wanted, BATCH_MAX + 1)
        act = {"kind": "prioritise", "priority": ordered.priority}
        _begin(work, row["project"], prioritising, act, again)
    return replace(found, iteration=iteration, bulk=bulk, prioritising=prioritising)


def _begin(work: Work, project: UUID, bulk: BulkId, act: Row, drawn: task_sample.Drawn) -> None:
    """Of what was drawn: the selection itself stands in the signal, and what the one act does must not keep the other
    from finding it."""
    mine = {"project": project, "states": selection.STATES[act["kind"]]}
    command = bulks.Begin(
        bulk=bulk,
        project=ProjectId(project),
        act=act["kind"],
        selection=to_json(mine).decode(),
        said=to_json(act).decode(),
        note=None,
        by=work.me,
        by_kind=work.caller.subject.kind,
    )
    work.decide(bulks.BULK, bulk, command)
    found = bulks.Draw(matched=drawn.matched, taken=drawn.taken, digest=drawn.digest)
    work.decide(bulks.BULK, bulk, found)
    work.enqueue(selection.JOB, str(bulk), {"bulk": str(bulk)})


# --- both


async def _planned(work: Work, project: UUID, ordered: Ordered, items: int) -> IterationId:
    """An iteration under the signal's name; opened before anything is in it, so that what comes in is offered."""
    iteration = iteration_of(project, ordered.name)
    await work.load(iterations.ITERATION, [iteration])
    targets = Targets(items=max(1, items))
    command = iterations.Plan(
        iteration=iteration, project=ProjectId(project), name=ordered.name, targets=targets
    )
    work.decide(iterations.ITERATION, iteration, command)
    if ordered.opened:
        work.decide(iterations.ITERATION, iteration, iterations.OpenIt())
    await work.flush()
    return iteration
