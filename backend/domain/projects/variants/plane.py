"""The plane: where a point of a picture lies after it was mirrored, turned, cropped or scaled."""

from dataclasses import dataclass
from typing import Literal

from backend.domain.projects.variants.refusals import leaves

Number = int | float
Size = tuple[Number, Number]
"""Width and height in pixels."""
Axis = Literal["horizontal", "vertical"]
ROUNDED = 1e-9
"""Of the side of a picture: so near to its edge a place is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """x' = xx x + xy y + x0 and likewise y', from a picture of `before` to one of `after`, in pixels with y downwards.

    With `half` 0 coordinates run from the picture's edges (0 to the width); with .5 they name the middles of pixels
    (0 to the width less 1).
    """

    before: Size
    after: Size
    xx: Number = 1
    xy: Number = 0
    x0: Number = 0
    yx: Number = 0
    yy: Number = 1
    y0: Number = 0
    half: float = 0.0

    @property
    def mirrors(self) -> bool:
        """Whether left becomes right."""
        return self.xx * self.yy - self.xy * self.yx < 0

    @property
    def area(self) -> Number:
        """By how much areas grow."""
        return abs(self.xx * self.yy - self.xy * self.yx)

    def moved(self, x: Number, y: Number) -> tuple[Number, Number]:
        """Where the point lies now."""
        return self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0

    def kept(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The same of a point that must lie in the picture, before and after. Raises `variant_leaves`."""
        self._within("before", x, y, self.before)
        return self._within("after", *self.moved(x, y), self.after)

    def _within(self, when: str, x: Number, y: Number, size: Size) -> tuple[Number, Number]:
        """The point; what lies on the edge but for rounding lies on it."""
        found = _inside(x, size[0], self.half), _inside(y, size[1], self.half)
        if found[0] is None or found[1] is None:
            raise leaves(f"a coordinate outside of {size[0]} x {size[1]} {when}")
        return found[0], found[1]


def mirror(size: Size, axis: Axis, half: float = 0.0) -> Plane:
    """Left and right exchanged (horizontal), or top and bottom (vertical)."""
    across, along = _far(size, half)
    if axis == "horizontal":
        return Plane(before=size, after=size, xx=-1, x0=across, half=half)
    return Plane(before=size, after=size, yy=-1, y0=along, half=half)


def rotate(size: Size, degrees: int, half: float = 0.0) -> Plane:
    """Turned clockwise by 90, 180 or 270 degrees."""
    across, along = _far(size, half)
    turned = (size[1], size[0])
    match degrees:
        case 90:
            return Plane(before=size, after=turned, xx=0, xy=-1, x0=along, yx=1, yy=0, half=half)
        case 180:
            return Plane(before=size, after=size, xx=-1, x0=across, yy=-1, y0=along, half=half)
        case 270:
            return Plane(before=size, after=turned, xx=0, xy=1, yx=-1, yy=0, y0=across, half=half)
        case _:
            raise ValueError(f"expected 90, 180 or 270 degrees, found {degrees}")


def shift(before: Size, after: Size, x: Number, y: Number, half: float = 0.0) -> Plane:
    """The picture `after` shows what begins at (x, y): a crop where it lies inside, and back again with minus both."""
    return Plane(before=before, after=after, x0=-x, y0=-y, half=half)


def scale(before: Size, after: Size, half: float = 0.0) -> Plane:
    """Made smaller or larger, each way by itself."""
    across, along = after[0] / before[0], after[1] / before[1]
    # The middle of the first pixel is half a pixel from the edge, before and after.
    beside = {"x0": half * across - half, "y0": half * along - half} if half else {}
    return Plane(before=before, after=after, xx=across, yy=along, half=half, **beside)


def _inside(place: Number, extent: Number, half: float) -> Number | None:
    """The place, if it lies in the picture along one side; (485 / 15) * 15 is a little more than 485."""
    low, high = (-half, extent - half) if half else (0, extent)
    if abs(place - low) <= ROUNDED * extent:
        return low
    if abs(place - high) <= ROUNDED * extent:
        return high
    return place if low < place < high else None


def _far(size: Size, half: float) -> Size:
    """Where the first point of a picture comes to lie when it is mirrored."""
    edge = 1 if half else 0
    return size[0] - edge, size[1] - edge
