"""Skills that people hold: granted by whom and until when, lost, closed by evidence, reopened; imported scores."""

from datetime import datetime

from backend.events.base import Secret, added, event
from backend.events.ids import (
    AnnotatorId,
    AttemptId,
    DisputeId,
    FlagId,
    GoldId,
    KeyCaseId,
    LeaseId,
    ProjectId,
    SkillId,
)


@event("skill.granted")
class SkillGranted:
    """A level (1..10) in a skill until `until`; `source` is exam, gold, course, import or manager.

    `evidence` names what it rests on (an attempt, counts, a file's hash); `reason` is what a manager said.
    """

    annotator: AnnotatorId
    skill: SkillId
    level: int
    until: datetime | None
    source: str
    evidence: str
    reason: Secret | None


@event("skill.lost")
class SkillLost:
    """What `source` had granted does not count any more; `why` is expired, withdrawn, course_lapsed or evidence."""

    annotator: AnnotatorId
    skill: SkillId
    source: str
    why: str
    reason: Secret | None


@event("skill.closed")
class SkillClosed:
    """By rule no new work in this skill: P(accuracy < floor) was `probability_ppm` on this evidence; appealable."""

    annotator: AnnotatorId
    skill: SkillId
    floor_ppm: int
    probability_ppm: int
    correct: int
    total: int
    basis_index: int


@event("drift.alarmed")
class DriftAlarmed:
    """By rule no new work in this skill: the sum that errors raise reached its bound (`state_ppm` at `bound_ppm`) after
    this evidence, although the record as a whole is not below the floor; appealable."""

    annotator: AnnotatorId
    skill: SkillId
    target_ppm: int
    state_ppm: int
    bound_ppm: int
    basis_index: int


@event("skill.reopened")
class SkillReopened:
    """Somebody looked at the evidence and opened the skill again."""

    annotator: AnnotatorId
    skill: SkillId
    reason: Secret


@event("skill.closing_undone", version=2)
class SkillClosingUndone:
    """By rule the skill is open again: these disputes about evidence that had closed it were won, or the keys of gold
    it rests on were found wrong (`key_cases`), and with the evidence as it stands the rule would not have closed it
    (P(accuracy < floor) is `probability_ppm` on it). What came from index `fresh_from` on is judged as if it had not
    been judged."""

    annotator: AnnotatorId
    skill: SkillId
    disputes: tuple[DisputeId, ...]
    floor_ppm: int
    probability_ppm: int
    correct: int
    total: int
    fresh_from: int
    basis_index: int
    key_cases: tuple[KeyCaseId, ...] = ()


added("skill.closing_undone", 1, key_cases=[])


@event("score.imported")
class ScoreImported:
    """Counts from another system: marked as such, and of capped weight wherever they are used."""

    annotator: AnnotatorId
    skill: SkillId
    correct: int
    total: int
    system: str


@event("skill.prior_fitted")
class PriorFitted:
    """What is believed of somebody new in the skill, fitted to the records of `people`: Beta(a, b), both times 1e6.

    Written at night, so that a score of yesterday is recomputed from facts alone.
    """

    skill: SkillId
    a_ppm: int
    b_ppm: int
    people: int
    basis_index: int


@event("confidence.calibrated")
class ConfidenceCalibrated:
    """The exponent, in parts per million, that makes claimed confidence keep its word in a project, fitted on `audited`
    tasks whose truth somebody else told."""

    project: ProjectId
    temperature_ppm: int
    audited: int
    basis_index: int


@event("score.corrected", version=2)
class ScoreCorrected:
    """What was said of this answer by `source` (gold, exam, review or adjudication) counted `was` and counts `now`,
    right or wrong or not at all (None). The earlier fact stays.

    A dispute was won, or the key of the `gold` item was found wrong (`key_case`). An exam's answer is that of the
    `attempt`, told by the fact of this version (`of_version`) in its stream. `score_ppm` is how near the answer came to
    what is right; None: all or nothing, by `now`.
    """

    dispute: DisputeId | None
    lease: LeaseId | None
    annotator: AnnotatorId
    skill: SkillId
    source: str
    was: bool | None
    now: bool | None
    truth_class: str | None
    answer_class: str | None
    key_case: KeyCaseId | None = None
    gold: GoldId | None = None
    attempt: AttemptId | None = None
    of_version: int | None = None
    score_ppm: int | None = None


added("score.corrected", 1, key_case=None, gold=None, attempt=None, of_version=None, score_ppm=None)


@event("answers.discounted")
class AnswersDiscounted:
    """From `since` on a person's answers in a skill weigh nothing in results and scores, until it is said that they do
    again; they are kept. `flag` is the case that somebody decided."""

    annotator: AnnotatorId
    skill: SkillId
    flag: FlagId
    since: datetime


@event("answers.restored")
class AnswersRestored:
    """They weigh what they weighed before."""

    annotator: AnnotatorId
    skill: SkillId
    flag: FlagId
