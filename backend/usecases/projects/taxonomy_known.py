"""What a process knows of taxonomies: versions in clear and ready to be asked. A version never changes, so nothing here
is ever out of date; what is not at hand is read from its stream, opened and built in a thread."""

import asyncio
import zlib
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects.class_list import ClassNode, of_line
from backend.domain.projects.class_tree import Tree
from backend.readmodels import taxonomies
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

PART_CLASSES = 10_000
"""A sealed part is some hundred kilobytes."""
HELD_MAX = 400_000
"""Classes held at once in a process, about half a kilobyte each; those asked for longest ago go first."""
Key = tuple[UUID, UUID, int]


@dataclass(slots=True)
class Held:
    """Of one process: (tenant, taxonomy, version) -> its tree, and who is building which."""

    trees: OrderedDict[Key, Tree] = field(default_factory=OrderedDict)
    building: dict[Key, asyncio.Lock] = field(default_factory=dict)

    def get(self, key: Key) -> Tree | None:
        """The tree, if it is at hand."""
        tree = self.trees.get(key)
        if tree is not None:
            self.trees.move_to_end(key)
        return tree

    def keep(self, key: Key, tree: Tree) -> None:
        """Have it at hand from now on."""
        self.trees[key] = tree
        while len(self.trees) > 1 and sum(len(one.classes) for one in self.trees.values()) > HELD_MAX:
            self.trees.popitem(last=False)


HELD = Held()


def at_hand(work: Work, about: UUID, version: int) -> Tree | None:
    """The version's tree if this process has it: no statement."""
    return HELD.get((work.tenant, about, version))


async def tree_of(work: Work, about: UUID, version: int) -> Tree:
    """The version's tree. One query where this process does not have it. Raises not_found."""
    key = (work.tenant, about, version)
    tree = HELD.get(key)
    if tree is not None:
        return tree
    # Whoever comes meanwhile waits instead of building the same once more.
    async with HELD.building.setdefault(key, asyncio.Lock()):
        tree = HELD.get(key)
        if tree is None:
            tree = await _built(work, about, version)
            HELD.keep(key, tree)
    HELD.building.pop(key, None)
    return tree


async def _built(work: Work, about: UUID, version: int) -> Tree:
    parts = await taxonomies.parts(work.conn, work.tenant, about, version)
    if not parts:
        raise not_found("a version of a taxonomy")
    places = [
        Sealed("tenant", work.tenant, "taxonomy", about, field_of(version, one.part), one.content)
        for one in parts
    ]
    packed = await work.open(places)
    return await asyncio.to_thread(lambda: Tree([one for text in packed for one in unpacked(text)]))


def field_of(version: int, part: int) -> str:
    """To which place a part's ciphertext is bound."""
    return f"classes.{version}.{part}"


def packed(lines: Sequence[bytes]) -> list[tuple[int, str]]:
    """The parts of a version from its lines, each with how many classes it has: compressed, in base 64."""
    found = []
    for first in range(0, len(lines), PART_CLASSES):
        some = lines[first : first + PART_CLASSES]
        found.append((len(some), b64encode(zlib.compress(b"".join(some))).decode()))
    return found


def unpacked(part: str) -> list[ClassNode]:
    """The classes of a part."""
    return [of_line(line) for line in zlib.decompress(b64decode(part)).splitlines()]
