"""Dealing: gold and slots for everybody who holds out a hand, a round at a time."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.projects.gold_family import since
from backend.domain.review.likeness import as_asked
from backend.domain.tasks import lease as leases
from backend.domain.tasks.choice import Chosen
from backend.domain.tasks.mixing import GAP, Handed, places
from backend.events.ids import GoldId, LeaseId, TaskId, uuid8
from backend.readmodels import claims
from backend.readmodels.gold import LOT_BITS
from backend.usecases.pulse import Place
from backend.usecases.review.label_showing import OfGold, like_work, looks, shows
from backend.usecases.tasks.hands import Golden, Hand
from backend.usecases.tasks.leasing import Given, claim_command, shown_row
from backend.usecases.tasks.stages import EXPERTS
from backend.usecases.work import Work

EVERYTHING = 2**63 - 1
GOLDEN = ("annotate", *EXPERTS)
"""Kinds of work among which there is gold; reviewers are shown planted answers instead."""
MICRO = 1_000_000


async def deal_gold(work: Work, hands: Sequence[Hand], plans: Mapping[UUID, dict[str, Any]]) -> None:
    """In the share that the plan says, or that is known of the person, what they are given is gold that they never met:
    it takes no slot, looks like work, and has its turn among it."""
    wanted = [one for hand in hands for one in await _wanted(work, hand, plans)]
    if not wanted:
        return
    given: set[tuple[UUID, UUID]] = set()
    for one, row in await _found(work, wanted, plans):
        turn, hand = one.turn, one.hand
        # Nobody is given two of one family at once either.
        kin = (hand.ask.annotator, row["family"] or row["gold"])
        if kin in given:
            continue
        given.add(kin)
        work.pulse.mix.gave(hand.ask.annotator, hand.here.project, row["truth_class"])
        task = TaskId(uuid8(row["item"], "gold", work.chance(8).hex()))
        newest = plans[hand.here.project]["workflow_version"]
        slot = claims.Slot(hand.here.lane, 0, task, 1, row["item"], 1, None, row["payload"], newest)
        hand.golden.append(Golden(turn, GoldId(row["gold"]), slot, hand.here, hand.order[0]))
        hand.need -= 1
    for hand in hands:
        hand.golden.sort(key=lambda one: one.turn)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Gold for the nth turn of a hand; `asked` as claims.GOLD takes it: kind, class, where to begin, what came back,
    the lane in which something has to wait (None: it need not), and since when the person must have met no other of
    its family."""

    hand: Hand
    turn: int
    asked: tuple[bool, str | None, int, UUID | None, UUID | None, datetime]


async def _found(
    work: Work, wanted: Sequence[_Wanted], plans: Mapping[UUID, dict[str, Any]]
) -> list[tuple[_Wanted, Mapping[str, Any]]]:
    """The gold for each, where there is any. Where other labels are shown it looks like something that waits there, or
    there is none."""
    plain: list[_Wanted] = []
    labelled: list[_Wanted] = []
    for one in wanted:
        here = one.hand.here
        (labelled if shows(plans[here.project], here.stage) else plain).append(one)
    asked = [(one.hand.ask.annotator, one.hand.here.project, *one.asked) for one in plain]
    rows = (
        await work.conn.fetch(claims.GOLD, work.tenant, *map(list, zip(*asked, strict=True))) if asked else []
    )
    found: list[tuple[_Wanted, Mapping[str, Any]]] = [(plain[row["place"] - 1], row) for row in rows]
    return found + (await _found_with_labels(work, labelled) if labelled else [])


async def _found_with_labels(
    work: Work, wanted: Sequence[_Wanted]
) -> list[tuple[_Wanted, Mapping[str, Any]]]:
    like = await looks(work, [(one.hand.ask.annotator, one.hand.here.lane, False) for one in wanted])
    asked = [
        (one.hand.ask.annotator, one.hand.here.project, *one.asked, *as_asked(like[place]))
        for place, one in enumerate(wanted)
        if place in like
    ]
    if not asked:
        return []
    of = [(wanted[place], like[place]) for place in sorted(like)]
    rows = await work.conn.fetch(claims.GOLD_WITH_LABELS, work.tenant, *map(list, zip(*asked, strict=True)))
    given = [
        OfGold(one.hand.ask.annotator, one.hand.here.project, row["item"], None, look)
        for row in rows
        for one, look in [of[row["place"] - 1]]
    ]
    found = []
    for row, labels in zip(rows, await like_work(work, given), strict=True):
        one = of[row["place"] - 1][0]
        if labels is not None:
            one.hand.labels[row["item"]] = labels
            found.append((one, row))
    return found


