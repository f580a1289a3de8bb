"""Skills that people hold: granted by whom and until when, lost, closed by evidence, reopened; imported scores."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import AnnotatorId, SkillId


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


@event("skill.reopened")
class SkillReopened:
    """Somebody looked at the evidence and opened the skill again."""

    annotator: AnnotatorId
    skill: SkillId
    reason: Secret


@event("score.imported")
class ScoreImported:
    """Counts from another system: marked as such, and of capped weight wherever they are used."""

    annotator: AnnotatorId
    skill: SkillId
    correct: int
    total: int
    system: str
