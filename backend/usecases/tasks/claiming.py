"""Claiming: slots for a batch of people in one go; the same code serves one caller and k of them."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.tasks import lease as leases
from backend.domain.tasks.choice import Chosen
from backend.events.ids import GoldId, LeaseId, TaskId, uuid8
from backend.readmodels import claims, projects
from backend.usecases.pulse import Place
from backend.usecases.tasks.choosing import chosen
from backend.usecases.tasks.leasing import Given, claim_command, handed_out
from backend.usecases.tasks.quotas import Left, left_today
from backend.usecases.work import Work

PPM = 1_000_000
LANES_TRIED_MAX = 4
"""Of all that may be tried; who comes away empty tries the rest."""
EVERYTHING = 2**63 - 1
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One person asks for up to `most` leases, in one project or any, of these stages; `without` these projects."""

    work: Work
    project: UUID | None
    stages: tuple[str, ...]
    most: int
    without: frozenset[UUID] = frozenset()

    @property
    def annotator(self) -> UUID:
        """Who asks."""
        return self.work.me


@dataclass(slots=True, eq=False)
class Hand:
    """What one person is being given while a batch is dealt; `alone`: their slots are looked for apart from others'."""

    ask: Ask
    person: claims.Person
    left: Left
    need: int
    places: dict[UUID, Place] = field(default_factory=dict)
    order: list[Chosen] = field(default_factory=list)
    alone: bool = False
    claimed: list[LeaseId] = field(default_factory=list)
    took: list[tuple[UUID, UUID, int]] = field(default_factory=list)

    @property
    def here(self) -> Place:
        """Where this hand looks now."""
        return self.places[self.order[0].lane]

    @property
    def needs_here(self) -> int:
        """How many more slots of this lane the person may get: what they will open only later must be little, and of
        real-time work nothing."""
        place = self.here
        allowed = self._prefetch_max(place) - len(self.claimed)
        return self.left.at_most(self.ask.annotator, place.project, min(self.need, max(0, allowed)))

    @property
    def full(self) -> bool:
        """Whether no lane in which the person looked would give more than they have."""
        most = max((self._prefetch_max(place) for place in self.places.values()), default=0)
        return 0 < most <= len(self.claimed)

    def _prefetch_max(self, place: Place) -> int:
        """How many leases a pull may bring from here, the first of which is opened at once."""
        return max(1, self.ask.work.pulse.settings_of(place.project).prefetch_max) if place.priority else 1


async def claim(asks: Sequence[Ask]) -> dict[UUID, list[LeaseId]]:
    """Claim for every person what they may get; one ask per person. Decided and recorded.

    What was given to them by name comes first. Whoever is not active, has no room or no lane gets an empty list. People
    are locked in id order, slots with SKIP LOCKED: concurrent batches never wait for each other's slots.
    """
    work = asks[0].work
    people = await claims.lock_people(work.conn, work.tenant, [ask.annotator for ask in asks], work.now)
    active = {who: person for who, person in people.items() if person.status == "active"}
    left = await left_today(work, [who for who, person in active.items() if person.quotas])
    hands = [
        Hand(ask, active[ask.annotator], left, min(ask.most, max(0, active[ask.annotator].room)))
        for ask in asks
        if ask.annotator in active
    ]
    await _up_to_date(work, hands)
    for hand in hands:
        await _hand_out(hand)
    await _deal(work, [hand for hand in hands if hand.need])
    taken = [one for hand in hands for one in hand.took]
    if taken:
        work.after_commit.append(lambda: work.pulse.took(taken, work.now))
    given = {hand.ask.annotator: hand.claimed for hand in hands}
    # What was claimed here is often answered here, and soon.
    work.remember(leases.LEASE, [lease for claimed in given.values() for lease in claimed])
    return {ask.annotator: given.get(ask.annotator, []) for ask in asks}


async def _up_to_date(work: Work, hands: Sequence[Hand]) -> None:
    """The lanes as they are under this lock; and where they begin, if that was never looked at or is worn."""
    pulse = work.pulse
    if hands:
        await pulse.know_lanes(work.conn, work.tenant, hands[0].person.lanes_version)
    if pulse.renewed_at == float("-inf"):
        await pulse.renew(work.conn, work.tenant, work.now)
    elif worn := pulse.worn():
        await pulse.look(work.conn, work.tenant, work.now, worn)


async def _hand_out(hand: Hand) -> None:
    """Leases given to the person by name and not opened yet: the first is opened by being shown."""
    ask = hand.ask
    for lease in await handed_out(ask.work, hand.person.waiting, ask.project, ask.stages, ask.most):
        hand.claimed.append(lease)
        hand.need = max(0, hand.need - 1)


