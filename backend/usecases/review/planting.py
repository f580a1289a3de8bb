"""Planting: now and then a reviewer is shown an answer to gold as if it were work, so that we know what reviews find.

It takes its turn among real reviews of the same lane and has the same fields, ids, timers and price. Half of what is
planted is wrong, so that calling everything wrong finds nothing out. Only where reviews are drawn: a workflow's own
review step shows what other steps came to, which gold never went through.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.projects.gold_family import since
from backend.domain.review.likeness import NOTHING_LIKE_IT, Label, Look, as_asked
from backend.events.ids import GoldId
from backend.readmodels import claims, planted
from backend.usecases.review.label_showing import OfGold, like_work, looks, shows
from backend.usecases.tasks.hands import Golden, Hand
from backend.usecases.work import Work

PPM = 1_000_000
SHARE_PPM = 50_000
"""So many of the reviews that a person pulls are planted, wherever there are answers to gold to plant. No plan says
otherwise: whoever could switch it off could not say what their reviews are worth."""
Row = dict[str, Any]


async def deal_planted(work: Work, hands: Sequence[Hand], plans: Mapping[UUID, Row]) -> None:
    """Put planted answers among the reviews that these hands are about to get. What a reviewer gave back comes again at
    once, as a review does."""
    drawn = [
        (hand, turn, back)
        for hand in hands
        if hand.here.stage == "review" and not plans[hand.here.project]["workflow_version"]
        for turn, back in _turns(work, hand)
    ]
    if not drawn:
        return
    wanted = await _like_what_waits(work, drawn, plans)
    asked = [
        (
            h.ask.annotator,
            h.here.project,
            h.here.lane,
            work.chance(8).hex(),
            work.chance(1)[0] < 128,
            back,
            since(plans[h.here.project]["plan"].family_gap_days, work.now),
            *as_asked(look),
        )
        for (h, _, back), look in zip(drawn, wanted, strict=True)
    ]
    rows = await work.conn.fetch(planted.TO_SHOW, work.tenant, *map(list, zip(*asked, strict=True)))
    labels = await _labels(work, rows, drawn, wanted)
    shown: set[tuple[UUID, UUID]] = set()
    for row in rows:
        (hand, turn, _), look = drawn[row["place"] - 1], wanted[row["place"] - 1]
        chosen = labels.get(row["place"])
        kin = (hand.ask.annotator, row["family"] or row["gold"])
        if kin in shown or (look is not None and chosen is None):
            continue
        shown.add(kin)
        hand.labels[row["item"]] = chosen or []
        slot = claims.Slot(
            hand.here.lane, row["head"], row["task"], row["slot"], row["item"], 1, None, row["payload"]
        )
        hand.golden.append(Golden(turn, GoldId(row["gold"]), slot, hand.here, hand.order[0]))
        hand.need -= 1
    for hand in hands:
        hand.golden.sort(key=lambda one: one.turn)


async def _like_what_waits(
    work: Work, drawn: Sequence[tuple[Hand, int, UUID | None]], plans: Mapping[UUID, Row]
) -> list[Look | None]:
    """How each that is drawn has to look; None where labels are not shown. What can look like nothing is not planted:
    it asks for more labels than there are."""
    asked = {
        place: (hand.ask.annotator, hand.here.lane, True)
        for place, (hand, *_) in enumerate(drawn)
        if shows(plans[hand.here.project], "review")
    }
    found = await looks(work, list(asked.values()))
    of = {place: found.get(n, NOTHING_LIKE_IT) for n, place in enumerate(asked)}
    return [of.get(place) for place in range(len(drawn))]


async def _labels(
    work: Work,
    rows: Sequence[Mapping[str, Any]],
    drawn: Sequence[tuple[Hand, int, UUID | None]],
    wanted: Sequence[Look | None],
) -> dict[int, list[Label] | None]:
    """Place -> the labels to show with what was found there, where labels are shown."""
    given = {
        row["place"]: OfGold(hand.ask.annotator, hand.here.project, row["item"], row["lease"], look)
        for row in rows
        for hand, look in [(drawn[row["place"] - 1][0], wanted[row["place"] - 1])]
        if look is not None
    }
    return dict(zip(given, await like_work(work, list(given.values())), strict=True))


def _turns(work: Work, hand: Hand) -> list[tuple[int, UUID | None]]:
    """At which turns there is to be one, and the gold that comes back there."""
    n, given, back = hand.needs_here, len(hand.claimed), hand.person.gold_back
    turns: dict[int, UUID | None] = {turn: None for turn in range(n) if _by_chance(work)}
    if back is not None and n:
        turns = {0: back} | {turn: None for turn in turns if turn}
    return [(given + turn, gold) for turn, gold in sorted(turns.items())]


def _by_chance(work: Work) -> bool:
    return int.from_bytes(work.chance(4), "big") * PPM < SHARE_PPM << 32
