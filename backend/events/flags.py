"""Flags: a suspicion with its evidence, raised by a rule for somebody to decide, and what was decided."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, FlagId, ProjectId, SkillId


@event("flag.raised")
class FlagRaised:
    """A rule found something that a person should look at; nothing else follows from it.

    `kind` is spammer, too_fast, too_even, copying, leak, class_mix, mix_drift, simultaneous, shared_device or
    shared_address; `other` the second person of a pair. `evidence` and `threshold` are JSON texts of ids, keyed tokens,
    counts and parts per million. It rests on `amount` observations, the first of them at `since`, and on the scores
    below `basis_index` in the log.
    """

    flag: FlagId
    annotator: AnnotatorId
    other: AnnotatorId | None
    skill: SkillId
    project: ProjectId | None
    kind: str
    amount: int
    evidence: str
    threshold: str
    since: datetime
    basis_index: int


@event("flag.settled")
class FlagSettled:
    """Somebody looked at the evidence and decided: dismissed, noted, explained or discounted; why is ciphertext.

    What discounting does to whose answers stands in `answers.discounted` and `answers.restored` beside it.
    """

    flag: FlagId
    decision: str
    reason: Secret


@event("flag.closed")
class FlagClosed:
    """Nobody will decide this any more: `because` is person_gone when who it is about was erased or has left. The
    evidence stays."""

    flag: FlagId
    because: str
