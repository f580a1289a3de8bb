"""Choosing: in which lanes a person looks first, and why; what is known of them comes from the pulse."""

from collections.abc import Sequence
from random import random
from uuid import UUID

from backend.domain.tasks.choice import LANES_MAX, Candidate, Chosen, order, subset
from backend.usecases.pulse import Place
from backend.usecases.work import Work

EXPERTS = ("adjudicate", "expert")
"""What waits for an expert has been waited for already: it is urgent."""


def chosen(
    work: Work, annotator: UUID, places: Sequence[Place], held: frozenset[str], limit: int | None
) -> list[Chosen]:
    """The lanes to look in, in this order: of those where something waits, and has waited long enough for the ring.

    At most `limit` of them (None: all).
    """
    pulse = work.pulse
    waiting = []
    for place in places:
        head = pulse.heads.get(place.lane)
        if head is not None and (waited := head.waited_s(work.now)) >= place.after_seconds:
            waiting.append((place, waited))
    owed = pulse.balance.of(held)
    stays = pulse.stays_in(annotator, work.now)
    candidates = []
    for place, waited in waiting:
        settings = pulse.settings_of(place.project)
        candidates.append(
            Candidate(
                lane=place.lane,
                project=place.project,
                priority=min(place.priority, 1) if place.stage in EXPERTS else place.priority,
                waited_s=waited,
                wait_target_s=settings.wait_target_seconds,
                weight_ppm=settings.weight_ppm,
                staffed_ppm=owed.staffed.get(place.project),
                correction=owed.mended.get(place.project, 1.0),
                sticky=place.lane == stays,
                ring=place.ring,
                edge_case_ppm=settings.edge_case_ppm if place.edge_case else 0,
            )
        )
    if len(candidates) > LANES_MAX:
        candidates = subset(candidates, [random() for _ in candidates])
    most = len(candidates) if limit is None else limit
    return order(candidates, [random() for _ in candidates], random(), most)
