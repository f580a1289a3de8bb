"""PNG: a picture of RGB pixels as a file (ISO/IEC 15948), and a canvas to fill one."""

import struct
import zlib
from collections.abc import Sequence

from backend.usecases.quality.images.glyphs import HEIGHT, WIDTH, columns

Colour = tuple[int, int, int]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUECOLOUR = (8, 2, 0, 0, 0)
"""Bits a sample, colour type RGB, and the only compression, filter method and order without interlacing."""


class Canvas:
    """So many pixels, each of one colour at first; what is drawn outside is cut off."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(colour) * width) for _ in range(height)]

    def fill(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """A rectangle from its upper left corner on."""
        left, right = max(0, x), min(self.width, x + width)
        if right <= left:
            return
        run = bytes(colour) * (right - left)
        for row in self.rows[max(0, y) : max(0, y + height)]:
            row[3 * left : 3 * right] = run

    def text(self, x: int, y: int, words: str, colour: Colour, scale: int = 1) -> None:
        """Words from their upper left corner on, each letter 5 by 7 dots of `scale` pixels."""
        for word in words:
            for n, bits in enumerate(columns(word)):
                for k in range(HEIGHT):
                    if bits >> k & 1:
                        self.fill(x + n * scale, y + k * scale, scale, scale, colour)
            x += (WIDTH + 1) * scale

    def file(self) -> bytes:
        """The picture as a PNG file."""
        return png(self.width, self.height, self.rows)


def text_width(words: str, scale: int = 1) -> int:
    """How many pixels wide `Canvas.text` writes it."""
    return max(0, len(words) * (WIDTH + 1) - 1) * scale


def png(width: int, height: int, rows: Sequence[bytes | bytearray]) -> bytes:
    """A PNG file of `height` rows of `width` RGB pixels, 8 bits a sample. ValueError for rows of another length."""
    if width < 1 or height < 1 or len(rows) != height or any(len(row) != 3 * width for row in rows):
        raise ValueError(f"expected {height} rows of {3 * width} bytes, at least one of each")
    head = struct.pack(">IIBBBBB", width, height, *_TRUECOLOUR)
    data = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows), 9)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
