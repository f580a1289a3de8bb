"""Gold looks like work: as many labels of people, of the same models, as many of them alike; or it is not given."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.review.likeness import NOTHING_LIKE_IT, Label, as_asked, like, look

NET, OTHER = UUID(int=901), UUID(int=902)


def people(*said: str) -> list[Label]:
    return [Label(UUID(int=n + 1), UUID(int=n + 101), token, False) for n, token in enumerate(said)]


def model(token: str, by: UUID = NET) -> Label:
    return Label(UUID(int=by.int + 1_000), by, token, True)


def test_two_who_agree_against_a_model_are_found_among_more() -> None:
    wanted = look([*people("cat", "cat"), model("dog")])
    assert (wanted.people, wanted.kinds, wanted.models) == (2, 1, (NET,))
    there = [*people("owl", "hen", "hen", "owl", "owl"), model("fox")]
    found = like(wanted, there)
    assert found is not None and look(found) == wanted
    assert {one.token for one in found} in ({"owl", "fox"}, {"hen", "fox"})
    assert like(wanted, [*people("owl", "owl"), model("owl")]) is None, "here the model agrees"
    assert like(wanted, people("owl", "owl")) is None, "no model's label"
    assert like(wanted, [*people("owl"), model("fox")]) is None, "too few"


def test_a_model_that_work_does_not_show_is_left_out_and_one_that_is_missing_is_not_made_up() -> None:
    wanted = look([model("cat")])
    assert like(wanted, [model("dog"), model("owl", OTHER), *people("dog")]) == [model("dog")]
    assert like(wanted, [model("dog", OTHER)]) is None
    assert like(look([]), [*people("dog"), model("dog")]) == []


def test_one_label_of_a_person_is_shown_once() -> None:
    same = [Label(UUID(int=n), UUID(int=101), "cat", False) for n in (1, 2)]
    assert like(look(people("cat", "cat")), same) is None


def test_like_nothing_is_nothing() -> None:
    assert like(NOTHING_LIKE_IT, people("cat")) is None
    assert as_asked(None) == (None, None, None)
    assert as_asked(look([model("cat")])) == (0, 0, f"{{{NET}}}")


words = st.lists(st.sampled_from("abc"), max_size=5)


@given(words, words, st.sampled_from(["", "a", "b"]), st.sampled_from(["", "a", "c"]))
def test_what_is_found_looks_as_wanted_and_is_there(
    work: list[str], gold: list[str], said: str, says: str
) -> None:
    wanted = look([*people(*work), *([model(said)] if said else [])])
    there = [*people(*gold), *([model(says)] if says else [])]
    found = like(wanted, there)
    if found is not None:
        assert look(found) == wanted and all(one in there for one in found)
    if sorted(work) == sorted(gold) and said == says:
        assert found is not None, "the same labels look the same"
