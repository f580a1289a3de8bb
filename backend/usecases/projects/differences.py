"""The difference between two texts, line by line, in bounded time."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

WORK_MAX = 4_000_000
"""Pairs of lines that are compared at most: beyond, what lies between the common beginning and end is replaced."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines of a unified diff without its file header, and how many lines came and went."""

    lines: list[str]
    added: int
    removed: int


def difference(before: str, after: str, context_lines: int = 3) -> Difference:
    """A unified diff (as `diff -u`) of two texts; the same text has no lines at all."""
    one, other = before.splitlines(), after.splitlines()
    lines = _unified(one, other, context_lines)
    return Difference(
        lines,
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )


def _unified(one: Sequence[str], other: Sequence[str], context_lines: int) -> list[str]:
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    left, right = len(one) - head - tail, len(other) - head - tail
    if left * right <= WORK_MAX:
        made = list(difflib.unified_diff(one, other, n=context_lines, lineterm=""))
        return made[2:]
    start, end = max(0, head - context_lines), min(tail, context_lines)
    size = head - start + end
    return [
        f"@@ -{start + 1},{size + left} +{start + 1},{size + right} @@",
        *(f" {line}" for line in one[start:head]),
        *(f"-{line}" for line in one[head : head + left]),
        *(f"+{line}" for line in other[head : head + right]),
        *(f" {line}" for line in one[head + left : head + left + end]),
    ]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
