"""A taxonomy: versions of classes that never change; what is published again as it stands is no new version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import not_found, not_now
from backend.events import taxonomies as ev
from backend.events.base import Secret
from backend.events.ids import TaxonomyId

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such taxonomy yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The taxonomy and its newest version (0: none yet)."""

    taxonomy: TaxonomyId
    name: str
    version: int = 0
    sha256: str = ""


Taxonomy: TypeAlias = Unknown | Known

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A taxonomy of this name."""

    taxonomy: TaxonomyId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """The next version: `sha256` (hex) is over its exported lines, which are kept in so many parts."""

    sha256: str
    parts: int
    classes: int
    levels: int
    deprecated: int


Command: TypeAlias = Create | Publish
Event: TypeAlias = ev.TaxonomyCreated | ev.TaxonomyPublished


# --- decide


def decide(command: Command, taxonomy: Taxonomy) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, taxonomy:
        case Create(taxonomy=about, name=name), Unknown():
            return [ev.TaxonomyCreated(taxonomy=about, name=name)]
        case Create(name=name), Known(name=known) if name == known:
            return []
        case Publish(sha256=asked), Known(sha256=newest) if asked == newest:
            return []
        case Publish(), Known(taxonomy=about, version=last):
            return [
                ev.TaxonomyPublished(
                    taxonomy=about,
                    version=last + 1,
                    sha256=command.sha256,
                    parts=command.parts,
                    classes=command.classes,
                    levels=command.levels,
                    deprecated=command.deprecated,
                )
            ]
        case Publish(), Unknown():
            raise not_found("a taxonomy")
        case _:
            raise not_now(command, taxonomy)


# --- evolve


def evolve(taxonomy: Taxonomy, event: Event) -> Taxonomy:
    """What is true after the event."""
    match event, taxonomy:
        case ev.TaxonomyCreated(taxonomy=about, name=name), _:
            return Known(taxonomy=about, name=name)
        case _, Unknown():
            return taxonomy
        case ev.TaxonomyPublished(version=version, sha256=sha256), Known():
            return replace(taxonomy, version=version, sha256=sha256)
        case _:
            assert_never(event)


TAXONOMY: Decider[Command, Taxonomy, Event] = Decider(Unknown(), decide, evolve)
"""One stream per taxonomy."""


# --- the parts of a version


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPart:
    """The next part of a version that is being published."""

    taxonomy: TaxonomyId
    version: int
    classes: int
    content: Secret


def _kept(command: KeepPart, parts: int) -> Sequence[ev.TaxonomyClassesKept]:
    return [
        ev.TaxonomyClassesKept(
            taxonomy=command.taxonomy,
            version=command.version,
            part=parts + 1,
            classes=command.classes,
            content=command.content,
        )
    ]


PARTS: Decider[KeepPart, int, ev.TaxonomyClassesKept] = Decider(0, _kept, lambda parts, _: parts + 1)
"""One stream per version; its state is how many parts there are."""
