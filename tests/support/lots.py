"""The rule of a sample, told once more: whoever knows the seed and what matched can draw it again."""

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID


def lot(seed: str, task: UUID) -> bytes:
    """32 bytes; the lowest are taken."""
    return hashlib.sha256(hashlib.sha256(seed.encode()).digest() + task.bytes).digest()


def taken(strata: Mapping[UUID, str], seed: str, each: int | Mapping[str, int]) -> list[UUID]:
    """Of these tasks with their strata ('' is none) those that are drawn, by id."""
    named = {name: each for name in strata.values() if name} if isinstance(each, int) else each
    return sorted(
        task
        for name, quota in named.items()
        for task in sorted((one for one in strata if strata[one] == name), key=lambda one: lot(seed, one))[
            :quota
        ]
    )


def digest(tasks: Iterable[UUID]) -> str:
    """What the log keeps of them."""
    return hashlib.sha256(b"".join(task.bytes for task in sorted(tasks))).hexdigest()
