"""Checks that many rules share: a number in its range, a word of a list."""

from collections.abc import Collection

from backend.domain.errors import Refusal

PPM = 1_000_000
"""Parts per million in a whole."""


def in_range(code: str, field: str, found: int, lowest: int, highest: int) -> None:
    """Refuse (invalid, `code`) a number outside lowest..highest, both allowed."""
    if not lowest <= found <= highest:
        raise Refusal(
            "invalid",
            code,
            expected=f"{field} in {lowest}..{highest}",
            found=f"{field} = {found}",
            mend=f"send {field} within the range",
            extra={"field": field, "lowest": lowest, "highest": highest, "found": found},
        )


def one_of(code: str, field: str, found: str, allowed: Collection[str]) -> None:
    """Refuse (invalid, `code`) a word that is not in the list."""
    if found not in allowed:
        listed = ", ".join(sorted(allowed))
        raise Refusal(
            "invalid",
            code,
            expected=f"{field} to be one of {listed}",
            found=f"{field} = {found!r}",
            mend=f"send one of {listed}",
            extra={"field": field, "allowed": sorted(allowed), "found": found},
        )
