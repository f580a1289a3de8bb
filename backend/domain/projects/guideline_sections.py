"""Which sections of a guideline speak of a class: those whose words name it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
PARAGRAPH = re.compile(r"^ {0,3}(?![-+*>|#=]|\d+[.)]\s)\S")
FENCE = re.compile(r"^ {0,3}(```|~~~)")
SHORT = 2
"""Letters up to which a class counts as named only where it is marked: as code, quoted, or in bold."""
_MARKED = r"(?:`{0}`|\"{0}\"|'{0}'|“{0}”|„{0}“|«{0}»|\*\*{0}\*\*)"


@dataclass(frozen=True, slots=True)
class Section:
    """From a heading up to the next: where it stands (`line`, from 1), how deep (0: before the first heading), its
    title with those above it, and its words, the title's included; `folded`: as they are compared."""

    line: int
    depth: int
    path: tuple[str, ...]
    words: str
    folded: str


def sections(text: str) -> list[Section]:
    """A Markdown text's sections by their headings (`#` to `######`, or underlined; outside of fenced code), in order.
    What stands before the first heading is a section without a title, if it says anything."""
    found: list[Section] = []
    lines = text.splitlines()
    path: tuple[str, ...] = ()
    depths: tuple[int, ...] = ()
    begins = 0
    for n, depth, title in [*_headings(lines), (len(lines), 0, "")]:
        words = "\n".join(lines[begins:n])
        if path or words.strip():
            found.append(Section(begins + 1, depths[-1] if depths else 0, path, words, words.casefold()))
        above = sum(1 for one in depths if one < depth)
        begins, path, depths = n, (*path[:above], title), (*depths[:above], depth)
    return found


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Of each heading the line it begins in, from 0, its depth and its title."""
    fenced = False
    for n, line in enumerate(lines):
        fenced ^= bool(FENCE.match(line))
        if fenced:
            continue
        if heading := HEADING.match(line):
            yield n, len(heading[1]), heading[2]
        elif (
            n
            and (under := UNDERLINE.match(line))
            and PARAGRAPH.match(lines[n - 1])
            and not FENCE.match(lines[n - 1])
        ):
            yield n - 1, 1 if under[1][0] == "=" else 2, lines[n - 1].strip()


def naming(found: Iterable[Section], label: str) -> list[int]:
    """Positions of the sections that name the class: as a whole word, however it is capitalised; with up to two
    letters only where it is marked as code, quoted or bold."""
    said = label.strip()
    if not said:
        return []
    folded = said.casefold()
    word = re.escape(folded)
    asked = re.compile(_MARKED.format(word) if len(said) <= SHORT else rf"(?<!\w){word}(?!\w)")
    return [n for n, one in enumerate(found) if folded in one.folded and asked.search(one.folded)]
