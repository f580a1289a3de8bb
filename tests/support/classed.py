"""Taxonomies in the history that a rebuild reproduces; and short ways to have one."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from backend.usecases.projects import class_checks, taxonomies
from tests.support.world import World

ANIMALS = (
    {"code": "animal", "label": "Animal"},
    {"code": "dog", "label": "Dog", "parent": "animal", "synonyms": ["Hound", "Canis familiaris"]},
    {"code": "cat", "label": "Cat", "parent": "animal"},
    {"code": "poodle", "label": "Poodle", "parent": "dog"},
    {"code": "beagle", "label": "Beagle", "parent": "dog"},
    {"code": "tabby", "label": "Tabby", "parent": "cat"},
    {"code": "moggy", "label": "Moggy", "parent": "cat", "deprecated": True, "replaced_by": "tabby"},
)
RULE: dict[str, Any] = {"at": ("",), "deprecated": "refuse", "leaves_only": False, "steps": ()}


def numbered(classes: Iterable[Any]) -> list[tuple[str, Any]]:
    """The rows as the edge hands them over."""
    return [(f"line {n}", one) for n, one in enumerate(classes, 1)]


async def taxonomy(world: World, *versions: Sequence[dict[str, Any]], name: str = "animals") -> UUID:
    """A taxonomy with these versions."""
    made = await world.act(taxonomies.taxonomy_create, name=name)
    for classes in versions or (ANIMALS,):
        about = {"taxonomy": made["taxonomy"], "classes": numbered(classes)}
        await world.act(taxonomies.taxonomy_publish, **about)
    return UUID(str(made["taxonomy"]))


async def use(
    world: World, project: UUID, about: UUID | None, version: int | None = 1, **rule: Any
) -> dict[str, Any]:
    """Check the project's answers by this version."""
    now = (await world.act(class_checks.project_taxonomy_get, project=project))["setting"]
    asked = RULE | rule | {"taxonomy": about, "version": about and version, "expected_version": now + 1}
    return await world.act(class_checks.project_taxonomy_update, project=project, **asked)


async def lived(world: World, here: str = "") -> None:
    """A project answers by a taxonomy, goes on to its next version, and then by none."""
    project = await world.project(f"{here}kennel")
    smaller = [one for one in ANIMALS if one["code"] != "beagle"]
    about = await taxonomy(world, ANIMALS, smaller, name=f"{here}animals")
    ann = await world.invite(f"{here}kennel ann")
    await world.items(project, f"{here}kennel a", f"{here}kennel b", f"{here}kennel c")
    for version, answer in ((1, "beagle"), (2, "poodle")):
        await use(world, project, about, version)
        await world.work(ann, project, answer)
    await use(world, project, None)
    await world.work(ann, project, "wolpertinger")
    await world.decide()
