"""A stratified draw: evenly over the classes, by lot within each, the same for the same seed."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

K = TypeVar("K", bound=UUID)


def stratified(class_of: Mapping[K, str | None], n: int, seed: bytes) -> tuple[K, ...]:
    """Draw n of these items (all when there are fewer), in an order that tells nothing of their classes.

    Every class has the same share n/k; what does not divide falls to classes by lot (their remainders are equal, so
    the largest-remainder rule leaves it to the lot), and what a small class cannot give, the others give evenly. So
    two classes differ by more than one item only where the smaller share is all that the class has. Items without a
    class are a class of their own.
    """
    classes: dict[str, list[K]] = defaultdict(list)
    for item in sorted(class_of, key=lambda one: _lot(seed, "item", str(one))):
        classes[class_of[item] or ""].append(item)
    drawn: list[K] = []
    order = sorted(classes, key=lambda one: _lot(seed, "class", one))
    while len(drawn) < n and order:
        drawn += [classes[name].pop() for name in order[: n - len(drawn)]]
        order = [name for name in order if classes[name]]
    return tuple(sorted(drawn, key=lambda one: _lot(seed, "place", str(one))))


def _lot(seed: bytes, what: str, name: str) -> bytes:
    return hashlib.sha256(b"\x1f".join((seed, what.encode(), name.encode()))).digest()
