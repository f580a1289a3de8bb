"""Streamed imports over HTTP: begin, stream, look how far it is, and read what became of each line."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import Body, Page, Shown
from backend.api.route import Route
from backend.api.stream import StreamRoute
from backend.api.tasks import ItemProblem
from backend.usecases.tasks import intakes

Column = Annotated[str, StringConstraints(max_length=200)]
LINES_MAX = 2**53


class IntakeBegin(Body):
    """A stream of items. `ndjson`: each line an item as `item_import` takes it. `csv`: the first row names the columns;
    `columns` maps a column to an item's field, to `payload.NAME` (a member of the payload) or to the empty text (left
    out); any other fills the field of its own name. Tags stand apart by blanks; `payload` and `needs` are JSON."""

    form: Literal["ndjson", "csv"]
    columns: dict[Column, Column] = Field(default_factory=dict, max_length=200)
    delimiter: Literal[",", ";", "\t", "|"] = ","


class IntakeStream(Body):
    """Where the body begins: line 1 is the file's first (in CSV the row of names; a row whose quotes hold line feeds is
    one line). Lines that were taken before are not taken twice. With `more` the import goes on after this body."""

    from_line: Annotated[int, Field(ge=1, le=LINES_MAX)] = 1
    more: bool = False


class Intake(Shown):
    """How far an import has come; `next_line` is where to go on after a cut. Blank lines and the row of names count as
    lines and as nothing else."""

    id: UUID
    project: UUID
    form: Literal["ndjson", "csv"]
    begun_at: datetime
    finished_at: datetime | None
    finished: bool
    lines: int
    next_line: int
    created: int
    known: int
    refused: int


class IntakeLine(Shown):
    """What became of one line."""

    line: int
    status: Literal["created", "exists", "refused"]
    item: UUID | None
    problem: ItemProblem | None


class IntakeLines(Shown):
    """Lines in their order."""

    data: list[IntakeLine]
    next_cursor: str | None


class IntakeResults(Page):
    """Which lines."""

    status: Literal["created", "exists", "refused"] | None = None


def line(text: str) -> int:
    """A line's number. ValueError unless it is one."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= LINES_MAX):
        raise ValueError("expected a line")
    return int(text)


_INTAKE = "/v1/intakes/{intake}"

ROUTES = (
    Route(
        method="POST",
        path="/v1/projects/{project}/intakes",
        usecase=intakes.intake_begin,
        says="Begin a streamed import.",
        body=IntakeBegin,
        answer=Intake,
        key="required",
        status=201,
    ),
    StreamRoute(
        method="PUT",
        path=f"{_INTAKE}/stream",
        usecase=intakes.intake_stream,
        says="Stream items into an import, as many as there are; after a cut go on at `next_line`.",
        query=IntakeStream,
        answer=Intake,
        takes={
            "ndjson": ("application/x-ndjson", "application/jsonl", "application/octet-stream"),
            "csv": ("text/csv", "application/octet-stream"),
        },
    ),
    Route(
        method="GET",
        path=_INTAKE,
        usecase=intakes.intake_get,
        says="Read how far an import has come.",
        answer=Intake,
    ),
    Route(
        method="GET",
        path=f"{_INTAKE}/results",
        usecase=intakes.intake_results,
        says="List what became of each line.",
        query=IntakeResults,
        answer=IntakeLines,
        cursor=line,
    ),
)
