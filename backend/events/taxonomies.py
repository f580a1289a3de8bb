"""Taxonomies: classes that answers may name, in versions that never change; and which one a project answers by."""

from backend.events.base import Secret, event
from backend.events.ids import ProjectId, TaxonomyId


@event("taxonomy.created")
class TaxonomyCreated:
    """A taxonomy of the tenant; it has no classes yet. Its name is readable: it names nobody."""

    taxonomy: TaxonomyId
    name: str


@event("taxonomy.classes_kept")
class TaxonomyClassesKept:
    """A part of a version's classes, in their order: compressed JSON lines as ciphertext. It stands in a stream of its
    own for each version, so that nobody who decides about the taxonomy has to read it."""

    taxonomy: TaxonomyId
    version: int
    part: int
    classes: int
    content: Secret


@event("taxonomy.published")
class TaxonomyPublished:
    """Version n, whole in as many `parts`; `sha256` is over its exported lines. `classes` in all, on so many `levels`;
    `deprecated` of them are not to be used any more."""

    taxonomy: TaxonomyId
    version: int
    sha256: str
    parts: int
    classes: int
    levels: int
    deprecated: int


@event("project.taxonomy_set")
class ProjectTaxonomySet:
    """By which version of which taxonomy (None: none) the project's answers are checked from now on. `setting` counts
    from 1, and `lease.submitted` names it; `rule` is JSON text: where in an answer codes stand, and which may be said.
    """

    project: ProjectId
    setting: int
    taxonomy: TaxonomyId | None
    version: int
    rule: str
