"""Cutting a streamed body into records: lines, or rows of a CSV file, each of them bounded however long it goes on."""

from collections.abc import Iterator

LINE_BYTES_MAX = 1_048_576

Record = bytes | None
"""None: it was too long, and is not kept."""


class Lines:
    """Lines of bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, piece: bytes) -> Iterator[Record]:
        """The lines that end in this piece, without their line feed."""
        if b"\n" not in piece:
            self._keep(self._rest + piece)
            return
        first, *others = piece.split(b"\n")
        others, rest = others[:-1], others[-1]
        yield self._line(self._rest + first)
        self._rest, self._skipping = b"", False
        for one in others:
            yield self._line(one)
        self._keep(rest)

    def end(self) -> Iterator[Record]:
        """The last line, if it has no line feed."""
        if self._rest or self._skipping:
            yield self._line(self._rest)
        self._rest, self._skipping = b"", False

    def _line(self, raw: bytes) -> Record:
        return None if self._skipping or len(raw) > LINE_BYTES_MAX else raw

    def _keep(self, rest: bytes) -> None:
        """What goes on beyond the limit is not kept: what one sender sends is not what we hold."""
        self._skipping = self._skipping or len(rest) > LINE_BYTES_MAX
        self._rest = b"" if self._skipping else rest


class Rows:
    """Rows of a CSV file: a line feed inside of quotes belongs to the row. After a row that is too long, the next line
    begins another."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._parts: list[bytes] = []
        self._bytes = 0
        self._quoted = False

    def feed(self, piece: bytes) -> Iterator[Record]:
        """The rows that end in this piece."""
        for line in self._lines.feed(piece):
            yield from self._row(line)

    def end(self) -> Iterator[Record]:
        """The last row, even if a quote was never closed."""
        for line in self._lines.end():
            yield from self._row(line)
        if self._parts:
            yield self._whole()

    def _row(self, line: Record) -> Iterator[Record]:
        if line is None or self._bytes + len(line) > LINE_BYTES_MAX:
            self._whole()
            yield None
            return
        self._parts.append(line)
        self._bytes += len(line) + 1
        self._quoted ^= bool(line.count(b'"') & 1)
        if not self._quoted:
            yield self._whole()

    def _whole(self) -> bytes:
        row = b"\n".join(self._parts)
        self._parts, self._bytes, self._quoted = [], 0, False
        return row
