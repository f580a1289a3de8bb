"""Colours of a scale: equal steps look equal, in grey too, and to who cannot tell red from green.

Viridis of Smith and van der Walt (matplotlib, CC0) from its light end to its dark one, so that more is darker on white;
nothing at all has a grey of its own, lighter than the least.
"""

from bisect import bisect_right

from backend.usecases.quality.images.png import Colour

NOTHING: Colour = (242, 242, 242)
_STOPS: tuple[Colour, ...] = (
    (253, 231, 37),
    (210, 226, 27),
    (165, 219, 54),
    (122, 209, 81),
    (84, 197, 104),
    (53, 183, 121),
    (34, 168, 132),
    (31, 152, 139),
    (35, 136, 142),
    (42, 120, 142),
    (49, 104, 142),
    (57, 86, 140),
    (65, 68, 135),
    (71, 47, 125),
    (72, 26, 108),
    (68, 1, 84),
)
_PLACES = tuple(n / (len(_STOPS) - 1) for n in range(len(_STOPS)))


def shade(share: float) -> Colour:
    """The colour of a share, 0..1, of the most: linear between the stops."""
    share = min(1.0, max(0.0, share))
    k = min(len(_STOPS) - 2, bisect_right(_PLACES, share) - 1)
    part = share * (len(_STOPS) - 1) - k
    low, high = _STOPS[k], _STOPS[k + 1]
    red, green, blue = (round(a + part * (b - a)) for a, b in zip(low, high, strict=True))
    return red, green, blue


def of_count(count: int, most: int) -> Colour:
    """The colour of a cell with so many, where the fullest has `most`: one is the lightest, the fullest the darkest."""
    if count <= 0:
        return NOTHING
    return shade((count - 1) / (most - 1) if most > 1 else 1.0)


def css(colour: Colour) -> str:
    """As SVG says it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
