"""A skill: a name and a kind in the tenant's catalogue; what evidence weighs in it, and what follows a fall."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import not_now
from backend.events import projects as ev
from backend.events.ids import CourseId, SkillId
from backend.events.retraining import RetrainingSet

KINDS = ("domain", "language", "tool", "clearance")
CLOSE_SKILL, SUSPEND = "close_skill", "suspend"
BELOW_FLOOR = (CLOSE_SKILL, SUSPEND)
"""What a rule stops: work in the skill, or the person."""
PREPARED_PPM_MAX = PPM // 2
"""Exams are prepared for and imports cannot be checked: neither ever weighs more than half."""
SELECTED_PPM_MAX = PPM // 4
"""Experts are sent what is hard, by rules that look at the answers: of the work at large that says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What one answer counts by its source, in parts per million; an answer to gold met in work always counts 1."""

    exam_ppm: int = PREPARED_PPM_MAX
    import_ppm: int = PREPARED_PPM_MAX
    review_ppm: int = PPM
    adjudication_ppm: int = PPM // 10


@dataclass(frozen=True, slots=True)
class Undefined:
    """No such skill yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """The skill, its name, its kind and its weights."""

    skill: SkillId
    name: str
    kind: str
    weights: Weights = Weights()
    retraining: tuple[CourseId | None, int] = (None, 0)
    below_floor: str = CLOSE_SKILL


Skill: TypeAlias = Undefined | Defined


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineSkill:
    """Put a skill into the catalogue."""

    skill: SkillId
    name: str
    kind: str = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighSkill:
    """Say what evidence of each source weighs in this skill."""

    skill: SkillId
    weights: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRetraining:
    """Say which course (None: none) is for who falls, and below which estimate (0: for closings alone)."""

    skill: SkillId
    course: CourseId | None
    below_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBelowFloor:
    """Say what a rule stops when it closes the skill for somebody."""

    skill: SkillId
    mode: str


Command: TypeAlias = DefineSkill | WeighSkill | SetRetraining | SetBelowFloor
Event: TypeAlias = ev.SkillDefined | ev.SkillWeighted | RetrainingSet | ev.BelowFloorSet


def decide(command: Command, skill: Skill) -> Sequence[Event]:
    """Read as a table: command, state, outcome. Raises `skill_kind_unknown`, `weight_invalid`, `retraining_invalid`
    and `below_floor_unknown` (invalid)."""
    match command, skill:
        case DefineSkill(), Undefined():
            one_of("skill_kind_unknown", "kind", command.kind, KINDS)
            return [ev.SkillDefined(skill=command.skill, name=command.name, kind=command.kind)]
        case DefineSkill(), Defined(name=name, kind=kind) if (name, kind) == (command.name, command.kind):
            return []

        case WeighSkill(weights=wanted), Defined(weights=weights) if wanted == weights:
            return []
        case WeighSkill(), Defined():
            return [_weighted(command)]

        case SetRetraining(course=course, below_ppm=below), Defined(retraining=known) if (
            course,
            below,
        ) == known:
            return []
        case SetRetraining(skill=about, course=course, below_ppm=below), Defined():
            in_range("retraining_invalid", "below_ppm", below, 0, PPM)
            return [RetrainingSet(skill=about, course=course, below_ppm=below)]

        case SetBelowFloor(mode=mode), Defined(below_floor=known) if mode == known:
            return []
        case SetBelowFloor(skill=about, mode=mode), Defined():
            one_of("below_floor_unknown", "mode", mode, BELOW_FLOOR)
            return [ev.BelowFloorSet(skill=about, mode=mode)]
        case _:
            raise not_now(command, skill)


def evolve(skill: Skill, event: Event) -> Skill:
    """What is true after the event."""
    match event:
        case ev.SkillDefined():
            return Defined(skill=event.skill, name=event.name, kind=event.kind)
        case ev.SkillWeighted():
            weights = Weights(
                exam_ppm=event.exam_ppm,
                import_ppm=event.import_ppm,
                review_ppm=event.review_ppm,
                adjudication_ppm=event.adjudication_ppm,
            )
            return replace(skill, weights=weights) if isinstance(skill, Defined) else skill
        case RetrainingSet():
            known = (event.course, event.below_ppm)
            return replace(skill, retraining=known) if isinstance(skill, Defined) else skill
        case ev.BelowFloorSet(mode=mode):
            return replace(skill, below_floor=mode) if isinstance(skill, Defined) else skill
        case _:
            assert_never(event)


def _weighted(command: WeighSkill) -> ev.SkillWeighted:
    asked = command.weights
    in_range("weight_invalid", "exam_ppm", asked.exam_ppm, 0, PREPARED_PPM_MAX)
    in_range("weight_invalid", "import_ppm", asked.import_ppm, 0, PREPARED_PPM_MAX)
    in_range("weight_invalid", "review_ppm", asked.review_ppm, 0, PPM)
    in_range("weight_invalid", "adjudication_ppm", asked.adjudication_ppm, 0, SELECTED_PPM_MAX)
    return ev.SkillWeighted(
        skill=command.skill,
        exam_ppm=asked.exam_ppm,
        import_ppm=asked.import_ppm,
        review_ppm=asked.review_ppm,
        adjudication_ppm=asked.adjudication_ppm,
    )


SKILL: Decider[Command, Skill, Event] = Decider(Undefined(), decide, evolve)
"""One stream per skill."""
