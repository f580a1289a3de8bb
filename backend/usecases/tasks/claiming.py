"""Claiming: slots for a batch of people in one go; the same code serves one caller and k of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId, GoldId, ItemId, LaneId, LeaseId, ProjectId, TaskId, uuid8
from backend.readmodels import claims, projects
from backend.usecases.work import Work

STAGE_FIRST = {"expert": 0, "review": 1, "annotate": 2}
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One person asks for up to `most` leases, in one project or any, of these stages; `without` these projects."""

    annotator: UUID
    project: UUID | None
    stages: tuple[str, ...]
    most: int
    without: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Hand:
    """What one person is being given while a batch is dealt."""

    ask: Ask
    need: int
    lanes: list[tuple[UUID, UUID, str]]
    claimed: list[LeaseId] = field(default_factory=list)


async def claim(work: Work, asks: Sequence[Ask]) -> dict[UUID, list[LeaseId]]:
    """Claim for every person what they may get; one ask per person. Decided and recorded, not yet flushed.

    Whoever is not active, has no room or no lane gets an empty list. People are locked in id order, slots with
    SKIP LOCKED: concurrent batches never wait for each other's slots.
    """
    people = await claims.lock_people(work.conn, work.tenant, [ask.annotator for ask in asks], work.now)
    hands = await _hands(work, [ask for ask in asks if _may_ask(people.get(ask.annotator))], people)
    plans = await _projects(work, {project for hand in hands for _, project, _ in hand.lanes})
    for hand in hands:
        await _deal_gold(work, hand, plans)
    while waiting := [hand for hand in hands if hand.need and hand.lanes]:
        await _deal_round(work, waiting, plans)
    given = {hand.ask.annotator: hand.claimed for hand in hands}
    return {ask.annotator: given.get(ask.annotator, []) for ask in asks}


def _may_ask(person: claims.Person | None) -> bool:
    return person is not None and person.status == "active" and person.room > 0


async def _hands(work: Work, asks: list[Ask], people: dict[UUID, claims.Person]) -> list[Hand]:
    lanes: dict[UUID, list[tuple[UUID, UUID, str]]] = defaultdict(list)
    by_stages: dict[tuple[str, ...], list[Ask]] = defaultdict(list)
    for ask in asks:
        by_stages[ask.stages].append(ask)
    for stages, group in by_stages.items():
        without = {ask.annotator: ask.without for ask in group}
        who, where = [ask.annotator for ask in group], [ask.project for ask in group]
        for row in await work.conn.fetch(claims.LANES, work.tenant, who, where, list(stages), work.now):
            if row["project"] not in without[row["annotator"]]:
                lanes[row["annotator"]].append((row["lane"], row["project"], row["stage"]))
    return [
        Hand(ask, min(ask.most, people[ask.annotator].room), _in_lot(work, lanes[ask.annotator]))
        for ask in asks
    ]


def _in_lot(work: Work, lanes: list[tuple[UUID, UUID, str]]) -> list[tuple[UUID, UUID, str]]:
    """Experts' work first, then by lot, so that no project starves another."""
    return sorted(lanes, key=lambda lane: (STAGE_FIRST[lane[2]], work.chance(8)))


async def _projects(work: Work, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    return {row["project"]: row for row in await projects.find(work.conn, work.tenant, sorted(ids))}


async def _deal_gold(work: Work, hand: Hand, plans: dict[UUID, dict[str, Any]]) -> None:
    """With the plan's share a person gets a gold item they never met: it takes no slot and looks like work."""
    for lane, project, stage in hand.lanes:
        share = plans[project]["plan"].gold_share_ppm
        if stage != "annotate" or not hand.need or int.from_bytes(work.chance(4), "big") * PPM >= share << 32:
            continue
        seed = work.chance(8).hex()
        row = await work.conn.fetchrow(claims.GOLD, work.tenant, project, hand.ask.annotator, seed)
        if row is not None:
            task = TaskId(uuid8(row["item"], "gold", work.chance(8).hex()))
            slot = claims.Slot(lane, 0, task, 1, row["item"])
            _decide(work, hand, slot, plans[project], stage, GoldId(row["gold"]))
            return


async def _deal_round(work: Work, hands: list[Hand], plans: dict[UUID, dict[str, Any]]) -> None:
    """One lease for everybody who still needs one, from the first lane on their list; an empty lane leaves it."""
    callers = [(hand.ask.annotator, hand.lanes[0][0], hand.lanes[0][2] == "review") for hand in hands]
    wanted = Counter(lane for _, lane, _ in callers)
    slots = await claims.take(work.conn, work.tenant, wanted, callers)
    waiting = {hand.ask.annotator: hand for hand in hands}
    for slot in slots:
        takers = (waiting[who] for who in slot.who if who in waiting)
        hand = next((h for h in takers if h.lanes[0][0] == slot.lane), None)
        if hand is None:
            continue
        _, project, stage = hand.lanes[0]
        _decide(work, hand, slot, plans[project], stage, None)
        del waiting[hand.ask.annotator]
    for hand in waiting.values():
        # Short of slots, or only of items somebody else in this batch could take: go on only when the lane had none.
        if not any(slot.lane == hand.lanes[0][0] for slot in slots):
            hand.lanes.pop(0)
    if len(waiting) == len(hands) and slots:
        for hand in waiting.values():
            hand.lanes.pop(0)
    await work.flush()


def _decide(
    work: Work, hand: Hand, slot: claims.Slot, project: dict[str, Any], stage: str, gold: GoldId | None
) -> None:
    lease = LeaseId(work.new_id())
    work.decide(
        leases.LEASE, lease, claim_command(work, lease, hand.ask.annotator, slot, project, stage, gold)
    )
    hand.claimed.append(lease)
    hand.need -= 1


def claim_command(
    work: Work,
    lease: LeaseId,
    annotator: UUID,
    slot: claims.Slot,
    project: dict[str, Any],
    stage: str,
    gold: GoldId | None,
    why: str = "pulled: eligible for the lane, first open slot not met before",
) -> leases.ClaimSlot:
    """The command that makes this slot this person's."""
    return leases.ClaimSlot(
        lease=lease,
        annotator=AnnotatorId(annotator),
        project=ProjectId(project["project"]),
        lane=LaneId(slot.lane),
        stage=stage,
        task=TaskId(slot.task),
        item=ItemId(slot.item),
        slot=slot.slot,
        ord=slot.ord,
        gold=gold,
        guideline_version=project["guideline_version"],
        until=work.in_seconds(project["plan"].lease_seconds),
        why=why,
        step=stage,
        generation=slot.generation,
    )
