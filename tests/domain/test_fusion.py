"""Fusion: middles by hand, the same middle in any order, and real crowds against one of their own."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.tasks.fusion import FUSED, fuse
from backend.statistics import boxes, spans, text
from backend.statistics.registry import KINDS, compare, options_of
from benchmarks.quality.sets import load

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


def middle(kind: str, *answers: Any, weights: list[float] | None = None, **options: Any) -> Any:
    found = fuse(kind, options_of(kind, options), answers, weights)
    assert found is not None
    return found.answer


def box(x: float, label: str = "cell") -> dict[str, Any]:
    return {"label": label, "box": [x, 0, x + 10, 10]}


def test_numbers_come_to_their_median_or_when_asked_their_weighted_mean() -> None:
    assert middle("numbers", 1, 2, 9) == 2
    assert middle("numbers", 1, 2) == 1.5
    assert middle("numbers", 1, 2, 9, fuse="mean") == 4
    assert middle("numbers", 0, 10, weights=[3.0, 1.0], fuse="mean") == 2.5


def test_lists_of_numbers_come_to_their_median_place_by_place() -> None:
    assert middle("numbers", [1, 5], [2, 6], [3, 100], [7]) == [2, 6]


def test_another_middle_than_median_and_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="median, mean"):
        options_of("numbers", {"fuse": "mode"})


def test_boxes_that_most_people_drew_are_kept_where_the_median_drew_them() -> None:
    fused = middle("boxes", [box(0), box(50)], [box(1)], [box(2, "other"), box(90)])
    assert fused == [{"label": "cell", "box": [1, 0, 11, 10]}]


def test_spans_are_voted_on_character_by_character_in_the_form_they_came_in() -> None:
    assert middle("spans", [[0, 4]], [[0, 5]], [[1, 4], [8, 9]]) == [[0, 4]]
    named = [{"start": a, "end": 4, "label": "name"} for a in (0, 0, 1)]
    assert middle("spans", *([one] for one in named)) == [named[0]]


def test_spans_that_count_no_characters_come_to_the_one_most_like_the_others() -> None:
    seconds = [[[0.5, 2.0]], [[0.5, 2.1]], [[9.0, 9.5]]]
    assert middle("spans", *seconds, measure="length") in seconds[:2]


def test_text_is_voted_on_word_by_word_and_spelled_as_most_did() -> None:
    assert middle("text", "The cat sat", "the cat sad", "The bat sat.") == "The cat sat"
    assert middle("text", "abc", "abd", "abd", unit="character") == "abd"


def test_labels_are_kept_when_more_than_half_gave_them() -> None:
    assert middle("labels", ["a", "b"], ["b", "c"], ["b"]) == ["b"]
    assert middle("labels", ["a"], ["b"]) == []


def test_rankings_come_to_the_order_of_mean_places() -> None:
    # Places counted from 0: a 0 + 0 + 1, b 1 + 2 + 0, c 2 + 1 + 2.
    assert middle("ranking", ["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"]) == ["a", "b", "c"]
    assert middle("ranking", ["a", "b"], ["b", "a"]) == [["a", "b"]]
    assert middle("ranking", {"a": 1, "b": 2}, {"a": 5, "b": 9}) == {"a": 1, "b": 2}


def test_fields_are_put_together_each_in_its_own_way() -> None:
    fields = {"height": {"kind": "numbers"}, "name": {"kind": "exact"}}
    answers = [
        {"height": 1, "name": "x", "seen": True},
        {"height": 2, "name": "y", "seen": True, "rare": 1},
        {"height": 9, "name": "y", "seen": False},
    ]
    assert middle("fields", *answers, fields=fields) == {"height": 2, "name": "y", "seen": True}


def test_of_shapes_the_one_most_like_the_others_is_taken() -> None:
    def square(side: int) -> list[dict[str, Any]]:
        return [{"label": "a", "polygon": [[0, 0], [side, 0], [side, side], [0, side]]}]

    three = [square(10), square(11), square(30)]
    assert middle("polygons", *three, target="mean_iou", iou=0.0) == square(11)


def test_agreement_is_the_mean_score_against_the_middle() -> None:
    found = fuse("numbers", options_of("numbers", {"absolute": 1.0}), [10, 11, 20])
    assert found is not None and found.answer == 11 and found.agreement == pytest.approx(2 / 3)


def test_what_the_kind_cannot_read_agrees_with_nothing() -> None:
    found = fuse("numbers", options_of("numbers", {}), [3, 3, "three"])
    assert found is not None and found.answer == 3 and found.agreement == pytest.approx(2 / 3)
    assert fuse("numbers", options_of("numbers", {}), ["three", None]) is None


def test_a_weight_for_each_answer_is_asked_for() -> None:
    with pytest.raises(ValueError, match="weight above 0"):
        fuse("numbers", options_of("numbers", {}), [1, 2], [1.0])


def test_every_kind_but_equality_has_a_middle() -> None:
    assert {*FUSED, "exact"} == set(KINDS)


EDGE = st.integers(0, 40)
BOXES = st.lists(
    st.builds(
        lambda x, y, w, h, label: {"label": label, "box": [x, y, x + w, y + h]},
        EDGE,
        EDGE,
        st.integers(1, 20),
        st.integers(1, 20),
        st.sampled_from("ab"),
    ),
    max_size=4,
)
SPANS = st.lists(st.builds(lambda a, n: [a, a + n], EDGE, st.integers(1, 9)), max_size=4)
WORDS = st.lists(st.sampled_from(["a", "bee", "Sea", "d."]), max_size=6).map(" ".join)
ANSWERS = {
    "boxes": BOXES,
    "spans": SPANS,
    "text": WORDS,
    "numbers": st.integers(-99, 99) | st.floats(-9, 9, allow_nan=False),
    "labels": st.lists(st.sampled_from("abcd"), max_size=4),
    "ranking": st.permutations(["a", "b", "c"]),
}


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_the_middle_is_the_same_in_any_order_and_agreement_a_share(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ANSWERS)))
    answers = data.draw(st.lists(ANSWERS[kind], min_size=1, max_size=5))
    weights = data.draw(
        st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=len(answers), max_size=len(answers))
    )
    found = fuse(kind, options_of(kind, {}), answers, weights)
    assert found is not None and 0.0 <= found.agreement <= 1.0
    pairs = data.draw(st.permutations(list(zip(answers, weights, strict=True))))
    again = fuse(kind, options_of(kind, {}), [one for one, _ in pairs], [weight for _, weight in pairs])
    assert again == found
    everybody = fuse(kind, options_of(kind, {}), [answers[0]] * 3)
    assert everybody is not None and everybody.agreement == 1.0


def test_what_more_than_half_gave_just_so_is_taken_as_it_stands() -> None:
    within = [[0, 9], [2, 4]]
    assert middle("spans", within, within, [[0, 9]]) == within
    assert middle("text", "A  b", "A  b", "c") == "A  b"


# --- real crowds


def crowd(name: str, most: int) -> list[tuple[list[Any], Any]]:
    """The answers and the truth of so many tasks."""
    if not DATA.is_dir():
        pytest.skip("the shared crowd data (../shared/data) is not here")
    read = load(name)
    chosen = random.Random(5).sample(sorted(read.truth), min(most, len(read.truth)))
    return [([g.answer for g in read.answers if g.task == task], read.truth[task]) for task in chosen]


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("exact_asthma_r1_scratch", "boxes", boxes.Options()),
        ("te3_time_main", "spans", spans.Options(measure="length")),
        ("crowdspeech_dev_clean", "text", text.Options()),
    ],
)
def test_several_people_together_are_better_than_one_of_them(name: str, kind: str, options: Any) -> None:
    together, alone = [], []
    for answers, truth in crowd(name, 40):
        fused = fuse(kind, options, answers)
        assert fused is not None
        together.append(compare(kind, fused.answer, truth, options).value)
        alone += [compare(kind, one, truth, options).value for one in answers]
    assert sum(together) / len(together) > sum(alone) / len(alone) + 0.03
