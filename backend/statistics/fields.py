"""Fields: an answer that is an object, scored field by field, each in its own way and with its own weight."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.statistics.registry import compare, options_of, scorer
from backend.statistics.score import Detail, Score

KIND = "fields"


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is scored: a kind of the registry, that kind's options (or their mapping, as it comes from JSON),
    a weight from 0, and whether the answer passes only if this field does."""

    kind: str = "exact"
    options: Any = field(default_factory=dict)
    weight: float = 1.0
    required: bool = True

    def __post_init__(self) -> None:
        """Read the options once; refuse an unknown kind, options it does not have, a weight below 0 or not finite."""
        if isinstance(self.options, Mapping):
            object.__setattr__(self, "options", options_of(self.kind, self.options))
        if not isinstance(self.options, scorer(self.kind).options):
            raise ValueError(f"expected options of {self.kind}, found {type(self.options).__name__}")
        if not 0.0 <= self.weight < math.inf:
            raise ValueError(f"expected a weight from 0, found {self.weight}")


@dataclass(frozen=True, slots=True)
class Options:
    """Name of a field -> how it is scored: a `Field`, or its parts as a mapping (as they come from JSON)."""

    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Read the fields once; refuse a field that cannot be scored, and weights that are all 0."""
        read = {name: _field(name, self.fields[name]) for name in sorted(self.fields)}
        if not any(one.weight for one in read.values()):
            raise ValueError(f"expected at least one field with a weight above 0, found {len(read)} fields")
        object.__setattr__(self, "fields", read)


def score(answer: Any, truth: Any, options: Options) -> Score:
    """The weighted mean of the fields the truth names; passed when every required one of them passed.

    A field that is missing or null in the answer is worth 0, unless the truth says null too (1). Fields without
    truth are not judged; fields outside the options do not count. Detail: `name.value`, `name.passed` (0 or 1) and
    whatever the field's own kind reports as `name.…`. ValueError when either is no object or nothing can be judged.
    """
    for what in (answer, truth):
        if not isinstance(what, Mapping):
            raise ValueError(f"expected an object, found {type(what).__name__}")
    judged = {name: how for name, how in options.fields.items() if name in truth}
    found = {name: _of_field(answer.get(name), truth[name], how) for name, how in judged.items()}
    weight = math.fsum(how.weight for how in judged.values())
    if weight == 0.0:
        raise ValueError("expected a truth with at least one field that has a weight, found none")
    value = math.fsum(how.weight * found[name].value for name, how in judged.items()) / weight
    passed = all(found[name].passed for name, how in judged.items() if how.required)
    return Score(min(1.0, max(0.0, value)), passed, _detail(found))


def _field(name: str, given: Any) -> Field:
    if isinstance(given, Field):
        return given
    try:
        return Field(**given)
    except TypeError as error:
        raise ValueError(
            f"field {name!r}: expected kind, options, weight, required, found {error}"
        ) from error


def _of_field(answer: Any, truth: Any, how: Field) -> Score:
    if answer is None or truth is None:
        same = answer is truth
        return Score(float(same), same, {})
    return compare(how.kind, answer, truth, how.options)


def _detail(found: Mapping[str, Score]) -> Detail:
    detail: Detail = {}
    for name, one in found.items():
        detail.update({f"{name}.{key}": value for key, value in one.detail.items()})
        detail[f"{name}.value"] = one.value
        detail[f"{name}.passed"] = int(one.passed)
    return detail
