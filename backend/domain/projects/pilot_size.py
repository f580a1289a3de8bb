"""How large a pilot is to be: a number of tasks, or a share of what there is within bounds."""

from dataclasses import dataclass

from backend.domain.checks import PPM, in_range
from backend.domain.errors import Refusal

ITEMS_MAX = 20_000
SHARE_MIN = 1 / PPM
CODE = "pilot_size_unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`share_ppm` of what matches, rounded up, `least` at least and `most` at most; without a share `most`."""

    share_ppm: int | None
    least: int
    most: int


def size(items: int | None, share: float | None, items_min: int | None, items_max: int | None) -> Size:
    """The size from what was said: either a number of `items`, or a `share` (0..1) with its bounds, which are 1 and
    ITEMS_MAX where nothing is said. Raises `pilot_size_unclear` (invalid)."""
    if (items is None) == (share is None):
        raise _unclear("either items or a share", "neither" if items is None else "both")
    if items is not None:
        if (items_min, items_max) != (None, None):
            raise _unclear("items_min and items_max beside a share alone", "one beside items")
        in_range(CODE, "items", items, 1, ITEMS_MAX)
        return Size(share_ppm=None, least=1, most=items)
    share_ppm = round((share or 0.0) * PPM)
    least, most = items_min or 1, items_max or ITEMS_MAX
    if not 1 <= share_ppm <= PPM:
        raise _unclear(f"a share of {SHARE_MIN:.6f} at least and 1 at most", f"share = {share}")
    in_range(CODE, "items_max", most, 1, ITEMS_MAX)
    in_range(CODE, "items_min", least, 1, most)
    return Size(share_ppm=share_ppm, least=least, most=most)


def _unclear(expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        CODE,
        expected=expected,
        found=found,
        mend="say a number, or a share with items_min and items_max where it needs bounds",
    )
