"""A project: what work in it asks for, at which quality, by which instructions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.domain.projects.plan_default import check_plan, in_order
from backend.domain.projects.queueing import said
from backend.events import projects as ev
from backend.events import queue as queue_ev
from backend.events.base import Secret
from backend.events.ids import AgreementId, CourseId, ProjectId, SkillId
from backend.events.projects import Conditions, QualityPlan
from backend.events.queue import QueueSettings

NO_CONDITIONS = Conditions()
PRODUCT = QueueSettings()

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such project yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The project as it is now; `guideline_version` is 0 before the first."""

    project: ProjectId
    name: str
    skill: SkillId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    plan: QualityPlan
    plan_own: tuple[str, ...]
    plan_version: int = 1
    data_class: str | None = None
    conditions: Conditions = NO_CONDITIONS
    guideline_version: int = 0
    guideline_sha256: str | None = None
    queue: QueueSettings = PRODUCT
    queue_own: tuple[str, ...] = ()
    queue_version: int = 0


Project: TypeAlias = Unknown | Running

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Begin a project with a first quality plan (version 1), whole; `own` names what of it the project says."""

    project: ProjectId
    name: str
    skill: SkillId
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    plan: QualityPlan
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePlan:
    """Work by this plan, whole, from now on; what `own` does not name follows the tenant's defaults."""

    plan: QualityPlan
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequirements:
    """Ask for this from now on."""

    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]
    data_class: str | None = None
    conditions: Conditions = NO_CONDITIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishGuideline:
    """Put these instructions in force; `sha256` (hex) is over the exact bytes, `text` is their ciphertext."""

    sha256: str
    text: Secret
    delta_course: CourseId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateQueue:
    """Hand the work out by these settings from now on; only those named in `own` are the project's."""

    settings: QueueSettings
    own: tuple[str, ...]


Command: TypeAlias = Create | UpdatePlan | UpdateRequirements | PublishGuideline | UpdateQueue
Event: TypeAlias = (
    ev.ProjectCreated
    | ev.PlanUpdated
    | ev.RequirementsUpdated
    | ev.GuidelinePublished
    | queue_ev.QueueUpdated
)

# --- decide


def decide(command: Command, project: Project) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, project:
        case Create(), Unknown():
            check_plan(command.plan)
            return [_created(command)]
        case Create(), Running() if _begun(command) == _begun(project):
            return []

        case UpdatePlan(plan=plan, own=own), Running(plan=present, plan_own=mine) if (
            plan,
            in_order(own),
        ) == (present, mine):
            return []
        case UpdatePlan(plan=plan, own=own), Running(project=known, plan_version=last):
            check_plan(plan)
            return [ev.PlanUpdated(project=known, plan_version=last + 1, plan=plan, own=in_order(own))]

        case UpdateRequirements(), Running() if _asked(command) == _asked(project):
            return []
        case UpdateRequirements(), Running(project=known):
            agreements, courses, data_class, conditions = _asked(command)
            return [
                ev.RequirementsUpdated(
                    project=known,
                    agreements=agreements,
                    courses=courses,
                    data_class=data_class,
                    conditions=conditions,
                )
            ]

        case PublishGuideline(sha256=sha), Running(guideline_sha256=present) if sha == present:
            return []
        case PublishGuideline(sha256=sha, text=text, delta_course=delta), Running(
            project=known, guideline_version=last
        ):
            return [
                ev.GuidelinePublished(
                    project=known, version=last + 1, sha256=sha, text=text, delta_course=delta
                )
            ]

        case UpdateQueue(settings=wanted, own=own), Running(
            queue=present, queue_own=mine, queue_version=last
        ):
            settings, own = said(wanted, own)
            if (settings, own) == (present, mine):
                return []
            return [
                queue_ev.QueueUpdated(
                    project=project.project, queue_version=last + 1, settings=settings, own=own
                )
            ]

        case ((UpdatePlan() | UpdateRequirements() | PublishGuideline() | UpdateQueue()), Unknown()):
            raise not_found("a project")
        case _:
            raise not_now(command, project)


# --- evolve


def evolve(project: Project, event: Event) -> Project:
    """What is true after the event."""
    match event, project:
        case ev.ProjectCreated(), _:
            return Running(
                project=event.project,
                name=event.name,
                skill=event.skill,
                agreements=event.agreements,
                courses=event.courses,
                plan=event.plan,
                plan_own=event.own,
            )
        case _, Unknown():
            return project
        case ev.PlanUpdated(), Running():
            return replace(project, plan=event.plan, plan_own=event.own, plan_version=event.plan_version)
        case ev.RequirementsUpdated(), Running():
            return replace(
                project,
                agreements=event.agreements,
                courses=event.courses,
                data_class=event.data_class,
                conditions=event.conditions,
            )
        case ev.GuidelinePublished(), Running():
            return replace(project, guideline_version=event.version, guideline_sha256=event.sha256)
        case queue_ev.QueueUpdated(), Running():
            return replace(
                project, queue=event.settings, queue_own=event.own, queue_version=event.queue_version
            )
        case _:
            assert_never(event)


# --- helpers


def _begun(project: Create | Running) -> tuple[object, ...]:
    own = in_order(project.own) if isinstance(project, Create) else project.plan_own
    asks = (project.agreements, project.courses)
    return (project.project, project.name, project.skill, *asks, project.plan, own)


def _asked(
    asks: UpdateRequirements | Running,
) -> tuple[tuple[AgreementId, ...], tuple[CourseId, ...], str | None, Conditions]:
    return asks.agreements, asks.courses, asks.data_class, asks.conditions


def _created(command: Create) -> ev.ProjectCreated:
    return ev.ProjectCreated(
        project=command.project,
        name=command.name,
        skill=command.skill,
        agreements=command.agreements,
        courses=command.courses,
        plan=command.plan,
        own=in_order(command.own),
    )


PROJECT: Decider[Command, Project, Event] = Decider(Unknown(), decide, evolve)
"""One stream per project."""