async def _deal(work: Work, hands: list[Hand]) -> None:
    """Round by round; who got less than they asked for looks once more, at where all their lanes begin now."""
    for look_again in (False, True):
        looking = [hand for hand in hands if hand.need and not (look_again and hand.full)]
        if not looking:
            return
        if look_again:
            await _look_everywhere(work, looking)
        for hand in looking:
            _choose(hand, None if look_again else LANES_TRIED_MAX)
        ids = {place.project for hand in looking for place in hand.places.values()}
        plans = {row["project"]: row for row in await projects.working(work.conn, work.tenant, sorted(ids))}
        if not look_again:
            await _deal_gold(work, [hand for hand in looking if hand.order], plans)
        while waiting := [hand for hand in looking if _goes_on(hand)]:
            await _deal_round(work, waiting, plans)


def _goes_on(hand: Hand) -> bool:
    """Whether the person needs more and has somewhere to look: not where the day's quota is used up."""
    while hand.need and hand.order and not hand.needs_here:
        hand.order.pop(0)
    return bool(hand.need and hand.order)


async def _look_everywhere(work: Work, hands: Sequence[Hand]) -> None:
    lanes = {
        place.lane
        for hand in hands
        for place in work.pulse.places(hand.ask.annotator, hand.person.held)
        if place.stage in hand.ask.stages and hand.ask.project in (None, place.project)
    }
    await work.pulse.look(work.conn, work.tenant, work.now, sorted(lanes))
    for hand in hands:
        work.pulse.forget_cursors(hand.ask.annotator)


def _choose(hand: Hand, limit: int | None) -> None:
    ask, who, left = hand.ask, hand.ask.annotator, hand.left
    places = [
        place
        for place in ask.work.pulse.places(who, hand.person.held)
        if place.stage in ask.stages
        and (ask.project is None or place.project == ask.project)
        and place.project not in ask.without
    ]
    if who in left.limited:
        places = [place for place in places if left.at_most(who, place.project, 1)]
    hand.order = chosen(ask.work, ask.annotator, places, hand.person.tokens, limit)
    wanted = {one.lane for one in hand.order}
    hand.places = {place.lane: place for place in places if place.lane in wanted}


async def _deal_gold(work: Work, hands: Sequence[Hand], plans: dict[UUID, dict[str, Any]]) -> None:
    """With the plan's share a person gets a gold item they never met: it takes no slot and looks like work."""
    drawn = [hand for hand in hands if hand.here.stage == "annotate" and _drawn(work, plans, hand)]
    if not drawn:
        return
    asked = [(h.ask.annotator, h.here.project, work.chance(8).hex()) for h in drawn]
    for row in await work.conn.fetch(claims.GOLD, work.tenant, *map(list, zip(*asked, strict=True))):
        hand = drawn[row["place"] - 1]
        task = TaskId(uuid8(row["item"], "gold", work.chance(8).hex()))
        slot = claims.Slot(hand.here.lane, 0, task, 1, row["item"])
        _give(hand, slot, plans[hand.here.project], GoldId(row["gold"]))
        hand.need -= 1


def _drawn(work: Work, plans: dict[UUID, dict[str, Any]], hand: Hand) -> bool:
    share: int = plans[hand.here.project]["plan"].gold_share_ppm
    return int.from_bytes(work.chance(4), "big") * PPM < share << 32


async def _deal_round(work: Work, hands: list[Hand], plans: dict[UUID, dict[str, Any]]) -> None:
    """Slots for everybody who still needs some, from the first lane on their list. Those who want the same lane look
    together at first; who needs more looks alone; who finds too few alone leaves the lane."""
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
    await work.flush()


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
    work: Work, heads: Sequence[tuple[Hand, claims.Slot]], plans: dict[UUID, dict[str, Any]]
) -> None:
    """The other items of the groups whose first slot was given: they are claimed as one."""
    if not heads:
        return
    rows = [(s.lane, s.group, s.item, h.ask.annotator, h.here.stage == "review") for h, s in heads]
    columns = map(list, zip(*rows, strict=True))
    items = {(id(hand), slot.item) for hand, slot in heads}
    for row in await work.conn.fetch(claims.TAKE_GROUP, work.tenant, *columns):
        hand, slot = heads[row["place"] - 1][0], claims.slot_of(row)
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
    work.decide(leases.LEASE, lease, claim_command(work, lease, hand.ask.annotator, slot, project, given))
    hand.claimed.append(lease)
    hand.left.gave(hand.ask.annotator, place.project)
    if gold is None:
        hand.took.append((hand.ask.annotator, slot.lane, slot.ord))
