"""Guidelines over HTTP: instructions in versions, compared and acknowledged."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Empty, LongText, Shown
from backend.api.route import VERSION_MAX, Route
from backend.usecases.projects import guidelines as use


class GuidelinePublish(Body):
    """The instructions. Who acknowledged an earlier version passes `delta_course` before acknowledging this one."""

    text: LongText
    delta_course: UUID | None = None


class GuidelinePublished(Shown):
    """`sha256` is over the exact UTF-8 bytes of the text; `assigned`: how many people now have the delta course to
    pass."""

    project: UUID
    version: int
    sha256: str
    assigned: int


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
