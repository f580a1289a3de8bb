"""Dealing: gold and slots for everybody who holds out a hand, a round at a time."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.tasks import lease as leases
from backend.events.ids import GoldId, LeaseId, TaskId, uuid8
from backend.readmodels import claims
from backend.usecases.tasks.hands import Hand
from backend.usecases.tasks.leasing import Given, claim_command, shown_row
from backend.usecases.work import Work

PPM = 1_000_000
EVERYTHING = 2**63 - 1
MICRO = 1_000_000


async def deal_gold(work: Work, hands: Sequence[Hand], plans: Mapping[UUID, dict[str, Any]]) -> None:
    """With the plan's share a person gets a gold item they never met: it takes no slot and looks like work."""
    drawn = [hand for hand in hands if hand.here.stage == "annotate" and _drawn(work, plans, hand)]
    if not drawn:
        return
    asked = [
        (h.ask.annotator, h.here.project, work.chance(8).hex(), _edge_case(work, plans, h)) for h in drawn
    ]
    for row in await work.conn.fetch(claims.GOLD, work.tenant, *map(list, zip(*asked, strict=True))):
        hand = drawn[row["place"] - 1]
        task = TaskId(uuid8(row["item"], "gold", work.chance(8).hex()))
        newest = plans[hand.here.project]["workflow_version"]
        slot = claims.Slot(hand.here.lane, 0, task, 1, row["item"], 1, None, row["payload"], newest)
        _give(hand, slot, plans[hand.here.project], GoldId(row["gold"]))
        hand.need -= 1


def _drawn(work: Work, plans: Mapping[UUID, dict[str, Any]], hand: Hand) -> bool:
    return _by_chance(work, plans[hand.here.project]["plan"].gold_share_ppm)


def _edge_case(work: Work, plans: Mapping[UUID, dict[str, Any]], hand: Hand) -> bool | None:
    """Which kind of gold is drawn first; None where the plan does not say."""
    share: int = plans[hand.here.project]["plan"].gold_edge_case_share_ppm
    return _by_chance(work, share) if share else None


def _by_chance(work: Work, share_ppm: int) -> bool:
    return int.from_bytes(work.chance(4), "big") * PPM < share_ppm << 32


async def deal_round(work: Work, hands: list[Hand], plans: Mapping[UUID, dict[str, Any]]) -> None:
    """Slots for everybody who still needs some, from the first lane on their list. Those who want the same lane look
    together at first; who needs more looks alone; who finds too few alone leaves the lane."""
    # What was dealt before is nobody's to find again.
    await work.flush()
    groups = _together(hands)
    wishes = [_wish(work, group) for group in groups]
    found = await claims.take(work.conn, work.tenant, wishes)
    gone: set[tuple[UUID, int]] = set()
    dealt: list[tuple[Hand, claims.Slot]] = []
    for group, slots in zip(groups, found, strict=True):
        # Two looks into one lane may have seen the same slot: it is locked for this transaction, not for one of them.
        dealt += _dealt(group, [slot for slot in slots if (slot.task, slot.slot) not in gone])
        gone.update((slot.task, slot.slot) for slot in slots)
    met = await _met(work, [(hand, slot) for hand, slot in dealt if not hand.alone])
    for hand, slot in dealt:
        if (hand.ask.annotator, slot.item) not in met:
            _give(hand, slot, plans[hand.here.project], None)
            hand.need -= 1
    await _give_groups(
        work, [(h, s) for h, s in dealt if s.group and (h.ask.annotator, s.item) not in met], plans
    )
    for group, wish, slots in zip(groups, wishes, found, strict=True):
        for hand in group:
            if hand.alone and len(slots) < wish.n:
                hand.order.pop(0)
            hand.alone = not hand.alone or len(slots) >= wish.n


