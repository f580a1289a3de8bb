"""A stratified draw: evenly over the classes, by lot within each, the same for the same seed."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from backend.domain.checks import PPM

K = TypeVar("K", bound=UUID)


def stratified(class_of: Mapping[K, str | None], n: int, seed: bytes) -> tuple[K, ...]:
    """Draw n of these items (all when there are fewer), in an order that tells nothing of their classes.

    Every class has the same share n/k; what does not divide falls to classes by lot (their remainders are equal, so
    the largest-remainder rule leaves it to the lot), and what a small class cannot give, the others give evenly. So
    two classes differ by more than one item only where the smaller share is all that the class has. Items without a
    class are a class of their own.
    """
    return _placed(_drawn(class_of, n, seed, ()), seed)


def mixed(
    class_of: Mapping[K, str | None], edge_cases: Collection[K], n: int, share_ppm: int, seed: bytes
) -> tuple[K, ...]:
    """As `stratified`, and of the n items `share_ppm` (parts per million, rounded, a half up) are of `edge_cases`; with
    0 they come as they are. What one kind lacks the other gives. Within what that leaves to choose, classes are even.
    The order tells no kind.
    """
    if not share_ppm:
        return stratified(class_of, n, seed)
    rare = {item: label for item, label in class_of.items() if item in edge_cases}
    plain = {item: label for item, label in class_of.items() if item not in edge_cases}
    wanted = min((n * share_ppm + PPM // 2) // PPM, len(rare))
    first = _drawn(rare, max(wanted, n - len(plain)), seed, ())
    rest = _drawn(plain, n - len(first), seed, [class_of[item] for item in first])
    return _placed([*first, *rest], seed)


def _drawn(class_of: Mapping[K, str | None], n: int, seed: bytes, before: Iterable[str | None]) -> list[K]:
    """Each time one of the class that has the fewest so far, those drawn `before` counted; by lot among equals."""
    classes: dict[str, list[K]] = defaultdict(list)
    for item in sorted(class_of, key=lambda one: _lot(seed, "item", str(one))):
        classes[class_of[item] or ""].append(item)
    order = sorted(classes, key=lambda one: _lot(seed, "class", one))
    had = Counter(label or "" for label in before)
    drawn: list[K] = []
    while len(drawn) < n and order:
        fewest = min(order, key=lambda name: had[name])
        drawn.append(classes[fewest].pop())
        had[fewest] += 1
        if not classes[fewest]:
            order.remove(fewest)
    return drawn


def _placed(drawn: Iterable[K], seed: bytes) -> tuple[K, ...]:
    return tuple(sorted(drawn, key=lambda one: _lot(seed, "place", str(one))))


def _lot(seed: bytes, what: str, name: str) -> bytes:
    return hashlib.sha256(b"\x1f".join((seed, what.encode(), name.encode()))).digest()
