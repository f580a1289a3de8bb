"""The heat map: its pixels are the counts, its SVG says them, and both are what the project's results say."""

import struct
import zlib
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from backend.usecases.projects import scoring
from backend.usecases.quality.images import colours, heatmap_png, heatmap_svg
from backend.usecases.quality.images.heatmap import Panel, Picture, layout
from backend.usecases.quality.images.png import SIGNATURE, Canvas, png
from backend.usecases.quality.reports.heatmap import project_labels_heatmap
from tests.support.refused import refused
from tests.support.world import World

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
SVG = "{http://www.w3.org/2000/svg}"
Pixels = list[list[tuple[int, int, int]]]


def decoded(file: bytes) -> Pixels:
    """The pixels of an RGB file without filters, every chunk's checksum checked."""
    assert file.startswith(SIGNATURE)
    at, data, size = len(SIGNATURE), b"", (0, 0)
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        name, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        assert struct.unpack(">I", file[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + body),)
        if name == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert tuple(body[8:]) == (8, 2, 0, 0, 0)
        data += body if name == b"IDAT" else b""
        at += 12 + length
    raw, step = zlib.decompress(data), 1 + 3 * size[0]
    rows = [raw[n * step : (n + 1) * step] for n in range(size[1])]
    assert len(raw) == step * size[1] and all(row[0] == 0 for row in rows)
    return [[(r[k], r[k + 1], r[k + 2]) for k in range(1, step, 3)] for r in rows]


def a_picture(**changed: Any) -> Picture:
    grid = [[0] * 16 for _ in range(16)]
    grid[0][0], grid[2][5], grid[15][15] = 1, 3, 5
    panel = Panel(name="heron", n=9, grid=grid)
    base: dict[str, Any] = {"title": "birds", "note": "", "panels": [panel], "width": 640.0, "height": 320.0}
    return Picture(**(base | {"side": 160} | changed))


def test_a_file_holds_the_pixels_that_were_drawn() -> None:
    canvas = Canvas(4, 3, WHITE)
    canvas.fill(1, 1, 2, 5, RED)
    canvas.fill(-2, 0, 3, 1, BLUE)
    assert decoded(canvas.file()) == [
        [BLUE, WHITE, WHITE, WHITE],
        [WHITE, RED, RED, WHITE],
        [WHITE, RED, RED, WHITE],
    ]


def test_letters_are_dots_and_what_is_not_ascii_is_a_question_mark() -> None:
    one, two = Canvas(6, 7, WHITE), Canvas(6, 7, WHITE)
    one.text(0, 0, "I", RED)
    pixels = decoded(one.file())
    assert [row[2] for row in pixels] == [RED] * 7 and [row[1] for row in pixels] == [RED, *[WHITE] * 5, RED]
    one.text(0, 0, "?", RED), two.text(0, 0, "I", RED), two.text(0, 0, "é", RED)
    assert one.file() == two.file()


def test_rows_of_another_length_are_no_picture() -> None:
    with pytest.raises(ValueError, match="expected 2 rows of 6 bytes"):
        png(2, 2, [b"123456", b"12345"])


def test_each_cell_has_the_colour_of_its_count() -> None:
    picture = a_picture()
    places, pixels = layout(picture), decoded(heatmap_png.draw(picture))
    (x, y), (across, down) = places.corner(0), places.cell
    assert (across, down) == (10, 5), "in the picture's own proportion"
    for row, counts in enumerate(picture.panels[0].grid):
        for column, count in enumerate(counts):
            inside = {
                pixels[y + row * down + k][x + column * across + n]
                for k in range(down)
                for n in range(across)
            }
            assert inside == {colours.of_count(count, 5)}
    assert colours.of_count(5, 5) == (68, 1, 84) and colours.of_count(1, 5) == (253, 231, 37)
    assert colours.of_count(0, 5) == colours.NOTHING


