"""Choosing: in which lanes a person looks first, and why; what is known of them comes from the pulse."""

from collections.abc import Sequence
from random import random
from uuid import UUID

from backend.domain.tasks.choice import LANES_MAX, Candidate, Chosen, order, subset
from backend.usecases.pulse import USUAL, Place
from backend.usecases.tasks.stages import EXPERTS
from backend.usecases.work import Work


def chosen(
    work: Work, annotator: UUID, places: Sequence[Place], held: frozenset[str], limit: int | None
) -> list[Chosen]:
    """The lanes to look in, in this order: of those where something waits, and has waited long enough for the ring.

    At most `limit` of them (None: all).
    """
    pulse, now_s = work.pulse, work.now.timestamp()
    owed = pulse.balance.of(held)
    stays = pulse.stays_in(annotator, work.now)
    heads, settings_of = pulse.heads, pulse.settings.get
    candidates = []
    # The innermost loop of a pull: once for every lane of every person who asks.
    for place in places:
        head = heads.get(place.lane)
        if head is None or (waited := max(0.0, now_s - head.since_s)) < place.after_seconds:
            continue
        settings = settings_of(place.project, USUAL)
        candidates.append(
            Candidate(
                place.lane,
                place.project,
                # What waits for an expert has been waited for already: it is urgent.
                min(place.priority, 1) if place.stage in EXPERTS else place.priority,
                waited,
                settings.wait_target_seconds,
                settings.weight_ppm,
                owed.staffed.get(place.project),
                owed.mended.get(place.project, 1.0),
                place.lane == stays,
                place.ring,
                settings.edge_case_ppm if place.edge_case else 0,
                place.over,
            )
        )
    if len(candidates) > LANES_MAX:
        candidates = subset(candidates, [random() for _ in candidates])
    most = len(candidates) if limit is None else limit
    return order(candidates, [random() for _ in candidates], random(), most)
