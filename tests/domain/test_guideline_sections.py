"""Which sections of a guideline speak of a class."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.projects.guideline_sections import naming, sections

TEXT = """Read all of it.

# Animals
Cats purr.
## Big cats
A `lion` is no cat.
```
# not a heading: cat
```
# Plants #
A cattail is a plant. Mark it as "A", or as **B**; a b is nothing.
"""


def test_a_section_goes_from_its_heading_to_the_next_and_knows_those_above_it() -> None:
    found = sections(TEXT)
    assert [(one.line, one.depth, one.path) for one in found] == [
        (1, 0, ()),
        (3, 1, ("Animals",)),
        (5, 2, ("Animals", "Big cats")),
        (10, 1, ("Plants",)),
    ]


def test_a_heading_in_fenced_code_is_none() -> None:
    assert "# not a heading: cat" in sections(TEXT)[2].words


def test_an_underlined_line_is_a_heading_and_a_rule_or_a_table_is_none() -> None:
    found = sections("Birds\n=====\nowl\n\n---\nheron\nFish\n----\ncarp\n| a |\n---\n")
    assert [(one.line, one.depth, one.path) for one in found] == [
        (1, 1, ("Birds",)),
        (7, 2, ("Birds", "Fish")),
    ]
    assert naming(found, "heron") == [0] and naming(found, "fish") == [1]


def test_a_class_is_named_as_a_whole_word_however_it_is_capitalised() -> None:
    found = sections(TEXT)
    assert naming(found, "Cat") == [2], "neither cats nor cattail"
    assert naming(found, "big CATS") == [2]
    assert naming(found, "LION") == [2]
    assert naming(found, "plants") == [3], "a title names, too"


def test_a_class_of_one_or_two_letters_is_named_only_where_it_is_marked() -> None:
    found = sections(TEXT)
    assert naming(found, "A") == [3]
    assert naming(found, "b") == [3]
    assert naming(sections("a b, and so on"), "a") == []


def test_a_text_without_headings_is_one_section_and_an_empty_one_has_none() -> None:
    assert [one.path for one in sections("dogs bark")] == [()]
    assert sections(" \n\n") == []
    assert naming(sections("dogs bark"), " ") == []


@given(st.text(max_size=300))
def test_no_line_is_lost_but_empty_ones_before_the_first_heading(text: str) -> None:
    kept = [line for one in sections(text) for line in one.words.splitlines() if line.strip()]
    assert kept == [line for line in text.splitlines() if line.strip()]
