"""An acknowledgement: one person confirms having read the guideline in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import projects as ev
from backend.events.ids import AnnotatorId, CourseId, ProjectId


@dataclass(frozen=True, slots=True)
class Read:
    """The versions that the person confirmed."""

    versions: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What is new in a version is taught by this course."""

    version: int
    course: CourseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Confirm `version`, as the person was shown it; `current_version` is what is in force now; `deltas` are those
    of any version that the person has not passed."""

    project: ProjectId
    version: int
    current_version: int
    annotator: AnnotatorId
    deltas: tuple[Delta, ...] = ()


def guideline_changed(command: Acknowledge) -> Refusal:
    """`guideline_changed`: what the person read is not what is in force."""
    return Refusal(
        "stale",
        "guideline_changed",
        expected=f"version {command.current_version}",
        found=f"version {command.version}",
        mend="show the current guideline and let the person confirm that",
        extra={"current_version": command.current_version},
    )


def training_required(course: CourseId) -> Refusal:
    """`training_required`: who knows an earlier version learns first what is new."""
    return Refusal(
        "conflict",
        "training_required",
        expected="the course about what is new in this version passed",
        found=f"course {course} not passed",
        mend="pass the course, then acknowledge the guideline",
        extra={"course": str(course)},
    )


def decide(command: Acknowledge, read: Read) -> Sequence[ev.GuidelineAcknowledged]:
    """Only the version in force can be confirmed, and each once; who confirmed an earlier one has passed the delta
    training of every version since, newcomers read the whole anyway."""
    if command.version != command.current_version:
        raise guideline_changed(command)
    if command.version in read.versions:
        return []
    last = max(read.versions, default=None)
    if last is not None and (since := [one for one in command.deltas if one.version > last]):
        raise training_required(min(since, key=lambda one: one.version).course)
    return [
        ev.GuidelineAcknowledged(
            project=command.project, version=command.version, annotator=command.annotator
        )
    ]


def evolve(read: Read, event: ev.GuidelineAcknowledged) -> Read:
    """What is true after the event."""
    return Read(read.versions | {event.version})


ACKNOWLEDGEMENT: Decider[Acknowledge, Read, ev.GuidelineAcknowledged] = Decider(Read(), decide, evolve)
"""One stream per person and project."""
