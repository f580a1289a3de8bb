"""Settings copied from project to project, and pilot projects: a sample of a project worked on in a copy of it."""

from dataclasses import dataclass

from backend.events.base import Secret, event
from backend.events.ids import ItemId, IterationId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedSetting:
    """An area of settings as it was taken: in which version (that of the ETag where it was read), and a keyed token of
    what it said, equal for equal settings of any project."""

    area: str
    version: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedItem:
    """An item, and the one of the other project that it was copied from."""

    item: ItemId
    origin: ItemId


@event("project.copied")
class ProjectCopied:
    """The project began as a copy of `copied_from`: these areas of its settings, as they were then. What was said in
    them are facts of the new project itself, beside this one. `left_out` are areas that were not wanted; the log was
    folded up to `basis_index`."""

    project: ProjectId
    copied_from: ProjectId
    settings: tuple[CopiedSetting, ...]
    left_out: tuple[str, ...]
    basis_index: int


@event("pilot_project.begun")
class PilotProjectBegun:
    """`drawn` of the `matched` open tasks of `project`, by this seed, are worked on in `trial`, a copy of the project.

    Asked for was a share (`share_ppm`, rounded up, within `items_min` and `items_max`), or where it is None as many as
    `items_max`. `digest` is the SHA-256 of the drawn tasks' ids, 16 bytes each, in ascending order. `rest` is the
    iteration of the project where production waits meanwhile (None: it goes on). In the trial the copies are in
    `sample`; `beyond` takes what else is sent there, and is never opened. `targets_version`: that of the project.
    """

    trial: ProjectId
    project: ProjectId
    number: int
    seed: str
    share_ppm: int | None
    items_min: int
    items_max: int
    matched: int
    drawn: int
    digest: str
    sample: IterationId
    beyond: IterationId
    rest: IterationId | None
    targets_version: int


@event("pilot_project.items_copied")
class PilotItemsCopied:
    """These items of the project were copied into the trial; `refused` of a piece could not be (erased, or what they
    ask is there no more)."""

    trial: ProjectId
    project: ProjectId
    copies: tuple[CopiedItem, ...]
    refused: int


@event("pilot_project.filled")
class PilotProjectFilled:
    """Everything that was drawn has been looked at: it can be judged from now on."""

    trial: ProjectId
    project: ProjectId


@event("pilot_project.judged")
class PilotProjectJudged:
    """The answers of the trial beside the project's targets: `outcome`, `measured`, `diversity` as in `pilot.judged`.
    `settings` is the keyed token of all settings of the trial at that moment: what is brought over later is this."""

    trial: ProjectId
    project: ProjectId
    outcome: str
    measured: str
    diversity: str
    targets_version: int
    settings: str
    basis_index: int


@event("pilot_project.overruled")
class PilotProjectOverruled:
    """It may be promoted although it did not meet the targets; why is ciphertext."""

    trial: ProjectId
    project: ProjectId
    reason: Secret


@event("pilot_project.ended")
class PilotProjectEnded:
    """The project's pilot project number `successor` took over; this one takes no more work."""

    trial: ProjectId
    project: ProjectId
    successor: int


@event("pilot_project.promoted")
class PilotProjectPromoted:
    """These settings of the trial hold in the project from now on (versions are the trial's), production that waited
    in `rest` is open, and the trial takes no more work."""

    trial: ProjectId
    project: ProjectId
    settings: tuple[CopiedSetting, ...]
    rest: IterationId | None