def _together(hands: Sequence[Hand]) -> list[list[Hand]]:
    """Who looks in one lane for all of its slots looks together; rings open for each person apart."""
    groups: dict[UUID, list[Hand]] = defaultdict(list)
    for hand in hands:
        groups[hand.here.lane].append(hand)
    parted: list[list[Hand]] = []
    for group in groups.values():
        shared = [hand for hand in group if not hand.alone and not hand.here.ring]
        parted += [shared] if len(shared) > 1 else []
        for hand in group if len(shared) < 2 else [hand for hand in group if hand not in shared]:
            hand.alone = True
            parted.append([hand])
    return parted


def _wish(work: Work, group: Sequence[Hand]) -> claims.Wish:
    place, first = group[0].here, group[0]
    who = first.ask.annotator if first.alone else None
    upto = EVERYTHING
    if place.ring:
        upto = int(work.now.timestamp() * MICRO) - place.after_seconds * MICRO
    n = sum(hand.needs_here for hand in group)
    return claims.Wish(place.lane, work.pulse.begin(place.lane, who), upto, n, who, place.stage == "review")


def _dealt(group: Sequence[Hand], slots: Sequence[claims.Slot]) -> list[tuple[Hand, claims.Slot]]:
    """Deal the slots in turn; nobody gets an item twice, and a group of items goes to one person."""
    dealt: list[tuple[Hand, claims.Slot]] = []
    turns = deque((hand, hand.needs_here) for hand in group)
    seen: set[tuple[UUID, UUID]] = set()
    groups: set[UUID] = set()
    reviews = group[0].here.stage == "review"
    for slot in slots:
        # Somebody may review several answers to one item.
        one = slot.group or (slot.task if reviews else slot.item)
        if one in groups:
            continue
        turn = next((turn for turn in turns if (turn[0].ask.annotator, one) not in seen), None)
        if turn is None:
            continue
        hand, need = turn
        turns.remove(turn)
        if need > 1:
            turns.append((hand, need - 1))
        seen.add((hand.ask.annotator, one))
        groups |= {one} if slot.group else set()
        dealt.append((hand, slot))
    return dealt


async def _met(work: Work, dealt: Sequence[tuple[Hand, claims.Slot]]) -> set[tuple[UUID, UUID]]:
    """Those of the people and items dealt that have met."""
    if not dealt:
        return set()
    rows = [
        (hand.ask.annotator, slot.item, slot.generation, hand.here.stage == "review") for hand, slot in dealt
    ]
    found = await work.conn.fetch(claims.MET_PAIRS, work.tenant, *map(list, zip(*rows, strict=True)))
    return {(rows[row["place"] - 1][0], rows[row["place"] - 1][1]) for row in found}


async def _give_groups(
    work: Work, heads: Sequence[tuple[Hand, claims.Slot]], plans: Mapping[UUID, dict[str, Any]]
) -> None:
    """The other items of the groups whose first slot was given: they are claimed as one."""
    if not heads:
        return
    rows = [(s.lane, s.group, s.item, h.ask.annotator, h.here.stage == "review") for h, s in heads]
    items = {(id(hand), slot.item) for hand, slot in heads}
    for place, slot in await claims.take_groups(work.conn, work.tenant, rows):
        hand = heads[place][0]
        if (id(hand), slot.item) not in items:
            items.add((id(hand), slot.item))
            _give(hand, slot, plans[hand.here.project], None)


def _give(hand: Hand, slot: claims.Slot, project: dict[str, Any], gold: GoldId | None) -> None:
    work, place = hand.ask.work, hand.here
    lease = LeaseId(work.new_id())
    given = Given(
        step=place.step,
        stage=place.stage,
        ring=place.ring,
        priority=place.priority,
        gold=gold,
        why=to_json(hand.order[0].why).decode(),
        opened=not hand.claimed,
        hard_seconds=work.pulse.hard_seconds(project, place.step),
    )
    command = claim_command(work, lease, hand.ask.annotator, slot, project, given)
    work.decide(leases.LEASE, lease, command)
    hand.claimed[lease] = shown_row(command, work.now, slot)
    hand.left.gave(hand.ask.annotator, place.project)
    if gold is None:
        hand.took.append((hand.ask.annotator, slot.lane, slot.ord))
