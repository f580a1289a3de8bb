"""Training because somebody fell: the rule of a skill, and each episode from the fall to the course or the recovery."""

from backend.events.base import event
from backend.events.ids import AnnotatorId, CourseId, SkillId


@event("skill.retraining_set")
class RetrainingSet:
    """Who falls in this skill is assigned the course (None: nobody is): when a rule closes the skill for them, or when
    the 20 % quantile of what is believed of their accuracy is below `below_ppm` (0: never for that)."""

    skill: SkillId
    course: CourseId | None
    below_ppm: int


@event("retraining.begun")
class RetrainingBegun:
    """Somebody fell and needs the course. `why` is closed or below; the estimate's 20 % quantile was `lower_ppm` where
    `below_ppm` is asked, on `total` live answers, `correct` of them right, below `basis_index`."""

    annotator: AnnotatorId
    skill: SkillId
    course: CourseId
    why: str
    lower_ppm: int
    below_ppm: int
    correct: int
    total: int
    basis_index: int


@event("retraining.ended")
class RetrainingEnded:
    """The episode is over: the course was `passed`, or the estimate `recovered`. Evidence below `basis_index` asks for
    nothing more."""

    annotator: AnnotatorId
    skill: SkillId
    course: CourseId
    why: str
    basis_index: int
