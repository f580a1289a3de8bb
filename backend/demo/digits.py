"""The 1,797 handwritten digits that ship with the product; see ATTRIBUTION.md beside this file."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

COUNT = 1797
WIDTH = HEIGHT = 8
INK_MAX = 16
SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
"""Of the unpacked bytes."""


@dataclass(frozen=True, slots=True)
class Digit:
    """An image of WIDTH x HEIGHT pixels, row by row, 0 (no ink) to INK_MAX each, and its digit, 0..9."""

    pixels: bytes
    label: int


def load() -> list[Digit]:
    """All digits in the order of the source. ValueError when the file is not as it was packed."""
    packed = files(__package__).joinpath("digits.bin.gz").read_bytes()
    raw = gzip.decompress(packed)
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"digits.bin.gz: expected SHA-256 {SHA256}, found {found}; install the package again"
        )
    size = WIDTH * HEIGHT
    labels = raw[COUNT * size :]
    return [Digit(raw[n * size : (n + 1) * size], labels[n]) for n in range(COUNT)]
