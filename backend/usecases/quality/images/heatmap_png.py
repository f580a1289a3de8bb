"""A heat map as PNG: panels, ticks, scale and words as pixels."""

from backend.usecases.quality.images import heatmap as plan
from backend.usecases.quality.images.colours import of_count, shade
from backend.usecases.quality.images.heatmap import Layout, Panel, Picture
from backend.usecases.quality.images.png import Canvas, Colour, text_width

WHITE: Colour = (255, 255, 255)
INK: Colour = (34, 34, 34)
SOFT: Colour = (90, 90, 90)
LINE: Colour = (136, 136, 136)
LETTER = 6
"""Pixels to a letter and its gap."""


def draw(picture: Picture) -> bytes:
    """The file. Letters beyond ASCII are question marks: the SVG has them all."""
    places = plan.layout(picture)
    canvas = Canvas(places.width, places.height, WHITE)
    wide = places.width - 2 * plan.EDGE
    canvas.text(plan.EDGE, 12, plan.short(picture.title, wide // (2 * LETTER)), INK, 2)
    canvas.text(plan.EDGE, 34, plan.short(picture.note, wide // LETTER), SOFT)
    for k, panel in enumerate(picture.panels):
        _panel(canvas, picture, places, panel, places.corner(k))
    return canvas.file()


def _panel(canvas: Canvas, picture: Picture, places: Layout, panel: Panel, corner: tuple[int, int]) -> None:
    (x, y), (wide, high), (across, down) = corner, places.inner, places.cell
    canvas.text(x, y - 38, plan.short(panel.name, wide // (2 * LETTER)), INK, 2)
    canvas.text(x, y - 16, plan.short(panel.said, (wide + plan.GAP) // LETTER), SOFT)
    canvas.fill(x - 1, y - 1, wide + 2, high + 2, LINE)
    for row, counts in enumerate(panel.grid):
        for column, count in enumerate(counts):
            colour = of_count(count, panel.most)
            canvas.fill(x + column * across, y + row * down, across, down, colour)
    for at, said in plan.ticks(picture.width, wide):
        canvas.fill(x + min(at, wide - 1), y + high + 1, 1, 4, LINE)
        canvas.text(x + at - text_width(said) // 2, y + high + 9, said, SOFT)
    for at, said in plan.ticks(picture.height, high):
        canvas.fill(x - 5, y + min(at, high - 1), 4, 1, LINE)
        canvas.text(x - 9 - text_width(said), y + at - 3, said, SOFT)
    _scale(canvas, panel, (x, y + high + 26), wide)


def _scale(canvas: Canvas, panel: Panel, corner: tuple[int, int], wide: int) -> None:
    """From one to the most that a cell has; a cell without any is grey."""
    if not panel.most:
        return
    x, y = corner
    for at in range(wide):
        canvas.fill(x + at, y, 1, plan.SCALE_HEIGHT, shade(at / max(1, wide - 1)))
    for share, said in plan.scale(panel.most):
        left = x + round(share * wide) - round(share * text_width(said))
        canvas.text(left, y + plan.SCALE_HEIGHT + 5, said, SOFT)
