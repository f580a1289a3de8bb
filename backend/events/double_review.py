"""Double review of experts: whether an expert's word was drawn, what a second one said of it, and what stands."""

from backend.events.base import event
from backend.events.ids import AnnotatorId, EscalationId, ItemId, LeaseId, ProjectId, SkillId, TaskId


@event("double_review.drawn")
class DoubleReviewDrawn:
    """An expert settled an item alone, under `lease`; whether a second one looks was drawn as reviews are: the first 8
    bytes of HMAC(key of the period, lease id) are `draw`, held against the rate. The word stands meanwhile."""

    escalation: EscalationId
    task: TaskId
    item: ItemId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer_class: str | None
    period: int
    rate_ppm: int
    draw: str
    sampled: bool


@event("double_review.differed")
class DoubleReviewDiffered:
    """The second expert, who was told of no first one, answered otherwise (`score_ppm` near): a third has the last
    word."""

    escalation: EscalationId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    answer_class: str | None
    score_ppm: int


@event("double_review.closed")
class DoubleReviewClosed:
    """`agreed`: the second expert says the same. Else the third, under `lease`, says what the `first` or the `second`
    said, or something else (`third`). `corrected`: the item's result is the third's word now."""

    escalation: EscalationId
    project: ProjectId
    expert: AnnotatorId
    lease: LeaseId
    outcome: str
    corrected: bool


@event("double_review.scored")
class DoubleReviewScored:
    """An expert's answer compared with another expert's: evidence for the skill. It was looked at with the chance
    `rate_ppm`: the first's as it was drawn, the second's always."""

    escalation: EscalationId
    lease: LeaseId
    annotator: AnnotatorId
    skill: SkillId
    project: ProjectId
    correct: bool
    score_ppm: int
    truth_class: str | None
    answer_class: str | None
    rate_ppm: int
    plan_version: int