async def _wanted(work: Work, hand: Hand, plans: Mapping[UUID, dict[str, Any]]) -> list[_Wanted]:
    """At which turns of what this person is given now there is to be gold. What they gave back comes again at once, as
    work does."""
    mix, project, person = work.pulse.mix, plans[hand.here.project], hand.person
    if hand.here.stage not in GOLDEN or not await mix.blind(work.conn, work.tenant, project, hand.here.step):
        return []
    share, n = mix.share(person.annotator, project), hand.needs_here
    handed = Handed(person.handed_at, person.handed_gold)
    turns = places(share, handed, work.now, _chances(work), n) if share > 0 else []
    # What was given back as one kind of work does not come again as another.
    back = person.gold_back if n and person.gold_back_stage == hand.here.stage else None
    # Of an expert's work there is little: gold comes only among what waits.
    among = hand.here.lane if hand.here.stage in EXPERTS else None
    if person.gave_back:
        turns = [0] * (back is not None) + [turn for turn in turns if turn > GAP]
    unmet_since = since(project["plan"].family_gap_days, work.now)
    found = []
    for turn in turns:
        edge_case = mix.kind(project, next(_chances(work)))
        class_ = mix.class_(person.annotator, hand.here.project, edge_case, next(_chances(work)))
        start = int.from_bytes(work.chance(8), "big") >> (64 - LOT_BITS)
        comes_back = back if turn == 0 else None
        asked = (edge_case, class_, start, comes_back, among, unmet_since)
        found.append(_Wanted(hand, turn + len(hand.claimed), asked))
    return found


def _chances(work: Work) -> Iterator[float]:
    """Uniform in 0..1, as many as are asked for."""
    while True:
        yield (int.from_bytes(work.chance(7), "big") >> 3) / (1 << 53)


def end_gold(hands: Sequence[Hand], plans: Mapping[UUID, dict[str, Any]]) -> None:
    """Gold whose turn has come, or comes after all the work that there was; what would come later waits for another
    pull."""
    for hand in hands:
        _give_golden(hand, plans)
        hand.need += len(hand.golden)
        hand.golden.clear()


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
            _give(hand, slot, plans)
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
    if place.after_seconds:
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
            _give(hand, slot, plans)


def _give_golden(hand: Hand, plans: Mapping[UUID, dict[str, Any]]) -> None:
    """The gold whose turn it is."""
    while hand.golden and hand.golden[0].turn <= len(hand.claimed):
        one = hand.golden.pop(0)
        _claim(hand, one.slot, plans[one.place.project], one.place, one.why, one.gold)


def _give(hand: Hand, slot: claims.Slot, plans: Mapping[UUID, dict[str, Any]]) -> None:
    """A slot that was taken, after the gold whose turn comes before it."""
    _give_golden(hand, plans)
    _claim(hand, slot, plans[hand.here.project], hand.here, hand.order[0], None)
    hand.took.append((hand.ask.annotator, slot.lane, slot.ord))


def _claim(
    hand: Hand, slot: claims.Slot, project: dict[str, Any], place: Place, why: Chosen, gold: GoldId | None
) -> None:
    work = hand.ask.work
    lease = _next_id(work, len(hand.claimed))
    given = Given(
        step=place.step,
        stage=place.stage,
        ring=place.ring,
        priority=place.priority,
        gold=gold,
        why=to_json(why.why).decode(),
        opened=not hand.claimed,
        hard_seconds=work.pulse.hard_seconds(project, place.step),
    )
    command = claim_command(work, lease, hand.ask.annotator, slot, project, given)
    work.decide(leases.LEASE, lease, command)
    hand.claimed[lease] = shown_row(command, work.now, slot)
    hand.left.gave(hand.ask.annotator, place.project)


def _next_id(work: Work, place: int) -> LeaseId:
    """Ids of one pull are in the order in which they are given, whatever they are of: the place stands where a UUIDv7
    has room for a counter (RFC 9562 6.2, method 1)."""
    return LeaseId(UUID(int=work.new_id().int & ~(0xFFF << 64) | (place & 0xFFF) << 64))
