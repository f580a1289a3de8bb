"""Intake: a stream of items, begun and finished; what became of each is said by the items themselves."""

from backend.events.base import event
from backend.events.ids import IntakeId, ProjectId


@event("intake.begun")
class IntakeBegun:
    """A streamed import; `form` is ndjson or csv. It may be interrupted and taken up again."""

    intake: IntakeId
    project: ProjectId
    form: str


@event("intake.finished")
class IntakeFinished:
    """The stream's end was reached: lines read, items created, known before, refused."""

    intake: IntakeId
    lines: int
    created: int
    known: int
    refused: int
