"""Taxonomies over HTTP: published in versions, searched, compared; and by which one a project's answers are checked."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import Body, Flag, Name, Page, Shown
from backend.api.route import VERSION_MAX, Route
from backend.api.upload import UploadRoute
from backend.usecases.projects import class_checks, taxonomies

LIMIT_BYTES = 67_108_864
NUMBER_MAX = 1_000_000
Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Prefix = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Pointer = Annotated[str, StringConstraints(max_length=500)]
Kind = Literal["added", "removed", "renamed", "moved", "deprecated", "restored", "changed"]


class TaxonomyCreate(Body):
    """A taxonomy of the tenant."""

    name: Name


class TaxonomyShort(Shown):
    """A taxonomy; `version` 0: nothing was published yet."""

    taxonomy: UUID
    name: str
    version: int
    classes: int
    created_at: datetime


class TaxonomyPage(Shown):
    """Taxonomies in the order in which they were made."""

    data: list[TaxonomyShort]
    next_cursor: str | None


class TaxonomyVersion(Shown):
    """A version: `sha256` is over its export, `levels` how deep it is."""

    taxonomy: UUID
    version: int
    sha256: str
    classes: int
    levels: int
    deprecated: int
    published_at: datetime


class TaxonomyUse(Shown):
    """A project that uses a version."""

    project: UUID
    version: int


class Taxonomy(Shown):
    """A taxonomy with its versions, newest first, and the projects whose answers are checked by one."""

    taxonomy: UUID
    name: str
    version: int
    created_at: datetime
    versions: list[TaxonomyVersion]
    used_by: list[TaxonomyUse]


class TaxonomyChanges(Shown):
    """How many classes differ from the version before, by kind."""

    added: int
    removed: int
    renamed: int
    moved: int
    deprecated: int
    restored: int
    changed: int


class TaxonomyPublished(TaxonomyVersion):
    """The version, and what it changed."""

    changes: TaxonomyChanges | None


class TaxonomyClass(Shown):
    """A class: `path` are the codes from its root to its parent, `children` how many stand directly below it."""

    code: str
    label: str
    parent: str | None
    path: list[str]
    level: int
    children: int
    synonyms: list[str]
    deprecated: bool
    replaced_by: str | None


class TaxonomyClasses(Shown):
    """Classes of a version."""

    taxonomy: UUID
    version: int
    data: list[TaxonomyClass]
    next_cursor: str | None


class TaxonomyAsked(Page):
    """Which classes: those whose code, label or a synonym begins with `prefix`, the children of `parent`, both, or the
    one with this `code`; all in their order when nothing is said."""

    prefix: Prefix | None = None
    parent: Code | None = None
    code: Code | None = None


class TaxonomyDiffAsked(Page):
    """Against which version (the one before when none is named), and which kind of difference."""

    before: Annotated[int, Field(ge=1, le=VERSION_MAX)] | None = None
    kind: Kind | None = None


class TaxonomyDifference(Shown):
    """One difference of one class."""

    kind: Kind
    code: str
    before: TaxonomyClass | None
    after: TaxonomyClass | None


class TaxonomyDiff(Shown):
    """How two versions differ; a class may differ in several ways."""

    taxonomy: UUID
    version: int
    before: int
    changes: TaxonomyChanges
    data: list[TaxonomyDifference]
    next_cursor: str | None


class TaxonomyLines(Shown):
    """Sent as `application/x-ndjson`, one class to a line, as `taxonomy_publish` takes them."""


class ProjectTaxonomyGiven(Body):
    """By which version answers are checked (none: null). `at` are JSON Pointers to where the codes stand: "" is the
    whole answer, `/label` a field, `/*/label` a field of each element of a list. Deprecated classes are refused or
    accepted; with `leaves_only` classes that have others below them are refused. `steps` names steps of the workflow
    whose answers are meant; all when it is empty."""

    taxonomy: UUID | None
    version: Annotated[int, Field(strict=True, ge=1, le=VERSION_MAX)] | None = None
    at: Annotated[tuple[Pointer, ...], Field(min_length=1, max_length=20)] = ("",)
    deprecated: Literal["refuse", "accept"] = "refuse"
    leaves_only: Flag = False
    steps: Annotated[tuple[Name, ...], Field(max_length=50)] = ()


class ProjectTaxonomy(Shown):
    """By which version the project's answers are checked; `setting` counts every change, and each answer's event names
    it."""

    project: UUID
    setting: int
    taxonomy: UUID | None
    version: int | None
    at: list[str]
    deprecated: Literal["refuse", "accept"]
    leaves_only: bool
    steps: list[str]


def number(text: str) -> int:
    """A place in a list. ValueError unless it is one."""
    if not (text.isascii() and text.isdecimal() and int(text[:20]) <= NUMBER_MAX):
        raise ValueError("expected a place")
    return int(text)


_ALL = "/v1/taxonomies"
_ONE = f"{_ALL}/{{taxonomy}}"
_VERSION = f"{_ONE}/versions/{{version}}"
_PROJECT = "/v1/projects/{project}/taxonomy"

ROUTES = (
    Route(
        method="GET",
        path=f"{_PROJECT}/classes",
        usecase=class_checks.project_taxonomy_classes,
        says="Search the classes that answers of a project may name.",
        query=TaxonomyAsked,
        answer=TaxonomyClasses,
        cursor=number,
    ),
    Route(
        method="GET",
        path=_PROJECT,
        usecase=class_checks.project_taxonomy_get,
        says="Read by which taxonomy a project's answers are checked.",
        answer=ProjectTaxonomy,
        etag=True,
    ),
    Route(
        method="PUT",
        path=_PROJECT,
        usecase=class_checks.project_taxonomy_update,
        says="Say by which taxonomy a project's answers are checked.",
        body=ProjectTaxonomyGiven,
        answer=ProjectTaxonomy,
        if_match=True,
        etag=True,
    ),
    Route(
        method="POST",
        path=_ALL,
        usecase=taxonomies.taxonomy_create,
        says="Make a taxonomy.",
        body=TaxonomyCreate,
        answer=Taxonomy,
        status=201,
        key="required",
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=taxonomies.taxonomy_list,
        says="List taxonomies.",
        query=Page,
        answer=TaxonomyPage,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=taxonomies.taxonomy_get,
        says="Read a taxonomy with its versions.",
        answer=Taxonomy,
    ),
    UploadRoute(
        method="POST",
        path=f"{_ONE}/versions",
        usecase=taxonomies.taxonomy_publish,
        says="Publish the next version of a taxonomy, all its classes at once.",
        rows="classes",
        answer=TaxonomyPublished,
        status=201,
        key="required",
        limit_bytes=LIMIT_BYTES,
        lists=frozenset({"synonyms"}),
        flags=frozenset({"deprecated"}),
    ),
    Route(
        method="GET",
        path=f"{_VERSION}/classes",
        usecase=taxonomies.taxonomy_classes,
        says="List or search the classes of a version.",
        query=TaxonomyAsked,
        answer=TaxonomyClasses,
        cursor=number,
    ),
    Route(
        method="GET",
        path=f"{_VERSION}/diff",
        usecase=taxonomies.taxonomy_diff,
        says="Compare a version with an earlier one.",
        query=TaxonomyDiffAsked,
        answer=TaxonomyDiff,
        cursor=number,
    ),
    Route(
        method="GET",
        path=f"{_VERSION}/export",
        usecase=taxonomies.taxonomy_export,
        says="Save all classes of a version as JSON lines.",
        answer=TaxonomyLines,
        media=("application/x-ndjson",),
    ),
)
