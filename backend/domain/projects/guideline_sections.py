"""Which sections of a guideline speak of a class: those whose words name it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
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
    """A Markdown text's sections by their headings (`#` to `######`, outside of fenced code), in order. What stands
    before the first heading is a section without a title, if it says anything."""
    found: list[Section] = []
    line = 1
    path: tuple[str, ...] = ()
    depths: tuple[int, ...] = ()
    words: list[str] = []
    fenced = False

    def close() -> None:
        if path or any(one.strip() for one in words):
            said = "\n".join(words)
            found.append(Section(line, depths[-1] if depths else 0, path, said, said.casefold()))

    for n, written in enumerate(text.splitlines(), 1):
        fenced ^= bool(FENCE.match(written))
        heading = None if fenced else HEADING.match(written)
        if heading:
            close()
            depth = len(heading[1])
            above = sum(1 for one in depths if one < depth)
            line, words = n, []
            path, depths = (*path[:above], heading[2]), (*depths[:above], depth)
        words.append(written)
    close()
    return found


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
