"""Diversity: how many different people, vendors or teams have to stand behind an item's result, and for which share."""

import json
from dataclasses import asdict, dataclass

from backend.domain.checks import PPM, in_range, one_of

BY = ("annotator", "vendor", "team", "origin", "language")
LEAST_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """At least `share_ppm` of the items have answers that count of at least `least` different ones."""

    by: str
    least: int
    share_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Of `items` so many are `diverse` enough; `without` have no answer of a person that counts (a model decided them,
    or what was answered is discounted): they are not."""

    items: int
    diverse: int
    without: int


def check(asked: Diversity) -> None:
    """Raises `diversity_by_unknown` and `diversity_invalid` (invalid)."""
    one_of("diversity_by_unknown", "by", asked.by, BY)
    in_range("diversity_invalid", "least", asked.least, 1, LEAST_MAX)
    in_range("diversity_invalid", "share_ppm", asked.share_ppm, 1, PPM)


def spelled(asked: Diversity | None) -> str:
    """The JSON text that events hold; empty for nothing."""
    return json.dumps(asdict(asked), sort_keys=True, separators=(",", ":")) if asked else ""


def read(text: str) -> Diversity | None:
    """What `spelled` said."""
    return Diversity(**json.loads(text)) if text else None


def outcome(asked: Diversity, found: Counted) -> str:
    """met or not_met: it is counted, not estimated. Of no items nobody can tell: unclear."""
    if not found.items:
        return "unclear"
    return "met" if found.diverse * PPM >= asked.share_ppm * found.items else "not_met"
