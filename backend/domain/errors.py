"""Refusals: they know their kind and what to do, and nothing of HTTP."""

from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["not_found", "forbidden", "conflict", "invalid", "stale", "unavailable"]


class Refusal(Exception):
    """A rule said no: a stable `code`, what was expected, what was found, and what the caller can do."""

    def __init__(
        self,
        kind: Kind,
        code: str,
        *,
        expected: str,
        found: str,
        mend: str,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: expected {expected}; found {found}; {mend}")
        self.kind = kind
        self.code = code
        self.expected = expected
        self.found = found
        self.mend = mend
        self.extra = dict(extra or {})
        self.culprit: object | None = None
        """Of several callers in one transaction, the one who is refused."""


def not_found(what: str) -> Refusal:
    """The one answer for what does not exist and for what the caller may not see."""
    return Refusal(
        "not_found",
        "not_found",
        expected=f"{what} that exists and that you may see",
        found="none",
        mend="check the id and the tenant of your key",
    )


def not_now(command: object, state: object) -> Refusal:
    """The last row of every decision table: this command does not fit this state."""
    asked, is_ = type(command).__name__, type(state).__name__
    return Refusal(
        "conflict",
        "not_now",
        expected=f"a state in which {asked} is possible",
        found=is_,
        mend="read the resource again and decide anew",
    )
