"""Wordings: a text with more before and after it, and another payload of which the same is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain.projects.variants import places
from backend.domain.projects.variants.refusals import leaves, unfit

Span = Mapping[str, Any] | list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Affixed:
    """The text at `at` with words before and after it. Offsets count its characters."""

    at: str
    before: str
    after: str
    length: int
    """Characters of the text before the change."""
    undone: bool = False

    def payload(self, before: Any) -> Any:
        """The payload with the longer text."""
        return places.put(before, self.at, self.before + places.at(before, self.at) + self.after)

    def back(self) -> "Affixed":
        """What brings offsets back to the text as it was."""
        return Affixed(
            at=self.at, before=self.before, after=self.after, length=self.length, undone=not self.undone
        )

    def key(self, kind: str, truth: Any) -> Any:
        """Spans where they are now; a class is what it was. Raises `variant_unfit` and `variant_leaves`."""
        match kind:
            case "spans":
                return [self._span(one) for one in truth]
            case "exact" | "labels":
                return truth
            case _:
                raise unfit("an answer of spans, exact or labels", f"one of {kind}")

    def _span(self, span: Span) -> Span:
        if isinstance(span, Mapping):
            return {**span, "start": self._offset(span["start"]), "end": self._offset(span["end"])}
        return [self._offset(one) for one in span]

    def _offset(self, one: Any) -> int:
        if one != int(one):
            raise unfit("offsets that count characters", "a part of one")
        first = len(self.before) if self.undone else 0
        if not first <= one <= first + self.length:
            raise leaves("an offset outside of the text")
        return int(one) + (-len(self.before) if self.undone else len(self.before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Another payload that somebody gives, of which the same is true; a number is `factor` times what it was, and
    `plus` more."""

    factor: int | float = 1
    plus: int | float = 0

    def back(self) -> "Replaced":
        """The number that it was."""
        return self if self.keeps else Replaced(factor=1 / self.factor, plus=-self.plus / self.factor)

    @property
    def keeps(self) -> bool:
        """Whether the key stays as it is."""
        return self.factor == 1 and self.plus == 0

    def key(self, kind: str, truth: Any) -> Any:
        """The key as it is, or its numbers changed. Raises `variant_unfit`: offsets of another text are others."""
        if kind == "numbers" and not self.keeps:
            return (
                [self._number(one) for one in truth]
                if isinstance(truth, list | tuple)
                else self._number(truth)
            )
        if kind == "spans" or not self.keeps:
            raise unfit(
                "any answer but spans" if self.keeps else "an answer of numbers, for a factor",
                f"one of {kind}",
            )
        return truth

    def _number(self, one: Any) -> Any:
        return one * self.factor + self.plus
