"""Differences: applying the lines gives the new text, the same text has none, and huge texts stay bounded."""

from hypothesis import given
from hypothesis import strategies as st

from backend.usecases.projects import differences
from backend.usecases.projects.differences import difference

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30).map("\n".join)


@given(TEXTS, TEXTS)
def test_removed_lines_are_of_the_old_text_and_added_ones_of_the_new(before: str, after: str) -> None:
    made = difference(before, after, context_lines=100)
    body = [line for line in made.lines if not line.startswith("@@")]
    one, other = before.splitlines(), after.splitlines()
    if one == other:
        assert made.lines == []
    else:
        assert [line[1:] for line in body if line[0] != "+"] == one
        assert [line[1:] for line in body if line[0] != "-"] == other
    assert len(one) - made.removed == len(other) - made.added


def test_what_lies_between_is_replaced_as_a_whole_where_comparing_would_take_too_long() -> None:
    size = int(differences.WORK_MAX**0.5) + 1
    head, tail = ["start"] * 5, ["end"] * 5
    one = "\n".join([*head, *(f"old {n}" for n in range(size)), *tail])
    other = "\n".join([*head, *(f"new {n}" for n in range(size)), *tail])
    made = difference(one, other)
    assert (made.added, made.removed) == (size, size)
    assert made.lines[0] == f"@@ -3,{size + 6} +3,{size + 6} @@"
    assert made.lines[1:4] == [" start"] * 3 and made.lines[-3:] == [" end"] * 3
