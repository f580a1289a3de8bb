"""Guidelines over HTTP: instructions in versions, compared and acknowledged."""

from datetime import datetime
from typing import NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from backend.api.fields import Body, Empty, LongText, Moment, Shown, strictly
from backend.api.route import VERSION_MAX, Route
from backend.usecases.projects import guidelines as use


@strictly
class Recertify(TypedDict):
    """The course that certifies for this version. From `by` on (now, when it is left out) annotating in the project
    needs it; an exam in each of `skills` (those of the project, when none is named) that is passed from now on does as
    well, and whoever holds one of them is told."""

    course: UUID
    by: NotRequired[Moment]
    skills: NotRequired[list[UUID]]


class GuidelinePublish(Body):
    """The instructions. Who acknowledged an earlier version passes `delta_course` before acknowledging this one. With
    `recertify` the version is to be learnt anew."""

    text: LongText
    delta_course: UUID | None = None
    recertify: Recertify | None = None


class RecertificationAsked(Shown):
    """Whom it concerns, and how many of them have the course to pass since now."""

    course: UUID
    by: datetime
    people_count: int
    assigned: int


class GuidelinePublished(Shown):
    """`sha256` is over the exact UTF-8 bytes of the text; `assigned`: how many people now have the delta course to
    pass."""

    project: UUID
    version: int
    sha256: str
    assigned: int
    recertification: RecertificationAsked | None


class Concerned(Shown):
    """Somebody who is not certified. `stops`: gets no more work at the deadline unless certified by then."""

    annotator: UUID
    status: str
    stops: bool
    open_leases: int
    drafts: int


class GuidelinePreview(Shown):
    """What publishing exactly this would do. `changes`: the text is a new version. Open leases may be finished."""

    project: UUID
    version: int
    sha256: str
    changes: bool
    course: UUID | None
    by: datetime | None
    people_count: int
    active_count: int
    stops_count: int
    people: list[Concerned] = Field(description="The first 1,000.")


class GuidelineRead(Body):
    """Which version; the one in force when none is named."""

    version: int | None = Field(default=None, ge=1, le=VERSION_MAX)


class Guideline(Shown):
    """One version of the instructions."""

    project: UUID
    version: int
    sha256: str
    published_at: datetime
    delta_course: UUID | None
    current_version: int
    text: str


class GuidelineVersion(Shown):
    """A version, and how many people acknowledged it."""

    version: int
    sha256: str
    published_at: datetime
    delta_course: UUID | None
    acknowledged: int


class GuidelineVersions(Shown):
    """Every version, newest first."""

    project: UUID
    current_version: int
    data: list[GuidelineVersion]


class GuidelineDiffed(Body):
    """Two versions; by default the one in force and the one before it."""

    before: int | None = Field(default=None, ge=1, le=VERSION_MAX)
    after: int | None = Field(default=None, ge=1, le=VERSION_MAX)


class GuidelineDiff(Shown):
    """Lines of a unified diff, and how many lines were added and removed."""

    project: UUID
    before: int
    after: int
    lines: list[str]
    added: int
    removed: int


class GuidelineAcknowledged(Shown):
    """What was acknowledged."""

    project: UUID
    version: int


class Missing(Shown):
    """Somebody who has not acknowledged the version in force; `latest` is the version they know."""

    annotator: UUID
    name: str | None
    latest: int | None


class Acknowledgements(Shown):
    """Of the active people whom the version in force concerns, how many acknowledged it, and how fast."""

    project: UUID
    version: int
    published_at: datetime
    people: int
    acknowledged: int
    share: float | None
    hours_median: float | None
    missing_count: int
    missing: list[Missing] = Field(description="The first 200.")


_GUIDELINES = "/v1/projects/{project}/guidelines"

ROUTES = (
    Route(
        method="POST",
        path=_GUIDELINES,
        usecase=use.guideline_publish,
        says="Publish the next version of the instructions.",
        body=GuidelinePublish,
        answer=GuidelinePublished,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path=f"{_GUIDELINES}/preview",
        usecase=use.guideline_preview,
        says="See whom a version would ask to be certified and who would stop when, without publishing.",
        body=GuidelinePublish,
        answer=GuidelinePreview,
    ),
    Route(
        method="GET",
        path=_GUIDELINES,
        usecase=use.guideline_get,
        says="Read the instructions in force, or an earlier version.",
        query=GuidelineRead,
        answer=Guideline,
    ),
    Route(
        method="GET",
        path=f"{_GUIDELINES}/versions",
        usecase=use.guideline_list,
        says="List every version of the instructions.",
        answer=GuidelineVersions,
    ),
    Route(
        method="GET",
        path=f"{_GUIDELINES}/diff",
        usecase=use.guideline_diff,
        says="Compare two versions of the instructions.",
        query=GuidelineDiffed,
        answer=GuidelineDiff,
    ),
    Route(
        method="GET",
        path=f"{_GUIDELINES}/acknowledgements",
        usecase=use.guideline_acknowledgements,
        says="Read who has acknowledged the version in force, and who has not.",
        answer=Acknowledgements,
    ),
    Route(
        method="POST",
        path=f"{_GUIDELINES}/{{version}}/acknowledge",
        usecase=use.guideline_acknowledge,
        says="Confirm having read the instructions, as oneself.",
        body=Empty,
        answer=GuidelineAcknowledged,
    ),
)
