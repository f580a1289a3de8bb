"""A heat map as SVG: attributes only, no style, script or link, so that the strictest policy shows all of it."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from backend.usecases.quality.images import heatmap as plan
from backend.usecases.quality.images.colours import NOTHING, css, of_count, shade
from backend.usecases.quality.images.heatmap import Layout, Panel, Picture

INK, SOFT, LINE = "#222222", "#5a5a5a", "#888888"
FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"


def draw(picture: Picture) -> bytes:
    """The file, in UTF-8; every word is escaped, and what XML cannot hold is left out."""
    places = plan.layout(picture)
    size = f'width="{places.width}" height="{places.height}" viewBox="0 0 {places.width} {places.height}"'
    name, font = quoteattr(_clean(picture.title)), f'font-family="{FONT}" font-size="11" fill="{SOFT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={name} {font}>',
        f"<title>{_told(picture.title)}</title>",
        f'<rect width="{places.width}" height="{places.height}" fill="#ffffff"/>',
        _text(plan.EDGE, 26, picture.title, size=18, fill=INK, weight=600),
        _text(plan.EDGE, 44, picture.note),
        _gradient(),
    ]
    for k, panel in enumerate(picture.panels):
        parts.extend(_panel(picture, places, panel, places.corner(k)))
    return "\n".join([*parts, "</svg>\n"]).encode()


def _panel(picture: Picture, places: Layout, panel: Panel, corner: tuple[int, int]) -> Iterator[str]:
    (x, y), (wide, high) = corner, places.inner
    yield f'<g transform="translate({x} {y})">'
    yield _text(0, -24, plan.short(panel.name, max(8, wide // 7)), size=14, fill=INK, weight=600)
    yield _text(0, -8, panel.said)
    yield f'<rect x="-.5" y="-.5" width="{wide + 1}" height="{high + 1}" fill="{css(NOTHING)}" stroke="{LINE}"/>'
    yield from _cells(picture, places, panel)
    for at, said in plan.ticks(picture.width, wide):
        yield f'<path d="M{at} {high + 1}v4" stroke="{LINE}"/>'
        yield _text(at, high + 17, said, anchor="middle")
    for at, said in plan.ticks(picture.height, high):
        yield f'<path d="M-1 {at}h-4" stroke="{LINE}"/>'
        yield _text(-8, at + 4, said, anchor="end")
    if panel.most:
        yield f'<rect y="{high + 26}" width="{wide}" height="{plan.SCALE_HEIGHT}" fill="url(#scale)"/>'
        for share, said in plan.scale(panel.most):
            anchor = "start" if share == 0.0 else "end" if share == 1.0 else "middle"
            yield _text(round(share * wide), high + 52, said, anchor=anchor)
    yield "</g>"


def _cells(picture: Picture, places: Layout, panel: Panel) -> Iterator[str]:
    """Cells with something in them; each says how many where the pointer rests."""
    across, down = places.cell
    size = f'width="{across}" height="{down}" shape-rendering="crispEdges"'
    steps = picture.width / max(1, len(panel.grid[0])), picture.height / max(1, len(panel.grid))
    for row, counts in enumerate(panel.grid):
        for column, count in enumerate(counts):
            if count:
                where = ", ".join(
                    f"{name} {plan.number(k * step)} to {plan.number((k + 1) * step)}"
                    for name, k, step in (("x", column, steps[0]), ("y", row, steps[1]))
                )
                fill = css(of_count(count, panel.most))
                told = f"<title>{count:,} of {panel.n:,}: {where}</title>"
                yield f'<rect x="{column * across}" y="{row * down}" {size} fill="{fill}">{told}</rect>'


def _gradient() -> str:
    shares = [n / plan.SCALE_STEPS for n in range(plan.SCALE_STEPS + 1)]
    stops = "".join(f'<stop offset="{share:.4f}" stop-color="{css(shade(share))}"/>' for share in shares)
    return f'<defs><linearGradient id="scale">{stops}</linearGradient></defs>'


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 11,
    fill: str = SOFT,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    how = f'font-size="{size}" fill="{fill}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {how}>{_told(words)}</text>'


def _told(words: str) -> str:
    return escape(_clean(words))


def _clean(words: str) -> str:
    """Without what no XML document may hold, escaped or not (XML 1.0, section 2.2)."""
    return "".join(one for one in words if one in "\t\n\r" or _is_char(ord(one)))


def _is_char(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
