"""Many people at once over HTTP: invite them from a CSV file, or do one act to all that are selected."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Body, Flag, LongText, Moment, Name, Reason, Shown, Word, strictly, whole
from backend.api.route import Route
from backend.usecases.workforce import bulk, importing

CSV_CHARS_MAX = 5_000_000
LIMIT_BYTES = 16 * 1_048_576
"""Five million bytes of text may be three times as many in JSON that escapes what is not ASCII."""
Csv = Annotated[str, StringConstraints(max_length=CSV_CHARS_MAX)]
Level = whole(1, 10)


class AnnotatorImport(Body):
    """A CSV file with a first row that names the columns: `name` and `email`, and of `roles`, `origin`, `vendor`,
    `team`, `skills` (`birds:3 german:2`) and `scores` (`birds:45/50@othersystem`) those needed."""

    csv: Csv = Field(examples=["name,email,skills\nAda Example,ada@example.org,birds:3\n"])
    dry_run: Flag = False


class RowProblem(Shown):
    """Why a row was left out: its column (null: the row as a whole), what belongs there, what is there, what to do."""

    column: str | None
    expected: str
    found: str
    mend: str


class ImportedRow(Shown):
    """What became of one row, counted as a spreadsheet does. The claim token is shown once; `id` is null in a dry run
    for who would be invited. `differs`: the filled columns in which somebody who exists is known otherwise; they stay
    as they are, and names are not compared."""

    row: int
    status: Literal["invited", "exists", "bad"]
    id: UUID | None
    claim_token: str | None
    differs: list[Literal["roles", "origin", "vendor", "team"]]
    problem: RowProblem | None


class AnnotatorsImported(Shown):
    """Every row that is not blank, in the file's order."""

    dry_run: bool
    invited: int
    exists: int
    bad: int
    claim_until: datetime | None
    rows: list[ImportedRow]


@strictly
class Selection(TypedDict, total=False):
    """Who is meant: all that is said is true of them; at least one thing is said. `skill`: who holds it now. A vendor,
    team or skill that does not exist is refused."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=10_000)]
    vendor: UUID
    team: UUID
    status: Literal["invited", "screened", "onboarding", "active", "paused", "suspended", "offboarded"]
    skill: UUID


@strictly
class MoveAct(TypedDict):
    """For whom and in which team they work from now on; at least one of these is said."""

    kind: Literal["move"]
    origin: NotRequired[Word | None]
    vendor: NotRequired[UUID | None]
    team: NotRequired[UUID | None]


@strictly
class PauseAct(TypedDict):
    """No new work until then, or until they are resumed. Who is paused already keeps that pause."""

    kind: Literal["pause"]
    reason: Reason
    until: NotRequired[Moment | None]


@strictly
class StandingAct(TypedDict):
    """End a pause, suspend, end a suspension, or let go."""

    kind: Literal["resume", "suspend", "reinstate", "offboard"]
    reason: Reason


@strictly
class GrantAct(TypedDict):
    """A level in a skill, by a manager's word."""

    kind: Literal["grant"]
    skill: UUID
    level: Level  # type: ignore[valid-type]
    until: NotRequired[Moment | None]
    reason: Reason


@strictly
class RemindAct(TypedDict):
    """Tell them to look at what is still open; whose invitation has run out gets a new claim token."""

    kind: Literal["remind"]
    title: NotRequired[Name | None]
    text: NotRequired[LongText | None]


def _of_a_kind(act: Any) -> Any:
    """Says which kinds there are, and never which one was sent."""
    if isinstance(act, dict) and act.get("kind") not in tuple(bulk.NEEDS):
        raise ValueError(f"the kind of an act is one of {', '.join(bulk.NEEDS)}")
    return act


Act = Annotated[
    MoveAct | PauseAct | StandingAct | GrantAct | RemindAct,
    Field(discriminator="kind"),
    BeforeValidator(_of_a_kind),
]


class AnnotatorBulk(Body):
    """One act on everybody selected. Look at it with `preview` first and send the number it matched as `expect`:
    without preview it is needed."""

    selection: Selection
    act: Act
    preview: Flag
    expect: whole(0, 10_000) | None = None  # type: ignore[valid-type]


class RefusedPerson(Shown):
    """Who cannot be acted on, and why."""

    id: UUID
    code: str
    expected: str
    found: str
    mend: str


class Would(Shown):
    """How many people the act changes and leaves as they are, and who is refused."""

    changed: int
    unchanged: int
    refused: list[RefusedPerson]


class NewToken(Shown):
    """A new claim token, shown once."""

    id: UUID
    claim_token: str | None
    claim_until: datetime


class AnnotatorsActed(Shown):
    """With `preview` what the act would do, without it what it did. `stops`: who may work before it and not after;
    `leases` and `drafts`: what the changed people have open, `leases_revoked` of it is taken away."""

    preview: bool
    matched: int
    would: Would
    stops: list[UUID]
    leases: int
    leases_revoked: int
    drafts: int
    tokens: list[NewToken]


ROUTES = (
    Route(
        method="POST",
        path="/v1/annotators/import",
        usecase=importing.annotator_import,
        says="Invite people from a CSV file.",
        body=AnnotatorImport,
        answer=AnnotatorsImported,
        key="required",
        limit_bytes=LIMIT_BYTES,
    ),
    Route(
        method="POST",
        path="/v1/annotators/bulk",
        usecase=bulk.annotator_bulk,
        says="Do one act to many people, or see what it would do.",
        body=AnnotatorBulk,
        answer=AnnotatorsActed,
        key="required",
    ),
)
