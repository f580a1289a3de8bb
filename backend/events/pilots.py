"""Pilots, which production waits for, and deliveries, which are held back when they fall short."""

from backend.events.base import Secret, added, event
from backend.events.ids import DeliveryId, ItemId, IterationId, PilotId, ProjectId


@event("pilot.begun", version=3)
class PilotBegun:
    """`drawn` of the `matched` tasks of a project, by this seed, are worked on in the iteration `sample`; everything
    else, and what comes in, waits in `rest`. `digest` is the SHA-256 of the drawn tasks' ids, 16 bytes each, in
    ascending order; `targets_version` the targets that it has to meet. `with_model`: models decide in it as they would
    in production; without, people decide all of it. Where a share was asked for, that is `share_ppm`: of what matched,
    rounded up, within `items_min` and `items_max`."""

    pilot: PilotId
    project: ProjectId
    number: int
    sample: IterationId
    rest: IterationId
    seed: str
    matched: int
    drawn: int
    digest: str
    targets_version: int
    with_model: bool = False
    share_ppm: int | None = None
    items_min: int = 1
    items_max: int = 0


added("pilot.begun", 1, with_model=False)
added("pilot.begun", 2, share_ppm=None, items_min=1, items_max=0)


@event("pilot.judged", version=3)
class PilotJudged:
    """`outcome` is met, not_met or unclear; `measured` is JSON text: per target what was found, in parts per million,
    and on how many answers it rests. Met opens production. `by_model` is JSON text: of the items that a model decided,
    which the targets say nothing of, and of its answers that people decided blindly; empty in the first facts.
    `diversity` is JSON text: what was asked and counted; empty where nothing was asked."""

    pilot: PilotId
    project: ProjectId
    outcome: str
    measured: str
    basis_index: int
    by_model: str = ""
    diversity: str = ""


added("pilot.judged", 1, by_model="")
added("pilot.judged", 2, diversity="")


@event("pilot.overruled")
class PilotOverruled:
    """Production opens although the pilot did not meet its targets; why is ciphertext."""

    pilot: PilotId
    project: ProjectId
    reason: Secret


@event("delivery.prepared", version=2)
class DeliveryPrepared:
    """So many decided items of a project (of one iteration, or all that were in no delivery before), and how they do
    against the targets: `outcome` met, not_met or unclear, `measured` and `diversity` as in a pilot. What meets them is
    released."""

    delivery: DeliveryId
    project: ProjectId
    number: int
    iteration: IterationId | None
    items: tuple[ItemId, ...]
    targets_version: int
    outcome: str
    measured: str
    basis_index: int
    diversity: str = ""


added("delivery.prepared", 1, diversity="")


@event("delivery.released")
class DeliveryReleased:
    """It may be fetched; with a reason (ciphertext) although it falls short."""

    delivery: DeliveryId
    project: ProjectId
    reason: Secret | None


@event("delivery.withdrawn")
class DeliveryWithdrawn:
    """It is not delivered: its items may be in another one once they are better."""

    delivery: DeliveryId
    project: ProjectId
    reason: Secret
