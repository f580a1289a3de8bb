"""What a person must hold to be served from a lane, as tokens that can be compared as a set."""

from collections.abc import Iterable, Mapping

from backend.domain.checks import one_of
from backend.events.ids import AgreementId, CourseId, ProjectId, SkillId

STAGES = {"annotate": "annotator", "review": "reviewer", "expert": "expert"}
"""Stage -> the role that works in it."""


def agreement_token(agreement: AgreementId, version: int) -> str:
    """Held by who signed this version."""
    return f"agreement:{agreement}:{version}"


def course_token(course: CourseId, version: int) -> str:
    """Held by who passed this version."""
    return f"course:{course}:{version}"


def guideline_token(project: ProjectId, version: int) -> str:
    """Held by who acknowledged this version."""
    return f"guideline:{project}:{version}"


def skill_token(skill: SkillId) -> str:
    """Held by who has the skill and in whom it is not closed."""
    return f"skill:{skill}"


def role_token(role: str) -> str:
    """Held by who was invited in this role."""
    return f"role:{role}"


def requirement(
    stage: str,
    *,
    project: ProjectId,
    skill: SkillId | None,
    agreements: Mapping[AgreementId, int],
    courses: Mapping[CourseId, int],
    guideline: int | None,
) -> tuple[str, ...]:
    """The tokens a stage asks for, sorted; agreements, courses and the guideline with their versions in force.

    Every stage asks for its role and the agreements; annotating also for the courses, the guideline and the skill
    (None: the skill is not asked for). Raises `stage_unknown` (invalid).
    """
    one_of("stage_unknown", "stage", stage, STAGES)
    tokens = {role_token(STAGES[stage])}
    tokens |= {agreement_token(one, version) for one, version in agreements.items()}
    if stage == "annotate":
        tokens |= {course_token(one, version) for one, version in courses.items()}
        tokens |= {guideline_token(project, guideline)} if guideline is not None else set()
        tokens |= {skill_token(skill)} if skill is not None else set()
    return tuple(sorted(tokens))


def missing(requires: Iterable[str], held: Iterable[str]) -> tuple[str, ...]:
    """The tokens still missing, sorted; empty for who may be served."""
    return tuple(sorted(set(requires) - set(held)))
