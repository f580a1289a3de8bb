"""Claiming: slots for a batch of people in one go; the same code serves one caller and k of them."""

from collections.abc import Sequence
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.readmodels import claims
from backend.usecases.review.label_showing import show
from backend.usecases.review.planting import deal_planted
from backend.usecases.tasks.choosing import chosen
from backend.usecases.tasks.dealing import deal_gold, deal_round, end_gold
from backend.usecases.tasks.hands import Ask, Claimed, Hand
from backend.usecases.tasks.leasing import handed_out
from backend.usecases.tasks.quotas import left_today
from backend.usecases.work import Work

LANES_TRIED_MAX = 4
"""Of all that may be tried; who comes away empty tries the rest."""


async def claim(asks: Sequence[Ask]) -> dict[UUID, Claimed]:
    """Claim for every person what they may get; one ask per person. Decided, not yet flushed.

    What was given to them by name comes first. Whoever is not active, has no room or no lane gets nothing. People
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
    claimed = [row for hand in hands for row in hand.claimed.values() if row is not None]
    gold = {(hand.ask.annotator, item): labels for hand in hands for item, labels in hand.labels.items()}
    await show(work, claimed, work.pulse.catalogue.projects, gold)
    taken = [one for hand in hands for one in hand.took]
    if taken:
        work.after_commit.append(lambda: work.pulse.took(taken, work.now))
    given = {hand.ask.annotator: hand.claimed for hand in hands}
    # What was claimed here is often answered here, and soon.
    work.remember(leases.LEASE, [lease for claimed in given.values() for lease in claimed])
    return {ask.annotator: given.get(ask.annotator, {}) for ask in asks}


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
        hand.claimed[lease] = None
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
        plans = work.pulse.catalogue.projects
        if not look_again:
            await deal_gold(work, [hand for hand in looking if hand.order], plans)
            await deal_planted(work, [hand for hand in looking if hand.order], plans)
        while waiting := [hand for hand in looking if _goes_on(hand)]:
            await deal_round(work, waiting, plans)
        end_gold(looking, plans)


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
    if ask.work.pulse.loads.of:
        places = list(ask.work.pulse.load_held(who, places))
    if who in left.limited:
        places = [place for place in places if left.at_most(who, place.project, 1)]
    hand.order = chosen(ask.work, ask.annotator, places, hand.person.tokens, limit)
    wanted = {one.lane for one in hand.order}
    hand.places = {place.lane: place for place in places if place.lane in wanted}
