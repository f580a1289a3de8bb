"""Drift signals: a monitoring system says that the world has moved, and what becomes of it by the project's rule."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import BulkId, DriftSignalId, IterationId, ProjectId


@event("drift.rule_set")
class DriftRuleSet:
    """From now on a signal makes no batch (off), a planned one (propose) or an opened one (open), at most one of each
    source and metric in so many hours."""

    project: ProjectId
    version: int
    mode: str
    cooldown_hours: int


@event("drift.signalled")
class DriftSignalled:
    """A signal as it came, under its source's own id, and what was made of it.

    `value` and `threshold` are numbers as text; what else was said (classes, tags, a note) is ciphertext; `content` is
    a keyed token of all of it. `outcome` is opened, proposed, off, cooldown, empty or nothing_named. A batch is
    `iteration`: of what was sent `created` items are new, `known` were there, `refused` could not be taken; or `taken`
    of the `matched` tasks of `selection` (JSON text) were drawn by `seed`, `digest` is the SHA-256 of their ids, and
    `bulk` moves them. `after` is the signal whose batch it comes too soon after.
    """

    signal: DriftSignalId
    project: ProjectId
    source: str
    source_id: str
    metric: str
    value: str
    threshold: str | None
    window_since: datetime | None
    window_until: datetime | None
    said: Secret
    content: str
    rule_version: int
    outcome: str
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
    after: DriftSignalId | None = None
