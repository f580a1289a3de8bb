"""A heat map's layout: where panels, cells, ticks and the scale lie, in pixels, for every way to draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

LEFT, TOP, GAP, FOOT = 52, 62, 28, 66
"""Room for the ticks on the left, for a panel's two lines above, between panels, and for ticks and scale below."""
TITLE, EDGE = 40, 16
COLUMNS_MAX = 4
RATIO_MAX = 4.0
"""A picture longer than that is drawn as if it were not: cells stay visible."""
TICKS = 4
SCALE_HEIGHT, SCALE_STEPS = 12, 64
NAME_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One map: of what, of how many centres, and how many in each cell, rows from the top."""

    name: str
    n: int
    grid: Sequence[Sequence[int]]

    @property
    def most(self) -> int:
        """How many the fullest cell has."""
        return max((count for row in self.grid for count in row), default=0)

    @property
    def said(self) -> str:
        """What stands under the name."""
        return f"n = {self.n:,}, most in a cell {self.most:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Maps over a picture of `width` by `height` of its pixels; `side` is how long a panel's longer side is drawn."""

    title: str
    note: str
    panels: Sequence[Panel]
    width: float
    height: float
    side: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Pixels: the whole, and of each panel its inner size; `cell` is the size of one cell."""

    columns: int
    width: int
    height: int
    inner: tuple[int, int]
    cell: tuple[int, int]

    def corner(self, k: int) -> tuple[int, int]:
        """Where the map of panel k begins."""
        across, down = k % self.columns, k // self.columns
        x = EDGE + LEFT + across * (LEFT + self.inner[0] + GAP)
        y = TITLE + TOP + down * (TOP + self.inner[1] + FOOT)
        return x, y


def layout(picture: Picture) -> Layout:
    """Where everything is. Cells are whole pixels, in the picture's own proportion up to 4 to 1."""
    count = len(picture.panels)
    columns = min(COLUMNS_MAX, max(1, ceil(count**0.5)))
    cells = len(picture.panels[0].grid) if picture.panels else 1
    ratio = picture.width / picture.height if picture.height > 0.0 and picture.width > 0.0 else 1.0
    ratio = min(RATIO_MAX, max(1.0 / RATIO_MAX, ratio))
    wide, high = (1.0, 1.0 / ratio) if ratio >= 1.0 else (ratio, 1.0)
    cell = max(2, round(picture.side * wide / cells)), max(2, round(picture.side * high / cells))
    inner = cell[0] * cells, cell[1] * cells
    rows = ceil(count / columns)
    width = 2 * EDGE + columns * (LEFT + inner[0]) + (columns - 1) * GAP
    return Layout(columns, width, TITLE + rows * (TOP + inner[1] + FOOT) + EDGE, inner, cell)


def ticks(length: float, pixels: int) -> list[tuple[int, str]]:
    """Where quarters of a side lie in a panel of so many pixels, and what they are in the picture."""
    return [(round(pixels * k / TICKS), number(length * k / TICKS)) for k in range(TICKS + 1)]


def scale(most: int) -> list[tuple[float, str]]:
    """What stands at a scale of counts: its ends and, where there is one, its middle."""
    middle = [(0.5, f"{(most + 1) // 2:,}")] if most >= 5 and most % 2 else []
    return [(0.0, "1" if most > 1 else ""), *middle, (1.0, f"{most:,}")]


def number(value: float) -> str:
    """A length without needless places."""
    return f"{value:.0f}" if abs(value) >= 10.0 or value == round(value) else f"{value:.2g}"


def short(name: str, chars: int = NAME_CHARS) -> str:
    """A name that fits above a panel."""
    return name if len(name) <= chars else name[: chars - 3] + "..."
