"""What a copy of a project does not take over, each with the reason; and which facts that is about. An event about a
project is either one of these or belongs to an area that is copied: a test holds every event against both."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Left:
    """A kind of thing that stays where it is, why, and the stored names of its facts."""

    name: str
    why: str
    facts: tuple[str, ...]


def _left(name: str, why: str, facts: str) -> Left:
    return Left(name, why, tuple(facts.split()))


LEFT = (
    _left(
        "name_and_skill",
        "the copy has a name of its own; its skill is the same, so levels, exams and evidence hold in both",
        "project.created",
    ),
    _left(
        "staff",
        "who works there, for which share of their time, is decided for each project; keys limited to one stay in it",
        "course.assigned",
    ),
    _left(
        "acknowledgements",
        "a guideline is acknowledged, and asked to be learnt anew, in each project: nobody has read the copy's yet",
        "guideline.acknowledged recertification.asked recertification.withdrawn",
    ),
    _left(
        "webhooks",
        "a webhook has a secret and an address of somebody's; register another where the copy is to be told outside",
        "webhook.registered",
    ),
    _left(
        "gold",
        "who met gold in one project would know it in the other, and their scores would say nothing",
        "gold.added gold.retired gold.restored gold.put_back gold.varied gold.disclosed gold.key_found_wrong"
        " gold.scores_corrected",
    ),
    _left(
        "rounds",
        "iterations, pilots and deliveries are rounds of work on the items of one project",
        "iteration.planned iteration.opened iteration.closed item.placed pilot.begun pilot.judged pilot.overruled"
        " pilot_project.begun pilot_project.items_copied pilot_project.filled pilot_project.judged"
        " pilot_project.overruled pilot_project.promoted pilot_project.ended"
        " delivery.prepared delivery.released delivery.withdrawn"
        " project.copied",
    ),
    _left(
        "sampling_periods",
        "the copy draws its reviews with keys of its own",
        "sampling.period_opened sampling.period_closed",
    ),
    _left(
        "lanes",
        "lanes follow from what the copy asks for and from the items that come in; none is paused",
        "lane.opened",
    ),
    _left(
        "measured",
        "what was measured rests on answers of the one project",
        "confidence.calibrated model.class_measured model.audited routine.met routine.missed routine.acknowledged"
        " drift.signalled flag.raised work.counted",
    ),
    _left(
        "predictions",
        "what models answered to an item is said of that item: send it for the copied ones where models take part",
        "item.predicted prediction.routed",
    ),
    _left(
        "work",
        "items, answers, reviews and what came of them stay where they were given",
        "intake.begun item.imported item.marked item.routed task.opened task.decided bulk.begun lease.claimed"
        " review.drawn review.verdict_given review.planted_scored reviews.bulk_decided labels.shown escalation.opened"
        " escalation.missed escalation.contested escalation.resolved escalation.explained adjudication.scored"
        " double_review.drawn double_review.differed double_review.closed double_review.scored"
        " rework.planned rework.worst_drawn clarification.asked dispute.opened",
    ),
)