def lightness(colour: tuple[int, int, int]) -> float:
    """CIE L* of an sRGB colour, 0..100."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (one / 255 for one in colour)
    ]
    shine = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116.0 * (shine ** (1 / 3) if shine > 0.008856 else 7.787 * shine + 16 / 116) - 16.0


def test_more_is_darker_by_even_steps() -> None:
    steps = [a - b for a, b in pairwise(lightness(colours.shade(n / 10)) for n in range(11))]
    assert min(steps) > 0.6 * max(steps) > 0.0
    assert lightness(colours.NOTHING) > lightness(colours.shade(0.0))


def test_the_svg_says_counts_ticks_and_how_many_and_escapes_every_word() -> None:
    nasty = '<script>alert("x")</script> & \x00\x1b'
    panel = Panel(name="Fußgänger <i>", n=9, grid=a_picture().panels[0].grid)
    file = heatmap_svg.draw(a_picture(title=nasty, panels=[panel]))
    root = ElementTree.fromstring(file)
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert words[0] == '<script>alert("x")</script> & ' and "Fußgänger <i>" in words
    assert {"n = 9, most in a cell 5", "0", "160", "640", "320", "1", "3", "5"} <= set(words)
    assert not list(root.iter(f"{SVG}script")) and b"style=" not in file and b"href" not in file
    told = [one.text for one in root.iter(f"{SVG}title")]
    assert "3 of 9: x 200 to 240, y 40 to 60" in told and len(told) == 4
    fills = {one.get("fill") for one in root.iter(f"{SVG}rect")}
    assert colours.css(colours.of_count(3, 5)) in fills


def test_small_multiples_do_not_touch() -> None:
    panels = [Panel(name=str(n), n=1, grid=[[1] * 16] * 16) for n in range(5)]
    picture = a_picture(panels=panels, height=6_400.0)
    places = layout(picture)
    assert (places.columns, places.cell) == (3, (2, 10)), "at most four times as long as wide"
    corners = [places.corner(k) for k in range(5)]
    assert all(b[0] - a[0] > places.inner[0] for a, b in pairwise(corners[:3]))
    assert corners[3][1] - corners[0][1] > places.inner[1] and corners[4][0] + places.inner[0] < places.width
    pixels = decoded(heatmap_png.draw(picture))
    assert (len(pixels[0]), len(pixels)) == (places.width, places.height)


async def test_the_results_of_a_project_are_drawn(world: World) -> None:
    project = await world.project("scenes", plan={"overlap": 1, "gold_share": 0.0, "review_rate": 0.0})
    boxes = {"kind": "boxes", "options": {}}
    await world.act(scoring.project_scoring_update, project=project, expected_version=1, **boxes)
    asked: dict[str, Any] = {"project": project, "by": "all", "label": None, "size": None}
    with refused("labels_not_located", "conflict"):
        await world.act(project_labels_heatmap, format="svg", **asked)
    ann = await world.invite("ann")
    await world.items(project, "a", "b")
    for at in (0, 80):
        said = [{"label": "car", "box": [at, at, at + 20, at + 20]}, {"label": "bus", "box": [0, 0, 20, 20]}]
        await world.work(ann, project, said)
    await world.decide()
    told = await world.act(project_labels_heatmap, format="json", **asked)
    (everything,) = told["maps"]
    assert (everything["n"], everything["most"], everything["grid"][1][1]) == (4, 3, 3)
    assert (told["width"], told["sampled"]) == (100.0, {"read": 2, "of": 2})
    each = await world.act(project_labels_heatmap, format="json", **asked | {"by": "class"})
    assert [(one["label"], one["n"]) for one in each["maps"]] == [("bus", 2), ("car", 2)]
    with refused("labels_not_located", "conflict"):
        await world.act(project_labels_heatmap, format="png", **asked | {"label": "tram"})
    with refused("forbidden"):
        await world.act(project_labels_heatmap, ann, format="png", **asked)
    answer = await world.answer(project_labels_heatmap, None, format="png", **asked | {"label": "car"})
    assert answer.media is not None and answer.media[0] == "image/png"
    assert len(decoded(answer.media[1])[0]) > 512
