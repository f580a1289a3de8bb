"""Rekeying: what one answer to gold counts once the key it was held against was found wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.events import proficiency as ev
from backend.events.ids import AnnotatorId, AttemptId, GoldId, KeyCaseId, LeaseId, SkillId

# --- state


@dataclass(frozen=True, slots=True)
class Counts:
    """How an answer counts: right, wrong or not at all (None), how near it came (None: all or nothing), and the keyed
    token of the class that is right."""

    correct: bool | None
    score_ppm: int | None
    truth_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """By which case it was corrected last, and how it counts since; None: never."""

    key_case: KeyCaseId | None = None
    now: Counts | None = None


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """The answer counts so from now on (`now`), which was `was`; it was given in work (`lease`) or in an exam
    (`attempt` and the version of the fact that tells it)."""

    key_case: KeyCaseId
    gold: GoldId
    annotator: AnnotatorId
    skill: SkillId
    lease: LeaseId | None
    attempt: AttemptId | None
    of_version: int | None
    answer_class: str | None
    was: Counts
    now: Counts


# --- decide


def decide(command: Correct, answer: Rekeyed) -> Sequence[ev.ScoreCorrected]:
    """Once for each case, and only where it counts otherwise."""
    if answer.key_case == command.key_case or command.now == command.was:
        return []
    return [
        ev.ScoreCorrected(
            dispute=None,
            lease=command.lease,
            annotator=command.annotator,
            skill=command.skill,
            source="gold" if command.attempt is None else "exam",
            was=command.was.correct,
            now=command.now.correct,
            truth_class=command.now.truth_class,
            answer_class=command.answer_class,
            key_case=command.key_case,
            gold=command.gold,
            attempt=command.attempt,
            of_version=command.of_version,
            score_ppm=command.now.score_ppm,
        )
    ]


# --- evolve


def evolve(answer: Rekeyed, event: ev.ScoreCorrected) -> Rekeyed:
    """What is true after the event."""
    return Rekeyed(key_case=event.key_case, now=Counts(event.now, event.score_ppm, event.truth_class))


REKEYED: Decider[Correct, Rekeyed, ev.ScoreCorrected] = Decider(Rekeyed(), decide, evolve)
"""One stream per answer to gold; its id follows from the lease, or from the attempt and the gold item."""
