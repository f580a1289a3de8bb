"""What a project asks of people, as managers say it: all of these, one of those, none of these; and as tokens.

Agreements and courses are said without a version: which version counts is decided where lanes are made, so that a
new version is asked for without anybody saying the conditions again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

from backend.domain.checks import in_range, one_of
from backend.domain.errors import Refusal
from backend.domain.projects.requirement import canonical
from backend.events.projects import Conditions

BY_ID = ("skill", "agreement", "course", "vendor", "team")
"""Kinds that name something by its id, which must exist."""
BY_WORD = ("origin", "check", "compliance")
KINDS = BY_ID + BY_WORD
VERSIONED = ("agreement", "course")
ORIGINS = ("staff", "vendor", "crowd")
SINGLE = ("vendor", "team", "origin")
"""Of these a person has one at most."""
LEVEL_MAX = 10
WORD = re.compile(r"[a-z][a-z0-9_.-]{0,49}")


def conditions(given: Mapping[str, Any]) -> Conditions:
    """Conditions from `{all: [cond], any: [[cond]], none: [cond]}`, each cond as one kind and its value.

    Raises `condition_invalid` (invalid) for a cond that is none, `conditions_contradict` (invalid) for conditions
    that nobody can ever meet, naming the two that exclude each other.
    """
    asked = canonical(
        map(token_of, given.get("all") or ()),
        (tuple(map(token_of, group)) for group in given.get("any") or ()),
        map(token_of, given.get("none") or ()),
    )
    if () in asked.any_of:
        raise _invalid("a group of `any` with at least one condition", "an empty group")
    _refuse_contradictions(asked.requires, asked.any_of, asked.excludes)
    return Conditions(all_of=asked.requires, any_of=asked.any_of, none_of=asked.excludes)


def token_of(said: Mapping[str, Any]) -> str:
    """One condition as a token: exactly one kind, with `level_min` only beside a skill."""
    kinds = [kind for kind in KINDS if said.get(kind) is not None]
    level = said.get("level_min")
    if len(kinds) != 1 or (level is not None and kinds != ["skill"]):
        found = ", ".join(sorted(name for name, value in said.items() if value is not None)) or "nothing"
        raise _invalid(f"exactly one of {', '.join(KINDS)}; level_min beside skill only", found)
    (kind,) = kinds
    if kind == "origin":
        one_of("condition_invalid", "origin", said[kind], ORIGINS)
    if kind in BY_WORD and not WORD.fullmatch(said[kind]):
        raise _invalid(f"{kind} as a word of a-z, 0-9, _ . -", repr(said[kind]))
    if level is not None:
        in_range("condition_invalid", "level_min", level, 1, LEVEL_MAX)
    return f"{kind}:{said[kind]}" + (f":{level}" if level is not None and level > 1 else "")


def shown(told: Conditions) -> dict[str, Any]:
    """The conditions as they are said; `conditions` reads it back."""
    return {
        "all": [said_of(token) for token in told.all_of],
        "any": [[said_of(token) for token in group] for group in told.any_of],
        "none": [said_of(token) for token in told.none_of],
    }


def said_of(token: str) -> dict[str, Any]:
    """One token as a condition."""
    kind, _, rest = token.partition(":")
    if kind not in BY_ID:
        return {kind: rest}
    name, _, level = rest.partition(":")
    return {kind: UUID(name)} | ({"level_min": int(level)} if level else {})


def tokens(told: Conditions) -> Iterator[str]:
    """Every token of the conditions."""
    yield from told.all_of
    for group in told.any_of:
        yield from group
    yield from told.none_of


def named(told: Conditions, kind: str) -> frozenset[UUID]:
    """The ids of this kind that the conditions name."""
    split = (token.split(":") for token in tokens(told))
    return frozenset(UUID(parts[1]) for parts in split if parts[0] == kind)


def versioned(told: Conditions, current: Mapping[str, int]) -> Conditions:
    """With the versions in force: `current` has `agreement:{id}` and `course:{id}` -> version.

    Asked for is the version in force; excluded is whoever holds any version. What is not known is left as it is:
    nobody holds it, so nobody passes.
    """
    return Conditions(
        all_of=tuple(_now(token, current) for token in told.all_of),
        any_of=tuple(tuple(_now(token, current) for token in group) for group in told.any_of),
        none_of=tuple(one for token in told.none_of for one in _ever(token, current)),
    )


def _now(token: str, current: Mapping[str, int]) -> str:
    return f"{token}:{current[token]}" if token in current else token


def _ever(token: str, current: Mapping[str, int]) -> Sequence[str]:
    return [f"{token}:{n}" for n in range(1, current[token] + 1)] if token in current else [token]


def _refuse_contradictions(
    all_of: Sequence[str], any_of: Sequence[Sequence[str]], none_of: Sequence[str]
) -> None:
    barred = frozenset(none_of)
    for token in all_of:
        if clash := barred & _implied(token):
            raise _contradict(token, f"none of {min(clash)}")
    for group in any_of:
        if all(barred & _implied(token) for token in group):
            raise _contradict("any of " + ", ".join(group), "none of each of them")
    for one, other in combinations(all_of, 2):
        kind = one.partition(":")[0]
        if kind in SINGLE and kind == other.partition(":")[0]:
            raise _contradict(one, f"{other}, of which a person has one only")


def _implied(token: str) -> frozenset[str]:
    """What its holder holds too: a level holds all levels below it."""
    kind, *rest = token.split(":")
    if kind != "skill" or len(rest) == 1:
        return frozenset({token})
    name, level = rest
    return frozenset({f"skill:{name}", *(f"skill:{name}:{n}" for n in range(1, int(level) + 1))})


def _invalid(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid", "condition_invalid", expected=expected, found=found, mend="send one kind per condition"
    )


def _contradict(one: str, other: str) -> Refusal:
    return Refusal(
        "invalid",
        "conditions_contradict",
        expected="conditions that somebody can meet",
        found=f"{one}, and {other}",
        mend="drop one of the two",
        extra={"conditions": [one, other]},
    )
