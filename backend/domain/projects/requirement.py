"""What a person must hold to be served from a lane, as tokens that can be compared as sets."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from backend.domain.checks import one_of
from backend.events.ids import AgreementId, CourseId, ProjectId, SkillId
from backend.events.projects import Conditions

STAGES = {
    "annotate": "annotator",
    "review": "reviewer",
    "adjudicate": "expert",
    "expert": "expert",
    "custom": "annotator",
}
"""Stage -> the role that works in it."""
ANY, NOT = "any:", "not:"
"""How an unmet group and an excluded token that is held are spelled among the missing."""


def agreement_token(agreement: AgreementId, version: int) -> str:
    """Held by who signed this version or a later one."""
    return f"agreement:{agreement}:{version}"


def course_token(course: CourseId, version: int) -> str:
    """Held by who passed this version."""
    return f"course:{course}:{version}"


def guideline_token(project: ProjectId, version: int) -> str:
    """Held by who acknowledged this version."""
    return f"guideline:{project}:{version}"


def certified_token(project: ProjectId, version: int, course: CourseId) -> str:
    """Held by who is certified for this version of the guideline, by this course or by exams in the skills."""
    return f"certified:{course}:{project}:{version}"


def skill_token(skill: SkillId, level: int | None = None) -> str:
    """Held by who has the skill, at this level or a higher one."""
    return f"skill:{skill}" if level is None else f"skill:{skill}:{level}"


def skill_closed_token(skill: SkillId) -> str:
    """Held by whom a rule has stopped in this skill."""
    return f"skill-closed:{skill}"


def role_token(role: str) -> str:
    """Held by who was invited in this role."""
    return f"role:{role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """All tokens of `requires`, at least one of each group of `any_of`, none of `excludes`; canonical order."""

    requires: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    excludes: tuple[str, ...] = ()

    def unmet(self, held: Iterable[str]) -> tuple[str, ...]:
        """What still stands between the person and this work, sorted within its kind; empty for who may be served.

        A missing token as it is, a group of which none is held as `any:a|b`, an excluded one that is held as `not:a`.
        """
        has = frozenset(held)
        groups = tuple(ANY + "|".join(group) for group in self.any_of if has.isdisjoint(group))
        return (
            *(token for token in self.requires if token not in has),
            *groups,
            *(NOT + token for token in self.excludes if token in has),
        )


def canonical(
    requires: Iterable[str], any_of: Iterable[Iterable[str]], excludes: Iterable[str]
) -> Requirement:
    """The same requirement in its one spelling: sorted, each token and each group once."""
    groups = {tuple(sorted(set(group))) for group in any_of}
    return Requirement(
        requires=tuple(sorted(set(requires))),
        any_of=tuple(sorted(groups)),
        excludes=tuple(sorted(set(excludes))),
    )


def requirement(
    stage: str,
    *,
    project: ProjectId,
    skill: SkillId | None,
    agreements: Mapping[AgreementId, int],
    courses: Mapping[CourseId, int],
    guideline: int | None,
    conditions: Conditions,
    certified: Collection[tuple[int, CourseId]] = (),
) -> Requirement:
    """What a stage asks for; agreements, courses and the guideline with the versions asked now.

    Every stage asks for its role, the agreements and the project's conditions; annotating also for the courses, the
    guideline, that no rule has closed the skill (None: no skill), and for what is to be `certified` by now (version of
    the guideline, course). Raises `stage_unknown` (invalid).
    """
    one_of("stage_unknown", "stage", stage, STAGES)
    tokens = {role_token(STAGES[stage]), *conditions.all_of}
    tokens |= {agreement_token(one, version) for one, version in agreements.items()}
    excludes = set(conditions.none_of)
    if stage in ("annotate", "custom"):
        tokens |= {course_token(one, version) for one, version in courses.items()}
        tokens |= {guideline_token(project, guideline)} if guideline is not None else set()
        tokens |= {certified_token(project, version, course) for version, course in certified}
        excludes |= {skill_closed_token(skill)} if skill is not None else set()
    return canonical(tokens, conditions.any_of, excludes)
